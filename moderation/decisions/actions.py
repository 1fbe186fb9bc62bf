"""What can be decided: a table of every action, on what, by whom, and what it asks besides.

What an action does and how it is undone stands in `content.py`, `members.py`, `held.py` and `merges.py`, joined to it by
`effects.py`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from community.members.roles import Permission

UPHELD, DECLINED, IGNORED = "UPHELD", "DECLINED", "IGNORED"
VERDICTS: Final = (UPHELD, DECLINED, IGNORED)
"""Something was wrong; nothing was; or it is left as it is, which says nothing of who reported it."""


@dataclass(frozen=True, slots=True)
class Action:
    """One thing that a decision can do."""

    name: str
    on: frozenset[str]
    """Kinds of subjects."""
    verdict: str = UPHELD
    permission: Permission = Permission.MODERATE_CONTENT
    asks: frozenset[str] = frozenset()
    """What must be given besides."""
    takes: frozenset[str] = frozenset()
    """What may be given besides."""
    alone: bool = False
    """Whether it is the whole of a decision."""
    of: frozenset[str] | None = None
    """Kinds of cases; None: all."""
    strikes: bool = True
    """Whether it is left on the record of whose it is. A decision of such alone as are not leaves nothing."""


_CONTENT = frozenset({"post", "comment"})
_SHOWN = _CONTENT | {"image"}
_POST = frozenset({"post"})
_ANY = frozenset({"post", "comment", "member", "image", "referral", "round"})
_MEMBERS = frozenset({"post", "comment", "member", "image", "referral"})
"""What is somebody's: what is done to them is done to whose it is."""
_UNTIL = frozenset({"until"})

_ALL = (
    Action("APPROVE", _ANY, DECLINED, alone=True),
    Action("IGNORE", _ANY, IGNORED, alone=True),
    Action("EDIT", _CONTENT, asks=frozenset({"body"}), takes=frozenset({"title"})),
    Action("HIDE", _SHOWN),
    Action("REMOVE", _SHOWN | {"referral"}),
    Action("RESTORE", _SHOWN, DECLINED),
    Action("LOCK", _POST),
    Action("MOVE", _POST, asks=frozenset({"space"})),
    Action("LABEL", _CONTENT, asks=frozenset({"label"}), strikes=False),
    Action("WARN", _MEMBERS),
    Action(
        "LIMIT",
        _MEMBERS,
        permission=Permission.SUSPEND_MEMBERS,
        asks=frozenset({"until", "limits"}),
        takes=frozenset({"seconds"}),
    ),
    Action("SILENCE", _MEMBERS, permission=Permission.SUSPEND_MEMBERS, asks=_UNTIL),
    Action("SUSPEND", _MEMBERS, permission=Permission.SUSPEND_MEMBERS, asks=_UNTIL),
    Action("BAN", _MEMBERS, permission=Permission.SUSPEND_MEMBERS),
    Action("RESET_PROFILE", _MEMBERS, permission=Permission.SUSPEND_MEMBERS, asks=frozenset({"fields"})),
    Action(
        "MERGE",
        frozenset({"member"}),
        permission=Permission.SUSPEND_MEMBERS,
        alone=True,
        of=frozenset({"IDENTITY"}),
        strikes=False,
    ),
)

BY_NAME: Final = {action.name: action for action in _ALL}
ACTIONS: Final = tuple(BY_NAME)
SUGGESTED: Final = ("WARN", "LIMIT", "SILENCE", "SUSPEND", "BAN")
"""What a policy of strikes may suggest, the mildest first."""
