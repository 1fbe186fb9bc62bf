"""Texts that are nearly the same: signatures of 64 numbers that tell it, and keys by which a table finds them."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from graph.kernels import kernel

SHINGLE = 3
"""Signs in a row that are compared as one: enough for English, few enough that a Chinese sentence has some."""
NUMBERS = 64
"""Of a signature. Its estimate of likeness is off by at most 1/16 in two of three cases (`likeness`)."""
BANDS = 16
ROWS = NUMBERS // BANDS

_EMPTY = 2**32 - 1
# The numbers below come from it by SplitMix64 and never change: signatures that are kept are compared with new ones.
_ODD = np.uint64(0x9E3779B97F4A7C15)


def _multipliers() -> tuple[NDArray[np.uint64], NDArray[np.uint64]]:
    drawn = _mixed(np.arange(1, 2 * NUMBERS + 1, dtype=np.uint64) * _ODD)
    return drawn[:NUMBERS] | np.uint64(1), drawn[NUMBERS:]


def _mixed(numbers: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """Return numbers of which each bit depends on all bits of those given: the finaliser of SplitMix64."""
    mixed = (numbers ^ (numbers >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    mixed = (mixed ^ (mixed >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return mixed ^ (mixed >> np.uint64(31))


_FACTORS, _TERMS = _multipliers()


def signature(folded: str) -> bytes | None:
    """Return the MinHash signature of a folded text, by its letters and digits alone; None where those are too few.

    Number i is the least of h_i over the shingles s, h_i(s) = high 32 bits of (a_i s + b_i) mod 2^64 with a_i odd
    (multiply-shift, of shingles that are mixed well). Two signatures have number i in common with a probability of J,
    the share of shingles that the texts have in common of all shingles of either (Jaccard) [1, 2]. O(64 n).

    The same text has the same signature on every machine and for ever: signatures are kept.

    Sources:
        1. Broder: On the resemblance and containment of documents. Compression and Complexity of Sequences, 1997.
        2. Leskovec, Rajaraman, Ullman: Mining of massive datasets, chapter 3. Cambridge University Press, 2020.
    """
    signs = "".join([sign for sign in folded if sign.isalnum()])
    if len(signs) < SHINGLE:
        return None
    codes = np.frombuffer(signs.encode("utf-32-le", "surrogatepass"), dtype=np.uint32).astype(np.uint64)
    # A sign has 21 bits, so three of them fit one number and no two shingles share it.
    packed = codes[:-2] | (codes[1:-1] << np.uint64(21)) | (codes[2:] << np.uint64(42))
    return _least(_mixed(packed * _ODD), _FACTORS, _TERMS).astype("<u4").tobytes()


@kernel
def _least(shingles: NDArray[np.uint64], factors: NDArray[np.uint64], terms: NDArray[np.uint64]) -> NDArray[np.uint64]:
    least = np.full(len(factors), np.uint64(_EMPTY))
    for number in range(len(factors)):
        factor, term, low = factors[number], terms[number], least[number]
        for shingle in shingles:
            low = min(low, (factor * shingle + term) >> np.uint64(32))
        least[number] = low
    return least


def likeness(one: bytes, other: bytes) -> float:
    """Return the estimate of J of two texts from their signatures: the share of numbers they have in common.

    Unbiased; its standard deviation is sqrt(J (1 - J) / 64), 1/16 at most, and it is off by e or more with a probability
    of at most 2 exp(-128 e^2) (Hoeffding): by a quarter in 1 of 1,490 cases.
    """
    same = np.frombuffer(one, dtype="<u4") == np.frombuffer(other, dtype="<u4")
    return int(np.count_nonzero(same)) / NUMBERS


def band_keys(kept: bytes) -> tuple[int, ...]:
    """Return 16 keys of a signature, of which texts that are much alike share one: what a table is asked for equality.

    Key j is made of 4 numbers and of j, so keys of different bands differ and may lie in one column or one array; each
    fits a signed 64-bit integer. Texts of likeness J share a key with a probability of 1 - (1 - J^4)^16: 0.03 at 0.2,
    0.64 at 0.5, 0.9 at 0.61, 0.99 at 0.71, and 0.9998 at 0.8. Thresholds below 0.7 miss some.
    """
    numbers = np.frombuffer(kept, dtype="<u4").reshape(BANDS, ROWS).astype(np.uint64)
    keys = np.arange(1, BANDS + 1, dtype=np.uint64) * _ODD
    for row in range(ROWS):
        keys = _mixed(keys ^ numbers[:, row])
    return tuple(keys.view(np.int64).tolist())
