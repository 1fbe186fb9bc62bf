"""Steps: how far those came who were brought here.

Which steps a referral has come to is read from what is so (an address is verified, a post is there, something was bought, a
level is held), not from the event that said so: events only say whose referral to look at. So an event that comes twice,
late or out of order changes nothing, and what was so before the referral was claimed counts as well. A step that was reached
stays reached.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from community.discussions.events import CONTENT_RESTORED, POST_CREATED
from community.foundation.errors import Refusal
from community.foundation.event_readers import EventReader, RecordedEvent
from community.foundation.events import Event, record
from community.members.events import EMAIL_VERIFIED, MEMBER_JOINED, REPUTATIONS_KEPT
from community.referrals import events
from community.referrals.attribution import Brought, claim_referral
from community.referrals.costs import count_costs
from community.referrals.rewarding import promise_owed
from community.rewards.events import REWARD_GRANTED, REWARD_REVERSED

if TYPE_CHECKING:
    from community.foundation.database import Connection

# A statement of its own: those that follow see what others did who held the rows before.
_HOLD = """
    SELECT id FROM referral WHERE member_id = ANY($1::bigint[]) AND qualified_at IS NULL ORDER BY id FOR NO KEY UPDATE
"""
_REACH = f"""
    WITH missing AS (
        SELECT referral.*, asked.step, asked.threshold, greatest(referral.claimed_at, fact.since) AS reached_at
        FROM referral JOIN referral_terms AS terms ON terms.id = terms_id
            JOIN referral_asked_step AS asked ON asked.terms_id = terms.id
            CROSS JOIN LATERAL (
                SELECT CASE asked.step
                    WHEN 'CLICK' THEN referral.claimed_at
                    WHEN 'SIGN_UP' THEN referral.claimed_at
                    WHEN 'VERIFIED' THEN
                        (SELECT email_verified_at FROM account WHERE account.member_id = referral.member_id)
                    WHEN 'FIRST_POST' THEN (
                        SELECT min(post.created_at) FROM post
                        WHERE post.author_id = referral.member_id AND post.visibility = 0
                    )
                    WHEN 'PURCHASE' THEN (
                        SELECT min(purchased_at) FROM referral_purchase AS purchase
                            JOIN member ON member.id = purchase.member_id
                        WHERE purchase.member_id = referral.member_id AND purchase.amount >= asked.threshold
                            AND purchase.currency = terms.currency AND purchase.purchased_at >= member.joined_at
                    )
                    WHEN 'LEVEL' THEN (
                        SELECT now() FROM reputation
                        WHERE reputation.member_id = referral.member_id AND reputation.level >= asked.threshold
                    )
                END AS since
            ) AS fact
        WHERE referral.id = ANY($1::bigint[]) AND fact.since IS NOT NULL AND NOT EXISTS (
            SELECT FROM referral_step AS reached WHERE reached.referral_id = referral.id
                AND reached.step = asked.step AND reached.threshold = asked.threshold
        )
    ), reached AS (
        INSERT INTO referral_step (referral_id, step, threshold, reached_at)
        SELECT id, step, threshold, reached_at FROM missing ORDER BY id
    ), whole AS (
        SELECT id, max(reached_at) AS qualified_at FROM (
            SELECT id, terms_id, reached_at FROM missing
            UNION ALL
            SELECT referral_id, terms_id, reached_at FROM referral_step
                JOIN (SELECT DISTINCT id, terms_id FROM missing) AS concerned ON concerned.id = referral_id
        ) AS now_reached
        GROUP BY id, terms_id
        HAVING count(*) = (SELECT count(*) FROM referral_asked_step AS asked WHERE asked.terms_id = now_reached.terms_id)
    ), qualified AS (
        UPDATE referral SET qualified_at = whole.qualified_at FROM whole WHERE referral.id = whole.id
    ), happened AS (
        SELECT id, member_id, referrer_id, program_id, code_id, channel, campaign, claimed_at, step, threshold,
            reached_at AS at
        FROM missing
        UNION ALL
        SELECT id, member_id, referrer_id, program_id, code_id, channel, campaign, claimed_at, NULL, NULL, whole.qualified_at
        FROM whole JOIN referral USING (id)
    ), counted AS (
        INSERT INTO referral_day (program_id, day, code_id, channel, campaign, sign_ups, verified, qualified,
            cohort_verified, cohort_qualified)
        SELECT program_id, (moment AT TIME ZONE 'UTC')::date, code_id, channel, campaign,
            count(*) FILTER (WHERE step = 'SIGN_UP' AND NOT of_cohort),
            count(*) FILTER (WHERE step = 'VERIFIED' AND NOT of_cohort), count(*) FILTER (WHERE step IS NULL AND NOT of_cohort),
            count(*) FILTER (WHERE step = 'VERIFIED' AND of_cohort), count(*) FILTER (WHERE step IS NULL AND of_cohort)
        FROM happened CROSS JOIN LATERAL (VALUES (at, false), (claimed_at, true)) AS counted_on (moment, of_cohort)
        WHERE step IN ('SIGN_UP', 'VERIFIED') OR step IS NULL
        GROUP BY 1, 2, 3, 4, 5 ORDER BY 1, 2, 3, 4, 5
        ON CONFLICT (program_id, day, code_id, channel, campaign) DO UPDATE SET
            sign_ups = referral_day.sign_ups + excluded.sign_ups,
            verified = referral_day.verified + excluded.verified,
            qualified = referral_day.qualified + excluded.qualified,
            cohort_verified = referral_day.cohort_verified + excluded.cohort_verified,
            cohort_qualified = referral_day.cohort_qualified + excluded.cohort_qualified
    )
    INSERT INTO event (kind, actor_id, member_id, subject_kind, subject_id, data, context)
    SELECT CASE WHEN step IS NULL THEN '{events.REFERRAL_QUALIFIED}' ELSE '{events.REFERRAL_STEP_REACHED}' END,
        member_id, referrer_id, 'referral', id,
        jsonb_strip_nulls(jsonb_build_object('step', step, 'threshold', threshold, 'at', at)),
        jsonb_build_object('channel', channel, 'campaign', campaign)
    FROM happened ORDER BY id, step IS NULL, at
"""  # noqa: S608 - names of ours
_RISEN = """
    SELECT DISTINCT referral.member_id FROM referral
        JOIN referral_asked_step AS asked ON asked.terms_id = referral.terms_id AND step = 'LEVEL'
        JOIN reputation ON reputation.member_id = referral.member_id AND level >= threshold
    WHERE qualified_at IS NULL AND NOT EXISTS (
        SELECT FROM referral_step AS reached WHERE referral_id = referral.id AND reached.step = asked.step
            AND reached.threshold = asked.threshold
    )
"""

_OF_ACTOR = {POST_CREATED, events.REFERRAL_CLAIMED}
_OF_MEMBER = {EMAIL_VERIFIED, CONTENT_RESTORED, events.REFERRAL_PURCHASE_RECORDED}

_REWARDS = {REWARD_GRANTED, REWARD_REVERSED}


async def reach(connection: Connection, member_ids: Sequence[int]) -> None:
    """Note the steps that the referrals of some members have come to by now, each once, and count them."""
    held = await connection.raw.fetch(_HOLD, member_ids)
    if held:
        await connection.raw.execute(_REACH, [row["id"] for row in held])
        await promise_owed(connection, member_ids)


async def apply(connection: Connection, happened: Sequence[RecordedEvent]) -> None:
    """Look at the referrals that events concern; who joined by a code is found to be brought by it, or not."""
    concerned: set[int] = set()
    moved = [event.subject_id for event in happened if event.kind in _REWARDS and event.subject_id is not None]
    if moved:
        await count_costs(connection, moved)
    for event in happened:
        member_id = event.actor_id if event.kind in _OF_ACTOR else event.member_id
        if event.kind == MEMBER_JOINED and event.data.get("brought_by"):
            await _settle(connection, event)
        elif event.kind == REPUTATIONS_KEPT:
            concerned.update(row["member_id"] for row in await connection.raw.fetch(_RISEN))
            continue
        elif event.kind not in _OF_ACTOR | _OF_MEMBER:
            continue
        if member_id is not None:
            concerned.add(member_id)
    if concerned:
        await reach(connection, sorted(concerned))


referrals_reader = EventReader("referrals", apply)


async def _settle(connection: Connection, joined: RecordedEvent) -> None:
    """Find who brought a new member; where nobody can have, the log says why."""
    assert joined.member_id is not None  # of whoever joined, it is known who
    try:
        async with connection.savepoint():
            brought = Brought.of_kept(joined.data["brought_by"])
            await claim_referral(connection, joined.member_id, brought, claimed_at=joined.occurred_at)
    except Refusal as refusal:
        refused = Event(
            events.REFERRAL_REFUSED,
            actor_id=joined.member_id,
            subject_kind="member",
            subject_id=joined.member_id,
            data={"code": refusal.code, "reason": refusal.message},
        )
        await record(connection, refused)
