"""Notes: what moderators tell each other about a case."""

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

_NOTE = "INSERT INTO moderation_case_note (case_id, author_id, body) VALUES ($1, $2, $3) RETURNING id"


async def note_case(connection: Connection, acting: Acting, case_id: int, *, body: str) -> int:
    """Write a note on a case, open or decided; return its id.

    Raises:
        NotFound: if there is no such case that is theirs to see.
        Invalid: for a note that is empty or too long.
    """
    body = clean_text(body, "body", LONGEST_BODY)
    if not body:
        raise Invalid(field="body", reason="Say something.")
    case = await case_for(connection, acting, case_id)
    note_id: int = await connection.raw.fetchval(_NOTE, case_id, acting.member_id, body)
    happened = Event(
        events.CASE_NOTED,
        actor_id=acting.member_id,
        subject_kind="case",
        subject_id=case_id,
        space_id=case["space_id"],
        data={"note": note_id},
        context=acting.context,
    )
    await record(connection, happened)
    return note_id
