"""Rules as GraphQL shows them to who may manage them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any

import strawberry
from sqlalchemy import BigInteger, Select, Text, cast, func, literal_column, select

from api.discussions.space_types import Space
from api.members.types import Member
from api.moderation.enums import LimitKind
from api.moderation.report_types import ReportReason
from api.moderation.rule_enums import RuleAction, RuleKind, RuleState
from api.node import Node, id_of
from api.reading.connections import Connection
from api.reading.cursors import by_number
from api.reading.fields import (
    column,
    computed,
    connection,
    derived,
    entity,
    expression,
    object_type,
    polymorphic,
    reference,
    returned,
)
from api.reading.json_sql import literal
from api.reading.readings import Scope, Source
from moderation.automod.tables import rule_matches, rule_versions, rules
from moderation.cases.tables import cases
from moderation.decisions.actions import DECLINED, UPHELD
from moderation.decisions.tables import decisions
from moderation.visibility import visible_rule_matches, visible_rule_versions, visible_rules

if TYPE_CHECKING:
    from sqlalchemy import ColumnElement

    from moderation.rules.trying import Share

LazyRule = Annotated["Rule", strawberry.lazy("api.moderation.rule_types")]


def every_rule(scope: Scope) -> Source:
    """Draw on the rules that are the viewer's to manage, the latest first."""
    rule = scope.enter(rules)
    given = scope.arguments.shape("filter") or {}
    where: list[ColumnElement[Any]] = []
    if given.get("state") is not None:
        where.append(rule.c.state == literal(given["state"].value))
    if given.get("space") is not None:
        space = scope.arguments.value("filter.space", BigInteger(), lambda written: id_of("space", written))
        where.append(rule.c.space_id == space)
    return Source(rule, (by_number(rule.c.id, descending=True),), "id", where=where)


def _versions(scope: Scope) -> Source:
    version = scope.enter(rule_versions)
    keys = (by_number(version.c.number, descending=True),)
    return Source(version, keys, "number", where=[version.c.rule_id == scope.row.c.id], inherits=True)


def _matches(scope: Scope) -> Source:
    match = scope.enter(rule_matches)
    keys = (by_number(match.c.id, descending=True),)
    return Source(match, keys, "id", where=[match.c.rule_id == scope.row.c.id], inherits=True)


def _precision(scope: Scope) -> Select[Any]:
    """Count what a rule matched in its version of now, and what people decided of it: each text once, as it was last decided."""
    match, case, decision = rule_matches.alias(), cases.alias(), decisions.alias()
    latest = (
        select(decision.c.verdict)
        .select_from(case.join(decision, decision.c.case_id == case.c.id))
        .where(
            case.c.subject_kind == match.c.subject_kind,
            case.c.subject_id == match.c.subject_id,
            ~decision.c.automated,
            decision.c.undone_at.is_(None),
        )
        .order_by(decision.c.id.desc())
        .limit(literal_column("1"))
        .scalar_subquery()
    )
    matched = (
        select(match.c.subject_kind, match.c.subject_id, latest.label("verdict"))
        .where(match.c.rule_id == scope.row.c.id, match.c.version == scope.row.c.version)
        .distinct()
        .subquery()
    )
    verdicts = {"upheld": UPHELD, "declined": DECLINED}
    counts: list[ColumnElement[Any]] = [func.count().label("caught")]
    counts += [
        func.count().filter(matched.c.verdict == literal(verdict)).label(name) for name, verdict in verdicts.items()
    ]
    return select(*counts).select_from(matched)


def _of_counts(compute: Callable[[Share], float], description: str) -> Any:
    """Read a bound of the share that was wrong; null before anything is decided."""

    def inputs(scope: Scope) -> list[ColumnElement[Any]]:
        return [scope.row.c.upheld, scope.row.c.declined]

    def found(upheld: int, declined: int) -> float | None:
        from moderation.rules.trying import share  # what it needs, a server is spared until somebody asks

        return compute(share(upheld, upheld + declined)) if upheld + declined else None

    return computed(inputs, found, description)


@object_type
class RulePrecision:
    """How often people agreed with what a rule caught in its version of now, in shadow or live."""

    caught: int = column("caught", "How many it caught, of those that are kept: 90 days.")
    upheld: int = column("upheld", "Of how many of them a person found something wrong.")
    declined: int = column("declined", "Of how many a person found nothing wrong.")
    share: float | None = _of_counts(
        lambda found: found.share, "How many of those decided on were wrong; null before any is."
    )
    low: float | None = _of_counts(
        lambda found: found.low, "The lower bound of that share, exact at 95%: Clopper and Pearson's."
    )
    high: float | None = _of_counts(lambda found: found.high, "The upper bound.")


def _words(key: str) -> Any:
    return lambda scope: scope.row.c.message.op("->>")(literal(key))


@entity("rule_version", rule_versions, visible_rule_versions)
class RuleVersion(Node):
    """What a rule asks and does. It is never changed, only followed by another."""

    number: int = column("number", "1, 2 and so on.")
    condition: str = expression(
        lambda scope: cast(scope.row.c.condition, Text), "What it asks, as JSON; see docs/rules.md."
    )
    action: RuleAction = column("action", "What it does.")
    kinds: list[RuleKind] = column("kinds", "Of what it is asked.")
    staff: bool = column("staff", "Whether it is asked of what staff write as well.")
    label: str | None = column("label", "What LABEL puts on it.")
    limits: list[LimitKind] = column("limits", "From what LIMIT keeps the author.")
    seconds: int | None = column("seconds", "With SLOW_MODE: between two posts or comments.")
    for_hours: int | None = column("hours", "For how long LIMIT holds; null in a version that does not say it.")
    reason: ReportReason | None = reference(
        lambda scope: scope.row.c.reason_id, "Against which rule or law what it catches is.", column="id"
    )
    message_en: str | None = expression(_words("en"), "What its author is told, in English.")
    message_zh: str | None = expression(_words("zh"), "What its author is told, in Chinese.")
    written_by: Member | None = reference(
        lambda scope: scope.row.c.written_by, "Who wrote it; null: it was shipped, or they are gone."
    )
    written_at: datetime = column("written_at", "When.")


@entity("rule_match", rule_matches, visible_rule_matches)
class RuleMatch(Node):
    """That a rule held of something; kept for 90 days."""

    rule: LazyRule | None = reference(lambda scope: scope.row.c.rule_id, "Which rule.")
    version: int = column("version", "In which version.")
    action: RuleAction = column("action", "What was done, or would have been.")
    shadow: bool = column("shadow", "Whether nothing was done.")
    subject: Node | None = polymorphic(
        lambda scope: scope.row.c.subject_kind,
        lambda scope: scope.row.c.subject_id,
        "What it matched, as it is now; null if it was refused.",
    )
    revision: int = column("revision", "Which of its revisions.")
    member: Member | None = reference(lambda scope: scope.row.c.member_id, "Who wrote it.")
    evidence: str = expression(
        lambda scope: cast(scope.row.c.evidence, Text),
        "Why, as JSON: a list of `condition`, `en` and `zh` (in words) and `spans` (TITLE, BODY or BESIDES, from, to).",
    )
    excerpt: str | None = column("excerpt", "What was refused, its beginning.")
    matched_at: datetime = column("matched_at", "When.")


def _current(scope: Scope, version: Any) -> list[Any]:
    return [version.c.number == scope.row.c.version]


@entity("rule", rules, visible_rules)
class Rule(Node):
    """What is asked of what is written before anybody sees it. For the moderators of its space, or of the community."""

    name: str = column("name", "Its name, which is told to whose texts it decides about.")
    space: Space | None = reference(lambda scope: scope.row.c.space_id, "Where it is asked; null: everywhere.")
    state: RuleState = column("state", "Whether it is asked, and whether what it says is done.")
    version: RuleVersion | None = reference(
        lambda scope: scope.row.c.id, "What it asks now.", column="rule_id", inherits=True, also=_current
    )
    versions: Connection[RuleVersion] = connection(_versions, "All that it asked, the latest first.")
    matches: Connection[RuleMatch] = connection(_matches, "What it matched, the latest first.")
    precision: RulePrecision = derived(_precision, "How often people agreed with it.", cost=20)
    created_at: datetime = column("created_at", "When it was first written.")


@object_type
class RuleTrialExample:
    """Something that a rule would have caught."""

    subject: strawberry.ID = returned("The id of the post or comment.")
    excerpt: str = returned("How it begins.")
    was_wrong: bool | None = returned("Whether a person found something wrong with it; null where nobody decided.")
    reasons: list[str] = returned("Why it would have been caught, in the language asked for.")


@object_type
class RuleTrialShare:
    """A share, with bounds that are exact at 95% (Clopper and Pearson's)."""

    found: int = returned("How many.")
    of: int = returned("Of how many.")
    share: float | None = returned("The share; null of none.")
    low: float = returned("The lower bound.")
    high: float = returned("The upper bound.")


@object_type
class RuleTrial:
    """What a rule would have caught in the last 30 days."""

    looked_at: int = returned("How many posts and comments it was tried on: the latest 10,000 of each at most.")
    caught: int = returned("How many it would have caught.")
    precision: RuleTrialShare = returned("Of what it would have caught and people decided on, how much was wrong.")
    recall: RuleTrialShare = returned("Of what people found wrong, how much it would have caught.")
    examples: list[RuleTrialExample] = returned(
        "50 at most of what it would have caught: first the latest of those with which people found nothing wrong."
    )
