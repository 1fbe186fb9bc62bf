"""Boards, ideas and what hangs on them, made by the verbs that members use."""

from __future__ import annotations

from collections.abc import Sequence

from community.cocreation.ideas.amendments import propose_amendment
from community.cocreation.ideas.boards import create_idea_board
from community.cocreation.ideas.co_authors import accept_co_authorship, invite_co_author
from community.cocreation.ideas.merging import merge_ideas
from community.cocreation.ideas.proposing import create_idea
from community.cocreation.ideas.recount import recount
from community.cocreation.ideas.support import vote_for_idea
from community.foundation.database import Database
from community.members.acting import Acting


async def make_board(database: Database, staff: Acting, space_id: int, *, title: str = "茶具 Teaware") -> int:
    """Make a board, by somebody who may; return its id."""
    return await database.transact(lambda c: create_idea_board(c, staff, space_id, title=title, body="想要什么？"))


async def make_idea(
    database: Database,
    author: Acting,
    board_id: int,
    *,
    title: str = "带滤网的旅行杯",
    body: str = "A travel cup with a strainer, 300 ml. 出门也能泡茶。",
    tags: Sequence[str] = (),
) -> int:
    """Propose an idea; return its id."""
    proposed = await database.transact(lambda c: create_idea(c, author, board_id, title=title, body=body, tags=tags))
    return proposed.id


async def post_of(database: Database, idea_id: int) -> int:
    """Return the id of an idea's post."""
    async with database.reading() as connection:
        return int(await connection.raw.fetchval("SELECT post_id FROM idea WHERE id = $1", idea_id))


async def make_votes(database: Database, idea_id: int, *members: Acting) -> None:
    """Let members vote for an idea."""
    for member in members:
        await database.transact(lambda c, member=member: vote_for_idea(c, member, idea_id))  # type: ignore[misc] # bound now


async def make_co_author(
    database: Database, author: Acting, idea_id: int, member: Acting, *, accepted: bool = True
) -> None:
    """Let a member share in an idea, or ask them to."""
    await database.transact(lambda c: invite_co_author(c, author, idea_id, member.member_id))
    if accepted:
        await database.transact(lambda c: accept_co_authorship(c, member, idea_id))


async def make_amendment(
    database: Database, member: Acting, idea_id: int, *, body: str = "容量改为 350 ml", reason: str = "更实用"
) -> int:
    """Propose another body for an idea; return the amendment's id."""
    return await database.transact(lambda c: propose_amendment(c, member, idea_id, body=body, reason=reason))


async def make_merge(database: Database, staff: Acting, source_ids: Sequence[int], into_id: int) -> int:
    """Merge ideas; return the merge's id."""
    return await database.transact(lambda c: merge_ideas(c, staff, source_ids, into_id, answer="是同一个点子"))


async def idea_differences(database: Database) -> list[tuple[int, str]]:
    """Return which counters of ideas are wrong."""
    async with database.reading() as connection:
        return await recount(connection)
