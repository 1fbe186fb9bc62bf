"""The limit: the best SQL we could write, returning the answer's text, behind a bare ASGI endpoint.

No GraphQL, no authentication, no predicate about who may see what, no events. Run by uvicorn on one process, with the
same pool and the same settings of PostgreSQL as Teahouse's. The path names the statement; the body holds its values.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

import asyncpg
import orjson

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping, MutableMapping

MEMBER = """'{"id":"member_' || author.id || '","handle":' || to_json(author.handle)::text
    || ',"displayName":' || to_json(author.display_name)::text
    || ',"avatarUrl":' || coalesce(to_json(author.avatar_url)::text, 'null') || '}'"""


def _comments(post: str, first: str) -> str:
    """Return SQL for a connection of a post's first comments; one more is read, to know whether there are more."""
    return f"""(
        SELECT '{{"edges":[' || coalesce(string_agg('{{"cursor":"' || c.at || '~' || c.id
                || '","node":{{"id":"comment_' || c.id || '","body":' || to_json(c.body)::text
                || ',"createdAt":' || c.at_json || ',"author":' || (SELECT {MEMBER} FROM member AS author WHERE author.id = c.author_id)
                || '}}}}', ',' ORDER BY c.place) FILTER (WHERE c.place <= {first}), '')
            || '],"pageInfo":{{"hasNextPage":' || (count(*) > {first})::text || ',"endCursor":'
            || coalesce('"' || max(c.at || '~' || c.id) FILTER (WHERE c.place = least({first}, total)) || '"', 'null') || '}}}}'
        FROM (
            SELECT id, body, author_id, place, count(*) OVER () AS total, to_json(created_at)::text AS at_json,
                (extract(epoch FROM created_at) * 1000000)::bigint AS at
            FROM (
                SELECT id, body, author_id, created_at, row_number() OVER (ORDER BY created_at, id) AS place
                FROM comment WHERE post_id = {post} ORDER BY created_at, id LIMIT {first} + 1
            ) AS found
        ) AS c
    )"""  # noqa: S608 - made of texts of ours


def _post(reacted: str) -> str:
    return f"""',"createdAt":' || to_json(p.created_at)::text || ',"author":'
        || (SELECT {MEMBER} FROM member AS author WHERE author.id = p.author_id)
        || ',"reactionCount":' || p.reaction_count || ',"commentCount":' || p.comment_count
        || ',"viewerHasReacted":' || {reacted}"""  # noqa: S608 - made of texts of ours


REACTED = "EXISTS (SELECT FROM post_reaction WHERE post_id = p.id AND member_id = $3::bigint)::text"


def _feed(reacted: str) -> str:
    return f"""
        SELECT '{{"data":{{"space":{{"id":"space_' || space.id || '","name":' || to_json(space.name)::text || ',"posts":' || (
            SELECT '{{"edges":[' || coalesce(string_agg('{{"cursor":"' || p.at || '~' || p.id
                    || '","node":{{"id":"post_' || p.id || '","title":' || to_json(p.title)::text
                    || ',"excerpt":' || to_json(left(p.body_text, 200))::text || {_post(reacted)}
                    || ',"comments":' || {_comments("p.id", "3")} || '}}}}', ',' ORDER BY p.place)
                    FILTER (WHERE p.place <= $2::int), '')
                || '],"pageInfo":{{"hasNextPage":' || (count(*) > $2::int)::text || ',"endCursor":'
                || coalesce('"' || max(p.at || '~' || p.id) FILTER (WHERE p.place = least($2::int, total)) || '"', 'null') || '}}}}'
            FROM (
                SELECT *, count(*) OVER () AS total, (extract(epoch FROM created_at) * 1000000)::bigint AS at FROM (
                    SELECT id, title, body_text, created_at, author_id, reaction_count, comment_count,
                        row_number() OVER (ORDER BY created_at DESC, id DESC) AS place
                    FROM post WHERE space_id = space.id ORDER BY created_at DESC, id DESC LIMIT $2::int + 1
                ) AS found
            ) AS p
        ) || '}}}}}}' FROM space WHERE slug = $1
    """  # noqa: S608 - made of texts of ours


def _thread(reacted: str) -> str:
    return f"""
        SELECT '{{"data":{{"post":{{"id":"post_' || p.id || '","title":' || to_json(p.title)::text
            || ',"body":' || to_json(p.body)::text || {_post(reacted)}
            || ',"comments":' || {_comments("p.id", "$2::int")} || '}}}}}}'
        FROM post AS p WHERE p.id = $1::bigint
    """  # noqa: S608 - made of texts of ours


STATEMENTS: Mapping[str, tuple[str, tuple[str, ...]]] = {
    "/feed": (_feed(REACTED), ("space", "first", "viewer")),
    "/feed/anonymous": (_feed("'false'"), ("space", "first")),
    "/thread": (_thread(REACTED), ("post", "first", "viewer")),
    "/thread/anonymous": (_thread("'false'"), ("post", "first")),
    "/member": (
        f"""SELECT '{{"data":{{"member":' || {MEMBER} || '}}}}' FROM member AS author WHERE handle_skeleton = $1""",  # noqa: S608 - ours
        ("handle",),
    ),
    # Changes: the row, and every counter that Teahouse keeps; no events, no checks.
    "/react": (
        """
        WITH added AS (
            INSERT INTO post_reaction (post_id, member_id, kind_id)
            SELECT $1, $2, id FROM reaction_kind WHERE name = $3 ON CONFLICT DO NOTHING RETURNING post_id, kind_id
        ), counted AS (
            UPDATE post SET reaction_count = reaction_count + 1,
                reaction_counts = reaction_counts_changed(reaction_counts, added.kind_id, 1)
            FROM added WHERE post.id = added.post_id RETURNING post.id, reaction_count
        ), ranked AS (
            UPDATE post_activity SET score = score + 1 FROM counted WHERE post_activity.post_id = counted.id
        )
        SELECT coalesce((
            SELECT '{"data":{"addReaction":{"subject":{"id":"post_' || id || '","reactionCount":' || reaction_count
                || ',"viewerHasReacted":true},"userErrors":[]}}}' FROM counted
        ), '{"data":{"addReaction":null}}')
        """,
        ("post", "viewer", "kind"),
    ),
    "/comment": (
        """
        WITH added AS (
            INSERT INTO comment (post_id, author_id, body, body_html, body_text)
            VALUES ($1, $2, $3, '<p>' || $3 || '</p>', $3) RETURNING id, post_id, author_id, body, created_at
        ), counted AS (
            UPDATE post SET comment_count = comment_count + 1 FROM added WHERE post.id = added.post_id
        ), ranked AS (
            UPDATE post_activity SET score = score + 2, active_at = greatest(active_at, added.created_at)
            FROM added WHERE post_activity.post_id = added.post_id
        ), written AS (
            UPDATE member SET comment_count = comment_count + 1 FROM added WHERE member.id = added.author_id
            RETURNING member.handle
        )
        SELECT '{"data":{"createComment":{"comment":{"id":"comment_' || id || '","body":' || to_json(body)::text
            || ',"createdAt":' || to_json(created_at)::text || ',"author":{"handle":' || to_json(handle)::text
            || '}},"userErrors":[]}}}' FROM added, written
        """,
        ("post", "viewer", "body"),
    ),
    "/ballot": (
        """
        INSERT INTO ballot (round_id, member_id, marks, receipt) VALUES ($1, $2, $3::smallint[], gen_random_uuid()::text)
        ON CONFLICT (round_id, member_id) DO UPDATE
            SET marks = excluded.marks, receipt = excluded.receipt, cast_at = now()
        RETURNING '{"data":{"castBallot":{"round":{"id":"round_' || round_id || '","viewerBallot":{"castAt":'
            || to_json(cast_at)::text || '}},"userErrors":[]}}}'
        """,
        ("round", "viewer", "marks"),
    ),
}


class ByHand:
    """The ASGI application."""

    pool: asyncpg.Pool[asyncpg.Record]

    async def __call__(
        self,
        scope: MutableMapping[str, Any],
        receive: Callable[[], Awaitable[MutableMapping[str, Any]]],
        send: Callable[[MutableMapping[str, Any]], Awaitable[None]],
    ) -> None:
        """Answer one request, or open and close the pool."""
        if scope["type"] == "lifespan":
            await self._live(receive, send)
            return
        statement, names = STATEMENTS[scope["path"]]
        values = orjson.loads((await receive())["body"])
        connection = await self.pool.acquire()
        try:
            text = await connection.fetchval(statement, *[values[name] for name in names])
        finally:
            await self.pool.release(connection)
        body = text.encode()
        headers = [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode())]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": body})

    async def _live(
        self,
        receive: Callable[[], Awaitable[MutableMapping[str, Any]]],
        send: Callable[[MutableMapping[str, Any]], Awaitable[None]],
    ) -> None:
        await receive()
        self.pool = await asyncpg.create_pool(
            os.environ["DATABASE_URL"],
            min_size=10,
            max_size=10,
            max_queries=2**62,
            max_inactive_connection_lifetime=0,
            max_cached_statement_lifetime=0,
            max_cacheable_statement_size=0,
            reset=_leave_as_it_is,
            server_settings={"plan_cache_mode": "force_generic_plan", "jit": "off", "timezone": "UTC"},
        )
        await send({"type": "lifespan.startup.complete"})
        await receive()
        await self.pool.close()
        await send({"type": "lifespan.shutdown.complete"})


async def _leave_as_it_is(connection: asyncpg.Connection[asyncpg.Record]) -> None:
    """Spare the reset query: nothing is ever set."""


application = ByHand()
