"""What stands between members, spaces, posts and comments: told apart by what it joins, it needs no id."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import orjson

from community.discussions.tags import fold_tag
from community.discussions.texts import clean_text
from community.exchange.content import Batch
from community.exchange.errors import BadRecord
from community.exchange.records import Record
from community.exchange.references import MEANT
from community.exchange.staging import merge
from community.foundation.database import Connection
from community.foundation.errors import Refusal
from community.foundation.markdown import render

LONGEST = 200_000


@dataclass(frozen=True, slots=True)
class Edge:
    """The table of a kind, its columns by field, what tells its rows apart, and whose counters it moves."""

    table: str
    columns: dict[str, str]
    key: tuple[str, ...]
    moves: tuple[tuple[str, str, str], ...] = ()
    """Column, table and counter: one more for each row that is new."""
    reacts: str | None = None
    """The table of what is reacted on."""
    apart: tuple[str, str] | None = None
    """Two fields that may not be the same."""


EDGES = {
    "follow": Edge(
        "follow",
        {"follower": "follower_id", "member": "member_id", "created_at": "created_at"},
        ("follower_id", "member_id"),
        (("follower_id", "member", "following_count"), ("member_id", "member", "follower_count")),
        apart=("follower", "member"),
    ),
    "block": Edge(
        "block",
        {"blocker": "blocker_id", "member": "member_id", "created_at": "created_at"},
        ("blocker_id", "member_id"),
        apart=("blocker", "member"),
    ),
    "mute": Edge(
        "mute",
        {"muter": "muter_id", "member": "member_id", "created_at": "created_at"},
        ("muter_id", "member_id"),
        apart=("muter", "member"),
    ),
    "badge": Edge(
        "badge",
        {"member": "member_id", "name": "name", "awarded_at": "awarded_at", "source": "source"},
        ("member_id", "name", "awarded_at", "source"),
    ),
    "role": Edge(
        "role_grant",
        {
            "member": "member_id",
            "role": "role",
            "space": "space_id",
            "granted_by": "granted_by",
            "granted_at": "granted_at",
        },
        ("member_id", "role", "space_id"),
    ),
    "space_member": Edge(
        "space_member",
        {"space": "space_id", "member": "member_id", "joined_at": "joined_at"},
        ("space_id", "member_id"),
        (("space_id", "space", "member_count"),),
    ),
    "space_invitation": Edge(
        "space_invitation",
        {"space": "space_id", "member": "member_id", "invited_by": "invited_by", "created_at": "created_at"},
        ("space_id", "member_id"),
    ),
    "tag": Edge("tag", {"name": "name", "description": "description", "created_at": "created_at"}, ("name",)),
    "tag_follow": Edge(
        "tag_follow",
        {"member": "member_id", "tag": "tag_id", "created_at": "created_at"},
        ("member_id", "tag_id"),
        (("tag_id", "tag", "follower_count"),),
    ),
    "post_revision": Edge(
        "post_revision",
        {
            "post": "post_id",
            "number": "number",
            "editor": "editor_id",
            "title": "title",
            "body": "body",
            "reason": "reason",
            "created_at": "created_at",
        },
        ("post_id", "number"),
        (("post_id", "post", "revision_count"),),
    ),
    "comment_revision": Edge(
        "comment_revision",
        {
            "comment": "comment_id",
            "number": "number",
            "editor": "editor_id",
            "body": "body",
            "reason": "reason",
            "created_at": "created_at",
        },
        ("comment_id", "number"),
        (("comment_id", "comment", "revision_count"),),
    ),
    "post_reaction": Edge(
        "post_reaction",
        {"post": "post_id", "member": "member_id", "reaction": "kind_id", "created_at": "created_at"},
        ("post_id", "member_id", "kind_id"),
        (("post_id", "post_activity", "score"),),
        reacts="post",
    ),
    "comment_reaction": Edge(
        "comment_reaction",
        {"comment": "comment_id", "member": "member_id", "reaction": "kind_id", "created_at": "created_at"},
        ("comment_id", "member_id", "kind_id"),
        reacts="comment",
    ),
}
_DEFAULTS = {"source": "", "description": "", "reason": ""}
_TEXTS = {"name", "source", "description", "reason", "title", "body"}


async def write_edges(connection: Connection, kind: str, batch: Batch) -> tuple[int, int, int]:
    """Write edges of a kind; return how many were made, changed, and there as they are."""
    edge = EDGES[kind]
    rows: dict[tuple[Any, ...], tuple[Any, ...]] = {}
    values = [_value(batch, edge, name) for name in edge.columns]
    places = [list(edge.columns.values()).index(column) for column in edge.key]
    refused = 0
    for record in batch.records:
        try:
            row = tuple(value(record) for value in values)
            key = tuple(row[place] for place in places)
            _keep(rows, key, row, kind)
        except BadRecord as error:
            refused += 1
            batch.refuse(record, error)
        except Refusal as refusal:
            refused += 1
            batch.refuse(record, BadRecord(str(refusal)))
    changed = await merge(connection, edge.table, tuple(edge.columns.values()), edge.key, rows.values())
    new = [made for made in changed if made["created"]]
    for column, table, counter in edge.moves:
        for made in new:
            batch.touched.shift(table, counter, made[column], 1)
    if edge.reacts:
        for made in new:
            batch.touched.add_reaction(edge.reacts, made[f"{edge.reacts}_id"], made["kind_id"])
    return len(new), len(changed) - len(new), len(batch.records) - refused - len(changed)


def _keep(rows: dict[tuple[Any, ...], tuple[Any, ...]], key: tuple[Any, ...], row: tuple[Any, ...], kind: str) -> None:
    if rows.setdefault(key, row) != row:
        raise BadRecord(f"the same {kind} stands in the source twice, and differs")


def _value(batch: Batch, edge: Edge, name: str) -> Callable[[Record], Any]:
    """Return what gives a column its value."""
    default = _DEFAULTS.get(name)

    def tag(record: Record) -> str:
        return fold_tag(record.fields[name])

    def reference(record: Record) -> int | None:
        value = record.fields.get(name)
        return None if value is None else batch.references.of(meant, value)

    def one_of_two(record: Record) -> int | None:
        if record.fields[name] == record.fields[other]:
            raise BadRecord(f"{name} and {other} are the same")
        return reference(record)

    def text(record: Record) -> str | None:
        value = record.fields.get(name, default)
        return None if value is None else clean_text(value, name, LONGEST)

    def plain(record: Record) -> Any:
        return record.fields.get(name, default)

    if name == "name" and edge.table == "tag":
        return tag
    if name in MEANT:
        meant = MEANT[name]
        other = edge.apart[1] if edge.apart else ""
        return one_of_two if edge.apart and name == edge.apart[0] else reference
    return text if name in _TEXTS else plain


_ACCEPT = """
    UPDATE post SET accepted_comment_id = given.comment_id
    FROM unnest($1::bigint[], $2::bigint[]) AS given (post_id, comment_id)
        JOIN comment ON comment.id = given.comment_id AND comment.post_id = given.post_id
    WHERE post.id = given.post_id AND accepted_comment_id IS DISTINCT FROM given.comment_id
    RETURNING post.id
"""
_FIT = """
    SELECT id, post_id FROM comment WHERE id = ANY($1::bigint[])
"""


async def write_acceptances(connection: Connection, batch: Batch) -> tuple[int, int, int]:
    """Mark the comments that posts' authors accepted."""
    given: list[tuple[Record, int, int]] = []
    for record in batch.records:
        try:
            post = batch.references.of("post", record.fields["post"])
            given.append((record, post, batch.references.of("comment", record.fields["comment"])))
        except BadRecord as error:
            batch.refuse(record, error)
    owners = {row["id"]: row["post_id"] for row in await connection.raw.fetch(_FIT, [each[2] for each in given])}
    fit: list[tuple[int, int]] = []
    for record, post, comment in given:
        if owners.get(comment) == post:
            fit.append((post, comment))
        else:
            batch.refuse(record, BadRecord("the accepted comment is on another post"))
    changed = await connection.raw.fetch(_ACCEPT, [each[0] for each in fit], [each[1] for each in fit])
    return len(changed), 0, len(fit) - len(changed)


async def write_community(connection: Connection, batch: Batch) -> tuple[int, int, int]:
    """Write what the community says of itself."""
    done = 0
    for record in batch.records:
        rules = record.fields.get("rules", "")
        values = (record.fields["name"], record.fields.get("description", ""), rules, render(rules).html)
        answer = await connection.raw.execute(
            """
            UPDATE community_profile SET name = $1, description = $2, rules = $3, rules_html = $4
            WHERE (name, description, rules) IS DISTINCT FROM ($1, $2, $3)
            """,
            *values,
        )
        done += answer == "UPDATE 1"
    return 0, done, len(batch.records) - done


async def write_reaction_kinds(connection: Connection, batch: Batch) -> tuple[int, int, int]:
    """Write the kinds of reactions; one of a name that is there is changed to what the record says."""
    created = updated = 0
    for record in batch.records:
        found = record.fields
        values: Sequence[object] = (
            *(found["name"], found["emoji"], orjson.loads(orjson.dumps(found["labels"])), found["position"]),
            found.get("retired_at"),
        )
        changed = await connection.raw.fetch(
            """
            INSERT INTO reaction_kind (id, name, emoji, labels, position, retired_at)
            SELECT coalesce((SELECT id FROM reaction_kind WHERE name = $1), (SELECT max(id) + 1 FROM reaction_kind), 1),
                $1, $2, $3, $4, $5
            ON CONFLICT (name) DO UPDATE SET
                emoji = excluded.emoji, labels = excluded.labels, position = excluded.position,
                retired_at = excluded.retired_at
            WHERE (reaction_kind.emoji, reaction_kind.labels, reaction_kind.position, reaction_kind.retired_at)
                IS DISTINCT FROM (excluded.emoji, excluded.labels, excluded.position, excluded.retired_at)
            RETURNING xmax = 0 AS created
            """,
            *values,
        )
        created += sum(row["created"] for row in changed)
        updated += sum(not row["created"] for row in changed)
    return created, updated, len(batch.records) - created - updated
