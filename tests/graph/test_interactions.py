"""What counts as an interaction, and the ties that interactions make."""

import math
from datetime import timedelta

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from community.discussions import comments, posts
from community.foundation.database import Database
from community.members import relations
from graph.interactions import NOBODY, Activity, Interactions, load_activity, weighted_ties
from graph.kinds import InteractionKind, KindWeight
from tests.factories.discussions import make_acting, make_comment, make_post, make_space
from tests.factories.graph import Circle, make_circle

KIND = InteractionKind


async def loaded(database: Database) -> Activity:
    async with database.writing() as connection:
        return await load_activity(connection, await connection.raw.fetchval("SELECT now() + interval '1 second'"))


def told(activity: Activity, circle: Circle) -> set[tuple[str, str | None, KIND]]:
    """Return who did what towards whom, by what they are in the circle."""
    names = {acting.member_id: name for name, acting in circle.people.items()}
    people = activity.people.members
    done = activity.interactions
    return {
        (
            names[int(people[actor])],
            None if target == NOBODY else names[int(people[target])],
            KIND(int(kind)),
        )
        for actor, target, kind in zip(done.actors, done.targets, done.kinds, strict=True)
        if int(people[actor]) in names
    }


async def test_everything_that_is_done_towards_somebody_counts(database: Database) -> None:
    circle = await make_circle(database)

    found = told(await loaded(database), circle)

    assert found == {
        ("star", None, KIND.POST),
        ("friend", None, KIND.POST),
        ("insider", None, KIND.POST),
        ("fan", "star", KIND.FOLLOW),
        ("friend", "star", KIND.FOLLOW),
        ("friend", "star", KIND.COMMENT),
        ("fan", "star", KIND.COMMENT),
        ("star", "friend", KIND.COMMENT),
        ("mate", "insider", KIND.COMMENT),
        ("star", "friend", KIND.REPLY),
        ("star", "friend", KIND.ACCEPTED_ANSWER),
        *((name, "star", KIND.REACTION) for name in ("friend", "fan", "admin", "marketer", "moderator")),
    }


async def test_a_mention_counts_by_the_log(database: Database) -> None:
    circle = await make_circle(database)
    quiet = circle["quiet"].member_id
    async with database.reading() as connection:
        handle = await connection.raw.fetchval("SELECT handle FROM member WHERE id = $1", quiet)
    await make_post(database, circle["fan"], circle.space, body=f"你好 @{handle}，请看")

    assert ("fan", "quiet", KIND.MENTION) in told(await loaded(database), circle)


async def test_what_is_undone_or_hidden_counts_no_more(database: Database) -> None:
    circle = await make_circle(database)
    star, fan, friend = circle["star"], circle["fan"], circle["friend"]
    async with database.writing() as connection:
        await relations.unfollow_member(connection, fan.member_id, star.member_id)
        await comments.delete_comment(connection, fan, circle.comments["other"], reason="")
        await posts.delete_post(connection, friend, circle.posts["third"], reason="")

    found = told(await loaded(database), circle)

    assert ("fan", "star", KIND.FOLLOW) not in found
    assert ("fan", "star", KIND.COMMENT) not in found
    assert ("star", "friend", KIND.COMMENT) not in found, "it stood under a post that is gone"
    assert ("friend", "star", KIND.COMMENT) in found


async def test_what_answers_a_hidden_comment_is_towards_the_posts_author(database: Database) -> None:
    circle = await make_circle(database)
    await make_comment(
        database, circle["quiet"], circle.posts["first"], parent_id=circle.comments["other"], body="是的"
    )
    assert ("quiet", "fan", KIND.REPLY) in told(await loaded(database), circle)

    async with database.writing() as connection:
        await comments.delete_comment(connection, circle["fan"], circle.comments["other"], reason="")

    found = told(await loaded(database), circle)
    assert ("quiet", "fan", KIND.REPLY) not in found
    assert ("quiet", "star", KIND.COMMENT) in found


async def test_the_brand_is_what_is_official_and_who_speaks_for_it(database: Database) -> None:
    member, speaker = await make_acting(database), await make_acting(database)
    space = await make_space(database, members=(member, speaker))
    async with database.writing() as connection:
        await connection.raw.execute("UPDATE member SET official = true WHERE id = $1", speaker.member_id)
    post = await make_post(database, speaker, space)
    await make_comment(database, member, post)
    own = await make_post(database, member, space)
    await make_comment(database, speaker, own)

    activity = await loaded(database)

    people, done = activity.people.members, activity.interactions
    comments_made = done.where(done.kinds == KIND.COMMENT)
    brand = {
        int(people[actor]): bool(flag) for actor, flag in zip(comments_made.actors, comments_made.brand, strict=True)
    }
    assert brand[member.member_id]
    assert not brand[speaker.member_id]


async def test_ages_are_days_and_the_future_is_not_there(database: Database) -> None:
    circle = await make_circle(database)
    async with database.writing() as connection:
        await connection.raw.execute("UPDATE follow SET created_at = now() - interval '36 hours'")
        now = await connection.raw.fetchval("SELECT now()")
        activity = await load_activity(connection, now)
        earlier = await load_activity(connection, now - timedelta(days=3))

    follows = activity.interactions.where(activity.interactions.kinds == KIND.FOLLOW)
    assert follows.ages == pytest.approx([1.5, 1.5], abs=1e-3)
    assert len(earlier.interactions) == 0
    assert circle.private in activity.private_spaces


DONE = st.lists(
    st.tuples(
        st.integers(0, 4), st.integers(0, 5), st.sampled_from([2, 3, 5]), st.sampled_from([0.0, 5.0, 30.0, 400.0])
    ),
    max_size=40,
)
WEIGHTS = {KIND.FOLLOW: KindWeight(1, 365), KIND.COMMENT: KindWeight(2, 90), KIND.REACTION: KindWeight(0, 60)}


@settings(deadline=None)  # the first call compiles
@given(DONE)
def test_ties_are_the_sums_that_they_are_defined_as(done: list[tuple[int, int, int, float]]) -> None:
    done = [each for each in done if each[0] != each[1]]
    amount = len(done)
    interactions = Interactions(
        np.array([each[0] for each in done], np.uint32),
        np.array([NOBODY if each[1] == 5 else each[1] for each in done], np.uint32),
        np.full(amount, NOBODY),
        np.array([each[2] for each in done], np.uint8),
        np.zeros(amount, np.bool_),
        np.array([each[3] for each in done], np.float32),
    )

    ties = weighted_ties(5, interactions, WEIGHTS)

    expected: dict[tuple[int, int], float] = {}
    for kind, weight in WEIGHTS.items():
        counted: dict[tuple[int, int], float] = {}
        for actor, target, of_kind, age in done:
            if of_kind == kind and target != 5:
                pair = actor, target
                counted[pair] = counted.get(pair, 0) + 2 ** (-age / weight.half_life_days)
        for pair, amount_of_kind in counted.items():
            if weight.weight:
                expected[pair] = expected.get(pair, 0) + weight.weight * math.log1p(amount_of_kind)
    found = {
        (actor, int(target)): float(weight)
        for actor in range(5)
        for target, weight in zip(*ties.row(actor), strict=True)
    }
    assert found.keys() == expected.keys()
    assert found == pytest.approx(expected, rel=1e-5)
