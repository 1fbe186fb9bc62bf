"""Why a referral was rewarded or was not: an answer to each thing that its terms promise."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import Text, and_, case, cast, func, literal_column, null, or_, select, union_all

from api.reading.cursors import by_number
from api.reading.fields import column, object_type
from api.reading.json_sql import literal
from api.reading.readings import Row, Scope, Source
from api.referrals.enums import ReferralAnswerKind, ReferralStepKind, RewardSide
from api.rewards.enums import RewardKind
from api.rewards.reasons import reason_told
from community.referrals.tables import reached_steps, reward_rules, unrewarded
from community.rewards.tables import rewards

if TYPE_CHECKING:
    from sqlalchemy import ColumnElement

NOTHING_PROMISED = "The terms that it was claimed under promise nothing here."
WAITING = "The step is reached, and is being looked at."
TAKEN_BACK = "It was taken back."
GRANTED = "It was granted."
_UNTIL = '"It is held until "YYYY-MM-DD HH24:MI" UTC."'


@object_type
class ReferralAnswer:
    """What came of one thing that the terms promise."""

    kind: ReferralAnswerKind = column("answer", "What came of it.")
    reason: str = column("reason", "That, and why, in a sentence.")
    step: ReferralStepKind | None = column("step", "For which step it is promised; null where nothing is.")
    side: RewardSide | None = column("side", "Whose it is to be.")
    reward: RewardKind | None = column("kind", "What it is to be.")


def _concerns(scope: Scope, side: ColumnElement[Any]) -> ColumnElement[Any]:
    """Return whether a side is the viewer's, or they see insights and so all."""
    if scope.viewer.kind.sees_insights:
        return literal_column("true")
    if not scope.viewer.kind.signed_in:
        return literal_column("false")
    referral, viewer = scope.row.c, scope.viewer.member_id
    return or_(
        and_(side == literal("REFERRER"), referral.referrer_id == viewer),
        and_(side == literal("REFEREE"), referral.member_id == viewer),
    )


def answers_of_referral(scope: Scope) -> Source:
    """Draw on what came of each rule of a referral's terms; one answer that there is none, where it has none."""
    rule, reward, not_so, reached = (scope.enter(each) for each in (reward_rules, rewards, unrewarded, reached_steps))
    mine = [rule.c.terms_id == scope.row.c.terms_id, _concerns(scope, rule.c.side)]
    answered = (
        select(
            rule.c.id.label("place"),
            rule.c.step.label("step"),
            rule.c.side.label("side"),
            rule.c.kind.label("kind"),
            *_answer(scope, rule, reward, not_so, reached),
        )
        .select_from(
            rule.source.outerjoin(
                reward.source,
                and_(
                    reward.c.cause_kind == literal("referral"),
                    reward.c.cause_id == scope.row.c.id,
                    reward.c.rule == cast(rule.c.id, Text),
                    reward.c.side == rule.c.side,
                ),
            )
            .outerjoin(not_so.source, and_(not_so.c.referral_id == scope.row.c.id, not_so.c.rule_id == rule.c.id))
            .outerjoin(
                reached.source,
                and_(
                    reached.c.referral_id == scope.row.c.id,
                    reached.c.step == rule.c.step,
                    reached.c.threshold == rule.c.threshold,
                ),
            )
        )
        .where(*mine)
    )
    any_rule = reward_rules.alias()
    promised = select(any_rule.c.id).where(
        any_rule.c.terms_id == scope.row.c.terms_id, _concerns(scope, any_rule.c.side)
    )
    nothing: Any = select(
        literal_column("0"),
        cast(null(), Text),
        cast(null(), Text),
        cast(null(), Text),
        literal("NOTHING_PROMISED"),
        literal(NOTHING_PROMISED),
    ).where(~promised.exists())
    found = scope.enter(union_all(answered, nothing).subquery())
    return Source(found, (by_number(found.c.place),), "rule")


def _answer(scope: Scope, rule: Row, reward: Row, not_so: Row, reached: Row) -> list[ColumnElement[Any]]:
    state, waits = reward.c.state, reward.c.review_since.is_not(None)
    missing = cast(literal("The step "), Text).op("||")(rule.c.step).op("||")(literal(" is yet to be reached."))
    kind = case(
        (waits, literal("UNDER_REVIEW")),
        (state == literal("PENDING"), literal("WAITING")),
        (state.is_not(None), state),
        (not_so.c.reason.is_not(None), literal("NOT_EARNED")),
        (reached.c.step.is_not(None), literal("WAITING")),
        else_=literal("MISSING"),
    )
    said = func.nullif(reason_told(scope, reward), literal(""))
    reason = case(
        (waits, said),
        (state == literal("PENDING"), literal(WAITING)),
        (state == literal("HELD"), func.to_char(func.timezone("UTC", reward.c.held_until), literal(_UNTIL))),
        (state == literal("GRANTED"), literal(GRANTED)),
        (state.is_not(None), func.coalesce(said, literal(TAKEN_BACK))),
        (not_so.c.reason.is_not(None), not_so.c.reason),
        (reached.c.step.is_not(None), literal(WAITING)),
        else_=missing,
    )
    return [kind.label("answer"), reason.label("reason")]
