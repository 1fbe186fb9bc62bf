"""What has changed since a run, and the graph with it."""

from datetime import UTC, datetime

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from community.discussions import comments, posts, reactions
from community.exchange.importing import import_records
from community.exchange.records import Record
from community.foundation.database import Database
from community.members import relations
from community.members.standing import suspend_member
from graph.adjacency import Adjacency, from_pairs
from graph.changes import WATERMARK, changed_actors, with_rows_of
from graph.profiling import object_to_profiling
from tests.factories.discussions import make_acting, make_comment, make_post
from tests.factories.events import settle
from tests.factories.graph import Circle, make_circle


async def watermark(database: Database) -> int:
    # A transaction that is open elsewhere on the server holds the mark back.
    await settle(database)
    async with database.reading() as connection:
        mark: int = await connection.raw.fetchval(WATERMARK)
        return mark


async def changed(database: Database, circle: Circle, since: int) -> set[str] | None:
    async with database.reading() as connection:
        found = await changed_actors(connection, since)
    if found is None:
        return None
    names = {acting.member_id: name for name, acting in circle.people.items()}
    return {names[member] for member in found.tolist() if member in names}


async def test_nothing_has_changed(database: Database) -> None:
    circle = await make_circle(database)
    assert await changed(database, circle, await watermark(database)) == set()


async def test_who_did_something_has_other_ties(database: Database) -> None:
    circle = await make_circle(database)
    since = await watermark(database)
    await make_post(database, circle["quiet"], circle.space)
    await make_comment(database, circle["mate"], circle.posts["first"])
    async with database.writing() as connection:
        await relations.unfollow_member(connection, circle["fan"].member_id, circle["star"].member_id)
        await reactions.remove_reaction(connection, circle["admin"], kind="like", post_id=circle.posts["first"])

    assert await changed(database, circle, since) == {"quiet", "mate", "fan", "admin"}


async def test_what_is_taken_down_changes_the_ties_of_all_who_were_there(database: Database) -> None:
    circle = await make_circle(database)
    since = await watermark(database)
    async with database.writing() as connection:
        await posts.delete_post(connection, circle["star"], circle.posts["first"])

    found = await changed(database, circle, since)
    assert found is not None
    assert found >= {"star", "friend", "fan", "admin", "marketer", "moderator"}
    assert "quiet" not in found


async def test_a_comment_that_is_taken_down_changes_the_ties_under_its_post(database: Database) -> None:
    circle = await make_circle(database)
    since = await watermark(database)
    async with database.writing() as connection:
        await comments.delete_comment(connection, circle["friend"], circle.comments["answer"])

    found = await changed(database, circle, since)
    assert found is not None
    assert found >= {"star", "friend"}


async def test_who_is_in_the_graph_is_for_a_whole_run_to_say(database: Database) -> None:
    circle = await make_circle(database)
    since = await watermark(database)
    async with database.writing() as connection:
        await object_to_profiling(connection, circle["quiet"].member_id)
    assert await changed(database, circle, since) is None

    since = await watermark(database)
    assert await changed(database, circle, since) == set()
    async with database.writing() as connection:
        await suspend_member(connection, None, circle["fan"].member_id, reason="广告")
    assert await changed(database, circle, since) is None


async def test_what_the_log_does_not_tell_is_for_a_whole_run_to_find(database: Database) -> None:
    circle = await make_circle(database)
    since = await watermark(database)
    records = [
        Record(
            "member",
            "77",
            {"handle": "stranger", "display_name": "陌生人", "joined_at": datetime.now(UTC)},
            "somewhere",
        )
    ]
    await import_records(database, "elsewhere", records)
    assert await changed(database, circle, since) is None

    since = await watermark(database)
    await import_records(database, "elsewhere", records)
    assert await changed(database, circle, since) == set(), "nothing was new"


async def test_what_a_slow_transaction_did_is_not_missed(database: Database) -> None:
    circle = await make_circle(database)
    newcomer = await make_acting(database)
    async with database.writing() as slow:
        await relations.follow_member(slow, newcomer.member_id, circle["star"].member_id)
        async with database.reading() as connection:
            since = await connection.raw.fetchval(WATERMARK)
        await make_post(database, circle["quiet"], circle.space)
    async with database.reading() as connection:
        found = await changed_actors(connection, since)
    assert found is not None
    assert newcomer.member_id in found.tolist()


PAIRS = st.lists(st.tuples(st.integers(0, 4), st.integers(0, 4), st.sampled_from([0.5, 1.0, 4.0])), max_size=15)


def arranged(size: int, pairs: list[tuple[int, int, float]]) -> Adjacency:
    rows, columns, weights = zip(*pairs, strict=True) if pairs else ((), (), ())
    return from_pairs(size, np.array(rows, np.uint32), np.array(columns, np.uint32), np.array(weights, np.float32))


@settings(deadline=None)  # the first call compiles
@given(PAIRS, PAIRS, st.lists(st.booleans(), min_size=7, max_size=7))
def test_rows_are_replaced_and_the_others_kept(
    before: list[tuple[int, int, float]], after: list[tuple[int, int, float]], marks: list[bool]
) -> None:
    old, new, changed_places = arranged(5, before), arranged(7, after), np.array(marks)

    merged = with_rows_of(old, 7, changed_places, new)

    for place in range(7):
        source = new if marks[place] else old
        neighbours, weights = merged.row(place)
        if place < source.size:
            assert np.array_equal(neighbours, source.row(place)[0])
            assert np.array_equal(weights, source.row(place)[1])
        else:
            assert not len(neighbours)


def test_sizes_that_do_not_fit_are_refused() -> None:
    with pytest.raises(ValueError, match="do not fit"):
        with_rows_of(arranged(5, []), 4, np.zeros(4, np.bool_), arranged(4, []))
