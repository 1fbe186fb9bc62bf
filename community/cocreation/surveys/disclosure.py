"""What is not told, lest it tell of few: small parts of a whole, and as many more as hide them."""

from __future__ import annotations

from collections.abc import Sequence


def withheld(counts: Sequence[int], smallest: int, *, besides: Sequence[bool] | None = None) -> list[bool]:
    """Return which parts of a whole to withhold, where the whole is told. O(parts log parts).

    A part is told if nobody is in it, or at least `smallest` are, and it is not withheld already (`besides`). What is
    withheld can be had together, as the whole without what is told; so there must be as many in all withheld parts together,
    or nobody: the smallest parts that could be told are withheld too until there are (complementary suppression [1]). A whole
    of fewer is withheld altogether.

    References:
        [1] L. H. Cox (1980). Suppression methodology and statistical disclosure control.
            Journal of the American Statistical Association 75(370), 377-385.
    """
    hidden = list(besides or [False] * len(counts))
    for place, count in enumerate(counts):
        hidden[place] |= 0 < count < smallest
    together = sum(count for count, hides in zip(counts, hidden, strict=True) if hides)
    could_be_told = sorted((count, place) for place, count in enumerate(counts) if count > 0 and not hidden[place])
    for count, place in could_be_told:
        if together == 0 or together >= smallest:
            break
        hidden[place] = True
        together += count
    return hidden
