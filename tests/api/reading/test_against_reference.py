"""Random documents get the same answer from the compiler, by one statement, as from graphql-core, field by field."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextvars import ContextVar
from typing import Any, cast

import asyncpg
import orjson
import pytest
import pytest_asyncio
from graphql import parse
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from api.app import Server
from api.context import Context
from api.document import Documents
from api.limits import DocumentLimits
from api.reading.plan import reading_of
from api.reading.readings import Assembled
from community.discussions.viewers import load_viewer
from community.foundation.database import Database
from community.members.principals import ALL_SCOPES, Principal
from graph.runs import run
from tests.api.conftest import Client
from tests.api.reading.documents import documents
from tests.api.reading.reference import ReferenceExecutor
from tests.api.reading.reference_values import whole
from tests.factories.world import World, make_world

ROLES = ("anonymous", "member", "insider", "blocker", "author", "moderator", "warden", "admin")
EXAMPLES = int(os.environ.get("TEAHOUSE_READING_EXAMPLES", "30"))
NO_LIMITS = DocumentLimits(
    source_length=10**7, tokens=10**7, depth=100, nesting=200, fields=10**6, fragments=10**4, variables=10**4,
    directives=10**4, aliases=10**5, repetitions=10**8, cost=10**12,
)  # fmt: skip


MOVING = "updatesCursor"
"""The end of the log moves on between two statements."""
_ASKED: ContextVar[int] = ContextVar("asked", default=0)
"""1 while a document is answered: what the server does beside it does not count."""


class Counted:
    """How many statements were sent."""

    statements: int = 0


@pytest.fixture
def counted(monkeypatch: pytest.MonkeyPatch) -> Counted:
    """Count every statement that asyncpg sends."""
    counted = Counted()
    original = cast("Any", asyncpg.Connection)._execute

    async def counting(self: Any, *arguments: Any, **options: Any) -> Any:
        counted.statements += _ASKED.get()
        return await original(self, *arguments, **options)

    monkeypatch.setattr(asyncpg.Connection, "_execute", counting)
    return counted


@pytest.fixture(scope="session")
def reference(server: Server) -> ReferenceExecutor:
    """Give the reference, with the server's settings."""
    assert server.application is not None
    return ReferenceExecutor(server.application.settings, server.application.keys)


@pytest_asyncio.fixture(loop_scope="session")
async def world(database: Database) -> World:
    world = await make_world(database)
    await run(database)
    return world


def _values(world: World) -> dict[str, Sequence[Any]]:
    """What arguments may hold: what is there, what is hidden, and what is nonsense."""
    members = [f"member_{member.member_id}" for member in world.members.values() if member is not None]
    ids = [
        *members,
        *(f"post_{number}" for number in world.posts.values()),
        *(f"comment_{number}" for number in world.comments.values()),
        *(f"space_{number}" for number in world.spaces.values()),
        *(f"survey_{number}" for number in world.surveys.values()), "survey_question_1", "survey_question_5",
        *world.ideas.values(),
        *(f"tribe_{number}" for number in (1, 2)), "tag_1", "post_0", "post_999999", "", "post_9223372036854775808", "'; DROP TABLE post; --", "帖子_1",
    ]  # fmt: skip
    strings = ["茶", "t1", "T2 ", "#茶", "", "%", "' OR 1=1 --", "\\", "水温", "steep", '"', "a" * 300, "-"]
    return {
        "ID": ids,
        "id": ids,
        "ids": ids,
        "author": members,
        "String": strings,
        "name": ["茶", "t1", "none"],
        "tag": ["茶", "t1", "T2", "#"],
        "prefix": ["t", "茶", "", "%", "_"],
        "query": ["茶", "steep", "水温", "回答", "bluecanary", '"', "-x", "a & | !", "水 OR 茶", "((("],
        "locale": ["zh", "zh-CN", "en", "fr", "'"],
        "depth": [1, 2],
        "length": [1, 3, 10, 200, 1000],
        "level": [0.01, 0.5, 0.8, 0.99],
        "size": [16, 64, 256],
        "unit": ["POINTS", "EUR", "BEANS"],
        "DateTime": ["2026-01-01T00:00:00Z", "2026-06-01T12:00:00+08:00", "2999-01-01T00:00:00Z"],
    }


async def _compiled(graphql: Client, operation: Any, context: Context, variables: Any) -> Any:
    executor = graphql.application.executor
    _ASKED.set(1)
    try:
        return orjson.loads(await executor.query(context, operation, operation.coerce(variables)))
    finally:
        _ASKED.set(0)


def _apart(answered: Any, expected: Any, path: str = "") -> str | None:
    """Return where two answers differ first, and how."""
    if isinstance(answered, dict) and isinstance(expected, dict) and answered.keys() == expected.keys():
        pairs = [(f"{path}.{name}", answered[name], expected[name]) for name in answered]
    elif isinstance(answered, list) and isinstance(expected, list) and len(answered) == len(expected):
        pairs = [(f"{path}[{place}]", *pair) for place, pair in enumerate(zip(answered, expected, strict=True))]
    else:
        return None if answered == expected else f"{path}: {answered!r}, and not {expected!r}"
    return next((apart for where, one, other in pairs if (apart := _apart(one, other, where)) is not None), None)


def _found(answer: Any, key: str) -> Iterator[str]:
    """Yield the cursors that an answer gives under a key, wherever that stands."""
    if isinstance(answer, dict):
        for name, value in answer.items():
            if name == key:
                yield from (edge["cursor"] for edge in value)
            else:
                yield from _found(value, key)
    elif isinstance(answer, list):
        for value in answer:
            yield from _found(value, key)


@pytest.mark.parametrize("role", ROLES)
@settings(
    max_examples=EXAMPLES,
    deadline=None,
    suppress_health_check=list(HealthCheck),
    # A found document is told as it was drawn: to shrink one takes minutes of reference answers.
    phases=(Phase.explicit, Phase.reuse, Phase.generate),
    print_blob=True,
)
@given(data=st.data())
async def test_the_compiler_answers_as_the_reference_does(
    graphql: Client,
    database: Database,
    reference: ReferenceExecutor,
    world: World,
    counted: Counted,
    role: str,
    data: st.DataObject,
) -> None:
    application = graphql.application
    root = application.executor.schema.query_type
    assert root is not None
    # What is read in a way of its own has tests of its own.
    own = {name for name, declared in root.fields.items() if isinstance(reading_of(declared), Assembled)}
    drawn = data.draw(documents(application.executor.schema, _values(world), frozenset(own | {MOVING})))
    member = world.members[role]
    principal = None if member is None else Principal(member.member_id, ALL_SCOPES)
    operation = Documents(application.executor.schema, NO_LIMITS, suggestions=False).operation(drawn.source, None)
    variables = dict(drawn.variables)
    async with database.reading() as connection:
        viewer = await load_viewer(connection, principal)
        context = Context(application, principal, viewer)
        for _ in range(3 if drawn.cursors else 1):
            expected = await reference.answer(connection, viewer, parse(drawn.source), variables)
            assert expected.errors is None, expected.errors
            counted.statements = 0
            answered = await _compiled(graphql, operation, context, variables)
            assert counted.statements <= 1
            assert _apart(answered, expected.data) is None
            # In the same order. What is worked out here, as means of surveys are, has a point where PostgreSQL writes none.
            assert orjson.dumps(whole(answered)) == orjson.dumps(whole(expected.data))
            for name, key in drawn.cursors.items():
                cursors = list(_found(answered, f"{key}c"))
                if cursors:
                    variables[name] = data.draw(st.sampled_from(cursors))
