"""A dataset of the LDBC Social Network Benchmark (CSV, pipe-separated) as records.

Persons become members, acquaintances follow each other, forums become spaces, their moderators moderate, messages become
posts and comments, likes reactions. A photo, which has no text, says the name of its picture.
"""

import csv
import io
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, TypeAlias

from community.exchange.errors import BadRecord
from community.exchange.files import open_source
from community.exchange.records import Record, make_record

LONGEST_TITLE = 80
MOST_TAGS = 8
LONGEST_TAG = 40
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

Row: TypeAlias = dict[str, str]
Placed: TypeAlias = tuple[str, Row]
Made: TypeAlias = Iterator[Record | BadRecord]


def read_ldbc(directory: Path) -> Made:
    """Read a dataset. Its relations stand in files of their own, and are kept in memory as pairs of ids.

    Raises:
        SourceNotFound: if a file that it takes is not there.
    """
    for place, row in _rows(directory, "person"):
        name = f"{row.get('firstName', '')} {row.get('lastName', '')}".strip()
        fields = {
            "handle": ".".join(name.lower().split()) or "person",
            "display_name": name or "Person",
            "joined_at": _moment(row.get("creationDate")),
        }
        yield from _made("member", row.get("id"), fields, place)
    for place, row in _rows(directory, "person_knows_person"):
        one, other = _pair(row, "Person.id", "Person.id.1")
        for follower, followed in ((one, other), (other, one)):
            fields = {"follower": follower, "member": followed, "created_at": _moment(row.get("creationDate"))}
            yield from _made("follow", "", fields, place)
    yield from _forums(directory)
    yield from _messages(directory)
    for kind in ("post", "comment"):
        for place, row in _rows(directory, f"person_likes_{kind}"):
            fields = {
                kind: _id(kind, row.get(f"{kind.capitalize()}.id")),
                "member": row.get("Person.id"),
                "reaction": "like",
                "created_at": _moment(row.get("creationDate")),
            }
            yield from _made(f"{kind}_reaction", "", fields, place)


def _forums(directory: Path) -> Made:
    moderators = _relation(directory, "forum_hasModerator_person", "Forum.id", "Person.id")
    for place, row in _rows(directory, "forum"):
        identity, since = row.get("id"), _moment(row.get("creationDate"))
        fields: dict[str, Any] = {
            "slug": f"forum-{identity}",
            "name": row.get("title"),
            "created_by": moderators.get(identity or ""),
            "created_at": since,
        }
        yield from _made("space", identity, fields, place)
    for place, row in _rows(directory, "forum"):
        if moderator := moderators.get(row.get("id", "")):
            fields = {
                "member": moderator,
                "role": "MODERATOR",
                "space": row.get("id"),
                "granted_at": _moment(row.get("creationDate")),
            }
            yield from _made("role", "", fields, place)
    for place, row in _rows(directory, "forum_hasMember_person"):
        fields = {
            "space": row.get("Forum.id"),
            "member": row.get("Person.id"),
            "joined_at": _moment(row.get("joinDate")),
        }
        yield from _made("space_member", "", fields, place)


def _messages(directory: Path) -> Made:
    tag_names = {row.get("id", ""): row.get("name", "")[:LONGEST_TAG] for _, row in _rows(directory, "tag")}
    tagged: dict[str, list[str]] = {}
    for _, row in _rows(directory, "post_hasTag_tag"):
        name = tag_names.get(row.get("Tag.id", ""))
        if name:
            tagged.setdefault(row.get("Post.id", ""), []).append("".join(_tag_letters(name)))
    forums = _relation(directory, "forum_containerOf_post", "Post.id", "Forum.id")
    authors = _relation(directory, "post_hasCreator_person", "Post.id", "Person.id")
    for place, row in _rows(directory, "post"):
        identity = row.get("id", "")
        body = row.get("content") or row.get("imageFile") or ""
        fields: dict[str, Any] = {
            "space": forums.get(identity),
            "author": authors.get(identity),
            "title": body[:LONGEST_TITLE],
            "body": body,
            "tags": tagged.get(identity, [])[:MOST_TAGS],
            "created_at": _moment(row.get("creationDate")),
        }
        yield from _made("post", _id("post", identity), fields, place)
    authors = _relation(directory, "comment_hasCreator_person", "Comment.id", "Person.id")
    on_posts = _relation(directory, "comment_replyOf_post", "Comment.id", "Post.id")
    on_comments = _relation(directory, "comment_replyOf_comment", "Comment.id", "Comment.id.1")
    for place, row in _rows(directory, "comment"):
        identity = row.get("id", "")
        fields = {
            "post": _id("post", on_posts.get(identity)),
            "parent": _id("comment", on_comments.get(identity)),
            "author": authors.get(identity),
            "body": row.get("content"),
            "created_at": _moment(row.get("creationDate")),
        }
        yield from _made("comment", _id("comment", identity), fields, place)


def _tag_letters(name: str) -> Iterator[str]:
    for letter in name:
        yield letter if letter.isalnum() or letter in "+#.-_ " else "-"


def _id(kind: str, number: str | None) -> str | None:
    return None if number is None else f"{kind}:{number}"


def _pair(row: Row, one: str, other: str) -> tuple[str | None, str | None]:
    return row.get(one), row.get(other)


def _relation(directory: Path, name: str, one: str, other: str) -> dict[str, str]:
    return {row[one]: row[other] for _, row in _rows(directory, name) if one in row and other in row}


def _rows(directory: Path, name: str) -> Iterator[Placed]:
    opened = open_source(directory, f"{name}_0_0.csv")
    if opened is None:
        return
    file, shown = opened
    with closing(file), io.TextIOWrapper(file, encoding="utf-8", errors="surrogateescape", newline="") as text:
        reader = csv.reader(text, delimiter="|", quoting=csv.QUOTE_NONE)
        names: list[str] = []
        for header in next(reader, []):
            # Relations between two of a kind name both columns alike.
            names.append(f"{header}.1" if header in names else header)
        for row in reader:
            yield f"{shown}, line {reader.line_num}", dict(zip(names, row, strict=False))


def _moment(milliseconds: str | None) -> datetime | str | None:
    """Return a moment; what is none is handed on, to be refused where its place is known."""
    if milliseconds is None or not milliseconds.lstrip("-").isdecimal():
        return milliseconds
    try:
        return _EPOCH + timedelta(milliseconds=int(milliseconds))
    except (OverflowError, ValueError):
        return milliseconds[:40]


def _made(kind: str, external_id: str | None, fields: dict[str, Any], place: str) -> Made:
    try:
        yield make_record(kind, fields, place, external_id)
    except BadRecord as error:
        yield error
