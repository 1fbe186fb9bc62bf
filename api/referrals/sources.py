"""What the lists and connections of referrals draw on."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import Double, Integer, cast, func, literal_column, or_, select
from sqlalchemy.dialects.postgresql import JSONB

from api.reading.cursors import by_number, by_time
from api.reading.json_sql import literal
from api.reading.readings import Scope, Source
from community.referrals.evidence.tables import verdicts
from community.referrals.tables import (
    asked_steps,
    codes,
    lines,
    programs,
    reached_steps,
    referrals,
    reward_rules,
    terms,
    unrewarded,
)
from community.rewards.tables import rewards

if TYPE_CHECKING:
    from sqlalchemy import ColumnElement


def all_programs(scope: Scope) -> Source:
    """Draw on programmes, the latest first."""
    program = scope.enter(programs)
    given = scope.arguments.shape("filter") or {}
    where: list[ColumnElement[Any]] = []
    if given.get("state") is not None:
        where.append(program.c.state == literal(given["state"].value))
    if given.get("open") is not None:
        open_now = is_open(program)
        where.append(open_now if given["open"] else func.coalesce(~open_now, literal_column("true")))
    keys = by_time(program.c.created_at, descending=True), by_number(program.c.id, descending=True)
    return Source(program, keys, "new", where=where)


def is_open(program: Any) -> ColumnElement[Any]:
    """Return whether a programme takes referrals now."""
    now = func.now()
    running = or_(program.c.ends_at.is_(None), program.c.ends_at > now)
    open_now: ColumnElement[Any] = (program.c.state == literal("ACTIVE")) & (program.c.starts_at <= now) & running
    return open_now


def versions_of(scope: Scope) -> Source:
    """Draw on a programme's terms, the latest first."""
    version = scope.enter(terms)
    keys = (by_number(version.c.version, descending=True),)
    return Source(version, keys, "version", where=[version.c.program_id == scope.row.c.id], inherits=True)


def codes_of(scope: Scope) -> Source:
    """Draw on a programme's codes that the viewer may see, the latest first."""
    code = scope.enter(codes)
    keys = by_time(code.c.created_at, descending=True), by_number(code.c.id, descending=True)
    return Source(code, keys, "new", where=[code.c.program_id == scope.row.c.id])


def viewers_codes(scope: Scope) -> Source:
    """Draw on the viewer's own codes, the latest first."""
    code = scope.enter(codes)
    keys = by_time(code.c.created_at, descending=True), by_number(code.c.id, descending=True)
    return Source(code, keys, "new", where=[code.c.member_id == scope.viewer.member_id])


def referrals_of(scope: Scope) -> Source:
    """Draw on a programme's referrals that the viewer may see, the latest first."""
    referral = scope.enter(referrals)
    return Source(referral, _latest(referral), "new", where=[referral.c.program_id == scope.row.c.id])


def brought_by_viewer(scope: Scope) -> Source:
    """Draw on the referrals of those whom the viewer brought, the latest first."""
    referral = scope.enter(referrals)
    return Source(referral, _latest(referral), "new", where=[referral.c.referrer_id == scope.viewer.member_id])


def _latest(referral: Any) -> Any:
    return by_time(referral.c.claimed_at, descending=True), by_number(referral.c.id, descending=True)


def generations_below(scope: Scope) -> Source:
    """Draw on how many stand below the viewer in the tree, generation by generation."""
    line = scope.enter(lines)
    counted = scope.enter(
        select(line.c.generation.label("generation"), cast(func.count(), Integer).label("members"))
        .select_from(line.source)
        .where(line.c.ancestor_id == scope.viewer.member_id)
        .group_by(line.c.generation)
        .subquery()
    )
    return Source(counted, (by_number(counted.c.generation),), "generation")


def steps_asked(scope: Scope) -> Source:
    """Draw on the steps that terms ask, in their order."""
    asked = scope.enter(asked_steps)
    return Source(asked, (by_number(asked.c.position),), "position", where=[asked.c.terms_id == scope.row.c.id])


def rewards_of(scope: Scope) -> Source:
    """Draw on what terms promise."""
    rule = scope.enter(reward_rules)
    return Source(rule, (by_number(rule.c.id),), "rule", where=[rule.c.terms_id == scope.row.c.id])


def steps_of_referral(scope: Scope) -> Source:
    """Draw on the steps that a referral's terms ask, in their order, and when each was reached."""
    asked, reached = scope.enter(asked_steps), scope.enter(reached_steps)
    when = (
        select(reached.c.reached_at)
        .select_from(reached.source)
        .where(
            reached.c.referral_id == scope.row.c.id,
            reached.c.step == asked.c.step,
            reached.c.threshold == asked.c.threshold,
        )
        .scalar_subquery()
    )
    stands = scope.enter(
        select(
            asked.c.step.label("step"),
            asked.c.threshold.label("threshold"),
            asked.c.position.label("position"),
            when.label("reached_at"),
        )
        .select_from(asked.source)
        .where(asked.c.terms_id == scope.row.c.terms_id)
        .subquery()
    )
    return Source(stands, (by_number(stands.c.position),), "position")


def rewards_of_referral(scope: Scope) -> Source:
    """Draw on what a referral earned, the first first."""
    reward = scope.enter(rewards)
    where = [reward.c.cause_kind == literal("referral"), reward.c.cause_id == scope.row.c.id]
    return Source(reward, (by_number(reward.c.id),), "promised", where=where)


def under_review(scope: Scope) -> Source:
    """Draw on referrals of which a reward waits for somebody to look at it, the latest first."""
    referral, reward = scope.enter(referrals), scope.enter(rewards)
    waiting = (
        select(reward.c.cause_id)
        .select_from(reward.source)
        .where(reward.c.review_since.is_not(None), reward.c.cause_kind == literal("referral"))
    )
    return Source(referral, _latest(referral), "new", where=[referral.c.id.in_(waiting)])


def evidence_of(scope: Scope) -> Source:
    """Draw on what speaks for and against a referral, what weighs most first."""
    verdict = scope.enter(verdicts)
    each = (
        func.jsonb_array_elements(verdict.c.evidence)
        .table_valued("value", with_ordinality="place", name="element")
        .render_derived()
    )
    told = cast(each.c.value, JSONB)
    found = scope.enter(
        select(
            each.c.place.label("place"),
            told.op("->>")(literal("signal")).label("signal"),
            told.op("->>")(literal("sentence")).label("sentence"),
            cast(told.op("->>")(literal("weight")), Double).label("weight"),
        )
        .select_from(verdict.source.join(each, literal_column("true")))
        .where(verdict.c.referral_id == scope.row.c.referral_id)
        .subquery()
    )
    return Source(found, (by_number(found.c.place),), "place")


def unrewarded_of_referral(scope: Scope) -> Source:
    """Draw on what steps that were reached did not earn."""
    not_so, rule = scope.enter(unrewarded), scope.enter(reward_rules)
    found = scope.enter(
        select(
            rule.c.id.label("id"),
            rule.c.step.label("step"),
            rule.c.side.label("side"),
            rule.c.kind.label("kind"),
            not_so.c.reason.label("reason"),
            not_so.c.since.label("since"),
        )
        .select_from(not_so.source.join(rule.source, rule.c.id == not_so.c.rule_id))
        .where(not_so.c.referral_id == scope.row.c.id)
        .subquery()
    )
    return Source(found, (by_number(found.c.id),), "rule")
