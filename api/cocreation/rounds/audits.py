"""What auditors see of a round: signs that votes were not its voters' own, and ballots that were voided."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Annotated

import strawberry
from sqlalchemy import Integer, cast

from api.cocreation.rounds.enums import IntegritySign
from api.cocreation.rounds.sources import members_named, signs_of, voided_of
from api.reading.connections import Connection
from api.reading.fields import column, connection, expression, object_type, reference, rows
from api.reading.json_sql import literal
from community.cocreation.rounds.integrity import MOST_SHOWN, SIGNS

if TYPE_CHECKING:
    from api.members.types import Member

LazyMember = Annotated["Member", strawberry.lazy("api.members.types")]


@object_type
class RoundSign:
    """Something that suggests that votes were not their voters' own. It decides nothing."""

    kind: IntegritySign = column("kind", "What it is.")
    ballots: int = column("ballots", "How many ballots it is about.")
    share: float = column("share", "Of all ballots, 0 to 1.")
    threshold: float = column("threshold", "From which share on it holds a round.")
    members: list[LazyMember] = rows(
        members_named,
        f"Who cast them, {MOST_SHOWN} at most. What they voted is told to nobody.",
        limit=MOST_SHOWN,
        long=True,
    )


@object_type
class VoidedBallot:
    """A ballot that does not count. What it says is told to nobody but its voter."""

    member: LazyMember | None = reference(lambda scope: scope.row.c.member_id, "Whose it was.")
    voided_at: datetime = column("voided_at", "When it was voided.")
    voided_by: LazyMember | None = reference(lambda scope: scope.row.c.voided_by, "By which auditor.")
    reason: str = column("void_reason", "Why, as its voter was told.")


@object_type
class RoundExamination:
    """What was found when a round closed, before its ballots were counted."""

    ballots: int = expression(
        lambda scope: cast(scope.row.c.examination.op("->>")(literal("ballots")), Integer),
        "How many ballots were looked at.",
    )
    signs: list[RoundSign] = rows(signs_of, "What holds it for review; none: it was counted at once.", limit=len(SIGNS))
    released_by: LazyMember | None = reference(lambda scope: scope.row.c.released_by, "Which auditor had it counted.")
    voided_ballots: Connection[VoidedBallot] = connection(voided_of, "Ballots that were voided, the latest first.")
