"""Members, spaces, posts and comments on their way in: records made rows, and rows written."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import asyncpg

from community.discussions.comments import DEEPEST
from community.discussions.spaces import fold_slug
from community.discussions.tables import Visibility
from community.discussions.tags import fold_tags
from community.discussions.texts import clean_text, clean_title
from community.exchange.bodies import Body
from community.exchange.counters import Touched
from community.exchange.errors import BadRecord
from community.exchange.handles import choose_handles
from community.exchange.records import Record
from community.exchange.references import NotYet, References
from community.exchange.staging import merge
from community.foundation.database import Connection
from community.foundation.errors import Refusal
from community.foundation.markdown import render
from community.members.names import clean_display_name

LONGEST_LINE = 500

Refuse = Callable[[Record, BadRecord], None]


@dataclass
class Batch:
    """Records of one kind that are new or have changed, with the ids that they have or get."""

    records: list[Record]
    ids: dict[str, int]
    known: Mapping[str, int]
    """The ids of those that were imported before."""
    references: References
    bodies: Mapping[str, Body]
    refuse: Refuse
    touched: Touched = field(default_factory=Touched)
    may_rename: bool = False


def _line(record: Record, name: str, longest: int = LONGEST_LINE) -> str | None:
    value = record.fields.get(name)
    return None if value is None else clean_text(value, name, longest)


def _rows(batch: Batch, make: Callable[[Record], Sequence[Any]]) -> list[Sequence[Any]]:
    """Make a row of each record, refusing those of which none can be made."""
    rows = []
    for record in batch.records:
        try:
            rows.append(make(record))
        except BadRecord as error:
            batch.refuse(record, error)
        except Refusal as refusal:
            batch.refuse(record, BadRecord(str(refusal)))
    return rows


async def _write(
    connection: Connection, batch: Batch, table: str, columns: Sequence[str], rows: Sequence[Sequence[Any]]
) -> None:
    """Write rows whose first column is their id: what is new meets no other, and is copied as it is."""
    known = set(batch.known.values())
    if fresh := [row for row in rows if row[0] not in known]:
        await connection.raw.copy_records_to_table(table, columns=columns, records=fresh)
    if len(fresh) < len(rows):
        await merge(connection, table, columns, ("id",), [row for row in rows if row[0] in known])


async def write_members(connection: Connection, batch: Batch) -> int:
    """Write members."""
    handles = await choose_handles(connection, batch.records, batch.ids, batch.known, may_rename=batch.may_rename)

    def make(record: Record) -> Sequence[Any]:
        found = record.fields
        look = handles[record.external_id]
        if isinstance(look, BadRecord):
            raise look
        name = clean_display_name(found["display_name"][:200])
        bio, bio_html, _, _ = batch.bodies[record.external_id]
        return (
            *(batch.ids[record.external_id], *look, name, bio, bio_html),
            *(_line(record, "avatar_url"), _line(record, "website_url"), _line(record, "location")),
            *(found.get("locale", "en"), found.get("state", "ACTIVE"), found.get("suspended_until")),
            *(_line(record, "suspension_reason"), found.get("official", False), found["joined_at"]),
            found.get("imported_reputation"),
        )

    columns = (
        *(
            "id",
            "handle",
            "handle_skeleton",
            "display_name",
            "bio",
            "bio_html",
            "avatar_url",
            "website_url",
            "location",
        ),
        *("locale", "state", "suspended_until", "suspension_reason", "official", "joined_at", "imported_reputation"),
    )
    rows = _rows(batch, make)
    await _write(connection, batch, "member", columns, rows)
    return len(rows)


async def write_spaces(connection: Connection, batch: Batch) -> int:
    """Write spaces. One whose slug is there already is taken to be that one, and left as it is."""
    slugs = await connection.raw.fetch(
        "SELECT id, slug FROM space WHERE slug = ANY($1::text[])", [record.fields["slug"] for record in batch.records]
    )
    there = {row["slug"]: row["id"] for row in slugs}

    def make(record: Record) -> Sequence[Any]:
        found = record.fields
        slug = fold_slug(found["slug"])
        if there.get(slug, batch.ids[record.external_id]) != batch.ids[record.external_id]:
            if record.external_id in batch.known:
                raise BadRecord(f"the slug {slug!r} is taken")
            batch.ids[record.external_id] = there[slug]
            return ()
        rules = clean_text(found.get("rules", ""), "rules", 10_000)
        return (
            *(batch.ids[record.external_id], slug, clean_text(found["name"], "name", 200)),
            *(clean_text(found.get("description", ""), "description", 2_000), rules, render(rules).html),
            *(found.get("access", "PUBLIC"), found.get("posting", "EVERYONE")),
            *(batch.references.may("member", found.get("created_by")), found["created_at"], found.get("archived_at")),
        )

    columns = (
        *("id", "slug", "name", "description", "rules", "rules_html", "access", "posting", "created_by", "created_at"),
        "archived_at",
    )
    rows = _rows(batch, make)
    await _write(connection, batch, "space", columns, [row for row in rows if row])
    return len(rows)


def _content(batch: Batch, record: Record) -> tuple[Any, ...]:
    """Return what posts and comments have in common."""
    found = record.fields
    visibility = found.get("visibility", Visibility.VISIBLE)
    hidden_at = found.get("hidden_at")
    if visibility != Visibility.VISIBLE and hidden_at is None:
        hidden_at = found["created_at"]
    return (
        *(batch.references.of("member", found["author"]), *batch.bodies[record.external_id]),
        *(found.get("official", False), visibility, found["created_at"], found.get("edited_at")),
        *(hidden_at, batch.references.may("member", found.get("hidden_by")), found.get("imported_score")),
    )


_CONTENT_COLUMNS = (
    *("author_id", "body", "body_html", "body_text", "body_breaks", "official", "visibility", "created_at"),
    *("edited_at", "hidden_at", "hidden_by", "imported_score"),
)


async def write_posts(connection: Connection, batch: Batch) -> int:
    """Write posts, their tags and the start of their activity."""
    tagged: list[tuple[int, str, int, Any]] = []

    def make(record: Record) -> Sequence[Any]:
        found, here = record.fields, batch.ids[record.external_id]
        row = (
            *(here, batch.references.of("space", found["space"]), clean_title(found["title"])),
            *(found.get("pinned_at"), found.get("locked_at"), found.get("view_count", 0), *_content(batch, record)),
        )
        names = fold_tags(found.get("tags", ()))
        tagged.extend((here, name, place, found["created_at"]) for place, name in enumerate(names, start=1))
        return row

    columns = ("id", "space_id", "title", "pinned_at", "locked_at", "view_count", *_CONTENT_COLUMNS)
    rows = _rows(batch, make)
    before = await _posts_before(connection, batch)
    await _write(connection, batch, "post", columns, rows)
    numbers = await _write_tags(connection, tagged, [row[0] for row in rows] if batch.known else ())
    await connection.raw.execute(
        """
        INSERT INTO post_activity (post_id, space_id, visibility, active_at)
        SELECT id, space_id, visibility, created_at FROM post WHERE id = ANY($1::bigint[]) ORDER BY id
        ON CONFLICT (post_id) DO NOTHING
        """,
        [row[0] for row in rows],
    )
    touched = batch.touched
    # A space, a tag or a member may have any number of posts: counting them all for each batch would take ever longer.
    shown = {row[0] for row in rows if row[columns.index("visibility")] == Visibility.VISIBLE}
    written = {row[0] for row in rows}
    for old in before:
        if old["visibility"] == Visibility.VISIBLE and old["id"] in written:
            touched.shift("space", "post_count", old["space_id"], -1)
            touched.shift("member", "post_count", old["author_id"], -1)
            for tag in old["tags"]:
                touched.shift("tag", "post_count", tag, -1)
    for row in rows:
        if row[0] in shown:
            touched.shift("space", "post_count", row[1], 1)
            touched.shift("member", "post_count", _author(columns, row), 1)
    for post, name, _, _ in tagged:
        if post in shown:
            touched.shift("tag", "post_count", numbers[name], 1)
    touched.add_posts(row["id"] for row in before)
    return len(rows)


async def _write_tags(
    connection: Connection, tagged: Sequence[tuple[int, str, int, Any]], tagged_before: Sequence[int]
) -> dict[str, int]:
    """Tag posts (post, name, place, since when), in place of the tags that some had; return the ids of the tags."""
    since: dict[str, Any] = {}
    for _, name, _, created in tagged:
        since[name] = min(created, since.get(name, created))
    names = sorted(since)
    await connection.raw.execute(
        """
        INSERT INTO tag (name, created_at) SELECT * FROM unnest($1::text[], $2::timestamptz[])
        ON CONFLICT (name) DO NOTHING
        """,
        *(names, [since[name] for name in names]),
    )
    numbers = {
        row["name"]: row["id"]
        for row in await connection.raw.fetch("SELECT id, name FROM tag WHERE name = ANY($1::text[])", names)
    }
    if tagged_before:
        await connection.raw.execute("DELETE FROM post_tag WHERE post_id = ANY($1::bigint[])", tagged_before)
    await connection.raw.copy_records_to_table(
        "post_tag",
        columns=("post_id", "tag_id", "position", "created_at"),
        records=[(post, numbers[name], place, created) for post, name, place, created in tagged],
    )
    return numbers


async def _posts_before(connection: Connection, batch: Batch) -> Sequence[asyncpg.Record]:
    """Return what posts that were imported before are until now, and lock them."""
    if not batch.known:
        return ()
    known = list(batch.known.values())
    await connection.raw.execute("SELECT FROM post WHERE id = ANY($1::bigint[]) ORDER BY id FOR NO KEY UPDATE", known)
    return await connection.raw.fetch(
        """
        SELECT post.id, space_id, author_id, visibility, array_remove(array_agg(tag_id), NULL) AS tags
        FROM post LEFT JOIN post_tag ON post_tag.post_id = post.id
        WHERE post.id = ANY($1::bigint[]) GROUP BY post.id
        """,
        known,
    )


def _author(columns: Sequence[str], row: Sequence[Any]) -> int:
    author: int = row[columns.index("author_id")]
    return author


async def write_comments(connection: Connection, batch: Batch) -> int:
    """Write comments. A reply goes where its parent stands, and no deeper than replies may."""
    parents = {here for (kind, _), here in batch.references.found.items() if kind == "comment"}
    rows_above = await connection.raw.fetch(
        "SELECT id, post_id, depth, parent_id FROM comment WHERE id = ANY($1::bigint[])",
        [*parents, *batch.known.values()],
    )
    standing = {row["id"]: (row["post_id"], row["depth"], row["parent_id"]) for row in rows_above}
    written: dict[str, int] = {}

    def above(record: Record) -> tuple[int, int | None, int]:
        """Return the post, the parent and the depth."""
        post, parent = record.fields.get("post"), record.fields.get("parent")
        under = record.fields.get("under")
        if under is not None:
            post, parent = (under, None) if ("post", under) in batch.references.found else (None, under)
        if parent is None:
            if post is None:
                raise BadRecord("has neither a post nor a parent")
            return batch.references.of("post", post), None, 0
        if parent == record.external_id:
            raise BadRecord("replies to itself")
        here = written.get(parent)
        here = batch.references.of("comment", parent) if here is None else here
        if here not in standing:
            raise NotYet(f"refers to the comment {parent!r}, which is not there")
        post_id, depth, upper = standing[here]
        if post is not None and batch.references.of("post", post) != post_id:
            raise BadRecord(f"is on the post {post!r}, but its parent is on another")
        return (post_id, here, depth + 1) if depth < DEEPEST else (post_id, upper, DEEPEST)

    def make(record: Record) -> Sequence[Any]:
        post_id, parent_id, depth = above(record)
        here = batch.ids[record.external_id]
        if here in standing and standing[here] != (post_id, depth, parent_id):
            raise BadRecord("has moved to another place; comments stay where they were written")
        row = (here, post_id, parent_id, depth, *_content(batch, record))
        standing[here] = (post_id, depth, parent_id)
        written[record.external_id] = here
        return row

    columns = ("id", "post_id", "parent_id", "depth", *_CONTENT_COLUMNS)
    rows = _rows(batch, make)
    before = await _comments_before(connection, batch)
    await _write(connection, batch, "comment", columns, rows)
    _count_comments(batch, columns, rows, before)
    return len(rows)


async def _comments_before(connection: Connection, batch: Batch) -> Sequence[asyncpg.Record]:
    """Return what comments that were imported before and are visible are until now, and lock them."""
    if not batch.known:
        return ()
    return await connection.raw.fetch(
        """
        SELECT id, author_id, post_id, parent_id FROM comment WHERE id = ANY($1::bigint[]) AND visibility = 0
        ORDER BY id FOR NO KEY UPDATE
        """,
        list(batch.known.values()),
    )


def _count_comments(
    batch: Batch, columns: Sequence[str], rows: Sequence[Sequence[Any]], before: Sequence[asyncpg.Record]
) -> None:
    """Have the counters moved that written comments move; `before` holds those of them that were visible."""
    touched, known = batch.touched, set(batch.known.values())
    visibility, author, created = (columns.index(name) for name in ("visibility", "author_id", "created_at"))

    def shift(author_id: int, post_id: int, parent_id: int | None, change: int) -> None:
        touched.shift("member", "comment_count", author_id, change)
        touched.shift("post", "comment_count", post_id, change)
        touched.shift("comment", "reply_count", parent_id, change)
        touched.shift("post_activity", "score", post_id, 2 * change)

    ids = {row[0] for row in rows}
    for old in before:
        if old["id"] in ids:
            shift(old["author_id"], old["post_id"], old["parent_id"], -1)
    for row in rows:
        if row[visibility] == Visibility.VISIBLE:
            shift(row[author], row[1], row[2], 1)
            touched.activate(row[1], row[created])
    touched.add_posts(row[1] for row in rows if row[0] in known)


ENTITIES = {"member": write_members, "space": write_spaces, "post": write_posts, "comment": write_comments}
