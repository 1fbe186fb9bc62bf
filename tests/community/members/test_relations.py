import asyncio
import contextlib
import random
from collections.abc import Awaitable, Callable

import pytest

from community.foundation.database import Connection, Database
from community.foundation.errors import NotFound, NotPermitted
from community.members.errors import NotOneself
from community.members.relations import (
    block_member,
    follow_member,
    mute_member,
    unblock_member,
    unfollow_member,
    unmute_member,
)
from tests.factories.members import make_member

Count = Callable[[str], Awaitable[int]]
Verb = Callable[[Connection, int, int], Awaitable[None]]

RECOUNT = """
    SELECT count(*) FROM member
    WHERE follower_count <> (SELECT count(*) FROM follow WHERE follow.member_id = member.id)
        OR following_count <> (SELECT count(*) FROM follow WHERE follow.follower_id = member.id)
"""


async def do(database: Database, verb: Verb, actor_id: int, member_id: int) -> None:
    await database.transact(lambda connection: verb(connection, actor_id, member_id))


async def counters(database: Database, member_id: int) -> tuple[int, int]:
    async with database.reading() as connection:
        [row] = await connection.raw.fetch(
            "SELECT follower_count, following_count FROM member WHERE id = $1", member_id
        )
    return row["follower_count"], row["following_count"]


async def test_following_twice_counts_once_and_unfollowing_twice_takes_it_back_once(
    database: Database, count: Count
) -> None:
    mei, wang = (await make_member(database, "mei")).id, (await make_member(database, "老王")).id

    for _ in range(2):
        await do(database, follow_member, mei, wang)
    assert await counters(database, wang) == (1, 0)
    assert await counters(database, mei) == (0, 1)
    for _ in range(2):
        await do(database, unfollow_member, mei, wang)

    assert await counters(database, wang) == await counters(database, mei) == (0, 0)
    assert await count("event WHERE kind = 'MemberFollowed'") == 1
    assert await count("event WHERE kind = 'MemberUnfollowed'") == 1


async def test_blocking_ends_following_both_ways_and_following_is_answered_as_if_there_were_no_such_member(
    database: Database, count: Count
) -> None:
    mei, wang = (await make_member(database, "mei")).id, (await make_member(database, "老王")).id
    await do(database, follow_member, mei, wang)
    await do(database, follow_member, wang, mei)

    for _ in range(2):
        await do(database, block_member, mei, wang)

    assert await counters(database, wang) == await counters(database, mei) == (0, 0)
    assert await count("block") == 1
    assert await count("event WHERE kind = 'MemberUnfollowed'") == 2
    answers = []
    for actor, member in ((mei, wang), (wang, mei), (mei, 999)):
        for verb in (follow_member, unfollow_member, mute_member, unmute_member):
            with pytest.raises(NotFound) as refused:
                await do(database, verb, actor, member)
            answers.append((str(refused.value), refused.value.path))
    assert len(set(answers)) == 1
    assert await count("follow") == await count("mute") == 0


async def test_the_blocked_cannot_learn_of_the_block_by_blocking_but_can_keep_and_lift_their_own(
    database: Database, count: Count
) -> None:
    mei, wang = (await make_member(database, "mei")).id, (await make_member(database, "老王")).id
    await do(database, block_member, mei, wang)

    for verb in (block_member, unblock_member):
        with pytest.raises(NotFound):
            await do(database, verb, wang, mei)
    assert await count("block") == 1
    for _ in range(2):
        await do(database, unblock_member, mei, wang)

    assert await count("block") == 0
    await do(database, follow_member, wang, mei)
    assert await counters(database, mei) == (1, 0)


async def test_muting_is_kept_once_and_changes_no_counter(database: Database, count: Count) -> None:
    mei, wang = (await make_member(database)).id, (await make_member(database)).id
    await do(database, follow_member, mei, wang)

    for _ in range(2):
        await do(database, mute_member, mei, wang)
    assert await count("mute") == 1
    assert await counters(database, wang) == (1, 0)
    for _ in range(2):
        await do(database, unmute_member, mei, wang)

    assert await count("mute") == 0
    assert await count("event WHERE kind = 'MemberMuted'") == 1


@pytest.mark.parametrize(
    "verb", [follow_member, unfollow_member, block_member, unblock_member, mute_member, unmute_member]
)
async def test_nobody_relates_to_themselves_and_the_suspended_to_nobody(
    database: Database, count: Count, verb: Verb
) -> None:
    mei = (await make_member(database)).id
    suspended = (await make_member(database, state="SUSPENDED")).id
    erased = (await make_member(database, state="ERASED")).id

    with pytest.raises(NotOneself):
        await do(database, verb, mei, mei)
    with pytest.raises(NotPermitted):
        await do(database, verb, suspended, mei)
    with pytest.raises(NotFound):
        await do(database, verb, mei, erased)

    assert await count("follow") == await count("block") == await count("mute") == await count("event") == 0


async def test_twenty_equal_follows_of_fifty_members_make_fifty_rows(database: Database, count: Count) -> None:
    star = (await make_member(database)).id
    fans = [(await make_member(database)).id for _ in range(50)]

    await asyncio.gather(*(do(database, follow_member, fan, star) for fan in fans * 4))

    assert await count("follow") == 50
    assert await counters(database, star) == (50, 0)
    assert await count("event WHERE kind = 'MemberFollowed'") == 50


@pytest.mark.parametrize("seed", range(4))
async def test_after_any_mixture_of_concurrent_writes_counters_equal_a_recount_and_no_follow_outlives_a_block(
    database: Database, count: Count, seed: int
) -> None:
    chance = random.Random(seed)
    members = [(await make_member(database)).id for _ in range(6)]
    verbs = [follow_member] * 5 + [unfollow_member] * 2 + [block_member, unblock_member]

    async def one() -> None:
        actor, member = chance.sample(members, 2)
        with contextlib.suppress(NotFound):
            await do(database, chance.choice(verbs), actor, member)

    for _ in range(4):
        await asyncio.gather(*(one() for _ in range(60)))

    async with database.reading() as connection:
        assert await connection.raw.fetchval(RECOUNT) == 0
    assert (
        await count(
            "follow JOIN block ON (blocker_id, block.member_id) IN "
            "((follower_id, follow.member_id), (follow.member_id, follower_id))"
        )
        == 0
    )
    followed, unfollowed = (
        await count("event WHERE kind = 'MemberFollowed'"),
        await count("event WHERE kind = 'MemberUnfollowed'"),
    )
    assert followed - unfollowed == await count("follow")
