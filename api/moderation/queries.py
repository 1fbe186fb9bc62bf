"""Where reading about moderation begins, and what of it is the viewer's own."""

from __future__ import annotations

import strawberry
from sqlalchemy import BigInteger

from api.moderation.audit_types import AuditEntry
from api.moderation.case_types import Case, CaseNote, Report
from api.moderation.decision_types import Appeal, Decision
from api.moderation.enums import CaseKind, CaseSort
from api.moderation.health_types import ModerationHealth, SecondOpinion, moderation_health
from api.moderation.queue_source import queue
from api.moderation.record_types import Restriction, Strike, StrikePolicy
from api.moderation.report_types import ReportReason
from api.moderation.rule_enums import RuleState
from api.moderation.rule_types import Rule, every_rule
from api.moderation.sources import (
    MOST_ON_RECORD,
    audit_log,
    opinions_asked,
    own_appeals,
    own_decisions,
    own_notes,
    own_reports,
    own_restrictions,
    own_strikes,
    policies_of_strikes,
    reasons_offered,
)
from api.moderation.team_sources import all_replies, all_teams
from api.moderation.team_types import SavedReply, Team
from api.moderation.transparency_types import TransparencyReport, transparency_report
from api.node import id_of
from api.reading.connections import Connection
from api.reading.fields import Argument, connection, embedded, object_type, reference, rows

MOST_REASONS = 50
MOST_POLICIES = 50


@strawberry.input(description="Which cases. All that is given must hold.")
class CaseFilter:
    """Which cases. All that is given must hold."""

    kind: CaseKind | None = strawberry.field(default=strawberry.UNSET, description="That came about like this.")
    space: strawberry.ID | None = strawberry.field(default=strawberry.UNSET, description="Of this space.")
    member: strawberry.ID | None = strawberry.field(default=strawberry.UNSET, description="About this member.")
    claimed: bool | None = strawberry.field(
        default=strawberry.UNSET, description="That the viewer is looking at, or that nobody is."
    )
    team: strawberry.ID | None = strawberry.field(default=strawberry.UNSET, description="That are this team's.")
    assigned_to: strawberry.ID | None = strawberry.field(
        default=strawberry.UNSET, description="That are this moderator's to answer."
    )
    overdue: bool = strawberry.field(
        default=False, description="Open ones that were to be decided by now, those first that wait the longest."
    )
    closed: bool = strawberry.field(default=False, description="That are decided; else those that are open.")


@strawberry.input(description="Which entries of the audit log. All that is given must hold.")
class AuditFilter:
    """Which entries of the audit log. All that is given must hold."""

    actor: strawberry.ID | None = strawberry.field(default=strawberry.UNSET, description="What this member did.")
    member: strawberry.ID | None = strawberry.field(default=strawberry.UNSET, description="What was done to them.")
    space: strawberry.ID | None = strawberry.field(default=strawberry.UNSET, description="In this space.")


@strawberry.input(description="Which rules. All that is given must hold.")
class RuleFilter:
    """Which rules. All that is given must hold."""

    state: RuleState | None = strawberry.field(default=strawberry.UNSET, description="That are in this state.")
    space: strawberry.ID | None = strawberry.field(default=strawberry.UNSET, description="Of this space.")


@object_type
class ModerationQueries:
    """Where reading about moderation begins."""

    cases: Connection[Case] = connection(
        queue,
        "What the viewer is to look at as a moderator.",
        arguments={
            "filter": Argument(CaseFilter | None, "Which of them.", None),
            "sort": Argument(
                CaseSort | None,
                "In which order; not given, the most urgent come first, and of `overdue` ones the longest overdue. Closed ones "
                "come the latest first, always.",
                None,
            ),
        },
        cost=20,
    )
    case: Case | None = reference(
        lambda scope: scope.arguments.value("id", BigInteger(), lambda written: id_of("case", written)),
        "The case with this id.",
        arguments={"id": Argument(strawberry.ID, "A case's id.")},
    )
    decision: Decision | None = reference(
        lambda scope: scope.arguments.value("id", BigInteger(), lambda written: id_of("decision", written)),
        "The decision with this id.",
        arguments={"id": Argument(strawberry.ID, "A decision's id.")},
    )
    team: Team | None = reference(
        lambda scope: scope.arguments.value("id", BigInteger(), lambda written: id_of("team", written)),
        "The team with this id; for moderators.",
        arguments={"id": Argument(strawberry.ID, "A team's id.")},
    )
    teams: Connection[Team] = connection(all_teams, "The teams that answer cases, by name; for moderators.")
    saved_replies: Connection[SavedReply] = connection(
        all_replies, "What moderators say again and again, by name; for moderators."
    )
    rules: Connection[Rule] = connection(
        every_rule,
        "The rules that the viewer may manage, the latest first: of the spaces they moderate, or all.",
        arguments={"filter": Argument(RuleFilter | None, "Which of them.", None)},
    )
    report_reasons: list[ReportReason] = rows(
        reasons_offered, "Why something may be reported, in the community's order.", limit=MOST_REASONS
    )
    strike_policies: list[StrikePolicy] = rows(
        policies_of_strikes, "What strikes suggest, the mildest first; for moderators.", limit=MOST_POLICIES
    )
    audit_log: Connection[AuditEntry] = connection(
        audit_log,
        "What staff did, the latest first; for who may read the audit log.",
        arguments={"filter": Argument(AuditFilter | None, "Which entries.", None)},
    )
    transparency_report: TransparencyReport = transparency_report()
    moderation_health: ModerationHealth | None = moderation_health()
    second_opinions: Connection[SecondOpinion] = connection(
        opinions_asked, "Decided cases of which the viewer's judgement is asked too, the oldest first; for moderators."
    )


@object_type
class ViewerModeration:
    """What of moderation concerns the viewer."""

    decisions: Connection[Decision] = connection(own_decisions, "What was decided about them, the latest first.")
    reports: Connection[Report] = connection(own_reports, "What they reported, the latest first.")
    notes: Connection[CaseNote] = connection(
        own_notes, "What moderators told them about their own, before or after deciding, the latest first."
    )
    appeals: Connection[Appeal] = connection(own_appeals, "Their appeals, the latest first.")


@object_type
class ModerationViewer:
    """What of moderation concerns the viewer."""

    restrictions: list[Restriction] = rows(
        own_restrictions, "What they may not do now, what ends last first.", limit=MOST_ON_RECORD
    )
    strikes: list[Strike] = rows(
        own_strikes, "What is on their record and has not expired, the latest first.", limit=MOST_ON_RECORD
    )
    moderation: ViewerModeration = embedded(
        "What was decided about them, what they reported, what they were told, and their appeals."
    )
