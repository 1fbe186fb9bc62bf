"""Accounts that are one person's are one in the graph, and one in what is measured on it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from community.foundation.database import Database
from community.members import relations
from community.members.merging import merge_member, part_member
from community.members.roles import Role
from graph.interactions import NOBODY, load_activity, load_interactions_of
from graph.kinds import InteractionKind
from graph.profiling import object_to_profiling
from tests.factories.discussions import make_acting
from tests.factories.events import settle
from tests.factories.graph import Circle, make_circle, score

if TYPE_CHECKING:
    from community.members.acting import Acting
    from graph.interactions import Activity

FOLLOW = InteractionKind.FOLLOW


@pytest.fixture
async def moderator(database: Database) -> Acting:
    return await make_acting(database, roles=(Role.MODERATOR,))


async def loaded(database: Database) -> Activity:
    async with database.writing() as connection:
        return await load_activity(connection, await connection.raw.fetchval("SELECT now() + interval '1 second'"))


async def merge(database: Database, moderator: Acting, old: Acting, new: Acting) -> None:
    async with database.writing() as connection:
        await merge_member(connection, moderator.member_id, old.member_id, new.member_id)


def ties(activity: Activity) -> list[tuple[int, int, int]]:
    """Return who did what towards whom (0: nobody), by their ids."""
    people, done = activity.people.members, activity.interactions
    return sorted(
        (int(people[actor]), 0 if target == NOBODY else int(people[target]), int(kind))
        for actor, target, kind in zip(done.actors, done.targets, done.kinds, strict=True)
    )


async def test_what_either_did_and_had_done_is_one_persons(database: Database, moderator: Acting) -> None:
    circle = await make_circle(database)
    star, friend = circle["star"], circle["friend"]
    before = ties(await loaded(database))

    await merge(database, moderator, star, friend)

    one = {star.member_id: friend.member_id}
    expected = sorted(
        tie
        for tie in ((one.get(actor, actor), one.get(target, target), kind) for actor, target, kind in before)
        if tie[0] != tie[1]
    )
    after = await loaded(database)
    assert ties(after) == expected
    authors = {int(after.people.members[place]) for place in after.posts.authors if place != NOBODY}
    assert star.member_id not in authors


async def test_who_follows_both_accounts_follows_one_person_for_as_long_as_before(
    database: Database, moderator: Acting
) -> None:
    old, new, both, one = [await make_acting(database) for _ in range(4)]
    async with database.writing() as connection:
        for follower, member in ((both, old), (both, new), (one, old)):
            await relations.follow_member(connection, follower.member_id, member.member_id)
    async with database.writing() as connection:
        await connection.raw.execute("UPDATE follow SET created_at = now() - interval '9 days'")

    await merge(database, moderator, old, new)

    activity = await loaded(database)
    assert ties(activity) == sorted([(both.member_id, new.member_id, FOLLOW), (one.member_id, new.member_id, FOLLOW)])
    assert activity.interactions.ages == pytest.approx([9, 9], abs=0.01)


async def test_what_holds_of_one_account_holds_of_the_person(database: Database, moderator: Acting) -> None:
    staff, old, new, other = (
        await make_acting(database, roles=(Role.MARKETER,)),
        *[await make_acting(database) for _ in range(3)],
    )
    async with database.writing() as connection:
        await object_to_profiling(connection, old.member_id)
    administrator = await make_acting(database, roles=(Role.ADMIN,))
    await merge(database, administrator, old, new)
    await merge(database, administrator, staff, other)

    people = (await loaded(database)).people

    facts = dict(zip(people.members.tolist(), people.facts.tolist(), strict=True))
    assert facts[new.member_id] == 4, "who objects to being scored is not scored by another account"
    assert facts[other.member_id] == 1
    assert facts[old.member_id] & 2, "and the merged account is in no scoring"


async def _scored(database: Database) -> set[int]:
    async with database.reading() as connection:
        return {row["member_id"] for row in await connection.raw.fetch("SELECT member_id FROM social_capital")}


async def test_the_person_is_scored_and_the_merged_account_is_in_no_table(
    database: Database, moderator: Acting
) -> None:
    circle = await make_circle(database)
    star, friend = circle["star"], circle["friend"]
    await score(database)
    before = await _scored(database)
    assert star.member_id in before

    await merge(database, moderator, star, friend)
    await settle(database)
    await score(database)

    merged = await _scored(database)
    assert star.member_id not in merged
    assert friend.member_id in merged
    async with database.reading() as connection:
        for table in ("social_capital", "influence", "reputation"):
            left = await connection.raw.fetchval(f"SELECT count(*) FROM {table} WHERE member_id = $1", star.member_id)
            assert left == 0, table

    async with database.writing() as connection:
        assert await part_member(connection, moderator.member_id, star.member_id, friend.member_id)
    await settle(database)
    await score(database)
    assert await _scored(database) == before


async def test_what_is_done_to_the_old_accounts_posts_later_is_read_anew(database: Database, moderator: Acting) -> None:
    circle: Circle = await make_circle(database)
    star, friend, fan = circle["star"], circle["friend"], circle["fan"]
    await merge(database, moderator, star, friend)
    async with database.writing() as connection:
        now = await connection.raw.fetchval("SELECT now() + interval '1 second'")
        activity = await load_activity(connection, now)
        people = activity.people
        changed = people.persons(np.array([star.member_id, fan.member_id], np.int64))
        found = await load_interactions_of(connection, changed, people, now, now)

    assert changed.tolist() == sorted([friend.member_id, fan.member_id])
    whole = activity.interactions
    wanted = np.isin(people.members[whole.actors], changed)
    assert sorted(zip(found.actors, found.targets, found.kinds, strict=True)) == sorted(
        zip(whole.actors[wanted], whole.targets[wanted], whole.kinds[wanted], strict=True)
    )
