"""Second opinions: a share of decided cases, drawn by lot, is judged once more by somebody who is not told what was decided.

The lot falls after the decision, so that nobody knows while they decide. A second opinion changes nothing: it says how far the
team agrees (`agreement`). Whoever gives one claims it first. Before, nobody is told of which case it is, so nobody looks it up;
from then on until it is given, the case, what was decided and their entries of the audit log are withheld from them
(`moderation.visibility`); and whoever had to do with the case, or has claimed the opinion before, cannot claim it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from random import random
from typing import TYPE_CHECKING

from community.foundation.clock import now
from community.foundation.errors import Invalid, NotFound
from community.foundation.event_readers import EventReader, RecordedEvent
from community.foundation.events import Event, record
from community.members.roles import Permission
from moderation.decisions import events as decisions
from moderation.decisions.actions import VERDICTS
from moderation.health import events
from moderation.health.errors import OpinionClaimed, OpinionGiven, OpinionNotBlind, OpinionNotClaimed
from moderation.health.tables import CLAIMED_FOR

if TYPE_CHECKING:
    import asyncpg

    from community.foundation.database import Connection
    from community.members.acting import Acting

# What a program decided nobody has judged; appeals are judged by somebody else anyway; and of two accounts that are merged
# everybody sees that they are.
_DRAW = """
    INSERT INTO second_opinion (decision_id, case_id, member_id, space_id, decided_by)
    SELECT decision.id, case_id, decision.member_id, decision.space_id, decided_by
    FROM decision JOIN moderation_case ON moderation_case.id = case_id
    WHERE decision.id = $1 AND decided_by IS NOT NULL AND NOT automated AND kind NOT IN ('APPEAL', 'IDENTITY')
    ON CONFLICT DO NOTHING
"""
_OPINION = "SELECT * FROM second_opinion WHERE id = $1 FOR NO KEY UPDATE"
_CLAIM = "UPDATE second_opinion SET claimed_by = $2, claimed_at = clock_timestamp() WHERE id = $1"
# The log knows who claimed the case, assigned it, noted on it or undid what was decided; the tables, what it has not read yet.
_HAD_TO_DO_WITH_IT = """
    SELECT EXISTS (
        SELECT FROM audit_entry WHERE actor_id = $1
            AND (subject_kind = 'case' AND subject_id = $2 OR subject_kind = 'second_opinion' AND subject_id = $3)
    ) OR EXISTS (SELECT FROM moderation_case_note WHERE case_id = $2 AND author_id = $1)
        OR EXISTS (SELECT FROM report WHERE case_id = $2 AND reporter_id = $1)
        OR EXISTS (SELECT FROM decision WHERE case_id = $2 AND $1 IN (decided_by, undone_by))
        OR EXISTS (SELECT FROM appeal JOIN decision ON decision.id = decision_id
            WHERE decision.case_id = $2 AND $1 IN (appellant_id, appeal.decided_by))
"""
_GIVE = "UPDATE second_opinion SET verdict = $2, given_by = $3, given_at = now() WHERE id = $1"


def sampling_reader(share: float, draw: Callable[[], float] = random) -> EventReader:
    """Return the reader of the event log that draws a share of decisions; `draw` gives numbers from 0 up to 1."""

    async def apply(connection: Connection, happened: Sequence[RecordedEvent]) -> None:
        for event in happened:
            if event.kind == decisions.DECISION_MADE and draw() < share:
                await connection.raw.execute(_DRAW, event.subject_id)

    return EventReader("second opinions", apply)


async def claim_second_opinion(connection: Connection, acting: Acting, opinion_id: int) -> None:
    """Take it on to give a second opinion; claimed again by who has, nothing changes.

    Raises:
        NotFound: if there is none that is theirs to give: not who decided, nor whom it is about.
        OpinionGiven: if somebody was faster.
        OpinionClaimed: if somebody else took it on within the last day.
        OpinionNotBlind: if they had to do with the case.
    """
    opinion = await _waiting(connection, acting, opinion_id)
    if opinion["claimed_by"] == acting.member_id:
        return
    if opinion["claimed_by"] is not None and opinion["claimed_at"] > now() - CLAIMED_FOR:
        raise OpinionClaimed
    if await connection.raw.fetchval(_HAD_TO_DO_WITH_IT, acting.member_id, opinion["case_id"], opinion_id):
        raise OpinionNotBlind
    await connection.raw.execute(_CLAIM, opinion_id, acting.member_id)
    await _tell(connection, acting, events.OPINION_CLAIMED, opinion)


async def give_second_opinion(connection: Connection, acting: Acting, opinion_id: int, *, verdict: str) -> None:
    """Say what one would have found; nothing else comes of it.

    Raises:
        NotFound: if there is none that is theirs to give: not who decided, nor whom it is about.
        OpinionGiven: if somebody was faster.
        OpinionNotClaimed: unless they have claimed it, and nobody else since.
        Invalid: for what is no verdict.
    """
    if verdict not in VERDICTS:
        raise Invalid(field="verdict", reason=f"One of {', '.join(VERDICTS)}.")
    opinion = await _waiting(connection, acting, opinion_id)
    if opinion["claimed_by"] != acting.member_id:
        raise OpinionNotClaimed
    await connection.raw.execute(_GIVE, opinion_id, verdict, acting.member_id)
    await _tell(connection, acting, events.OPINION_GIVEN, opinion, verdict=verdict)


async def _waiting(connection: Connection, acting: Acting, opinion_id: int) -> asyncpg.Record:
    """Return a second opinion that nobody has given yet and that is theirs to give, held."""
    opinion = await connection.raw.fetchrow(_OPINION, opinion_id)
    if (
        opinion is None
        or acting.member_id in {opinion["member_id"], opinion["decided_by"]}
        or not acting.may(Permission.MODERATE_CONTENT, opinion["space_id"])
    ):
        raise NotFound(what="second opinion")
    if opinion["verdict"] is not None:
        raise OpinionGiven
    return opinion


async def _tell(connection: Connection, acting: Acting, kind: str, opinion: asyncpg.Record, **said: str) -> None:
    happened = Event(
        kind,
        actor_id=acting.member_id,
        subject_kind="second_opinion",
        subject_id=opinion["id"],
        space_id=opinion["space_id"],
        data={"decision": opinion["decision_id"], **said},
        context=acting.context,
    )
    await record(connection, happened)
