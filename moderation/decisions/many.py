"""Deciding on many cases at once: each is decided as a whole, or refused as a whole and named.

The first that is decided is the parent of the others: undoing it undoes all that were made with it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, NamedTuple

from community.foundation.errors import Invalid, NotFound, NotPermitted, Refusal
from moderation.audit.denying import note_denied
from moderation.decisions.deciding import Decided, decide
from moderation.decisions.judgement import Judgement

if TYPE_CHECKING:
    from community.foundation.database import Connection
    from community.members.acting import Acting

MOST_AT_ONCE = 100


@dataclass(frozen=True, slots=True)
class Asked:
    """A case, as it was looked at."""

    case_id: int
    version: int | None = None
    revision: int | None = None


class Refused(NamedTuple):
    """A case that was not decided, and why."""

    case_id: int
    refusal: Refusal


class Many(NamedTuple):
    """What became of many cases."""

    decided: list[Decided]
    refused: list[Refused]

    @property
    def parent_id(self) -> int | None:
        """The decision that stands for all."""
        return self.decided[0].id if self.decided else None


async def decide_many(connection: Connection, acting: Acting, asked: Sequence[Asked], judgement: Judgement) -> Many:
    """Decide on each of some cases in the same way; return what was decided, and what was refused and why.

    Raises:
        Invalid: for none, too many, or one that is named twice.
    """
    if not 0 < len(asked) <= MOST_AT_ONCE:
        raise Invalid(field="cases", reason=f"1 to {MOST_AT_ONCE} at once.")
    if len({each.case_id for each in asked}) < len(asked):
        raise Invalid(field="cases", reason="Each at most once.")
    many = Many([], [])
    # In the order of their ids: two who decide on the same cases wait for each other, and not both for both.
    for each in sorted(asked, key=lambda one: one.case_id):
        one = replace(judgement, version=each.version, revision=each.revision, parent_id=many.parent_id)
        try:
            async with connection.savepoint():
                many.decided.append(await decide(connection, acting, each.case_id, one))
        except Refusal as refusal:
            many.refused.append(Refused(each.case_id, refusal))
            if isinstance(refusal, (NotFound, NotPermitted)):
                asked_for = {"case": f"case_{each.case_id}"}
                await note_denied(connection, acting.member_id, "decideMany", refusal, asked_for, acting.context)
    return many
