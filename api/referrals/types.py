"""Referrals as GraphQL shows them: programmes and their terms, codes, and who was brought by whom."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any

import strawberry
from sqlalchemy import Interval, Text, cast, func, literal_column, or_, select

from api.eligibility.types import Eligibility
from api.money import Money, money
from api.node import Node
from api.reading.connections import Connection
from api.reading.fields import (
    column,
    computed,
    connection,
    derived,
    entity,
    expression,
    object_type,
    reference,
    rows,
)
from api.reading.json_sql import literal
from api.reading.readings import Row, Scope
from api.referrals.answers import ReferralAnswer, answers_of_referral
from api.referrals.enums import (
    AttributionModel,
    ReferralBand,
    ReferralCodeKind,
    ReferralProgramState,
    ReferralSource,
    ReferralStepKind,
    RewardSide,
)
from api.referrals.funnels import ReferralFunnel, funnel_of_code, funnel_of_program
from api.referrals.sources import (
    codes_of,
    evidence_of,
    is_open,
    referrals_of,
    rewards_of,
    rewards_of_referral,
    steps_asked,
    steps_of_referral,
    unrewarded_of_referral,
    versions_of,
)
from api.rewards.enums import RewardKind
from api.rewards.types import Reward
from api.subjects import url
from community.eligibility.rules import is_eligible
from community.eligibility.tables import eligibilities
from community.referrals.codes import shown
from community.referrals.evidence.tables import MOST_REASONS, verdicts
from community.referrals.programs import MOST_REWARDS, MOST_STEPS
from community.referrals.tables import codes, programs, referrals, terms
from community.referrals.visibility import (
    visible_codes,
    visible_programs,
    visible_referrals,
    visible_terms,
    visible_to_campaigns,
)

if TYPE_CHECKING:
    from sqlalchemy import ColumnElement

    from api.members.types import Member

LazyMember = Annotated["Member", strawberry.lazy("api.members.types")]

_FALSE: ColumnElement[Any] = literal_column("false")
_THRESHOLD = "From which amount or level on, in decimal digits; 0 for steps without one."


def _days_after(moment: ColumnElement[Any], days: ColumnElement[Any]) -> ColumnElement[Any]:
    later: ColumnElement[Any] = moment + cast(cast(days, Text).op("||")(literal_column("' days'")), Interval)
    return later


@object_type
class ReferralStepAsked:
    """A step that referrals come to."""

    kind: ReferralStepKind = column("step", "What it is.")
    threshold: str = expression(lambda scope: cast(scope.row.c.threshold, Text), _THRESHOLD)


@object_type
class ReferralRewardRule:
    """What a step earns, and who."""

    step: ReferralStepKind = column("step", "For which step.")
    threshold: str = expression(lambda scope: cast(scope.row.c.threshold, Text), _THRESHOLD)
    side: RewardSide = column("side", "Who earns it.")
    kind: RewardKind = column("kind", "What it is.")
    amount: str = expression(lambda scope: cast(scope.row.c.amount, Text), "How many, in decimal digits.")
    name: str = column("name", "Which badge, vouchers or tier; empty for points.")


@entity("referral_terms", terms, visible_terms)
class ReferralTerms(Node):
    """What a programme promises. A referral keeps the version that it was claimed under."""

    version: int = column("version", "1, 2 and so on.")
    body: str = column("body", "The terms, as Markdown.")
    body_html: str = column("body_html", "The same as safe HTML.")
    referrers: Eligibility | None = reference(
        lambda scope: scope.row.c.referrers_id, "Who may refer; null: every member."
    )
    window_days: int = column(
        "window_days", "Within how many days of a click one must join, and of joining, claim a referral."
    )
    model: AttributionModel = column("model", "Which link counts, of several. A code that is typed beats all links.")
    steps: list[ReferralStepAsked] = rows(
        steps_asked, "The steps of a referral; with the last of them it qualifies.", limit=MOST_STEPS + 2
    )
    rewards: list[ReferralRewardRule] = rows(rewards_of, "What steps earn.", limit=MOST_REWARDS)
    rewarded_each: int | None = column("rewarded_each", "How many referrals of one referrer earn; null: any number.")
    rewarded_most: int | None = column("rewarded_most", "How many of the programme's referrals earn; null: any number.")
    budget: Money | None = money(
        "budget",
        "What all rewards may cost together; null where there is no limit. Only who sees insights is told.",
        exists=lambda scope: scope.row.c.budget.is_not(None) if scope.viewer.kind.sees_insights else _FALSE,
    )
    currency: str | None = column("currency", "Of purchases that are a step.")
    hold_days: int = column("hold_days", "For how many days rewards wait.")
    created_at: datetime = column("created_at", "Since when it holds.")


def _may_refer(scope: Scope) -> ColumnElement[Any]:
    if not (scope.viewer.kind.signed_in and scope.viewer.kind.writes):
        return _FALSE
    current, rule = terms.alias(), eligibilities.alias()
    asked: Any = (
        select(is_eligible(lambda name: rule.c[name], scope.viewer.member_id))
        .select_from(current.outerjoin(rule, rule.c.id == current.c.referrers_id))
        .where(current.c.id == scope.row.c.terms_id)
    )
    return func.coalesce(is_open(scope.row) & asked.scalar_subquery(), _FALSE)


def personal(scope: Scope, code: Row) -> list[ColumnElement[Any]]:
    """Return the conditions that a code is the viewer's own, and counts."""
    mine = code.c.member_id == scope.viewer.member_id if scope.viewer.kind.signed_in else _FALSE
    return [mine, code.c.kind == literal("PERSONAL"), code.c.revoked_at.is_(None)]


@entity("referral_program", programs, visible_programs)
class ReferralProgram(Node):
    """A programme in which friends bring friends."""

    name: str = column("name", "What it is called.")
    state: ReferralProgramState = column("state", "Whether it takes referrals.")
    open: bool = expression(lambda scope: func.coalesce(is_open(scope.row), _FALSE), "Whether it takes referrals now.")
    starts_at: datetime = column("starts_at", "From when on.")
    ends_at: datetime | None = column("ends_at", "Until when; null: until somebody ends it.")
    ended_at: datetime | None = column("ended_at", "When somebody ended it.")
    created_at: datetime = column("created_at", "When it was made.")
    terms: ReferralTerms | None = reference(lambda scope: scope.row.c.terms_id, "What it promises now.", inherits=True)
    versions: Connection[ReferralTerms] = connection(versions_of, "All it has promised, the latest first.")
    viewer_code: LazyCode | None = reference(
        lambda scope: scope.row.c.id,
        "The viewer's own code; null until `issueCode` has made it.",
        column="program_id",
        also=personal,
    )
    viewer_can_refer: bool = expression(_may_refer, "Whether the viewer may bring friends by it now.")
    funnel: ReferralFunnel | None = derived(
        funnel_of_program, "How many came how far; null to who does not see insights."
    )
    codes: Connection[LazyCode] = connection(
        codes_of, "Its codes, the latest first: all for who sees insights, else the viewer's own."
    )
    referrals: Connection[LazyReferral] = connection(
        referrals_of,
        "Who was brought by it, the latest first: all for who sees insights, else what concerns the viewer.",
    )


LazyCode = Annotated["ReferralCode", strawberry.lazy("api.referrals.types")]
LazyReferral = Annotated["Referral", strawberry.lazy("api.referrals.types")]


@entity("referral_code", codes, visible_codes)
class ReferralCode(Node):
    """What is given to friends. Its member and who sees insights see it."""

    program: ReferralProgram | None = reference(lambda scope: scope.row.c.program_id, "The programme.")
    code: str = column("code", "The code. Case, spaces, dashes and look-alike letters make no difference.")
    readable: str = computed(
        lambda scope: [scope.row.c.code], shown, "The code in groups, for print and for reading out."
    )
    kind: ReferralCodeKind = column("kind", "What it is for.")
    member: LazyMember | None = reference(
        lambda scope: scope.row.c.member_id, "Who brings those who come by it; null: the brand."
    )
    channel: str = column("channel", "Where it is put out, unless a link says otherwise.")
    campaign: str = column("campaign", "For which campaign, unless a link says otherwise.")
    most_uses: int | None = column("most_uses", "How many may be brought by it; null: any number.")
    uses: int = column("uses", "How many were.")
    expires_at: datetime | None = column("expires_at", "Until when it counts.")
    created_at: datetime = column("created_at", "When it was made.")
    revoked_at: datetime | None = column("revoked_at", "When it was revoked.")
    link: str = url(
        "/r/", lambda scope: scope.row.c.code, "The address to give to friends; `channel` and `campaign` may be added."
    )
    qr_url: str = url(
        "/r/", lambda scope: scope.row.c.code.op("||")(literal("/qr.svg")), "The address as a QR code, an SVG picture."
    )
    funnel: ReferralFunnel = derived(funnel_of_code, "How many came how far by it.")


@object_type
class ReferralStep:
    """A step of a referral."""

    kind: ReferralStepKind = column("step", "What it is.")
    threshold: str = expression(lambda scope: cast(scope.row.c.threshold, Text), _THRESHOLD)
    reached_at: datetime | None = column("reached_at", "When it was reached; null: it is missing.")


@object_type
class Unrewarded:
    """What a step that was reached did not earn."""

    step: ReferralStepKind = column("step", "Which step.")
    side: RewardSide = column("side", "Whose it would have been.")
    kind: RewardKind = column("kind", "What it would have been.")
    reason: str = column("reason", "Why it is not.")
    since: datetime = column("since", "Since when.")


@object_type
class ReferralEvidence:
    """Something that speaks for it that a referral is made up, or against it."""

    signal: str = column("signal", "Which signal; see `referralJudging`.")
    sentence: str = column("sentence", "What was found, in words and numbers that can be checked.")
    weight: float = column(
        "weight", "What it adds to the log-odds of fraud, in nats: 0.7 doubles the odds, -0.7 halves them."
    )


@entity("referral_verdict", verdicts, visible_to_campaigns)
class ReferralVerdict:
    """What judging found of a referral. Staff who run campaigns see it; nobody else does."""

    band: ReferralBand = column("band", "What is to become of it.")
    probability: float = column("probability", "How probable it is that it was made up, 0 to 1.")
    judged_at: datetime = column("judged_at", "When it was judged last.")
    evidence: list[ReferralEvidence] = rows(evidence_of, "Why, what weighs most first.", limit=MOST_REASONS)


def _is_of_the_two(scope: Scope) -> ColumnElement[Any]:
    referral, viewer = scope.row.c, scope.viewer
    if not viewer.kind.signed_in:
        return literal_column("false")
    return func.coalesce(
        or_(referral.member_id == viewer.member_id, referral.referrer_id == viewer.member_id), literal_column("false")
    )


@entity("referral", referrals, visible_referrals)
class Referral(Node):
    """That somebody was brought here. The two of them see it, and who sees insights."""

    member: LazyMember | None = reference(lambda scope: scope.row.c.member_id, "Who was brought.")
    referrer: LazyMember | None = reference(
        lambda scope: scope.row.c.referrer_id, "Who brought them; null: the brand itself."
    )
    program: ReferralProgram | None = reference(lambda scope: scope.row.c.program_id, "By which programme.")
    terms: ReferralTerms | None = reference(lambda scope: scope.row.c.terms_id, "Under which terms.")
    code: ReferralCode | None = reference(
        lambda scope: scope.row.c.code_id, "By which code; null to whoever may not see it."
    )
    source: ReferralSource = column("source", "How it is known.")
    channel: str = column("channel", "By which channel; empty if none was named.")
    campaign: str = column("campaign", "By which campaign.")
    clicked_at: datetime | None = column("clicked_at", "When they followed the link, if they did.")
    claimed_at: datetime = column("claimed_at", "When it was settled, once and for all.")
    steps: list[ReferralStep] = rows(
        steps_of_referral,
        "What its terms ask, in order, and when each was reached: those that are missing hold it up.",
        limit=MOST_STEPS + 2,
    )
    qualified_at: datetime | None = column("qualified_at", "When the last step was reached; null until then.")
    viewer_can_report: bool = expression(
        _is_of_the_two, "Whether the viewer may report it: they brought the other, or were brought by them."
    )
    rewards: list[Reward] = rows(
        rewards_of_referral,
        "What it earned: of members their own, and all for who runs campaigns. Why one is held or came to nothing is its "
        "`reason`.",
        limit=MOST_REWARDS,
    )
    verdict: ReferralVerdict | None = reference(
        lambda scope: scope.row.c.id,
        "What judging found of it, with the evidence; null until then, and to who does not run campaigns.",
        column="referral_id",
    )
    unrewarded: list[Unrewarded] = rows(
        unrewarded_of_referral, "What steps that were reached did not earn, and why.", limit=MOST_REWARDS
    )
    answers: list[ReferralAnswer] = rows(
        answers_of_referral,
        "For each thing that its terms promise, whether it was granted, and if not, why not: to the two of them their own, "
        "and all to who sees insights.",
        limit=MOST_REWARDS,
    )
    held_until: datetime | None = expression(
        lambda scope: (
            select(_days_after(scope.row.c.qualified_at, (current := terms.alias()).c.hold_days))
            .where(current.c.id == scope.row.c.terms_id)
            .scalar_subquery()
        ),
        "Until when its rewards wait, once it has qualified.",
    )
