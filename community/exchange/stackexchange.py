"""A Stack Exchange data dump as records.

Questions become posts, answers top-level comments, and comments replies: to the question as top-level comments, to an
answer as replies to it. Authors who are gone become one member for each name that they left.
"""

import re
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

from community.exchange.errors import BadRecord
from community.exchange.files import open_source
from community.exchange.records import Record, make_record
from community.exchange.xml_rows import read_rows

QUESTION, ANSWER = "1", "2"
DELETED = "deleted"
LONGEST_TITLE = 200
_TAGS = re.compile(r"[^<>|]+")
_NOT_XML_TEXT = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")

Attributes = dict[str, str]


def read_stackexchange(directory: Path, space: str) -> Iterator[Record | BadRecord | None]:
    """Read a dump, in an order in which what is referred to comes first as far as it can; None for a row passed over.

    Raises:
        SourceNotFound: if Posts.xml or Users.xml is not there.
    """
    yield from _members(directory)
    yield from _made("space", space, {"slug": space, "name": space, "created_at": "2000-01-01T00:00:00Z"}, space)
    yield from _rows(directory, "Posts.xml", _question(space))
    yield from _rows(directory, "Posts.xml", _answer)
    yield from _rows(directory, "Posts.xml", _acceptance)
    yield from _rows(directory, "Comments.xml", _comment, required=False)
    yield from _rows(directory, "Badges.xml", _badge, required=False)


def _members(directory: Path) -> Iterator[Record | BadRecord | None]:
    yield from _rows(directory, "Users.xml", _member)
    named: set[str] = set()
    for name, required in (("Posts.xml", True), ("Comments.xml", False)):
        for place, row in _attributes(directory, name, required=required):
            if isinstance(row, BadRecord) or not _is_gone(row) or _author_id(row) in named:
                yield None
                continue
            named.add(_author_id(row))
            shown = _display_name(row)
            yield from _made(
                "member",
                _author_id(row),
                {"handle": shown, "display_name": shown, "joined_at": row.get("CreationDate")},
                place,
            )


def _is_gone(row: Attributes) -> bool:
    return not row.get("OwnerUserId") and not row.get("UserId")


def _display_name(row: Attributes) -> str:
    return _clean(row.get("OwnerDisplayName") or row.get("UserDisplayName") or DELETED)[:50]


def _author_id(row: Attributes) -> str:
    return row.get("OwnerUserId") or row.get("UserId") or f"name:{_display_name(row)}"


def _member(row: Attributes) -> tuple[str, str, dict[str, Any]]:
    name = _clean(row.get("DisplayName", "")).strip()[:50] or f"member {row.get('Id')}"
    return (
        "member",
        row["Id"],
        {
            "handle": re.sub(r"[^\w.\-]+", "_", name).strip("_.-")[:30] or "member",
            "display_name": name,
            "bio": _clean(row.get("AboutMe", "")) or None,
            "website_url": row.get("WebsiteUrl") or None,
            "location": " ".join(_clean(row.get("Location", "")).split()) or None,
            "joined_at": row.get("CreationDate"),
            "imported_reputation": _number(row.get("Reputation")),
        },
    )


def _question(space: str) -> Callable[[Attributes], tuple[str, str, dict[str, Any]] | None]:
    def read(row: Attributes) -> tuple[str, str, dict[str, Any]] | None:
        if row.get("PostTypeId") != QUESTION:
            return None
        return (
            "post",
            row["Id"],
            {
                "space": space,
                "author": _author_id(row),
                "title": _clean(row.get("Title", ""))[:LONGEST_TITLE],
                "body": _clean(row.get("Body", "")),
                "tags": _TAGS.findall(row.get("Tags", "")),
                "created_at": row.get("CreationDate"),
                "edited_at": row.get("LastEditDate"),
                "locked_at": row.get("ClosedDate"),
                "view_count": _number(row.get("ViewCount")),
                "imported_score": _number(row.get("Score")),
            },
        )

    return read


def _answer(row: Attributes) -> tuple[str, str, dict[str, Any]] | None:
    if row.get("PostTypeId") != ANSWER:
        return None
    return (
        "comment",
        row["Id"],
        {
            "post": row.get("ParentId"),
            "author": _author_id(row),
            "body": _clean(row.get("Body", "")),
            "created_at": row.get("CreationDate"),
            "edited_at": row.get("LastEditDate"),
            "imported_score": _number(row.get("Score")),
        },
    )


def _acceptance(row: Attributes) -> tuple[str, str, dict[str, Any]] | None:
    if row.get("PostTypeId") != QUESTION or not row.get("AcceptedAnswerId"):
        return None
    return "acceptance", "", {"post": row["Id"], "comment": row["AcceptedAnswerId"]}


def _comment(row: Attributes) -> tuple[str, str, dict[str, Any]]:
    return (
        "comment",
        f"comment:{row['Id']}",
        {
            "under": row.get("PostId"),
            "author": _author_id(row),
            "body": _clean(row.get("Text", "")),
            "created_at": row.get("CreationDate"),
            "imported_score": _number(row.get("Score")),
        },
    )


def _badge(row: Attributes) -> tuple[str, str, dict[str, Any]]:
    fields = {"member": row.get("UserId"), "name": row.get("Name"), "awarded_at": row.get("Date")}
    return "badge", "", {**fields, "source": "stackexchange"}


def _rows(
    directory: Path,
    name: str,
    read: Callable[[Attributes], tuple[str, str, dict[str, Any]] | None],
    *,
    required: bool = True,
) -> Iterator[Record | BadRecord | None]:
    for place, row in _attributes(directory, name, required=required):
        if isinstance(row, BadRecord):
            yield row
            continue
        try:
            found = read(row)
        except KeyError as error:
            yield BadRecord(f"{error.args[0]} is missing", place)
            continue
        except BadRecord as error:
            yield BadRecord(error.reason, place)
            continue
        if found is None:
            yield None
        else:
            yield from _made(*found, place)


def _attributes(
    directory: Path, name: str, *, required: bool
) -> Iterator[tuple[str, Attributes] | tuple[str, BadRecord]]:
    opened = open_source(directory, name, required=required)
    if opened is None:
        return
    file, shown = opened
    with closing(file):
        for row in read_rows(file, shown):
            if isinstance(row, BadRecord):
                yield "", row
            else:
                yield f"{shown}, line {row[0]}", row[1]


def _made(kind: str, external_id: str, fields: dict[str, Any], place: str) -> Iterator[Record | BadRecord]:
    try:
        yield make_record(kind, fields, place, external_id)
    except BadRecord as error:
        yield error


def _number(written: str | None) -> int | None:
    if not written:
        return None
    try:
        return int(written)
    except ValueError:
        raise BadRecord(f"{written[:20]!r} is not a number") from None


def _clean(text: str) -> str:
    """Leave out control characters, which show nothing, and which old posts have pasted in."""
    return _NOT_XML_TEXT.sub("", text)
