"""Walking a community of words: every way in, as somebody, and what they come to read."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import orjson

from community.foundation.event_readers import BEGINNING, encode_cursor
from tests.api.canaries.entrances import batched, ways_to_members_and_cases
from tests.api.canaries.expansion import counted_wrong, value_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from api.context import Context
    from community.foundation.database import Database
    from community.members.acting import Acting
    from tests.api.canaries.expansion import Asked, Walk
    from tests.api.canaries.words import Words

Way = tuple[str, dict[str, Any]]
"""A field of Query and what it is given."""
Answers = dict[tuple[str, str, str], tuple[bytes, "Asked"]]
"""What each was answered and by which document: by role, field of Query, and what that was given."""
LOG = "updatesSince"


@dataclass
class Community:
    """Members by what they are, and the ids of what there is by the words in it."""

    words: Words
    people: dict[str, Acting | None]
    spaces: dict[str, int]
    posts: dict[str, int] = field(default_factory=dict)
    comments: dict[str, int] = field(default_factory=dict)
    tags: list[str] = field(default_factory=list)
    boards: list[str] = field(default_factory=list)
    """Ids of boards and ideas."""

    def __repr__(self) -> str:
        """Say little: it stands in the names of failures."""
        return "Community()"


async def ways(database: Database, community: Community) -> list[Way]:
    """Return the ways to all that there is."""
    ids = [
        *(f"post_{number}" for number in community.posts.values()),
        *(f"comment_{number}" for number in community.comments.values()),
        *(f"space_{number}" for number in community.spaces.values()),
        *(f"member_{member.member_id}" for member in community.people.values() if member is not None),
        *community.boards,
    ]
    return [
        *(("nodes", {"ids": some}) for some in batched(ids)),
        *(("post", {"id": f"post_{number}"}) for number in community.posts.values()),
        *(("tag", {"name": name}) for name in ("茶", *community.tags)),
        *(("search", {"query": query}) for query in community.words.queries()),
        *(("ideaBoard", {"id": each}) for each in community.boards if each.startswith("idea_board_")),
        *(("idea", {"id": each}) for each in community.boards if not each.startswith("idea_board_")),
        ("similarIdeas", {"title": next(community.words.queries())}),
        *await ways_since(database),
    ]


async def ways_since(database: Database) -> list[Way]:
    """Return the ways to members and spaces, and to the cases and decisions that there are by now."""
    elsewhere = await ways_to_members_and_cases(database)
    return [(name, {key: value_of(text) for key, text in given.items()}) for name, given in elsewhere]


async def walked(walk: Walk, community: Community, roles: Iterable[str], asked: Sequence[Way]) -> Answers:
    """Walk every way as each of some."""
    answers: Answers = {}
    entered = {name for name, _ in asked}
    plain: list[Way] = [(name, {}) for name in walk.entrances() if name not in entered]
    for role in roles:
        reader = await walk.reader(community.people[role])
        for name, given in (*asked, *plain):
            # What is told to one member stands a reference deeper than what all can read.
            document = walk.document(name, given, deepest=2 if name == "viewer" else None)
            if document is not None:
                answer = await walk.ask(reader, document.source, given)
                answers[role, name, orjson.dumps(given).decode()] = answer, document
        for number, told in enumerate(await _replayed(walk, reader)):
            answers[role, LOG, str(number)] = told
    return answers


async def _replayed(walk: Walk, reader: Context) -> list[tuple[bytes, Asked]]:
    """Read the whole log, as who comes with a cursor from its beginning."""
    document = walk.document(LOG, {"cursor", "first"})
    assert document is not None
    alias = {name: alias for alias, name in document.fields.items()}
    batches: list[tuple[bytes, Asked]] = []
    cursor, more = encode_cursor(BEGINNING), True
    while more:
        answer = await walk.ask(reader, document.source, {"cursor": cursor, "first": 100})
        batch = orjson.loads(answer)[LOG]
        cursor, more = batch[alias["UpdateBatch.endCursor"]], batch[alias["UpdateBatch.hasMore"]]
        batches.append((answer, document))
    return batches


def read(community: Community, answers: Answers) -> dict[str, dict[str, str]]:
    """Return which words each came to read, with a way by which they did."""
    seen: dict[str, dict[str, str]] = {role: {} for role, _, _ in answers}
    for (role, name, given), (answer, _) in answers.items():
        seen[role].update(dict.fromkeys(community.words.found(answer), f"{name} {given}"))
    return seen


def assert_read(community: Community, answers: Answers, table: Mapping[str, frozenset[str]]) -> None:
    """Assert that each came to read the words that are theirs to read, by the table, and no others; and counts of that."""
    seen = read(community, answers)
    shown = {
        (role, word): way for role, words in seen.items() for word, way in words.items() if role not in table[word]
    }
    assert shown == {}, shown
    missing = {
        role: {word for word, who in table.items() if role in who} - words.keys() for role, words in seen.items()
    }
    assert not any(missing.values()), missing
    for way, (answer, document) in answers.items():
        assert counted_wrong(orjson.loads(answer), document.fields) == [], (
            way,
            counted_wrong(orjson.loads(answer), document.fields),
        )


def assert_heard(community: Community, heard: Mapping[str, bytes], table: Mapping[str, frozenset[str]]) -> None:
    """Assert that nobody was told a word that is not theirs to read."""
    shown = {
        (role, word) for role, told in heard.items() for word in community.words.found(told) if role not in table[word]
    }
    assert shown == set(), shown
    assert all(b"ContentRemoved" in told for told in heard.values()), "who listens hears that it is gone"
