"""What posts and comments said before, and what each edit changed: by words, and in Chinese by characters."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from difflib import SequenceMatcher
from enum import StrEnum

import asyncpg
import regex

from community.discussions.access import comment_seen, post_seen
from community.foundation.database import Connection
from community.members.acting import Acting

# Comparing takes time that grows with the product of the two lengths. Once so much is spent on two texts, the rest of
# them is shown as removed and added in whole.
MOST_COMPARISONS = 500_000

_WORDS = regex.compile(
    r"[\p{Han}\p{Hiragana}\p{Katakana}\p{Hangul}]|[\p{L}\p{M}\p{N}]+?(?=[\p{Han}\p{Hiragana}\p{Katakana}\p{Hangul}])"
    r"|[\p{L}\p{M}\p{N}]+|[^\S\n]+|\n|\X"
)
_LINES = regex.compile(r"[^\n]*\n|[^\n]+")

_OF_POST = """
    SELECT number, editor_id, reason, created_at, title, body FROM post_revision WHERE post_id = $1 ORDER BY number
"""
_OF_COMMENT = """
    SELECT number, editor_id, reason, created_at, '' AS title, body FROM comment_revision
    WHERE comment_id = $1 ORDER BY number
"""


class ChangeKind(StrEnum):
    """What became of a piece of text."""

    KEPT = "KEPT"
    REMOVED = "REMOVED"
    ADDED = "ADDED"


@dataclass(frozen=True, slots=True)
class Change:
    """A piece of text, and what became of it."""

    kind: ChangeKind
    text: str


@dataclass(frozen=True, slots=True)
class Revision:
    """One edit: who made it, when and why, and what it changed."""

    number: int
    editor_id: int | None
    reason: str
    edited_at: datetime
    title: list[Change]
    body: list[Change]


async def post_revisions(connection: Connection, acting: Acting, post_id: int) -> list[Revision]:
    """Return the edits of a post, the oldest first, to who may see the post as it is now.

    Raises:
        NotFound: if the member may not.
    """
    post = await post_seen(connection, acting, post_id)
    rows = await connection.raw.fetch(_OF_POST, post_id)
    return _revisions(rows, post["title"], post["body"])


async def comment_revisions(connection: Connection, acting: Acting, comment_id: int) -> list[Revision]:
    """Return the edits of a comment, the oldest first, to who may see the comment as it is now.

    Raises:
        NotFound: if the member may not.
    """
    comment = await comment_seen(connection, acting, comment_id)
    rows = await connection.raw.fetch(_OF_COMMENT, comment_id)
    return _revisions(rows, "", comment["body"])


def difference(before: str, after: str) -> list[Change]:
    """Return what turns one text into the other. Put together, kept and removed give `before`, kept and added `after`."""
    return _joined(_compared(before, after, (_LINES, _WORDS), _Effort()))


def _revisions(rows: Sequence[asyncpg.Record], title: str, body: str) -> list[Revision]:
    """Each row holds the text before its edit; the text after it stands in the next one, or is the present."""
    afterwards = [*((row["title"], row["body"]) for row in rows[1:]), (title, body)]
    return [
        Revision(
            number=row["number"],
            editor_id=row["editor_id"],
            reason=row["reason"],
            edited_at=row["created_at"],
            title=difference(row["title"], title_after),
            body=difference(row["body"], body_after),
        )
        for row, (title_after, body_after) in zip(rows, afterwards, strict=True)
    ]


@dataclass(slots=True)
class _Effort:
    """How many comparisons are left."""

    left: int = MOST_COMPARISONS

    def spend(self, amount: int) -> bool:
        """Take from what is left, if there is as much."""
        if amount > self.left:
            return False
        self.left -= amount
        return True


def _compared(before: str, after: str, grains: Sequence[regex.Pattern[str]], effort: _Effort) -> Iterator[Change]:
    """Compare by the first grain, and by the next one within what differs."""
    if before == after or not grains:
        if before == after:
            yield Change(ChangeKind.KEPT, before)
        else:
            yield Change(ChangeKind.REMOVED, before)
            yield Change(ChangeKind.ADDED, after)
        return
    grain, *finer = grains
    old, new = grain.findall(before), grain.findall(after)
    start = _shared(old, new)
    end = _shared(old[start:][::-1], new[start:][::-1])
    old_middle, new_middle = old[start : len(old) - end], new[start : len(new) - end]
    yield Change(ChangeKind.KEPT, "".join(old[:start]))
    if effort.spend(len(old_middle) * len(new_middle)):
        steps = SequenceMatcher(None, old_middle, new_middle, autojunk=False).get_opcodes()
        for _, old_from, old_to, new_from, new_to in steps:
            removed, added = "".join(old_middle[old_from:old_to]), "".join(new_middle[new_from:new_to])
            yield from _compared(removed, added, finer, effort)
    else:
        yield Change(ChangeKind.REMOVED, "".join(old_middle))
        yield Change(ChangeKind.ADDED, "".join(new_middle))
    yield Change(ChangeKind.KEPT, "".join(old[len(old) - end :]))


def _shared(first: Sequence[str], second: Sequence[str]) -> int:
    """Return how many pieces two sequences begin with alike."""
    for place, (one, other) in enumerate(zip(first, second, strict=False)):
        if one != other:
            return place
    return min(len(first), len(second))


def _joined(changes: Iterator[Change]) -> list[Change]:
    """Put together neighbours of one kind, and between two kept pieces what was removed before what was added."""
    joined: list[Change] = []
    removed = added = kept = ""
    for change in changes:
        if not change.text:
            continue
        if change.kind is ChangeKind.KEPT:
            if removed or added:
                joined += _pieces(kept, removed, added)
                removed = added = kept = ""
            kept += change.text
        elif change.kind is ChangeKind.REMOVED:
            removed += change.text
        else:
            added += change.text
    return joined + _pieces(kept, removed, added)


def _pieces(kept: str, removed: str, added: str) -> list[Change]:
    pieces = ((ChangeKind.KEPT, kept), (ChangeKind.REMOVED, removed), (ChangeKind.ADDED, added))
    return [Change(kind, text) for kind, text in pieces if text]
