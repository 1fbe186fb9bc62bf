"""Whatever was written, reported and decided: undone in reverse, everything is as if nothing had been decided."""

from __future__ import annotations

import json
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from community.discussions.reactions import add_reaction
from community.discussions.standing import hide_all_content_of, show_all_content_of
from community.foundation.errors import Refusal
from community.members.roles import Role
from moderation.decisions.deciding import Decided, decide, open_and_decide
from moderation.decisions.judgement import Judgement
from moderation.decisions.ruling import Measure
from moderation.decisions.undoing import undo_decision
from moderation.reports.reporting import report
from tests.factories.discussions import differences, make_acting, make_comment, make_post, make_space

if TYPE_CHECKING:
    from community.foundation.database import Database
    from community.members.acting import Acting

# What is compared: all that moves by deciding. That something was edited twice, and when, stays true.
_STATE = """
    SELECT 'post' AS of, to_jsonb(post) - '{revision_count,edited_at,search,body_html,active_at}'::text[] AS row FROM post
    UNION ALL
    SELECT 'comment', to_jsonb(comment) - '{revision_count,edited_at,search,body_html}'::text[] FROM comment
    UNION ALL SELECT 'activity', to_jsonb(post_activity) FROM post_activity
    UNION ALL SELECT 'space', to_jsonb(space) FROM space
    UNION ALL SELECT 'tag', to_jsonb(tag) FROM tag
    UNION ALL SELECT 'member', to_jsonb(member) FROM member
    UNION ALL SELECT 'report', to_jsonb(report) FROM report
    UNION ALL SELECT 'strike', to_jsonb(strike) FROM strike
    UNION ALL SELECT 'reporter', to_jsonb(reporter) FROM reporter WHERE upheld + declined > 0
"""
_REPORTED = """
    SELECT id FROM moderation_case
    WHERE kind = 'REPORTED' AND subject_kind = $1 AND subject_id = $2 AND closed_at IS NULL
"""
ACTIONS = ("REMOVE", "HIDE", "LOCK", "MOVE", "EDIT", "WARN", "SUSPEND", "RESET_PROFILE")

numbers = st.integers(0, 7)
writing = st.tuples(st.sampled_from(["post", "comment", "reply", "react"]), numbers, numbers)
deciding = st.tuples(
    st.sampled_from(["report", "decide"]),
    st.sampled_from(["post", "comment"]),
    numbers,
    st.lists(st.sampled_from(ACTIONS), min_size=1, max_size=3, unique=True),
)


class Place:
    """A few members who write in two spaces, and a moderator."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.members: list[Acting] = []
        self.posts: list[int] = []
        self.comments: list[tuple[int, int]] = []
        self.decided: list[int] = []

    async def settle(self) -> None:
        self.moderator = await make_acting(self.database, roles=(Role.MODERATOR,))
        self.members = [await make_acting(self.database) for _ in range(3)]
        self.here, self.there = [await make_space(self.database) for _ in range(2)]
        self.posts = [await make_post(self.database, self.members[0], self.here, tags=("茶",))]
        self.comments = [(self.posts[0], await make_comment(self.database, self.members[1], self.posts[0]))]

    async def write(self, what: str, who: int, where: int) -> None:
        member = self.members[who % len(self.members)]
        post = self.posts[where % len(self.posts)]
        parent = self.comments[where % len(self.comments)]
        match what:
            case "post":
                self.posts.append(await make_post(self.database, member, self.here, tags=("茶", f"标签{where}")))
            case "comment":
                self.comments.append((post, await make_comment(self.database, member, post)))
            case "reply":
                made = await make_comment(self.database, member, parent[0], parent_id=parent[1])
                self.comments.append((parent[0], made))
            case _:
                on: dict[str, Any] = {"comment_id": parent[1]} if who % 2 else {"post_id": post}
                async with self.database.writing() as connection:
                    await add_reaction(connection, member, kind="like", **on)

    async def judge(self, what: str, kind: str, where: int, actions: list[str]) -> None:
        decided: Decided | None = None
        subject = (
            self.posts[where % len(self.posts)] if kind == "post" else self.comments[where % len(self.comments)][1]
        )
        async with self.database.writing() as connection:
            if what == "report":
                reporter = self.members[where % len(self.members)]
                await report(connection, reporter, subject_kind=kind, subject_id=subject, reason="ABUSE")
            else:
                judgement = Judgement([self.measure(action, kind) for action in actions], reason="ABUSE")
                case = await connection.raw.fetchval(_REPORTED, kind, subject)
                decided = await (
                    open_and_decide(connection, self.moderator, kind, subject, judgement)
                    if case is None
                    else decide(connection, self.moderator, case, judgement)
                )
                self.decided.append(decided.id)
        if decided is not None:
            await self.follow([decided])

    def measure(self, action: str, kind: str) -> Measure:
        given: dict[str, Any] = {}
        if action == "EDIT":
            given = {"body": "改过了 edited", **({"title": "改过了"} if kind == "post" else {})}
        elif action == "MOVE":
            given = {"space": self.there}
        elif action == "RESET_PROFILE":
            given = {"fields": ["bio", "display_name"]}
        until = datetime.now(UTC) + timedelta(days=1) if action == "SUSPEND" else None
        return Measure(action, until, given)

    async def undo_all(self) -> None:
        for decision in reversed(self.decided):
            async with self.database.writing() as connection:
                undone = await undo_decision(connection, self.moderator, decision, because="重来")
            await self.follow(undone)

    async def follow(self, decided: list[Decided]) -> None:
        """Have follow what a server has follow, once it is committed."""
        for each in decided:
            if each.moves_standing:
                await hide_all_content_of(self.database, each.member_id)
                await show_all_content_of(self.database, each.member_id)

    async def state(self) -> list[str]:
        async with self.database.reading() as connection:
            rows = await connection.raw.fetch(_STATE)
        return sorted(f"{row['of']} {json.dumps(row['row'], sort_keys=True)}" for row in rows)


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(written=st.lists(writing, max_size=8), judged=st.lists(deciding, min_size=1, max_size=8))
async def test_undone_in_reverse_all_is_as_it_was(
    database: Database, written: list[tuple[str, int, int]], judged: list[tuple[str, str, int, list[str]]]
) -> None:
    place = Place(database)
    await place.settle()
    for step in written:
        await place.write(*step)
    for each in judged:
        if each[0] == "report":
            with suppress(Refusal):
                await place.judge(*each)
    before = await place.state()

    for each in judged:
        if each[0] == "decide":
            with suppress(Refusal):
                await place.judge(*each)
    assert await differences(database) == []
    await place.undo_all()

    assert await place.state() == before
    assert await differences(database) == []


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=st.lists(st.one_of(writing, deciding), min_size=3, max_size=14))
async def test_what_is_written_in_between_is_counted_right_once_all_is_undone(
    database: Database, steps: list[Any]
) -> None:
    place = Place(database)
    await place.settle()
    for step in steps:
        with suppress(Refusal):
            await (place.judge(*step) if len(step) == 4 else place.write(*step))
    await place.undo_all()

    assert await differences(database) == []
    async with database.reading() as connection:
        hidden = "SELECT (SELECT count(*) FROM post WHERE visibility <> 0) + (SELECT count(*) FROM comment WHERE visibility <> 0)"
        assert await connection.raw.fetchval(hidden) == 0
        assert await connection.raw.fetchval("SELECT count(*) FROM strike") == 0
        assert await connection.raw.fetchval("SELECT count(*) FROM member WHERE state <> 'ACTIVE'") == 0
