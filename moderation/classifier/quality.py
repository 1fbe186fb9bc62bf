"""How good probabilities are, by texts of which it is known what they are."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from moderation.classifier.calibration import Flags, Floats

_BINS = 10
_CANDIDATES = 200


class Quality(NamedTuple):
    """NaN where there is nothing to divide by."""

    precision: float
    """Of what is at or above the threshold, how much is what is looked for."""
    recall: float
    """Of what is looked for, how much is at or above the threshold."""
    auc: float
    brier: float
    """The mean square of probability and truth apart (Brier 1950)."""
    calibration_error: float
    """How far probabilities are from what happens, on average over ten bins of equally many texts."""


def quality(likely: Floats, positive: Flags, threshold: float = 0.5) -> Quality:
    """Return how good probabilities are. O(n log n)."""
    named = likely >= threshold
    right = float(np.count_nonzero(named & positive))
    return Quality(
        precision=_share(right, int(np.count_nonzero(named))),
        recall=_share(right, int(np.count_nonzero(positive))),
        auc=auc(likely, positive),
        brier=float(np.mean((likely - positive) ** 2)) if len(likely) else float("nan"),
        calibration_error=calibration_error(likely, positive),
    )


def auc(scores: Floats, positive: Flags) -> float:
    """Return how likely one that is looked for has a higher score than one that is not; ties count half (Mann-Whitney)."""
    _, which, many = np.unique(scores, return_inverse=True, return_counts=True)
    ranks = (np.cumsum(many) - (many - 1) / 2)[which]
    found = int(np.count_nonzero(positive))
    pairs = found * (len(scores) - found)
    return _share(float(ranks[positive].sum()) - found * (found + 1) / 2, pairs)


def calibration_error(likely: Floats, positive: Flags) -> float:
    """Return how far probabilities are from what happens, on average over ten bins of equally many texts."""
    bins = [part for part in np.array_split(np.argsort(likely, kind="stable"), _BINS) if len(part)]
    return _share(
        sum(len(part) * abs(float(likely[part].mean() - positive[part].mean())) for part in bins), len(likely)
    )


def lowest_threshold(likely: Floats, positive: Flags, *, precision: float, certainty: float = 0.95) -> float | None:
    """Return from which probability on a precision is reached; None if it cannot be known of any.

    Certainly, at `certainty`: of n texts at or above it, as many are what is looked for as would happen with a smaller
    precision p at most with a chance of exp(-n KL(found / n, p)) [1], which is shared out among the thresholds that are
    tried (Bonferroni). So it asks for a few more texts than there need be, and promises nothing that it does not hold.

    Sources:
        1. Hoeffding: Probability inequalities for sums of bounded random variables. Journal of the American Statistical
           Association 58, 1963, theorem 1.
    """
    order = np.argsort(-likely, kind="stable")
    found, sorted_ = np.cumsum(positive[order]), likely[order]
    # Only where the probability changes: of texts with one probability none is named without the others.
    ends = np.flatnonzero(np.append(np.diff(sorted_) < 0, True))[: len(likely)]
    ends = ends[np.unique(np.linspace(0, len(ends) - 1, min(_CANDIDATES, len(ends))).astype(np.int64))]
    many = ends + 1.0
    share = np.clip(found[ends] / many, 1e-12, 1 - 1e-12)
    apart = share * np.log(share / precision) + (1 - share) * np.log((1 - share) / (1 - precision))
    holds = (
        (share > precision) & (many * apart >= np.log(len(ends) / (1 - certainty))) if len(ends) else np.zeros(0, bool)
    )
    return float(sorted_[ends[np.flatnonzero(holds)[-1]]]) if holds.any() else None


def _share(part: float, whole: float) -> float:
    return float(part) / float(whole) if whole else float("nan")
