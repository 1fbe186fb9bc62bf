"""A community in which everything that can be decided is decided, each decision on something of its own with words of its own.

Whose posts and comments are decided on is the writer, one who walks; whose profile or standing is, are members of their own.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

from community.discussions.curation import accept_answer
from community.discussions.reactions import add_reaction
from community.members import relations
from community.members.profiles import update_profile
from community.members.restrictions import Limit
from community.members.roles import Role
from moderation.decisions.actions import BY_NAME
from moderation.decisions.members import RESETTABLE
from tests.api.canaries.walking import Community
from tests.api.canaries.words import Words
from tests.factories.discussions import make_acting, make_comment, make_post, make_space, value
from tests.factories.ideas import make_board, make_idea, post_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from community.foundation.database import Connection, Database
    from community.members.acting import Acting

HALVES: Final = (("anonymous", "witness", "insider"), ("writer", "moderator", "admin"))
"""Who walks, in two tests for two workers."""
EVERYBODY: Final = frozenset(role for half in HALVES for role in half)
NOBODY: Final[frozenset[str]] = frozenset()
JUDGES: Final = frozenset({"moderator", "admin"})
AUTHORS: Final = JUDGES | {"writer"}
"""Who wrote it, where the writer did, and who judges it."""
OF_PRIVATE: Final = JUDGES | {"insider"}
WRITTEN: Final = ("post", "comment", "member")
"""Kinds of subjects that carry words of members'."""
WORDLESS: Final = frozenset({"image"})
"""Those that are looked at: who is served one after each decision is tried by itself, in tests/api/media."""
OF_STAFF: Final = frozenset({"referral", "round"})
"""Those that do not: what is decided about them moves points and counts alone."""


@dataclass(frozen=True, slots=True)
class Seen:
    """Who still reads what."""

    written: frozenset[str]
    profile: frozenset[str] = EVERYBODY


AFTER: Final = {
    "APPROVE": Seen(EVERYBODY),
    "IGNORE": Seen(EVERYBODY),
    # In what it said before.
    "EDIT": Seen(AUTHORS),
    "HIDE": Seen(AUTHORS),
    "REMOVE": Seen(AUTHORS),
    # Of what was removed just before.
    "RESTORE": Seen(EVERYBODY),
    "LOCK": Seen(EVERYBODY),
    "MOVE": Seen(OF_PRIVATE),
    "LABEL": Seen(EVERYBODY),
    "WARN": Seen(EVERYBODY),
    "LIMIT": Seen(EVERYBODY),
    "SILENCE": Seen(EVERYBODY),
    "SUSPEND": Seen(JUDGES, JUDGES),
    "BAN": Seen(JUDGES, JUDGES),
    "RESET_PROFILE": Seen(EVERYBODY, NOBODY),
    # What was written stays, under its name.
    "MERGE": Seen(EVERYBODY),
}
"""Who reads the words once each action has been taken."""
OF_MEMBERS: Final = tuple(name for name, action in BY_NAME.items() if "member" in action.on and not action.alone)
"""What is done to whom it concerns, and not to what they wrote."""
PROFILED: Final = tuple(f"{name}_{kind}" for name in OF_MEMBERS for kind in WRITTEN)


@dataclass(frozen=True, slots=True)
class Entry:
    """One thing to decide on."""

    action: str
    on: str
    """The kind of its subject."""
    extra: str = ""
    """What is special about it."""

    @property
    def key(self) -> str:
        """Return its word's."""
        return f"{self.action}{self.on}{self.extra}".lower().replace("_", "")

    @property
    def profile(self) -> str:
        """Return the key of the word in the profile of whose it is."""
        return f"{self.key}profile"

    @property
    def of_member(self) -> bool:
        """Say whether it is done to whose it is."""
        return self.action in OF_MEMBERS


def entries() -> Iterator[Entry]:
    """Yield one for each action on each kind of thing, as the table of actions has them."""
    for name, action in BY_NAME.items():
        for kind in WRITTEN:
            if kind in action.on:
                yield Entry(name, kind)
    yield Entry("REMOVE", "post", "idea")


ENTRIES: Final = tuple(entries())
UNDER: Final = {Entry("REMOVE", "post"): "underremoved", Entry("HIDE", "post"): "underhidden"}
"""Keys of comments that stand under what is hidden."""


def allowed() -> dict[str, frozenset[str]]:
    """Return who reads each word once everything is decided."""
    table: dict[str, frozenset[str]] = {}
    for entry in ENTRIES:
        seen = AFTER[entry.action]
        table[entry.key] = seen.written
        if entry.of_member:
            # What a case is about is kept in it for its judges.
            table[entry.profile] = seen.profile | (JUDGES if entry.on == "member" else NOBODY)
    return table | dict.fromkeys(UNDER.values(), AUTHORS)


@dataclass
class Judged(Community):
    """The community."""

    members: dict[str, Acting] = field(default_factory=dict)
    """Those whose standing or profile is decided on, by the key of the entry."""
    survivor: Acting | None = None
    """Who stands for both, where two are one person."""

    def subject(self, entry: Entry) -> str:
        """Return the id of what an entry is about."""
        if entry.on == "post":
            return f"post_{self.posts[entry.key]}"
        if entry.on == "comment":
            return f"comment_{self.comments[entry.key]}"
        return f"member_{self.members[entry.key].member_id}"


def measure(entry: Entry, judged: Judged) -> dict[str, Any]:
    """Return what `decide` is to do."""
    until = (datetime.now(UTC) + timedelta(days=3)).isoformat()
    given: dict[str, dict[str, Any]] = {
        "EDIT": {"body": "改过了 edited", **({"title": "改过了 edited"} if entry.on == "post" else {})},
        "MOVE": {"space": f"space_{judged.spaces['private']}"},
        "LABEL": {"label": "SPOILER"},
        "LIMIT": {"until": until, "seconds": 600, "limits": [limit for limit in Limit if limit is not Limit.SILENCE]},
        "SILENCE": {"until": until},
        "SUSPEND": {"until": until},
        "RESET_PROFILE": {"fields": [name.upper() for name in RESETTABLE]},
    }
    return {"action": entry.action, **given.get(entry.action, {})}


async def make_judged(database: Database) -> Judged:
    """Make it: everything is there to be read by everybody, and has been mentioned, answered, reacted to and followed."""
    people = {name: await make_acting(database) for name in ("witness", "insider", "writer")}
    staff = {
        "moderator": await make_acting(database, roles=(Role.MODERATOR,)),
        "admin": await make_acting(database, roles=(Role.ADMIN,)),
    }
    public = await make_space(database, members=tuple(people.values()))
    private = await make_space(database, access="PRIVATE", members=(people["insider"],))
    keys = set(allowed())
    judged = Judged(Words(keys), {"anonymous": None, **people, **staff}, {"public": public, "private": private})
    host = await make_post(database, people["insider"], public, title="茶会 tea party", body="都来说说 come and talk")
    judged.posts["host"] = host
    judged.survivor = await make_acting(database)
    for entry in ENTRIES:
        await _write(database, judged, entry, host)
    return judged


async def _write(database: Database, judged: Judged, entry: Entry, host: int) -> None:
    """Write what an entry is about, in a talk with the witness."""
    words, people = judged.words, judged.people
    witness, author = people["witness"], people["writer"]
    assert witness is not None
    assert author is not None
    if entry.of_member or entry.on == "member":
        author = judged.members[entry.key] = await make_acting(database)
    handle = await value(database, "SELECT handle FROM member WHERE id = $1", witness.member_id)
    said = f"{words[entry.key]} @{handle}"
    if entry.extra == "idea":
        judged.posts[entry.key] = await _propose(database, judged, author, words[entry.key])
    elif entry.on != "comment" or entry.of_member:
        tags = ("茶",) if entry.action == "EDIT" else ("茶", words.tag(entry.key))
        judged.tags += tags[1:]
        judged.posts[entry.key] = await make_post(
            database, author, judged.spaces["public"], title=words[entry.key], body=said, tags=tags
        )
        remark = await make_comment(database, witness, judged.posts[entry.key], body="好 good")
        if entry in UNDER:
            judged.comments[UNDER[entry]] = await make_comment(
                database, author, judged.posts[entry.key], body=words[UNDER[entry]], parent_id=remark
            )
    if entry.on == "comment" or entry.of_member:
        judged.comments[entry.key] = await make_comment(database, author, host, body=said)
    await database.transact(lambda connection: _mingle(connection, judged, entry, witness, author))


async def _mingle(connection: Connection, judged: Judged, entry: Entry, witness: Acting, author: Acting) -> None:
    """Have an author and the witness react to and follow each other."""
    post, comment = judged.posts.get(entry.key), judged.comments.get(entry.key)
    if post is not None:
        await add_reaction(connection, witness, kind="like", post_id=post)
    if comment is not None:
        await add_reaction(connection, witness, kind="thanks", comment_id=comment)
    if entry == Entry("REMOVE", "comment"):
        insider = judged.people["insider"]
        assert insider is not None
        assert comment is not None
        await accept_answer(connection, insider, comment)
    if entry.of_member:
        word = judged.words[entry.profile]
        said = {"bio": word, "location": word, "website_url": f"https://{judged.words.tag(entry.profile)}.example.org/"}
        named = {"display_name": word} if entry.action == "RESET_PROFILE" else {}
        picture = {"avatar_url": f"https://example.org/{judged.words.tag(entry.profile)}.png"}
        await update_profile(connection, author.member_id, **said, **named, **picture)
        await add_reaction(connection, author, kind="like", post_id=judged.posts["host"])
        await relations.follow_member(connection, author.member_id, witness.member_id)
        await relations.follow_member(connection, witness.member_id, author.member_id)


async def _propose(database: Database, judged: Judged, author: Acting, word: str) -> int:
    admin = judged.people["admin"]
    assert admin is not None
    board = await make_board(database, admin, judged.spaces["public"])
    idea = await make_idea(database, author, board, title=word, body=word)
    judged.boards += [f"idea_board_{board}", f"idea_{idea}"]
    return await post_of(database, idea)
