"""Notes: what moderators tell each other about a case, and what they tell whom it is about without deciding anything."""

from __future__ import annotations

from typing import TYPE_CHECKING

from community.discussions.texts import clean_text
from community.foundation.errors import Invalid
from community.foundation.events import Event, record
from moderation.cases import events
from moderation.cases.access import case_for

if TYPE_CHECKING:
    from community.foundation.database import Connection
    from community.members.acting import Acting

LONGEST_BODY = 5_000

_NOTE = "INSERT INTO moderation_case_note (case_id, author_id, body, shown) VALUES ($1, $2, $3, $4) RETURNING id"


async def note_case(connection: Connection, acting: Acting, case_id: int, *, body: str, shown: bool = False) -> int:
    """Write a note on a case, open or decided; return its id. A shown one is read by whom the case is about, who is told.

    Raises:
        NotFound: if there is no such case that is theirs to see.
        Invalid: for a note that is empty or too long, or that nobody is there to be shown to.
    """
    body = clean_text(body, "body", LONGEST_BODY)
    if not body:
        raise Invalid(field="body", reason="Say something.")
    case = await case_for(connection, acting, case_id)
    if shown and case["member_id"] is None:
        raise Invalid(field="shown", reason="The case is about nobody who is here.")
    note_id: int = await connection.raw.fetchval(_NOTE, case_id, acting.member_id, body, shown)
    happened = Event(
        events.CASE_NOTED,
        actor_id=acting.member_id,
        member_id=case["member_id"] if shown else None,
        subject_kind="case",
        subject_id=case_id,
        space_id=case["space_id"],
        data={"note": note_id, "shown": shown},
        context=acting.context,
    )
    await record(connection, happened)
    return note_id
