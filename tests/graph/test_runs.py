"""A scoring run from the tables to the tables."""

import asyncio
from typing import Any

import numpy as np
import pytest

from community.foundation.database import Database
from community.members.roles import Role
from graph import runs, scoring, storing
from graph.errors import RunUnderWay
from graph.kinds import change_weights
from graph.profiling import allow_profiling, object_to_profiling
from graph.snapshot import unpack
from tests.factories.discussions import make_acting, make_comment, make_post, suspend
from tests.factories.graph import Circle, make_circle, score


async def rows(database: Database, query: str, *values: object) -> list[Any]:
    async with database.reading() as connection:
        return [dict(row) for row in await connection.raw.fetch(query, *values)]


async def ranking(database: Database, circle: Circle, **scope: Any) -> list[str]:
    """Return who is ranked in a scope, the first first, by what they are in the circle."""
    names = {acting.member_id: name for name, acting in circle.people.items()}
    found = await rows(
        database,
        """
        SELECT member_id FROM influence JOIN graph_scope ON graph_scope.id = scope_id
        WHERE space_id IS NOT DISTINCT FROM $1 AND since = $3
            AND tag_id IS NOT DISTINCT FROM (SELECT id FROM tag WHERE name = $2)
        ORDER BY position
        """,
        *(scope.get("space"), scope.get("tag"), scope.get("since", "ALL")),
    )
    return [names[row["member_id"]] for row in found if row["member_id"] in names]


async def test_who_is_answered_and_followed_has_the_most_influence(database: Database) -> None:
    circle = await make_circle(database)

    await score(database)

    everywhere = await ranking(database, circle)
    assert everywhere[:2] == ["star", "friend"]
    assert "quiet" not in everywhere, "they did nothing, and nothing was done towards them"
    assert await ranking(database, circle, since="MONTH") == everywhere
    assert (await ranking(database, circle, tag="绿茶"))[0] == "star"
    assert (await ranking(database, circle, space=circle.space))[0] == "star"


async def test_what_is_said_in_private_counts_there_alone(database: Database) -> None:
    circle = await make_circle(database)

    await score(database)

    assert not {"insider", "mate"} & set(await ranking(database, circle))
    assert await ranking(database, circle, tag="暗号") == []
    assert set(await ranking(database, circle, space=circle.private)) == {"insider", "mate"}
    [capital] = await rows(database, "SELECT * FROM social_capital WHERE member_id = $1", circle["mate"].member_id)
    assert capital["participation"] == capital["support"] == capital["composite"] == 0
    assert not await rows(database, "SELECT * FROM strongest_ties WHERE member_id = $1", circle["mate"].member_id)


async def test_social_capital_follows_from_what_was_done(database: Database) -> None:
    circle = await make_circle(database)
    await score(database)

    found = {row["member_id"]: row for row in await rows(database, "SELECT * FROM social_capital")}
    star, fan, quiet = (found[circle[name].member_id] for name in ("star", "fan", "quiet"))
    assert star["support_percentile"] == 100
    assert star["bonding"] > fan["bonding"] == 0, "the fan's ties are not returned"
    assert fan["participation"] > quiet["participation"] == 0
    assert quiet["composite_percentile"] == 0
    assert star["level"] == 4
    assert quiet["level"] == 1
    assert star["trust"] > 0, "the staff reacted to them"


async def test_changes_are_told_from_the_second_run_on(database: Database) -> None:
    circle = await make_circle(database)
    await score(database)
    newcomer = await make_acting(database)
    for _ in range(3):
        post = await make_post(database, newcomer, circle.space)
        for name in ("star", "friend", "admin", "moderator"):
            await make_comment(database, circle[name], post)

    await score(database)

    found = {row["member_id"]: row for row in await rows(database, "SELECT * FROM social_capital")}
    assert found[newcomer.member_id]["trust_change"] is None, "who was not there before has not changed"
    friend = found[circle["friend"].member_id]
    assert friend["participation_change"] > 0, "they commented three times more"
    assert found[circle["quiet"].member_id]["composite_change"] == 0
    points = await rows(database, "SELECT * FROM social_capital_point WHERE member_id = $1", circle["star"].member_id)
    assert len(points) == 1, "of one day the newest point is kept"


async def test_tribes_keep_their_ids(database: Database) -> None:
    circle = await make_circle(database)
    await score(database)
    before = {row["member_id"]: row["tribe_id"] for row in await rows(database, "SELECT * FROM social_capital")}

    await score(database)

    after = {row["member_id"]: row["tribe_id"] for row in await rows(database, "SELECT * FROM social_capital")}
    assert after == before
    assert before[circle["star"].member_id] is not None
    [tribe] = await rows(database, "SELECT * FROM tribe WHERE id = $1", before[circle["star"].member_id])
    assert tribe["size"] == sum(each == tribe["id"] for each in before.values())
    assert 0 < tribe["cohesion"] <= 1


async def test_who_is_suspended_lifts_nobody(database: Database) -> None:
    circle = await make_circle(database)
    await score(database)
    [before] = await rows(database, "SELECT support FROM social_capital WHERE member_id = $1", circle["star"].member_id)

    await suspend(database, circle["friend"])
    await score(database)

    [after] = await rows(database, "SELECT support FROM social_capital WHERE member_id = $1", circle["star"].member_id)
    assert after["support"] < before["support"]
    assert "friend" not in await ranking(database, circle)
    ties = await rows(database, "SELECT * FROM tie WHERE $1 IN (member_id, other_id)", circle["friend"].member_id)
    assert ties == []


async def test_who_objects_is_out_at_once_and_stays_out(database: Database) -> None:
    circle = await make_circle(database)
    await score(database)
    fan = circle["fan"].member_id

    async with database.writing() as connection:
        await object_to_profiling(connection, fan)
        await object_to_profiling(connection, fan)

    kept = """
        SELECT member_id FROM influence WHERE member_id = $1
        UNION ALL SELECT member_id FROM social_capital WHERE member_id = $1
        UNION ALL SELECT member_id FROM social_capital_point WHERE member_id = $1
        UNION ALL SELECT member_id FROM strongest_ties WHERE member_id = $1
    """
    assert await rows(database, kept, fan) == []
    await score(database)
    assert await rows(database, kept, fan) == []
    assert await rows(database, "SELECT * FROM tie WHERE other_id = $1", fan) == []

    async with database.writing() as connection:
        await allow_profiling(connection, fan)
    await score(database)
    assert len(await rows(database, kept, fan)) > 0
    events = await rows(database, "SELECT kind FROM event WHERE kind LIKE 'Profiling%' ORDER BY id")
    assert [event["kind"] for event in events] == ["ProfilingObjected", "ProfilingAllowed"]


async def test_who_objects_while_a_run_is_under_way_is_not_in_what_it_writes(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    circle = await make_circle(database)
    fan = circle["fan"].member_id
    original = scoring.score

    def objecting(*arguments: Any, **options: Any) -> Any:
        found = original(*arguments, **options)
        asyncio.run_coroutine_threadsafe(object_now(), loop).result(10)
        return found

    async def object_now() -> None:
        async with database.writing() as connection:
            await object_to_profiling(connection, fan)

    loop = asyncio.get_running_loop()
    monkeypatch.setattr(runs, "score", objecting)

    await score(database)

    assert await rows(database, "SELECT * FROM influence WHERE member_id = $1", fan) == []
    assert await rows(database, "SELECT * FROM social_capital WHERE member_id = $1", fan) == []


async def test_a_run_that_fails_leaves_the_last_one_in_place(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    circle = await make_circle(database)
    first = await score(database)
    before = await rows(database, "SELECT * FROM influence ORDER BY scope_id, member_id")

    async def broken(*_: object) -> None:
        raise RuntimeError("a disk is full")

    monkeypatch.setattr(storing, "_store_snapshot", broken)
    with pytest.raises(RuntimeError, match="disk"):
        await score(database)

    assert await rows(database, "SELECT * FROM influence ORDER BY scope_id, member_id") == before
    states = await rows(database, "SELECT id, state, failure FROM score_run ORDER BY id DESC LIMIT 2")
    assert [state["state"] for state in states] == ["FAILED", "DONE"]
    assert states[0]["failure"] == "RuntimeError: a disk is full"
    assert states[1]["id"] == first
    assert (await ranking(database, circle))[0] == "star"


async def test_a_community_that_has_fallen_silent_is_scored_as_of_when_it_last_was_alive(database: Database) -> None:
    circle = await make_circle(database)
    async with database.writing() as connection:
        for table in ("post", "comment", "post_reaction", "follow"):
            await connection.raw.execute(f"UPDATE {table} SET created_at = created_at - interval '12 years'")
    run_id = await score(database)

    [run] = await rows(
        database, "SELECT as_of < now() - interval '11 years' AS past FROM score_run WHERE id = $1", run_id
    )
    assert run["past"]
    [star] = await rows(database, "SELECT * FROM social_capital WHERE member_id = $1", circle["star"].member_id)
    assert star["support_percentile"] == 100
    assert await ranking(database, circle, since="MONTH") == await ranking(database, circle)


async def test_the_past_is_thinned_as_it_ages(database: Database) -> None:
    circle = await make_circle(database)
    star = circle["star"].member_id
    async with database.writing() as connection:
        # Every six hours for two years.
        await connection.raw.execute(
            """
            INSERT INTO social_capital_point (member_id, as_of, composite, trust_and_support, strong_ties, participation,
                brand_support)
            SELECT $1, date_trunc('day', now()) - n * interval '6 hours', 1, 1, 1, 1, 1 FROM generate_series(1, 2920) AS n
            """,
            star,
        )

    await score(database)

    kept = await rows(
        database,
        """
        SELECT count(*) FILTER (WHERE age < 29) AS days, count(*) FILTER (WHERE age BETWEEN 31 AND 364) AS weeks,
            count(*) FILTER (WHERE age > 366) AS months
        FROM (
            SELECT extract(epoch FROM now() - as_of) / 86400 AS age FROM social_capital_point WHERE member_id = $1
        ) AS point
        """,
        star,
    )
    assert 28 <= kept[0]["days"] <= 31
    assert 47 <= kept[0]["weeks"] <= 49
    assert 11 <= kept[0]["months"] <= 14


async def test_one_run_at_a_time(database: Database) -> None:
    await make_circle(database)

    outcomes = await asyncio.gather(*(score(database) for _ in range(4)), return_exceptions=True)

    done = [outcome for outcome in outcomes if isinstance(outcome, int)]
    assert len(done) >= 1
    assert all(isinstance(outcome, int | RunUnderWay) for outcome in outcomes)
    states = await rows(database, "SELECT state FROM score_run WHERE id >= $1", min(done))
    assert {state["state"] for state in states} == {"DONE"}


async def test_a_run_whose_process_ended_is_told_to_have_failed(database: Database) -> None:
    await make_circle(database)
    async with database.writing() as connection:
        abandoned = await connection.raw.fetchval("INSERT INTO score_run (model) VALUES (1) RETURNING id")

    await score(database)

    [found] = await rows(database, "SELECT state, failure FROM score_run WHERE id = $1", abandoned)
    assert found["state"] == "FAILED"


async def test_weights_are_the_brands_to_choose(database: Database) -> None:
    circle = await make_circle(database)
    await score(database)
    friend = circle["friend"].member_id
    [before] = await rows(database, "SELECT participation FROM social_capital WHERE member_id = $1", friend)
    admin = await make_acting(database, roles=(Role.ADMIN,))

    async with database.writing() as connection:
        await change_weights(connection, admin.member_id, interactions={"COMMENT": (20.0, None)}, dimensions={})
    run_id = await score(database)

    [after] = await rows(database, "SELECT participation FROM social_capital WHERE member_id = $1", friend)
    assert after["participation"] > before["participation"]
    [kept] = await rows(database, "SELECT parameters FROM score_run WHERE id = $1", run_id)
    assert kept["parameters"]["kinds"]["COMMENT"] == {"weight": 20.0, "halfLifeDays": 90.0}


async def test_an_empty_community_can_be_scored(database: Database) -> None:
    async with database.writing() as connection:
        await connection.raw.execute("UPDATE member SET state = 'ERASED'")

    await score(database)

    assert await rows(database, "SELECT * FROM influence") == []


async def test_the_graph_is_kept_with_the_run(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(storing, "SNAPSHOT_PART", 100)
    circle = await make_circle(database)
    await score(database)

    async with database.reading() as connection:
        packed = await storing.load_packed(connection)
        parts = await connection.raw.fetchval("SELECT count(*) FROM graph_snapshot")

    assert packed is not None
    assert parts > 1
    snapshot = unpack(packed)
    star, fan = snapshot.places_of(np.array([circle["star"].member_id, circle["fan"].member_id]))
    assert star in snapshot.out.row(int(fan))[0]
