"""What is not told, lest it tell of few: small parts of a whole, and as many more as hide them."""

from __future__ import annotations

from collections.abc import Sequence


def withheld(counts: Sequence[int], smallest: int) -> list[bool]:
    """Return which parts of a whole to withhold, where the whole is told. O(parts log parts).

    A part is told if nobody is in it, or at least `smallest` are. What is withheld can be had together, as the whole without
    what is told; so there must be as many in all withheld parts together, or none: the smallest parts that could be told are
    withheld too until there are (complementary suppression [1]). A whole of fewer is withheld altogether.

    References:
        [1] L. H. Cox (1980). Suppression methodology and statistical disclosure control.
            Journal of the American Statistical Association 75(370), 377-385.
    """
    hidden = [0 < count < smallest for count in counts]
    together = sum(count for count, hides in zip(counts, hidden, strict=True) if hides)
    told = sorted((count, place) for place, count in enumerate(counts) if count >= smallest)
    for count, place in told:
        if together == 0 or together >= smallest:
            break
        hidden[place] = True
        together += count
    return hidden
