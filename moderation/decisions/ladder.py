"""What strikes suggest: the more that holds against a member, the more is done the next time.

A suggestion, shown to who decides and never carried out by itself. Points are severities, 1 to 5, of what was found in the
last half year (`deciding.STRIKE_LASTS`), so that one grave thing weighs as much as several nuisances.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Final


@dataclass(frozen=True, slots=True)
class Step:
    """From so many points on, this."""

    points: int
    action: str
    lasts: timedelta | None = None
    """How long; None: until somebody decides otherwise, or for what has no end."""


LADDER: Final = (
    Step(1, "WARN"),
    Step(4, "SUSPEND", timedelta(days=1)),
    Step(8, "SUSPEND", timedelta(days=7)),
    Step(13, "SUSPEND", timedelta(days=30)),
    Step(20, "BAN"),
)


def suggested(points: int) -> Step | None:
    """Return what so many points suggest; None: nothing.

    >>> suggested(0), suggested(9).lasts.days, suggested(99).action
    (None, 7, 'BAN')
    """
    return max((step for step in LADDER if step.points <= points), key=lambda step: step.points, default=None)
