"""Bringing scores up to date finds what reading everything finds."""

import itertools
import random
from typing import Any

import pytest

from community.discussions import comments, curation, posts, reactions
from community.foundation.database import Database
from community.members import relations
from community.members.acting import Acting
from community.members.standing import suspend_member
from graph import past, runs, scoring, storing_rankings
from graph.kinds import change_weights
from graph.profiling import object_to_profiling
from tests.factories.discussions import make_acting, make_comment, make_post
from tests.factories.events import settle
from tests.factories.graph import Circle, make_circle, score

MEASURED = ("trust", "support", "bonding", "bridging", "participation", "brand_support", "attention", "core")
KINDS = ("like", "love", "insightful", "thanks")


async def rows(database: Database, query: str, *values: object) -> list[dict[str, Any]]:
    async with database.reading() as connection:
        return [dict(row) for row in await connection.raw.fetch(query, *values)]


async def was_whole(database: Database, run_id: int) -> bool:
    [run] = await rows(database, "SELECT whole FROM score_run WHERE id = $1", run_id)
    return bool(run["whole"])


async def everything(database: Database) -> dict[int, dict[str, Any]]:
    found = await rows(
        database,
        """
        SELECT social_capital.*, influence.score AS attention, influence.position AS place
        FROM social_capital LEFT JOIN influence ON influence.member_id = social_capital.member_id AND scope_id = (
            SELECT id FROM graph_scope WHERE space_id IS NULL AND tag_id IS NULL AND since = 'ALL'
        )
        """,
    )
    return {row["member_id"]: row for row in found}


async def live(database: Database, circle: Circle, days: int, seed: int) -> None:
    """Let members do this and that, undo some of it, and newcomers join."""
    chance = random.Random(seed)
    people: list[Acting] = [*circle.people.values(), *[await make_acting(database) for _ in range(3)]]
    written = [circle.posts["first"], circle.posts["third"]]
    said: list[tuple[Acting, int]] = []
    for _ in range(days):
        member, other = chance.sample(people, 2)
        what = chance.choice(["post", "comment", "reply", "react", "react", "follow", "unfollow", "delete", "withdraw"])
        post = chance.choice(written)
        async with database.writing() as connection:
            match what:
                case "react":
                    await reactions.add_reaction(connection, member, kind=chance.choice(KINDS), post_id=post)
                case "follow":
                    await relations.follow_member(connection, member.member_id, other.member_id)
                case "unfollow":
                    await relations.unfollow_member(connection, member.member_id, other.member_id)
                case "delete" if said:
                    author, comment = said.pop(chance.randrange(len(said)))
                    await comments.delete_comment(connection, author, comment)
                case _:
                    pass
        match what:
            case "post":
                written.append(await make_post(database, member, circle.space, tags=("绿茶",)))
            case "comment":
                said.append((member, await make_comment(database, member, post)))
            case _:
                pass
    async with database.writing() as connection:
        answered = next((comment for _, comment in said), None)
        if answered is not None:
            await curation.accept_answer(connection, circle["moderator"], answered)
        await posts.delete_post(connection, circle["friend"], circle.posts["third"])


@pytest.mark.parametrize("seed", range(3))
async def test_up_to_date_is_as_if_everything_had_been_read(
    database: Database, seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    # However little a row has moved, it is written.
    monkeypatch.setattr(past, "SEEN_OF_A_VALUE", 0.0)
    monkeypatch.setattr(past, "SEEN_OF_A_PERCENTILE", 0.0)
    circle = await make_circle(database)
    await settle(database)
    await score(database)
    await live(database, circle, 60, seed)

    refreshed = await score(database, whole=False)
    brought = await everything(database)
    again = await score(database)
    read = await everything(database)

    assert not await was_whole(database, refreshed)
    assert await was_whole(database, again)
    assert brought.keys() == read.keys()
    # What is measured is compared, and not what its order makes of it: among a dozen members, two who are nearly alike
    # change places for a second's difference.
    for member, name in itertools.product(read, MEASURED):
        one, other = brought[member][name], read[member][name]
        if one is None or other is None:
            assert one == other, (member, name)
        else:
            # Seconds lie between what both count ages to.
            assert one == pytest.approx(other, rel=2e-3, abs=2e-3), (member, name)


async def test_rows_that_have_moved_are_written_and_the_others_left(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def written(table: str) -> dict[int, str]:
        found = await rows(
            database,
            f"""
            SELECT member_id, ctid::text AS at FROM {table} WHERE {"scope_id" if table == "influence" else "1"} = (
                SELECT {"id" if table == "influence" else "1"} FROM graph_scope
                WHERE space_id IS NULL AND tag_id IS NULL AND since = 'ALL'
            )
            """,
        )
        return {row["member_id"]: row["at"] for row in found}

    circle = await make_circle(database)
    crowd = [await make_acting(database) for _ in range(40)]
    for member, other in itertools.pairwise(crowd):
        async with database.writing() as connection:
            await relations.follow_member(connection, member.member_id, other.member_id)
    await settle(database)
    await score(database)
    monkeypatch.setattr(past, "SEEN_OF_A_VALUE", 1e9)
    monkeypatch.setattr(past, "SEEN_OF_A_PERCENTILE", 1e9)
    monkeypatch.setattr(storing_rankings, "EXACT_POSITIONS", 0)
    monkeypatch.setattr(storing_rankings, "SEEN_OF_A_POSITION", 1e9)
    before = {table: await written(table) for table in ("social_capital", "influence")}
    scored = await everything(database)
    newcomer = await make_acting(database)
    async with database.writing() as connection:
        await relations.follow_member(connection, newcomer.member_id, circle["quiet"].member_id)
        await relations.unfollow_member(connection, crowd[-2].member_id, crowd[-1].member_id)

    assert not await was_whole(database, await score(database, whole=False))

    touched = {newcomer.member_id, circle["quiet"].member_id, crowd[-2].member_id, crowd[-1].member_id}
    for table, places in before.items():
        now = await written(table)
        assert {member for member in now if now[member] != places.get(member)} == touched & now.keys(), table
    after = await everything(database)
    assert after[newcomer.member_id]["place"] is not None
    assert after[crowd[-1].member_id]["place"] is None, "who has no ties any more is in no ranking"
    assert after[circle["quiet"].member_id]["support"] >= scored[circle["quiet"].member_id]["support"]
    others = scored.keys() - touched
    assert {member: after[member] for member in others} == {member: scored[member] for member in others}


async def test_nothing_new_is_nothing_new(database: Database) -> None:
    await make_circle(database)
    await settle(database)
    await score(database)
    before = await everything(database)

    run_id = await score(database, whole=False)

    assert not await was_whole(database, run_id)
    after = await everything(database)
    for member, row in before.items():
        for name in ("trust", "participation", "support", "bonding", "attention"):
            assert row[name] is None or after[member][name] == pytest.approx(row[name], rel=1e-5)
        assert after[member]["tribe_id"] == row["tribe_id"]


async def test_other_rankings_stay_until_everything_is_read(database: Database) -> None:
    circle = await make_circle(database)
    await settle(database)
    await score(database)
    tagged = (
        "SELECT * FROM influence WHERE scope_id IN (SELECT id FROM graph_scope WHERE tag_id IS NOT NULL) ORDER BY 1, 2"
    )
    before = await rows(database, tagged)
    tribes = await rows(database, "SELECT tribe_id, tag_id FROM tribe_tag ORDER BY 1, 2")
    await make_post(database, circle["quiet"], circle.space, tags=("绿茶",))

    await score(database, whole=False)

    assert before
    assert [row["position"] for row in await rows(database, tagged)] == [row["position"] for row in before]
    assert await rows(database, "SELECT tribe_id, tag_id FROM tribe_tag ORDER BY 1, 2") == tribes
    [quiet] = await rows(
        database, "SELECT participation FROM social_capital WHERE member_id = $1", circle["quiet"].member_id
    )
    assert quiet["participation"] > 0


async def test_two_in_a_row_count_what_each_has_not_seen(database: Database) -> None:
    circle = await make_circle(database)
    await settle(database)
    await score(database)
    quiet = circle["quiet"].member_id
    found = []
    for _ in range(2):
        await make_comment(database, circle["quiet"], circle.posts["first"])
        await score(database, whole=False)
        [row] = await rows(database, "SELECT participation FROM social_capital WHERE member_id = $1", quiet)
        found.append(row["participation"])
    assert 0 < found[0] < found[1]


async def test_everything_is_read_when_the_log_cannot_tell(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    circle = await make_circle(database)

    async def brought() -> bool:
        """Say whether the next run brings up to date, once what was done is behind the watermark."""
        await settle(database)
        return not await was_whole(database, await score(database, whole=False))

    assert not await brought(), "there is nothing to bring up to date"
    assert await brought()

    async with database.writing() as connection:
        await suspend_member(connection, None, circle["fan"].member_id, reason="广告")
    assert not await brought()

    async with database.writing() as connection:
        await object_to_profiling(connection, circle["quiet"].member_id)
    assert not await brought()

    async with database.writing() as connection:
        await change_weights(connection, circle["admin"].member_id, interactions={"REPLY": (9.0, None)}, dimensions={})
    assert not await brought()

    assert await brought()
    async with database.writing() as connection:
        await connection.raw.execute("UPDATE score_run SET finished_at = finished_at - interval '25 hours'")
    assert not await brought(), "the old is to fade once a day"

    monkeypatch.setattr(runs, "_LAST", runs._LAST.replace(f"model = {scoring.MODEL}", "model = -1"))
    assert not await brought(), "other definitions"
