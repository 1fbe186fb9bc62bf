"""Why a model says what it says of a text: which parts of the text weigh how much, for whoever has to decide.

A decision is a sum over n-grams, so it is taken apart exactly. N-grams that overlap tell of one thing: those that speak
on one side are merged into the longest part of the text that they cover together.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from moderation.classifier.model import Model
from moderation.classifier.ngrams import Places, Shape, places_of
from moderation.classifier.normalising import normalised

_NOTABLE = 0.1
"""Of the heaviest n-gram's weight: what is lighter starts no part of its own."""
_BETWEEN = " … "
_MOST_BITS = 31


class Reason(NamedTuple):
    """A part of a text, and what it adds to the decision."""

    words: str
    """As the model read it: in one spelling, `…` between two words that stand apart."""
    weight: float
    """In nats: 0.7 doubles the odds before calibration, -0.7 halves them."""


class Explanation(NamedTuple):
    """What a text is taken for, and why."""

    probability: float
    reasons: list[Reason]
    """The heaviest first. With `rest` and the model's intercept they add up to the decision."""
    rest: float
    """What everything else in the text adds up to."""
    shared: int
    """How many of the text's different n-grams had to share a number with another one of the text."""
    chance: float
    """How likely an n-gram that the model never met borrows the weight of another by having its number."""


def explained(model: Model, text: str, *, most: int = 5) -> Explanation:
    """Return how likely a text is what the model looks for, and the parts of it that weigh most. O(n-grams * parts)."""
    read = normalised(text)
    numbers, places = places_of(read, model.shape)
    different, first = np.unique(numbers, return_index=True)
    scale = 1 / np.sqrt(max(1, len(different)))
    weights = model.weights[numbers].astype(np.float64) * scale
    # An n-gram that is there twice counts once: the first time.
    once = np.zeros(len(numbers), np.bool_)
    once[first] = True
    weights = np.where(once, weights, 0.0)
    total = float(weights.sum())
    reasons = sorted(_reasons(read, places, weights), key=lambda reason: -abs(reason.weight))[:most]
    return Explanation(
        probability=float(model.calibration.probabilities(np.array([total + model.intercept]))[0]),
        reasons=reasons,
        rest=total - sum(reason.weight for reason in reasons),
        shared=_sharing(read, model.shape, len(different)),
        chance=model.share_used,
    )


def _reasons(read: str, places: Places, weights: NDArray[np.float64]) -> list[Reason]:
    """Merge the notable n-grams of one side that overlap; what lies within a part counts to it, whichever its side."""
    found = []
    left = weights.copy()
    notable = np.abs(weights) >= max(1e-9, _NOTABLE * float(np.abs(weights).max(initial=0.0)))
    single = places[:, 2] < 0
    for begin, end in _parts(places, notable & single, weights):
        within = (places[:, 0] >= begin) & (np.maximum(places[:, 1], places[:, 3]) <= end)
        weight = float(left[within].sum())
        left[within] = 0.0
        words = read[max(0, begin) : end].strip()
        if words and weight:
            found.append(Reason(words, weight))
    for at in np.flatnonzero(notable & ~single & (left != 0)):
        begin, middle, again, end = map(int, places[at])
        between = "" if middle == again else " " if not read[middle:again].strip() else _BETWEEN
        found.append(Reason(read[begin:middle] + between + read[again:end], float(left[at])))
    return found


def _parts(places: Places, notable: NDArray[np.bool_], weights: NDArray[np.float64]) -> list[tuple[int, int]]:
    """Return where runs of notable n-grams of one side begin and end, the heaviest side's first."""
    found = []
    for side in (weights > 0, weights < 0):
        chosen = places[notable & side][:, :2]
        parts: list[tuple[int, int]] = []
        for begin, end in sorted(map(tuple, chosen.tolist())):
            if parts and begin < parts[-1][1]:
                parts[-1] = (parts[-1][0], max(end, parts[-1][1]))
            else:
                parts.append((begin, end))
        found.append((float(np.abs(weights[notable & side]).sum()), parts))
    found.sort(key=lambda each: -each[0])
    return [part for _, parts in found for part in parts]


def _sharing(read: str, shape: Shape, different: int) -> int:
    """Count the text's different n-grams beyond its different numbers: by as many numbers as there can be."""
    numbers, _ = places_of(read, shape._replace(bits=_MOST_BITS))
    return len(np.unique(numbers)) - different
