"""What was seen once and is hidden now is gone from everywhere: role by state by every way to read.

A reader was named, answered, reacted to and accepted in posts that have since become private to them, were held, removed
or withdrawn, or whose author was suspended or has blocked them. A word stands in all of it.
"""

from __future__ import annotations

import asyncio
import re
from typing import TYPE_CHECKING, Any

import orjson
import pytest
from graphql import get_named_type, is_leaf_type

from api.context import Context
from api.document import Documents
from api.reading.plan import reading_of
from api.reading.readings import Assembled
from community.discussions.viewers import load_viewer
from community.foundation.event_readers import BEGINNING, encode_cursor
from community.members.principals import ALL_SCOPES, Principal
from tests.api.canaries.expansion import NO_LIMITS, Expansion
from tests.factories.discussions import make_post, make_space
from tests.factories.events import settle
from tests.factories.past import CANARY, STATES, hide_all, make_past

if TYPE_CHECKING:
    from community.foundation.database import Database
    from tests.api.conftest import Client
    from tests.factories.past import Past

EVERYTHING = set(STATES)
ALLOWED: dict[str, set[str]] = {
    "anonymous": {"blocked"},
    "outsider": {"blocked"},
    "reader": set(),
    "insider": {"private", "blocked"},
    "author": {"private", "held", "removed", "withdrawn", "blocked"},
    "blocker": {"blocked"},
    "moderator": EVERYTHING,
    "admin": EVERYTHING,
}
"""In which states each may still read what was written. Only the reader is blocked."""
WORD = re.compile(rf"{CANARY}[ -](\w+)")


async def documents(graphql: Client, database: Database, past: Past) -> list[tuple[str, str]]:
    """Return documents that ask for all there is by every way in, each with a name."""
    async with database.reading() as connection:
        handles = [row["handle"] for row in await connection.raw.fetch("SELECT handle FROM member")]
        slugs = [row["slug"] for row in await connection.raw.fetch("SELECT slug FROM space")]
    schema = graphql.application.executor.schema
    root: Any = schema.query_type
    quoted = {
        "posts": ", ".join(f'"post_{id_}"' for id_ in past.posts.values()),
        "comments": ", ".join(f'"comment_{id_}"' for id_ in (*past.answers.values(), *past.remarks.values())),
    }
    entrances: dict[str, list[dict[str, str]]] = {
        "node": [{"id": f'"post_{past.posts["private"]}"'}],
        "nodes": [{"ids": f"[{quoted['posts']}]"}, {"ids": f"[{quoted['comments']}]"}],
        "post": [{"id": f'"post_{id_}"'} for id_ in past.posts.values()],
        "tag": [{"name": f'"{CANARY}-{state}"'} for state in STATES] + [{"name": '"茶"'}],
        "search": [{"query": f'"{CANARY}"'}, {"query": '"初稿"'}, {"query": '"二稿 OR 好"'}],
        "member": [{"handle": f'"{handle}"'} for handle in handles],
        "space": [{"slug": f'"{slug}"'} for slug in slugs],
        "tags": [{}, {"prefix": f'"{CANARY}"'}],
    }
    asked = []
    for name, declared in root.fields.items():
        named = get_named_type(declared.type)
        if is_leaf_type(named) or isinstance(reading_of(declared), Assembled):
            continue
        for given in entrances.get(name, [{}]):
            # What is told to one member stands a reference deeper than what all can read.
            expansion = Expansion(schema, 0, deepest=2 if name == "viewer" else 1)
            arguments = expansion.arguments(declared, **given)
            if arguments is not None:
                asked.append((name, f"{{ {name}{arguments} {expansion.on(named, 0)} }}"))
    return asked


def words_in(answer: bytes) -> set[str]:
    return set(WORD.findall(answer.decode()))


@pytest.mark.slow
async def test_what_is_hidden_since_is_nowhere_any_more(graphql: Client, database: Database) -> None:
    past = await make_past(database)
    executor = graphql.application.executor
    asked = await documents(graphql, database, past)
    kept = Documents(executor.schema, NO_LIMITS, suggestions=False)
    seen: dict[str, set[str]] = {}
    for role, allowed in ALLOWED.items():
        member = past.people[role]
        principal = None if member is None else Principal(member.member_id, ALL_SCOPES)
        async with database.reading() as connection:
            viewer = await load_viewer(connection, principal)
        context = Context(graphql.application, principal, viewer)
        for name, source in asked:
            words = words_in(await executor.query(context, kept.operation(source, None), {}))
            assert words <= allowed, (role, name, words - allowed)
            seen.setdefault(role, set()).update(words)
    assert seen == ALLOWED


@pytest.mark.parametrize("role", ALLOWED)
async def test_the_log_tells_nothing_of_it_either(graphql: Client, database: Database, role: str) -> None:
    past = await make_past(database)
    executor = graphql.application.executor
    await settle(database)
    update = Expansion(executor.schema, 0, deepest=1).on(executor.schema.type_map["Update"], 0)
    source = f"query Since($cursor: String!) {{ updatesSince(cursor: $cursor, first: 100) {{ hasMore endCursor updates {update} }} }}"
    member = past.people[role]
    principal = None if member is None else Principal(member.member_id, ALL_SCOPES)
    async with database.reading() as connection:
        viewer = await load_viewer(connection, principal)
    operation = Documents(executor.schema, NO_LIMITS, suggestions=False).operation(source, None)
    words: set[str] = set()
    cursor, more = encode_cursor(BEGINNING), True
    while more:
        answer = await executor.query(Context(graphql.application, principal, viewer), operation, {"cursor": cursor})
        words |= words_in(answer)
        batch = orjson.loads(answer)["updatesSince"]
        cursor, more = batch["endCursor"], batch["hasMore"]

    assert words == ALLOWED[role]


NUMBERS = """
    query Numbers($ids: [ID!]!) {
        posts(first: 100) { totalCount nodes { id } }
        search(query: "goldcanary", first: 100) { totalCount edges { snippet { text } } }
        spaces(first: 100) { totalCount }
        tags(prefix: "goldcanary", first: 100) { totalCount }
        nodes(ids: $ids) { id ... on Reactable { reactionCount reactionCounts { count } viewerHasReacted viewerReactions } }
        viewer {
            unreadNotificationCount
            notifications(first: 100) { totalCount nodes { kind actorCount subject { id } post { id } comment { id } } }
            home(first: 100) { totalCount }
            spaces(first: 100) { totalCount }
            member { posts(first: 100) { totalCount } comments(first: 100) { totalCount } }
        }
    }
"""


async def test_no_number_counts_what_the_reader_may_not_see(graphql: Client, database: Database) -> None:
    past = await make_past(database, hide=False)
    ids = [
        *(f"post_{id_}" for id_ in past.posts.values()),
        *(f"comment_{id_}" for id_ in (*past.answers.values(), *past.remarks.values())),
    ]
    reader = past.people["reader"]
    before = await graphql(NUMBERS, {"ids": ids}, as_=reader)
    assert before["viewer"]["unreadNotificationCount"] > 0
    assert before["posts"]["totalCount"] == len(STATES)
    assert before["tags"]["totalCount"] == len(STATES)

    await hide_all(database, past)
    graphql.application.viewers.forget()

    after = await graphql(NUMBERS, {"ids": ids}, as_=reader)
    assert after["posts"] == {"totalCount": 0, "nodes": []}
    assert after["search"] == {"totalCount": 0, "edges": []}
    assert after["spaces"] == {"totalCount": 1}
    assert after["tags"] == {"totalCount": 0}
    assert after["nodes"] == [None] * len(ids)
    assert after["viewer"] == {
        "unreadNotificationCount": 0,
        "notifications": {"totalCount": 0, "nodes": []},
        "home": {"totalCount": 0},
        "spaces": {"totalCount": 0},
        "member": {"posts": {"totalCount": 0}, "comments": {"totalCount": 0}},
    }


async def test_who_listens_while_it_is_hidden_hears_only_that_it_is_gone(graphql: Client, database: Database) -> None:
    past = await make_past(database, hide=False)
    await settle(database)
    application = graphql.application
    update = Expansion(application.executor.schema, 0, deepest=1).on(application.executor.schema.type_map["Update"], 0)
    source = f"subscription {{ updates {update} }}"
    operation = Documents(application.executor.schema, NO_LIMITS, suggestions=False).operation(source, None)
    space = await make_space(database)
    outsider = past.people["outsider"]
    assert outsider is not None
    streams = {}
    for role in ("anonymous", "outsider", "reader", "insider", "moderator"):
        member = past.people[role]
        principal = None if member is None else Principal(member.member_id, ALL_SCOPES)
        application.viewers.forget()
        viewer = await application.viewers.viewer(principal)
        streams[role] = application.live.open(Context(application, principal, viewer), operation, {})
    heard: dict[str, bytes] = dict.fromkeys(streams, b"")

    async def listen(role: str) -> None:
        async for told in streams[role].updates():
            heard[role] += told
            if b"marker" in told:
                return

    listening = [asyncio.create_task(listen(role)) for role in streams]
    await hide_all(database, past)
    await make_post(database, outsider, space, title="marker")
    application.live.nudge()
    async with asyncio.timeout(30):
        await asyncio.gather(*listening)
    for stream in streams.values():
        application.live.close(stream)

    for role, told in heard.items():
        assert words_in(told) <= ALLOWED[role], role
        assert b"ContentRemoved" in told
    assert f"post_{past.posts['private']}" not in heard["outsider"].decode()
