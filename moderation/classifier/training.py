"""How a model is made, of labelled texts and of what the community decided.

A decision is one more example: `Example(text, positive, importance, home=True)`. Give labelled data and decisions together,
those that count more with a greater importance, and all of them each time; nothing is learned on top of an older model.

What a word means travels further than how sure one may be of it: elsewhere other things are written, and other things are
held to be wrong. So as soon as there are `HOME` texts of the community that the model is for, probabilities, threshold and
what is said of the model's quality are of those alone.

N-grams first get the ratio of how common they are in both kinds of texts (the logarithm, as naive Bayes has it), then a
logistic regression is fitted to those ratios instead of to mere presence: what is telling by itself may weigh more [1].
What differs from [1]: a row is divided by the square root of how many n-grams it has, rather than by its own length, and
the pairs of words. Both were chosen by training on two of the three topics of one data set and looking at the third, and
on the training part of another (docs/classifier.md).

Sources:
    1. Wang, Manning: Baselines and bigrams: simple, good sentiment and topic classification. ACL 2012.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterable
from typing import NamedTuple

import numpy as np

from moderation.classifier.calibration import Flags, Floats, calibrated
from moderation.classifier.model import Model, Training
from moderation.classifier.ngrams import Rows, Shape, rows_of
from moderation.classifier.normalising import normalised
from moderation.classifier.quality import auc, calibration_error, lowest_threshold, quality
from moderation.classifier.regression import counts, fitted, sums

COST = 8.0
"""What a text that is judged wrongly costs, against weights that are large."""
FEWEST = 20
"""Texts of each kind, without which nothing can be learned that is worth saying."""
HOME = 200
"""Decisions of a community from which on probabilities go by them alone (measured in docs/classifier.md)."""
_FOLDS = 5
_LEAST_TEXTS = 2
"""N-grams of fewer texts say nothing: they would only learn those texts by heart."""
_MOST_KEPT = 1 << 18
"""N-grams that a model keeps, those with the largest weights."""


class Example(NamedTuple):
    """A text and what it is."""

    text: str
    positive: bool
    importance: float = 1.0
    home: bool = False
    """Whether it was written in the community that the model is for."""


class TooFewExamplesError(ValueError):
    """Fewer texts of a kind than anything can be learned from."""


def trained(
    examples: Iterable[Example],
    label: str,
    *,
    shape: Shape = Shape(),  # noqa: B008 - immutable
    cost: float = COST,
    precision: float = 0.9,
    balanced: bool = False,
    seed: int = 0,
) -> Model:
    """Return a model of what is looked for. The same for the same examples, in the same order.

    Calibrated, measured and given its threshold by what five models say of the fifth of texts that each has not seen;
    texts that read the same are in one fifth, so none is seen by being posted twice. By those of the community alone, if
    they are enough (`HOME`, and `FEWEST` of each kind). O(rounds * n-grams), six times.

    Args:
        examples: texts, whether each is what is looked for, and how much it counts.
        label: what is looked for.
        shape: which n-grams are taken.
        cost: of a text that is judged wrongly; the smaller, the less is learned of each text.
        precision: that the threshold is to reach.
        balanced: whether both kinds count the same together, where one is rare. Probabilities are calibrated to how
            common it is all the same.
        seed: draws the order in which texts are learned from.

    Raises:
        TooFewExamplesError: if there are fewer than `FEWEST` of a kind.
        ValueError: if an importance is not finite, or below 0.
    """
    given = list(examples)
    texts = [normalised(example.text) for example in given]
    positive = np.array([example.positive for example in given], np.bool_)
    importance = np.array([example.importance for example in given], np.float64)
    if not (np.isfinite(importance).all() and (importance >= 0).all()):
        raise ValueError("how much an example counts is a number, and not below 0")
    counted = importance > 0
    found, others = _of_each_kind(positive, counted)
    if min(found, others) < FEWEST:
        raise TooFewExamplesError(f"{found} texts are {label} and {others} are not: there must be {FEWEST} of each")
    task = Task(rows_of(texts, shape), positive, importance, shape, cost, balanced, seed)
    folds = np.array([zlib.crc32(text.encode("utf-8", "surrogatepass")) % _FOLDS for text in texts])
    decisions = np.zeros(len(texts))
    for fold in range(_FOLDS):
        unseen = np.flatnonzero(folds == fold)
        weights, intercept = task.of(folds != fold)
        rows = task.rows.of(unseen)
        decisions[unseen] = sums(rows.numbers, rows.starts, weights) + intercept
    home = counted & np.array([example.home for example in given], np.bool_)
    at_home = _of_each_kind(positive, home)
    tried = home if sum(at_home) >= HOME and min(at_home) >= FEWEST else counted
    calibration = calibrated(decisions[tried], positive[tried], importance[tried])
    likely, true = calibration.probabilities(decisions[tried]), positive[tried]
    threshold = lowest_threshold(likely, true, precision=precision)
    weights, intercept = task.of(np.ones(len(texts), np.bool_))
    weights.flags.writeable = False
    training = Training(
        texts=found + others,
        positive=found,
        home=len(likely) if tried is home else 0,
        auc=auc(likely, true),
        calibration_error=calibration_error(likely, true),
        precision=precision,
        threshold=threshold,
        recall=0.0 if threshold is None else quality(likely, true, threshold).recall,
    )
    return Model(label, shape, weights, intercept, calibration, training)


def _of_each_kind(positive: Flags, among: Flags) -> tuple[int, int]:
    """Count those among some texts that are what is looked for, and those that are not."""
    found = int(np.count_nonzero(positive & among))
    return found, int(np.count_nonzero(among)) - found


class Task(NamedTuple):
    """What is learned from."""

    rows: Rows
    positive: Flags
    importance: Floats
    shape: Shape
    cost: float
    balanced: bool
    seed: int

    def of(self, part: Flags) -> tuple[np.ndarray[tuple[int], np.dtype[np.float32]], float]:
        """Return weights and intercept, learned from a part of the texts."""
        importance = np.where(part, self.importance, 0.0)
        if self.balanced:
            whole = importance.sum()
            for kind in (self.positive, ~self.positive):
                importance[kind] *= whole / 2 / max(importance[kind].sum(), 1e-12)
        ratios = _ratios(self.rows, self.positive, importance, self.shape)
        weights, intercept = fitted(self.rows, self.positive, self.cost * importance, ratios, seed=self.seed)
        return _kept(weights), intercept


def _ratios(rows: Rows, positive: Flags, importance: Floats, shape: Shape) -> Floats:
    """Return how telling each number is by itself, 0 for those of too few texts; of length 1 in a typical text."""
    texts = counts(rows.numbers, rows.starts, (importance > 0).astype(np.float64), shape.size)
    known = texts >= _LEAST_TEXTS
    with_it = counts(rows.numbers, rows.starts, np.where(positive, importance, 0.0), shape.size) + 1
    without = counts(rows.numbers, rows.starts, np.where(positive, 0.0, importance), shape.size) + 1
    ratios: Floats = np.where(
        known, np.log(with_it / with_it[known].sum()) - np.log(without / without[known].sum()), 0.0
    )
    part = np.flatnonzero(importance > 0)
    some = rows.of(part)
    lengths = sums(some.numbers, some.starts, ratios**2) / np.sqrt(np.maximum(1, np.diff(some.starts)))
    typical = float(np.sqrt(lengths.mean()))
    return ratios / typical if typical else ratios


def _kept(weights: Floats) -> np.ndarray[tuple[int], np.dtype[np.float32]]:
    """Return the largest weights as the file keeps them."""
    size = np.abs(weights)
    if np.count_nonzero(size) > _MOST_KEPT:
        least = np.partition(size, -_MOST_KEPT)[-_MOST_KEPT]
        weights = np.where(size >= least, weights, 0.0)
    limit = float(np.finfo(np.float16).max)
    return np.clip(weights, -limit, limit).astype(np.float16).astype(np.float32)
