"""Cases as GraphQL shows them: what was reported, what it said, and what moderators make of it."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any

import strawberry
from sqlalchemy import Double, and_, case, cast, func, literal_column

from api.discussions.space_types import Space
from api.members.types import Member
from api.moderation.enums import (
    CaseKind,
    ReportOutcome,
)
from api.moderation.history_types import MemberHistory
from api.moderation.record_types import StrikePolicy
from api.moderation.report_types import ReportReason, reason_of
from api.moderation.sources import (
    cases_of_subject,
    contents_of_case,
    decisions_of_case,
    notes_of_case,
    reports_of_case,
    standing_decision,
    suggested_policy,
)
from api.moderation.team_types import Team
from api.node import Node
from api.reading.connections import Connection
from api.reading.fields import (
    column,
    connection,
    entity,
    expression,
    object_type,
    polymorphic,
    reference,
)
from api.reading.json_sql import literal
from moderation.cases.tables import case_notes, cases
from moderation.cases.urgency import DAY, EPOCH
from moderation.reports.tables import reports
from moderation.visibility import (
    case_seen,
    visible_cases,
    visible_notes,
    visible_reports,
)

if TYPE_CHECKING:
    from sqlalchemy import ColumnElement

    from api.moderation.decision_types import Decision
    from api.reading.readings import Scope

LazyCase = Annotated["Case", strawberry.lazy("api.moderation.case_types")]
LazyDecision = Annotated["Decision", strawberry.lazy("api.moderation.decision_types")]

_NULL: ColumnElement[Any] = literal_column("NULL::bigint")


def _said(name: str, description: str) -> Any:
    return expression(lambda scope: scope.row.c.content.op("->>")(literal(name)), description)


@entity("report", reports, visible_reports)
class Report(Node):
    """Somebody says that something is wrong. Who made it sees it, and the moderators; nobody else does."""

    reason: ReportReason | None = reason_of()
    body: str = column("body", "What the reporter had to say.")
    outcome: ReportOutcome = column("outcome", "What came of it.")
    reported_at: datetime = column("reported_at", "When.")
    answered_at: datetime | None = column("answered_at", "When it was decided on.")
    reporter: Member | None = reference(lambda scope: scope.row.c.reporter_id, "Who reported it; null: a guest.")
    weight: float | None = expression(
        lambda scope: case((_staff(scope), scope.row.c.weight)),
        "What the reporter's word counts, by how often moderators agreed with them; for moderators.",
    )
    case: LazyCase | None = reference(lambda scope: scope.row.c.case_id, "The case that it is part of; for moderators.")
    decision: LazyDecision | None = reference(
        lambda scope: scope.row.c.case_id,
        "What was decided, while that holds.",
        column="case_id",
        also=lambda _, decision: [decision.c.undone_at.is_(None)],
    )


def _staff(scope: Scope) -> ColumnElement[Any]:
    kind = scope.viewer.kind
    return literal_column("true" if kind.oversees or kind.moderates else "false")


@object_type
class CaseContent:
    """What was written when it was reported, whatever became of it afterwards."""

    revision: int = column("revision", "Its revision then.")
    title: str | None = _said("title", "A post's title.")
    body: str | None = _said("body", "A post's, comment's or appeal's body.")
    handle: str | None = _said("handle", "A member's handle.")
    display_name: str | None = _said("displayName", "A member's name.")
    bio: str | None = _said("bio", "What a member said of themselves.")
    image: str | None = _said("image", "An image's address.")
    alt: str | None = _said("alt", "What was said of an image, where it is shown, for who does not see it.")
    perceptual_hash: str | None = _said("perceptualHash", "An image's hash, as rules take it.")
    sha256: str | None = _said("sha256", "The SHA-256 of an image's bytes.")
    kept_at: datetime = column("kept_at", "When it was kept.")


@entity("case_note", case_notes, visible_notes)
class CaseNote(Node):
    """What moderators tell each other about a case, or whom it is about."""

    author: Member | None = reference(
        lambda scope: case((case_seen(scope.row.c.case_id, scope.viewer), scope.row.c.author_id), else_=_NULL),
        "Who wrote it, for moderators.",
    )
    body: str = column("body", "What it says.")
    shown: bool = column("shown", "Whether whom the case is about was told it.")
    created_at: datetime = column("created_at", "When it was written.")
    case: LazyCase | None = reference(lambda scope: scope.row.c.case_id, "On which case; for moderators.")


@entity("case", cases, visible_cases)
class Case(Node):
    """Something for moderators to look at. Its space's moderators see it; whom it is about does not, as a moderator."""

    kind: CaseKind = column("kind", "How it came about.")
    subject: Node | None = polymorphic(
        lambda scope: scope.row.c.subject_kind, lambda scope: scope.row.c.subject_id, "What it is about, as it is now."
    )
    member: Member | None = reference(lambda scope: scope.row.c.member_id, "Whom it is about.")
    other: Member | None = reference(
        lambda scope: scope.row.c.other_id,
        "Whom it concerns besides; of a case of the kind IDENTITY, whose account would stand for both.",
    )
    space: Space | None = reference(
        lambda scope: scope.row.c.space_id, "Whose moderators it is for; null: those of the whole community."
    )
    reason: ReportReason | None = reason_of()
    severity: int = column("severity", "How grave the gravest reason given is, 1 to 5.")
    reach: float = column("reach", "1, and the logarithm of how many have to do with it.")
    weight: float = column("weight", "What the words of all who reported it count together.")
    report_count: int = column("report_count", "How many reported it.")
    priority: float = expression(
        lambda scope: func.exp(
            func.least(
                scope.row.c.urgency
                + (cast(func.extract("epoch", func.now()), Double) - literal_column(f"{EPOCH}"))
                / literal_column(f"{DAY}"),
                literal_column("50.0"),
            )
        ),
        "How urgent it is now: severity squared, times reach, times weight, and e times as much with each day.",
    )
    version: int = column("version", "Give it to `decide` as `expectedVersion`.")
    opened_at: datetime = column("opened_at", "Since when it waits.")
    respond_by: datetime = column(
        "respond_by", "Until when it is to be decided: by its team's clock, or else by that of what was reported."
    )
    overdue: bool = expression(
        lambda scope: and_(scope.row.c.closed_at.is_(None), scope.row.c.respond_by <= func.now()),
        "Whether it is open still, and was to be decided by now.",
    )
    claimed_by: Member | None = reference(
        lambda scope: case((scope.row.c.claimed_until > func.now(), scope.row.c.claimed_by)), "Who is looking at it."
    )
    claimed_until: datetime | None = expression(
        lambda scope: case((scope.row.c.claimed_until > func.now(), scope.row.c.claimed_until)), "Until when."
    )
    closed_at: datetime | None = column("closed_at", "When it was decided; null while it is open.")
    team: Team | None = reference(lambda scope: scope.row.c.team_id, "Whose it is to answer; null: nobody's yet.")
    assigned_to: Member | None = reference(lambda scope: scope.row.c.assigned_to, "Whose of the moderators.")
    member_history: MemberHistory | None = reference(
        lambda scope: scope.row.c.member_id, "What is known of whom it is about.", column="id"
    )
    other_history: MemberHistory | None = reference(
        lambda scope: scope.row.c.other_id, "What is known of `other`.", column="id"
    )
    suggestion: StrikePolicy | None = reference(
        suggested_policy,
        "What the record of whom it is about suggests, should this be found wrong; null where it suggests nothing, and once "
        "it is decided.",
        cost=5,
    )
    contents: Connection[CaseContent] = connection(
        contents_of_case, "What was written when it was reported, the latest revision first."
    )
    reports: Connection[Report] = connection(reports_of_case, "What was reported, those first whose word counts most.")
    notes: Connection[CaseNote] = connection(notes_of_case, "What moderators told each other.")
    decision: LazyDecision | None = reference(standing_decision, "What was decided, while that holds.")
    decisions: Connection[LazyDecision] = connection(
        decisions_of_case, "All that was decided, also what was undone, the latest first."
    )
    others: Connection[LazyCase] = connection(cases_of_subject, "Other cases about the same thing, the latest first.")
