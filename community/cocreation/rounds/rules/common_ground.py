"""Common ground: the statements that every group of members agrees with, and the groups themselves as others may know them.

Sources: those of `opinions`.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from community.cocreation.rounds.methods import UNRATED
from community.cocreation.rounds.rules.groups import seats
from community.cocreation.rounds.rules.opinions import ABSENT, Opinions, opinions
from community.cocreation.rounds.rules.outcomes import Lots, Outcome, Step


def opinions_of(marks: NDArray[np.int16], counts: NDArray[np.int64], seed: str) -> Opinions:
    """Find the groups among those who cast some ballots: [b, s] and [b]. The first centres follow from the seed."""
    votes = np.where(marks == UNRATED, ABSENT, marks).astype(np.int8)
    first = int.from_bytes(hashlib.sha256(seed.encode()).digest()[:4])
    return opinions(np.repeat(votes, counts, axis=0), first)


def common_ground(found: Opinions, lots: Lots, winners: int = 1) -> Outcome:
    """Elect the statements with the highest consensus, the product over groups of (agree + 1) / (seen + 2).

    Where nobody was placed that is the same for all. Step: `agreed`, with the consensus of each. O(s w).

    Raises:
        ValueError: if there are fewer than no winners.
    """
    values: list[float] = np.round(found.consensus, 12).tolist()
    left, elected = set(range(len(values))), list[int]()
    for place in range(seats(winners, len(values))):
        elected.append(lots.best(values, left, f"place {place + 1}"))
        left.remove(elected[-1])
    return Outcome("common_ground", tuple(elected), (Step("agreed", tuple(elected), tuple(values)),), tuple(lots.ties))


def described_groups(found: Opinions, options: Sequence[int], smallest: int) -> list[dict[str, Any]]:
    """Return the groups as JSON, statements by their ids; none at all if one of them is smaller than may be told of.

    All of them, as what is known of everybody less what is told of the large ones is what the small one thinks.
    """
    sizes = np.bincount(found.groups, minlength=len(found.agree)).tolist()
    if not sizes or min(sizes) < smallest:
        return []
    return [
        {
            "size": size,
            "statements": [
                {
                    "option": option,
                    "agreed": int(found.agree[group, place]),
                    "disagreed": int(found.disagree[group, place]),
                    "passed": int(found.passed[group, place]),
                }
                for place, option in enumerate(options)
            ],
            "own": [
                {"option": options[each.statement], "agrees": each.agrees, "share": each.share}
                for each in found.representative[group]
            ],
        }
        for group, size in enumerate(sizes)
    ]
