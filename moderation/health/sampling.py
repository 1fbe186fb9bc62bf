"""Second opinions: a share of decided cases, drawn by lot, is judged once more by somebody who is not told what was decided.

The lot falls after the decision, so that nobody knows while they decide. A second opinion changes nothing: it says how far the
team agrees (`agreement`). What the first found stays where moderators could look for it; who gives a second opinion is asked not
to, and is not shown it where it is asked for.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from random import random
from typing import TYPE_CHECKING

from community.foundation.errors import Invalid, NotFound
from community.foundation.event_readers import EventReader, RecordedEvent
from community.foundation.events import Event, record
from community.members.roles import Permission
from moderation.decisions import events as decisions
from moderation.decisions.actions import VERDICTS
from moderation.health import events
from moderation.health.errors import OpinionGiven

if TYPE_CHECKING:
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
_GIVE = "UPDATE second_opinion SET verdict = $2, given_by = $3, given_at = now() WHERE id = $1"


def sampling_reader(share: float, draw: Callable[[], float] = random) -> EventReader:
    """Return the reader of the event log that draws a share of decisions; `draw` gives numbers from 0 up to 1."""

    async def apply(connection: Connection, happened: Sequence[RecordedEvent]) -> None:
        for event in happened:
            if event.kind == decisions.DECISION_MADE and draw() < share:
                await connection.raw.execute(_DRAW, event.subject_id)

    return EventReader("second opinions", apply)


async def give_second_opinion(connection: Connection, acting: Acting, opinion_id: int, *, verdict: str) -> None:
    """Say what one would have found; nothing else comes of it.

    Raises:
        NotFound: if there is none that is theirs to give: not who decided, nor whom it is about.
        OpinionGiven: if somebody was faster.
        Invalid: for what is no verdict.
    """
    if verdict not in VERDICTS:
        raise Invalid(field="verdict", reason=f"One of {', '.join(VERDICTS)}.")
    opinion = await connection.raw.fetchrow(_OPINION, opinion_id)
    if (
        opinion is None
        or acting.member_id in {opinion["member_id"], opinion["decided_by"]}
        or not acting.may(Permission.MODERATE_CONTENT, opinion["space_id"])
    ):
        raise NotFound(what="second opinion")
    if opinion["verdict"] is not None:
        raise OpinionGiven
    await connection.raw.execute(_GIVE, opinion_id, verdict, acting.member_id)
    happened = Event(
        events.OPINION_GIVEN,
        actor_id=acting.member_id,
        subject_kind="second_opinion",
        subject_id=opinion_id,
        space_id=opinion["space_id"],
        data={"decision": opinion["decision_id"], "verdict": verdict},
        context=acting.context,
    )
    await record(connection, happened)
