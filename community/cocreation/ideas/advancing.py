"""How an idea comes along: official steps, each kept with what the brand says to it, and credit where one ships."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from community.cocreation.ideas import events
from community.cocreation.ideas.access import Held, idea_to_manage, tell
from community.cocreation.ideas.errors import StageChanged, StageNotNext
from community.cocreation.ideas.stages import NEXT, SHIPPED
from community.cocreation.ideas.tables import CREDIT_ROLES
from community.discussions.texts import clean_text
from community.foundation.errors import Invalid
from community.foundation.markdown import render

if TYPE_CHECKING:
    from community.foundation.database import Connection
    from community.members.acting import Acting

LONGEST_ANSWER = 10_000

_ADVANCE = """
    UPDATE idea SET stage = $3, stage_since = now() WHERE id = $1 AND stage = $2 RETURNING id
"""
_ANSWER = """
    INSERT INTO idea_answer (idea_id, member_id, from_stage, to_stage, body, body_html) VALUES ($1, $2, $3, $4, $5, $6)
    RETURNING id
"""
# In each of several roles a member is credited in the first. Ideas that were merged brought their authors along.
_CREDIT = f"""
    WITH RECURSIVE merged AS (
        SELECT id, post_id FROM idea WHERE merged_into = $1
        UNION
        SELECT idea.id, idea.post_id FROM idea JOIN merged ON idea.merged_into = merged.id
    ), earned AS (
        SELECT post.author_id AS member_id, 'AUTHOR' AS role FROM idea JOIN post ON post.id = idea.post_id
        WHERE idea.id = $1
        UNION ALL
        SELECT member_id, 'CO_AUTHOR' FROM idea_co_author WHERE idea_id = $1 AND state = 'ACCEPTED'
        UNION ALL
        SELECT proposed_by, 'AMENDER' FROM amendment WHERE idea_id = $1 AND state = 'ACCEPTED'
        UNION ALL
        SELECT post.author_id, 'MERGED_AUTHOR' FROM merged JOIN post ON post.id = merged.post_id
    )
    INSERT INTO idea_credit (idea_id, member_id, role)
    SELECT $1, member_id, role FROM (
        SELECT DISTINCT ON (earned.member_id) earned.member_id, role
        FROM earned JOIN member ON member.id = earned.member_id AND member.state <> 'ERASED'
        ORDER BY earned.member_id, array_position(ARRAY{list(CREDIT_ROLES)!r}, role)
    ) AS foremost
    ON CONFLICT DO NOTHING RETURNING member_id, role
"""  # noqa: S608 - made of names of ours


async def advance_idea(
    connection: Connection, acting: Acting, idea_id: int, *, before: str, after: str, answer: str
) -> int:
    """Lead an idea from one stage to the next, and say why; return the answer's id. For staff.

    `before` is the stage that it was seen in: of two who move it at once one is told that the other was faster.

    Raises:
        NotFound: if the member may not see it.
        NotPermitted: unless they run campaigns or moderate where it is; and if it is hidden.
        SpaceArchived: if its space is read-only.
        StageNotNext: if no step leads there.
        StageChanged: if it is at another stage by now.
        Invalid: if there is no answer, or it is not what it may be.
    """
    held = await idea_to_manage(connection, acting, idea_id, "move this idea along")
    answer = clean_answer(answer)
    if after not in NEXT[before]:
        raise StageNotNext(before=before, after=after)
    if await connection.raw.fetchval(_ADVANCE, idea_id, before, after) is None:
        raise StageChanged(stage=held.stage)
    answer_id = await keep_answer(connection, acting, idea_id, before, after, answer)
    step: dict[str, Any] = {"from": before, "to": after, "answer": answer_id}
    await tell(connection, events.IDEA_ADVANCED, acting, held, member_id=held.author_id, **step)
    if after == SHIPPED:
        await _credit(connection, acting, held)
    return answer_id


def clean_answer(written: str) -> str:
    """Return what the brand says, as Markdown.

    Raises:
        Invalid: if it says nothing, or is too long.
    """
    answer = clean_text(written, "answer", LONGEST_ANSWER)
    if not answer:
        raise Invalid(field="answer", reason="Say why: who voted wants to know.")
    return answer


async def keep_answer(
    connection: Connection, acting: Acting, idea_id: int, before: str, after: str, answer: str
) -> int:
    """Keep an official step; return its id."""
    answer_id: int = await connection.raw.fetchval(
        _ANSWER, idea_id, acting.member_id, before, after, answer, render(answer).html
    )
    return answer_id


async def _credit(connection: Connection, acting: Acting, held: Held) -> None:
    for credit in await connection.raw.fetch(_CREDIT, held.id):
        await tell(connection, events.IDEA_CREDITED, acting, held, member_id=credit["member_id"], role=credit["role"])
