# ruff: noqa: S608 - every piece of the SQL here is ours
"""Everything that members made, as records of the interchange format: one moment's state, in an order that reads back.

Left out: accounts (addresses, passwords, identities, tokens, sessions), letters, events, and what can be counted anew.
"""

from collections.abc import AsyncIterator

import orjson

from community.exchange.interchange import FORMAT, VERSION
from community.foundation.database import Database

SOURCE = "interchange"
"""What ids of exports are kept as having come from, so that a copy of a copy has the ids of the first."""

AT_ONCE = 2_000


def _id(kind: str, column: str) -> str:
    """Return SQL for the outside id of a row: the one it was imported with, or else one made of its number."""
    return f"""(
        CASE WHEN {column} IS NOT NULL THEN coalesce(
            (
                SELECT min(external_id) FROM import_origin
                WHERE source = '{SOURCE}' AND import_origin.kind = '{kind}' AND subject_id = {column}
            ),
            (SELECT name FROM exchange_name) || ':{kind}_' || {column}
        ) END
    )"""


_HIDDEN = f"nullif(visibility, 0) AS visibility, hidden_at, {_id('member', 'hidden_by')} AS hidden_by"

# By kind; columns stand as the fields of the record, and what is null or the usual is left out of it.
QUERIES = {
    "community": "SELECT name, nullif(description, '') AS description, nullif(rules, '') AS rules FROM community_profile",
    "reaction_kind": "SELECT name, emoji, labels, position, retired_at FROM reaction_kind ORDER BY position, id",
    # Merges are decisions of moderators, and stay here: who is locked out is so elsewhere.
    "member": f"""
        SELECT {_id("member", "member.id")} AS id, handle, display_name, nullif(bio, '') AS bio, avatar_url,
            website_url, location, nullif(locale, 'en') AS locale,
            CASE state WHEN 'ACTIVE' THEN NULL WHEN 'MERGED' THEN 'SUSPENDED' ELSE state END AS state, suspended_until,
            CASE state WHEN 'MERGED' THEN 'Another account stands for this one.' ELSE suspension_reason END
                AS suspension_reason,
            nullif(official, false) AS official, joined_at, imported_reputation
        FROM member ORDER BY member.id
    """,
    "follow": f"""
        SELECT {_id("member", "follower_id")} AS follower, {_id("member", "member_id")} AS member, created_at
        FROM follow ORDER BY follower_id, member_id
    """,
    "block": f"""
        SELECT {_id("member", "blocker_id")} AS blocker, {_id("member", "member_id")} AS member, created_at
        FROM block ORDER BY blocker_id, member_id
    """,
    "mute": f"""
        SELECT {_id("member", "muter_id")} AS muter, {_id("member", "member_id")} AS member, created_at
        FROM mute ORDER BY muter_id, member_id
    """,
    "badge": f"""
        SELECT {_id("member", "member_id")} AS member, name, awarded_at, nullif(source, '') AS source
        FROM badge ORDER BY member_id, awarded_at, name COLLATE "C", source COLLATE "C"
    """,
    "space": f"""
        SELECT {_id("space", "space.id")} AS id, slug, name, nullif(description, '') AS description,
            nullif(rules, '') AS rules, nullif(access, 'PUBLIC') AS access, nullif(posting, 'EVERYONE') AS posting,
            {_id("member", "created_by")} AS created_by, created_at, archived_at
        FROM space ORDER BY space.id
    """,
    "role": f"""
        SELECT {_id("member", "member_id")} AS member, role, {_id("space", "space_id")} AS space,
            {_id("member", "granted_by")} AS granted_by, granted_at
        FROM role_grant ORDER BY member_id, role COLLATE "C", space_id
    """,
    "space_member": f"""
        SELECT {_id("space", "space_id")} AS space, {_id("member", "member_id")} AS member, joined_at
        FROM space_member ORDER BY space_id, member_id
    """,
    "space_invitation": f"""
        SELECT {_id("space", "space_id")} AS space, {_id("member", "member_id")} AS member,
            {_id("member", "invited_by")} AS invited_by, created_at
        FROM space_invitation ORDER BY space_id, member_id
    """,
    "tag": """
        SELECT name, nullif(description, '') AS description, created_at FROM tag ORDER BY name COLLATE "C"
    """,
    "tag_follow": f"""
        SELECT {_id("member", "member_id")} AS member, name AS tag, tag_follow.created_at
        FROM tag_follow JOIN tag ON tag.id = tag_id ORDER BY member_id, name COLLATE "C"
    """,
    "post": f"""
        SELECT {_id("post", "post.id")} AS id, {_id("space", "space_id")} AS space,
            {_id("member", "author_id")} AS author, title, body,
            (
                SELECT array_agg(tag.name ORDER BY post_tag.position)
                FROM post_tag JOIN tag ON tag.id = tag_id WHERE post_id = post.id
            ) AS tags,
            nullif(official, false) AS official, {_HIDDEN}, created_at, edited_at, pinned_at, locked_at,
            nullif(view_count, 0) AS view_count, imported_score
        FROM post ORDER BY post.id
    """,
    "post_revision": f"""
        SELECT {_id("post", "post_id")} AS post, number, {_id("member", "editor_id")} AS editor, title, body,
            nullif(reason, '') AS reason, created_at
        FROM post_revision ORDER BY post_id, number
    """,
    "comment": f"""
        SELECT {_id("comment", "comment.id")} AS id, {_id("post", "post_id")} AS post,
            {_id("comment", "parent_id")} AS parent, {_id("member", "author_id")} AS author, body,
            nullif(official, false) AS official, {_HIDDEN}, created_at, edited_at, imported_score
        FROM comment ORDER BY comment.id
    """,
    "comment_revision": f"""
        SELECT {_id("comment", "comment_id")} AS comment, number, {_id("member", "editor_id")} AS editor, body,
            nullif(reason, '') AS reason, created_at
        FROM comment_revision ORDER BY comment_id, number
    """,
    "acceptance": f"""
        SELECT {_id("post", "post.id")} AS post, {_id("comment", "accepted_comment_id")} AS comment
        FROM post WHERE accepted_comment_id IS NOT NULL ORDER BY post.id
    """,
    "post_reaction": f"""
        SELECT {_id("post", "post_id")} AS post, {_id("member", "member_id")} AS member, name AS reaction,
            created_at
        FROM post_reaction JOIN reaction_kind ON reaction_kind.id = kind_id
        ORDER BY post_id, member_id, name COLLATE "C"
    """,
    "comment_reaction": f"""
        SELECT {_id("comment", "comment_id")} AS comment, {_id("member", "member_id")} AS member,
            name AS reaction, created_at
        FROM comment_reaction JOIN reaction_kind ON reaction_kind.id = kind_id
        ORDER BY comment_id, member_id, name COLLATE "C"
    """,
}


async def export_records(database: Database) -> AsyncIterator[tuple[str, int, bytes]]:
    """Give the whole community as lines of JSON, some at a time: the kind, how many lines, and the lines."""
    yield FORMAT, 1, _line(FORMAT, {"version": VERSION})
    async with database.writing() as connection:
        # One snapshot for all of it.
        await connection.raw.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        for kind, query in QUERIES.items():
            await connection.raw.execute(f"DECLARE export_{kind} NO SCROLL CURSOR FOR {query}")
            while rows := await connection.raw.fetch(f"FETCH {AT_ONCE} FROM export_{kind}"):
                yield kind, len(rows), b"".join(_line(kind, dict(row)) for row in rows)
            await connection.raw.execute(f"CLOSE export_{kind}")


def _line(kind: str, row: dict[str, object]) -> bytes:
    fields = {name: value for name, value in row.items() if value is not None}
    return orjson.dumps({"kind": kind, **fields}, option=orjson.OPT_APPEND_NEWLINE | orjson.OPT_UTC_Z)
