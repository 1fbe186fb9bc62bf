"""What must hold of rewards at any time, whatever happened and whoever died: each law is a query that finds what breaks it."""

from __future__ import annotations

from community.foundation.database import Connection
from community.ledger.verifying import verify
from community.rewards.verifying import differences

LAWS = {
    "a step was reached that earned nothing and has no reason, or both": """
        SELECT referral.id, rule.id FROM referral
            JOIN referral_reward_rule AS rule ON rule.terms_id = referral.terms_id
            JOIN referral_step AS reached ON reached.referral_id = referral.id
                AND reached.step = rule.step AND reached.threshold = rule.threshold
        WHERE (
            SELECT count(*) FROM reward WHERE cause_kind = 'referral' AND cause_id = referral.id
                AND reward.rule = rule.id::text AND reward.side = rule.side
        ) + (
            SELECT count(*) FROM referral_unrewarded AS not_so WHERE referral_id = referral.id AND rule_id = rule.id
        ) <> 1
    """,
    "a reward of a referral is for a step that was not reached, or not its side's": """
        SELECT reward.id, cause_id FROM reward JOIN referral ON referral.id = cause_id
            JOIN referral_reward_rule AS rule ON rule.id::text = reward.rule AND rule.side = reward.side
        WHERE cause_kind = 'referral' AND (rule.terms_id <> referral.terms_id OR NOT EXISTS (
            SELECT FROM referral_step AS reached WHERE reached.referral_id = referral.id
                AND reached.step = rule.step AND reached.threshold = rule.threshold
        ) OR reward.side = 'REFERRER' AND reward.member_id IS DISTINCT FROM referrer_id
            OR reward.side = 'REFEREE' AND reward.member_id <> referral.member_id)
    """,
    "a reward's points were not booked as often as it was granted": """
        SELECT reward.id, count(booked.id) FROM reward LEFT JOIN ledger_transaction AS booked
            ON subject_kind = 'reward' AND subject_id = reward.id AND booked.kind = 'REWARD_GRANTED'
        WHERE reward.kind = 'POINTS'
        GROUP BY reward.id HAVING count(booked.id) <> (granted_at IS NOT NULL)::integer
    """,
    "a redemption was not paid once": """
        SELECT redemption.id, count(booked.id) FROM redemption LEFT JOIN ledger_transaction AS booked
            ON subject_kind = 'redemption' AND subject_id = redemption.id AND booked.kind = 'POINTS_REDEEMED'
        GROUP BY redemption.id HAVING count(booked.id) <> 1
    """,
    "a reward has not the one voucher that it gave": """
        SELECT reward.id, count(voucher.id) FROM reward LEFT JOIN voucher ON reward_id = reward.id
        WHERE kind = 'VOUCHER' GROUP BY reward.id HAVING count(voucher.id) <> (granted_at IS NOT NULL)::integer
    """,
    "a member has not the badges that they were granted": """
        SELECT reward.member_id, count(*) FROM reward WHERE kind = 'BADGE' AND state = 'GRANTED' GROUP BY reward.member_id
        HAVING count(*) <> (SELECT count(*) FROM badge WHERE badge.member_id = reward.member_id)
    """,
    "a balance is not what rewards, redemptions and expiry make it": """
        SELECT id, balance FROM (
            SELECT owner_id AS id, balance, coalesce((
                SELECT sum(amount) FROM reward WHERE member_id = owner_id AND kind = 'POINTS' AND state = 'GRANTED'
            ), 0) - coalesce((
                SELECT sum(price) FROM redemption WHERE member_id = owner_id AND state <> 'CANCELLED'
            ), 0) + coalesce((
                SELECT sum(move.amount) FROM point_lot_move AS move JOIN point_lot AS lot ON lot.id = lot_id
                WHERE member_id = owner_id AND kind IN ('EXPIRED', 'UNEXPIRED')
            ), 0) AS made
            FROM ledger_account WHERE owner_kind = 'member' AND kind = 'POINTS'
        ) AS account WHERE balance <> made
    """,
    "a balance is below zero though nothing was taken back": """
        SELECT owner_id, balance FROM ledger_account WHERE owner_kind = 'member' AND balance < 0
            AND NOT EXISTS (SELECT FROM reward WHERE member_id = owner_id AND state = 'REVERSED')
    """,
    "a budget, or what one member may have of it, is passed": """
        SELECT budget.id, reward.member_id FROM reward_budget AS budget JOIN reward ON budget_id = budget.id
        WHERE reward.state IN ('PENDING', 'HELD', 'GRANTED') GROUP BY GROUPING SETS ((budget.id), (budget.id, reward.member_id))
        HAVING sum(cost) > CASE GROUPING(reward.member_id) WHEN 1 THEN budget.amount ELSE coalesce(per_member, budget.amount) END
    """,
    "more of a referrer's referrals, or of a programme's, are rewarded than terms allow": """
        SELECT referral.program_id, referrer_id FROM reward JOIN referral ON referral.id = cause_id
            JOIN referral_terms AS terms ON terms.id = referral.terms_id
        WHERE cause_kind = 'referral' AND state IN ('PENDING', 'HELD', 'GRANTED')
        GROUP BY GROUPING SETS ((referral.program_id), (referral.program_id, referrer_id))
        HAVING count(DISTINCT cause_id) > CASE GROUPING(referrer_id) WHEN 1 THEN max(rewarded_most) ELSE max(rewarded_each) END
    """,
    "more of an item are taken than there are, or than one member may have": """
        SELECT item.id, redemption.member_id FROM reward_item AS item JOIN redemption ON item_id = item.id
        WHERE state <> 'CANCELLED' GROUP BY GROUPING SETS ((item.id), (item.id, redemption.member_id))
        HAVING count(*) > CASE GROUPING(redemption.member_id) WHEN 1 THEN stock ELSE per_member END
    """,
    "somebody stands above themselves": "SELECT member_id, generation FROM referral_line WHERE member_id = ancestor_id",
}


async def broken(connection: Connection) -> list[str]:
    """Return which laws are broken, by what; and what a recount of rewards and the ledger finds."""
    found = [f"{each.of} {each.id}: {each.what}" for each in (await verify(connection)).problems]
    found += [
        f"{each.of} {each.id}: kept {each.kept}, counted {each.counted}" for each in await differences(connection)
    ]
    for what, sql in LAWS.items():
        found += [f"{what}: {row[0]}, {row[1]}" for row in await connection.raw.fetch(sql)]
    return found
