"""What posts and comments said before, as GraphQL shows it: each edit with what it changed."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from enum import Enum
from typing import Any

import strawberry
from sqlalchemy import Text, func, select

from api.members.types import Member
from api.reading.cursors import by_number
from api.reading.fields import column, computed, object_type, reference, returned
from api.reading.readings import Scope, Source
from community.discussions.revisions import difference
from community.discussions.tables import comment_revisions, post_revisions


@strawberry.enum(description="What became of a piece of text.")
class TextChangeKind(Enum):
    """What became of a piece of text."""

    KEPT = strawberry.enum_value("KEPT", description="It was there before and is there after.")
    REMOVED = strawberry.enum_value("REMOVED", description="It was there before.")
    ADDED = strawberry.enum_value("ADDED", description="It is there after.")


@object_type
class TextChange:
    """A piece of text, and what became of it."""

    kind: TextChangeKind = returned("Whether it was kept, removed or added.")
    text: str = returned("The piece, as it was written.")


def compared(before: str, after: str) -> list[dict[str, Any]]:
    """Return what turns one text into another, as values of `TextChange`."""
    return [{"kind": change.kind.value, "text": change.text} for change in difference(before, after)]


def _changes(name: str) -> Any:
    def inputs(scope: Scope) -> Sequence[Any]:
        return getattr(scope.row.c, name), getattr(scope.row.c, f"{name}_after")

    return inputs


@object_type
class CommentRevision:
    """One edit of a comment."""

    number: int = column("number", "The first edit is 1.")
    reason: str = column("reason", "Why, in the editor's words.")
    edited_at: datetime = column("created_at", "When it was edited.")
    editor: Member | None = reference(
        lambda scope: scope.row.c.editor_id, "Who edited it; null when they are not to be seen."
    )
    body: list[TextChange] = computed(_changes("body"), compared, "What the edit did to the body.")


@object_type
class PostRevision:
    """One edit of a post."""

    number: int = column("number", "The first edit is 1.")
    reason: str = column("reason", "Why, in the editor's words.")
    edited_at: datetime = column("created_at", "When it was edited.")
    editor: Member | None = reference(
        lambda scope: scope.row.c.editor_id, "Who edited it; null when they are not to be seen."
    )
    title: list[TextChange] = computed(_changes("title"), compared, "What the edit did to the title.")
    body: list[TextChange] = computed(_changes("body"), compared, "What the edit did to the body.")


def post_revisions_source(scope: Scope) -> Source:
    """Draw on the edits of a post."""
    return _revisions(scope, post_revisions, "post_id", ("title", "body"))


def comment_revisions_source(scope: Scope) -> Source:
    """Draw on the edits of a comment."""
    return _revisions(scope, comment_revisions, "comment_id", ("body",))


def _revisions(scope: Scope, table: Any, subject: str, texts: Sequence[str]) -> Source:
    # Each row holds the text before its edit; the text after it stands in the next one, or is the present.
    row = scope.enter(table)
    extras = {}
    for text in texts:
        following = scope.enter(table)
        after = (
            select(getattr(following.c, text))
            .select_from(following.source)
            .where(getattr(following.c, subject) == getattr(row.c, subject), following.c.number == row.c.number + 1)
        )
        extras[f"{text}_after"] = (func.coalesce(after.scalar_subquery(), getattr(scope.row.c, text)), Text())
    return Source(
        row,
        (by_number(row.c.number, descending=True),),
        "number",
        where=[getattr(row.c, subject) == scope.row.c.id],
        extras=extras,
    )
