"""What ideas are to the graph: a vote is towards who proposed, and credit is for the brand."""

from __future__ import annotations

from community.cocreation.ideas.advancing import advance_idea
from community.cocreation.ideas.support import withdraw_idea_vote
from community.discussions.posts import delete_post
from community.foundation.database import Database
from community.members.acting import Acting
from community.members.roles import Role
from graph.changes import WATERMARK, changed_actors
from graph.interactions import NOBODY, load_activity
from graph.kinds import InteractionKind
from tests.factories.discussions import make_acting, make_space
from tests.factories.events import settle
from tests.factories.ideas import make_board, make_idea, make_merge, make_votes, post_of


async def counted(database: Database, kind: InteractionKind) -> set[tuple[int, int | None, bool]]:
    """Return who did a kind of thing, towards whom, and whether it is for the brand."""
    async with database.writing() as connection:
        activity = await load_activity(connection, await connection.raw.fetchval("SELECT now() + interval '1 second'"))
    people, done = activity.people.members, activity.interactions
    done = done.where(done.kinds == kind)
    return {
        (int(people[actor]), None if target == NOBODY else int(people[target]), bool(brand))
        for actor, target, brand in zip(done.actors, done.targets, done.brand, strict=True)
    }


async def changed(database: Database, since: int) -> set[int]:
    async with database.reading() as connection:
        found = await changed_actors(connection, since)
    assert found is not None
    return set(found.tolist())


async def watermark(database: Database) -> int:
    await settle(database)
    async with database.reading() as connection:
        return int(await connection.raw.fetchval(WATERMARK))


async def make_people(database: Database) -> tuple[Acting, Acting, Acting, Acting]:
    staff = await make_acting(database, roles=(Role.ADMIN,))
    one, other, voter = [await make_acting(database) for _ in range(3)]
    return staff, one, other, voter


async def test_a_vote_counts_once_towards_who_proposed_the_idea_that_it_was_given_to(database: Database) -> None:
    staff, one, other, voter = await make_people(database)
    board = await make_board(database, staff, await make_space(database))
    first, into = await make_idea(database, one, board), await make_idea(database, other, board)
    await make_votes(database, first, voter, one)
    votes = {(voter.member_id, one.member_id, False)}
    assert await counted(database, InteractionKind.IDEA_VOTE) == votes

    await make_merge(database, staff, [first], into)
    assert await counted(database, InteractionKind.IDEA_VOTE) == votes, (
        "what a merge carries was given to somebody else"
    )
    since = await watermark(database)
    await withdraw_idea_vote(database.autocommit, voter, into)

    assert await counted(database, InteractionKind.IDEA_VOTE) == set()
    assert await changed(database, since) == {voter.member_id}


async def test_credit_is_for_the_brand_and_towards_nobody(database: Database) -> None:
    staff, author, _, voter = await make_people(database)
    idea = await make_idea(database, author, await make_board(database, staff, await make_space(database)))
    await make_votes(database, idea, voter)
    since = await watermark(database)
    for before, after in (("SUBMITTED", "PLANNED"), ("PLANNED", "SHIPPED")):
        await database.transact(
            lambda c, before=before, after=after: advance_idea(c, staff, idea, before=before, after=after, answer="好")  # type: ignore[misc] # bound now
        )

    assert await counted(database, InteractionKind.IDEA_CREDIT) == {(author.member_id, None, True)}
    assert author.member_id in await changed(database, since)

    since = await watermark(database)
    post = await post_of(database, idea)
    await database.transact(lambda c: delete_post(c, staff, post))
    assert await counted(database, InteractionKind.IDEA_CREDIT) == set()
    assert await counted(database, InteractionKind.IDEA_VOTE) == set()
    assert await changed(database, since) >= {author.member_id, voter.member_id}


async def test_the_kinds_of_the_table_are_those_that_are_known(database: Database) -> None:
    async with database.reading() as connection:
        kinds = await connection.raw.fetch("SELECT id, name FROM interaction_kind")
    assert {(row["id"], row["name"]) for row in kinds} == {(kind.value, kind.name) for kind in InteractionKind}
