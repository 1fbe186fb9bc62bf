"""What the classifier is compared with: a list of keywords, and scikit-learn where that is installed.

Both return a function that scores texts. The keywords are learned from the same texts, as a list that somebody writes
would depend on who writes it: the `MOST_WORDS` runs of two to four signs (Chinese) or words (others) that are in at least
`FEWEST` texts and tell most, by the log-odds ratio with an informative prior over its deviation [1]. A text's score is
how many it has; it is named where it has one, which is how such lists work. No text of others stands in this project.

Sources:
    1. Monroe, Colaresi, Quinn: Fightin' words. Political Analysis 16, 2008.
"""

from __future__ import annotations

import importlib
import importlib.util
from collections import Counter
from collections.abc import Callable

import numpy as np
import regex
from numpy.typing import NDArray

from bench.labelled_texts import Part
from moderation.classifier.normalising import normalised

Scorer = Callable[[list[str]], NDArray[np.float64]]

MOST_WORDS = 500
FEWEST = 5
_WORD = regex.compile(r"[\p{L}\p{Nd}'_--\p{Han}]+", regex.VERSION1)
_HAN = regex.compile(r"\p{Han}+")


def keywords(part: Part) -> Scorer:
    """Return what a list of keywords makes of texts."""
    inside, outside = Counter[str](), Counter[str]()
    for text, positive in zip(part.texts, part.positive, strict=True):
        (inside if positive else outside).update(_terms(text))
    all_in, all_out = inside.total(), outside.total()
    prior = {term: inside[term] + outside[term] for term in inside if inside[term] + outside[term] >= FEWEST}
    weight = 1_000 / max(1, sum(prior.values()))

    def telling(term: str) -> float:
        expected = prior[term] * weight
        here, there = inside[term] + expected, outside[term] + expected
        apart = np.log(here / (all_in + 1_000 - here)) - np.log(there / (all_out + 1_000 - there))
        return float(apart / np.sqrt(1 / here + 1 / there))

    listed = frozenset(sorted(prior, key=lambda term: (-telling(term), term))[:MOST_WORDS])

    def score(texts: list[str]) -> NDArray[np.float64]:
        return np.array([len(listed & _terms(text)) for text in texts], np.float64)

    return score


def _terms(text: str) -> set[str]:
    read = normalised(text)
    found = set(_WORD.findall(read))
    for run in _HAN.findall(read):
        found.update(run[at : at + size] for size in (2, 3, 4) for at in range(len(run) - size + 1))
    return found


def scikit_learn(part: Part) -> Scorer | None:
    """Return what TF-IDF of runs of one to three signs with logistic regression makes of texts; None if it is not here."""
    if importlib.util.find_spec("sklearn") is None:
        return None
    texts = importlib.import_module("sklearn.feature_extraction.text")
    linear = importlib.import_module("sklearn.linear_model")
    vectors = texts.TfidfVectorizer(analyzer="char", ngram_range=(1, 3), sublinear_tf=True, min_df=2)
    model = linear.LogisticRegression(C=2, max_iter=300)
    model.fit(vectors.fit_transform(part.texts), part.positive)

    def score(unseen: list[str]) -> NDArray[np.float64]:
        likely: NDArray[np.float64] = model.predict_proba(vectors.transform(unseen))[:, 1]
        return likely

    return score
