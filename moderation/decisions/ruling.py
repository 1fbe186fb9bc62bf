"""What an effect is given: on whose word, on what, and what is asked besides."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final

from community.members.acting import Acting
from community.members.roles import Role

if TYPE_CHECKING:
    from collections.abc import Mapping

OPERATOR: Final = Acting(0, roles=frozenset({Role.ADMIN}))
"""Who runs the server, and decides at its console: no member, so that nobody is named."""


def named(acting: Acting) -> int | None:
    """Return the member who decides; none: who runs the server."""
    return None if acting is OPERATOR else acting.member_id


@dataclass(frozen=True, slots=True)
class Ruling:
    """A decision that is being carried out, or taken back."""

    decision_id: int
    acting: Acting
    subject_kind: str
    subject_id: int
    member_id: int
    """Whose the subject is, or who it is."""
    reason: str
    """In a few words, for whom it concerns."""
    revision: int | None = None
    """Of the content that was looked at, where it is shown again."""
    automated: bool = False
    """Whether a rule decides, on occasion of what `acting` did."""
    other_id: int | None = None
    """Of MERGE, the account that stands for both."""

    @property
    def actor_id(self) -> int | None:
        """Which member answers for it; none where a rule decides, or who runs the server."""
        return None if self.automated else named(self.acting)


@dataclass(frozen=True, slots=True)
class Measure:
    """One action of a decision, with what it asks."""

    action: str
    until: datetime | None = None
    details: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Changed:
    """What an effect has changed: as it was, and as it is now. Where nothing changed, both are the same."""

    before: Mapping[str, Any]
    after: Mapping[str, Any]
