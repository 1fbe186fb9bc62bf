"""What steps earn: a promise for each rule of the terms whose step is reached, once, and why where there is none.

Promises wait until the referral has been judged (`judging`); then they are held for as long as the terms say, and granted
by the clock. A point counts against the programme's budget as one smallest unit of its currency.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import TYPE_CHECKING

from community.foundation.errors import NotFound, Refusal
from community.foundation.jobs import ask
from community.rewards.budgets import ensure_budget
from community.rewards.promises import BadgeOf, Cause, PointsOf, Promise, TierOf, VoucherOf, promise
from community.rewards.states import COUNTED
from community.rewards.tables import MOST_BUDGET, POINTS

if TYPE_CHECKING:
    import asyncpg

    from community.foundation.database import Connection

REFERRAL = "referral"
"""The kind of cause that a referral is."""
JUDGING = "JUDGING"
"""The kind of job that judges what is promised for referrals."""

# What is held is judged once more on its last day, by what has come in meanwhile.
_UNJUDGED = """
    SELECT EXISTS (SELECT FROM reward WHERE cause_kind = 'referral' AND state = 'PENDING') OR EXISTS (
        SELECT FROM reward JOIN referral_verdict AS verdict ON verdict.referral_id = cause_id
        WHERE cause_kind = 'referral' AND state = 'HELD' AND review_since IS NULL
            AND held_until < now() + interval '1 day' AND verdict.judged_at < held_until - interval '1 day'
            AND held_until - interval '1 day' > promised_at
    )
"""

# The programme is held, so that what has been promised is counted by one at a time.
_HOLD = """
    SELECT FROM referral_program WHERE id IN (SELECT program_id FROM referral WHERE member_id = ANY($1::bigint[]))
    ORDER BY id FOR NO KEY UPDATE
"""
_OWED = """
    SELECT referral.id, referral.program_id, referral.referrer_id, rule.id AS rule_id, rule.side, rule.kind, rule.amount,
        rule.name, terms.hold_days, terms.budget, terms.rewarded_each, terms.rewarded_most,
        CASE rule.side WHEN 'REFERRER' THEN referral.referrer_id WHEN 'REFEREE' THEN referral.member_id
            ELSE upline.ancestor_id END AS member_id
    FROM referral JOIN referral_terms AS terms ON terms.id = referral.terms_id
        JOIN referral_reward_rule AS rule ON rule.terms_id = terms.id
        JOIN referral_step AS reached ON reached.referral_id = referral.id
            AND reached.step = rule.step AND reached.threshold = rule.threshold
        LEFT JOIN referral_line AS upline ON upline.member_id = referral.member_id AND upline.generation = 2
    WHERE referral.member_id = ANY($1::bigint[])
        AND NOT EXISTS (
            SELECT FROM reward WHERE cause_kind = 'referral' AND cause_id = referral.id
                AND reward.rule = rule.id::text AND reward.side = rule.side
        )
        AND NOT EXISTS (SELECT FROM referral_unrewarded AS not_so WHERE referral_id = referral.id AND rule_id = rule.id)
    ORDER BY referral.id, rule.id
"""
_REWARDED = """
    SELECT count(DISTINCT cause_id) FILTER (WHERE referral.referrer_id = $2) AS of_referrer,
        count(DISTINCT cause_id) AS of_program, coalesce(bool_or(cause_id = $3), false) AS already
    FROM reward JOIN referral ON referral.id = cause_id
    WHERE cause_kind = 'referral' AND program_id = $1 AND reward.state = ANY($4::text[])
"""
_POOL = "SELECT id FROM voucher_pool WHERE name = $1"
_UNREWARDED = """
    INSERT INTO referral_unrewarded (referral_id, rule_id, reason) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING
"""


async def ask_for_judging(connection: Connection) -> None:
    """Ask for what is promised to be judged, if anything waits for it: for the first time, or for the last."""
    if await connection.raw.fetchval(_UNJUDGED):
        await ask(connection, JUDGING, {}, asked_by=None, once=True)


async def promise_owed(connection: Connection, member_ids: Sequence[int]) -> int:
    """Promise what the referrals of some members have earned by now; return how many promises were made."""
    owed = await connection.raw.fetch(_OWED, member_ids)
    if not owed:
        return 0
    await connection.raw.execute(_HOLD, member_ids)
    made = 0
    # Asked anew: what others promised while this waited is there now.
    for each in await connection.raw.fetch(_OWED, member_ids):
        reason = await _refusal(connection, each)
        if reason is None:
            made += 1
        else:
            await connection.raw.execute(_UNREWARDED, each["id"], each["rule_id"], reason)
    return made


async def _refusal(connection: Connection, owed: asyncpg.Record) -> str | None:
    """Make one promise; return why it cannot be made, if so."""
    if owed["member_id"] is None:
        return "There is nobody on this side: the brand itself brought them, or the member is gone."
    counted = await connection.raw.fetchrow(
        _REWARDED, owed["program_id"], owed["referrer_id"], owed["id"], list(COUNTED)
    )
    assert counted is not None  # counts are always there
    if not counted["already"]:
        if owed["rewarded_each"] is not None and counted["of_referrer"] >= owed["rewarded_each"]:
            return f"The referrer has been rewarded for {owed['rewarded_each']} referrals, which is the most."
        if owed["rewarded_most"] is not None and counted["of_program"] >= owed["rewarded_most"]:
            return f"The programme has rewarded {owed['rewarded_most']} referrals, which is the most."
    amount = MOST_BUDGET if owed["budget"] is None else owed["budget"]
    budget_id = await ensure_budget(connection, f"referral_program_{owed['program_id']}", POINTS, amount)
    try:
        promised = Promise(
            owed["member_id"],
            Cause(REFERRAL, owed["id"], str(owed["rule_id"]), owed["side"]),
            await _what(connection, owed),
            budget_id,
            hold=timedelta(days=owed["hold_days"]),
            earned=False,
        )
        await promise(connection, promised)
    except Refusal as refusal:
        return refusal.message
    return None


async def _what(connection: Connection, owed: asyncpg.Record) -> PointsOf | BadgeOf | VoucherOf | TierOf:
    match owed["kind"]:
        case "POINTS":
            return PointsOf(owed["amount"])
        case "BADGE":
            return BadgeOf(owed["name"])
        case "TIER":
            return TierOf(owed["name"])
    pool_id = await connection.raw.fetchval(_POOL, owed["name"])
    if pool_id is None:
        raise NotFound(what=f"pool of vouchers named {owed['name']}")
    return VoucherOf(pool_id)
