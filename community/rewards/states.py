"""How far a reward can have come, and which moves there are from there: a table, which the database holds too."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

PENDING, HELD, GRANTED, REJECTED, REVERSED = "PENDING", "HELD", "GRANTED", "REJECTED", "REVERSED"

MOVES: Final[Mapping[str, tuple[str, ...]]] = {
    PENDING: (HELD, REJECTED),
    HELD: (GRANTED, REJECTED),
    GRANTED: (REVERSED,),
    REJECTED: (),
    REVERSED: (),
}
"""From each state, where it can go."""

REWARD_STATES: Final = tuple(MOVES)
COUNTED: Final = (PENDING, HELD, GRANTED)
"""What a reward that has come so far costs counts against its budget."""


def from_where(after: str) -> tuple[str, ...]:
    """Return the states from which a reward can come to this one."""
    return tuple(before for before, onwards in MOVES.items() if after in onwards)
