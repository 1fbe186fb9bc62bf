"""Comments on videos with what people said they are, as posts of a community."""

import csv
import gzip
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from moderation.rules.candidates import Author, Candidate, Earlier
from moderation.rules.folding import fold
from moderation.rules.near_duplicates import band_keys, signature
from moderation.rules.trying import Past
from tests.shared_data import SHARED

FOLDER = SHARED / "youtube_spam_en"
WINDOW = timedelta(days=7)


class Comment(NamedTuple):
    """A comment, and whether people took it for spam."""

    author: str
    written_at: datetime
    text: str
    is_spam: bool
    has_time: bool


def comments() -> list[Comment]:
    """Return the comments of all five videos in the order of time; those without one have that of the one before."""
    found = []
    for path in sorted(FOLDER.glob("*.csv.gz")):
        moment = datetime(2013, 1, 1, tzinfo=UTC)
        with gzip.open(path, "rt", encoding="utf-8") as lines:
            for row in csv.DictReader(lines):
                if row["DATE"]:
                    moment = datetime.fromisoformat(row["DATE"]).replace(tzinfo=UTC)
                text = row["CONTENT"].removesuffix("\ufeff")
                found.append(Comment(row["AUTHOR"], moment, text, row["CLASS"] == "1", bool(row["DATE"])))
    return sorted(found, key=lambda comment: comment.written_at)


def past() -> Iterator[Past]:
    """Yield each with what was there when it was written: the author's own of a week, and others' that share a band."""
    written: dict[str, int] = {}
    own: dict[str, list[Earlier]] = {}
    banded: dict[int, list[tuple[str, Earlier]]] = {}
    first_seen: dict[str, datetime] = {}
    for number, comment in enumerate(comments()):
        kept = signature(fold(comment.text).text)
        keys = band_keys(kept) if kept is not None else ()
        others = {id(one): one for key in keys for who, one in banded.get(key, ()) if who != comment.author}
        mine = own.setdefault(comment.author, [])
        recent = [one for one in (*mine, *others.values()) if comment.written_at - one.written_at <= WINDOW]
        author = Author(first_seen.setdefault(comment.author, comment.written_at), written.get(comment.author, 0))
        yield Past(number, Candidate(comment.text, author, comment.written_at, earlier=tuple(recent)), comment.is_spam)
        written[comment.author] = author.written + 1
        mine.append(Earlier(comment.written_at, True, kept))
        for key in keys:
            banded.setdefault(key, []).append((comment.author, Earlier(comment.written_at, False, kept)))
