"""Tables of who may do what, and what must hold for every entry of one.

An entry says what a change is answered with. What the viewer was told beforehand must agree with it, and what is refused
has not happened: everything that an administrator can see is as it was, and the event log has no further line.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from tests.factories.discussions import differences

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator, Mapping, Sequence

    from community.foundation.database import Database
    from community.members.acting import Acting
    from tests.api.conftest import Client
    from tests.factories.town import Town

CODES = {
    "unseen": "NOT_FOUND",
    "no": "NOT_PERMITTED",
    "locked": "POST_LOCKED",
    "archived": "SPACE_ARCHIVED",
    "sign-in": "UNAUTHENTICATED",
    "suspended": "ACCOUNT_SUSPENDED",
}
"""Refusals, and their codes. Besides, `yes` is a change that is made, and `same` one that was made before."""

ALWAYS = {"anonymous": "sign-in", "suspended": "suspended"}
"""What is the same in every line of every table."""

PERMISSIONS = """
    query Permissions($id: ID!) {
        node(id: $id) {
            ... on Post { viewerCanEdit viewerCanDelete viewerCanComment viewerCanReact viewerCanModerate }
            ... on Comment { viewerCanEdit viewerCanDelete viewerCanReply viewerCanReact viewerCanModerate }
            ... on Space { viewerCanPost viewerCanModerate }
        }
    }
"""
EVERYTHING = """
    query Everything($ids: [ID!]!) {
        nodes(ids: $ids) {
            ... on Post {
                title body bodyHtml excerpt moderation editedAt revisionCount pinnedAt lockedAt commentCount
                reactionCount reactionCounts { kind count } author { id } space { id } acceptedAnswer { id }
                tags { name } revisions(first: 10) { totalCount }
                comments(first: 50) { totalCount nodes { id body moderation } }
            }
            ... on Comment {
                body bodyHtml excerpt moderation editedAt revisionCount replyCount reactionCount accepted
                reactionCounts { kind count } author { id } parent { id } revisions(first: 10) { totalCount }
                replies(first: 50) { nodes { id body } }
            }
            ... on Space {
                slug name description rules access posting archivedAt memberCount postCount
                members(first: 50) { nodes { id } } posts(first: 50) { totalCount nodes { id } }
            }
            ... on Member { postCount commentCount spaces(first: 10) { nodes { id } } }
        }
        spaces(first: 50) { nodes { slug } }
    }
"""
INVITATIONS = "{ viewer { invitations(first: 50) { nodes { spaceId invitedAt invitedBy { id } } } } }"


@dataclass(frozen=True)
class Line:
    """A line of a table: in this state, this change is answered so to each role."""

    state: str
    verb: str
    verdicts: Mapping[str, str]

    def __str__(self) -> str:
        return f"{self.state}-{self.verb}"


def lines_of(table: str) -> list[Line]:
    """Return the lines of a table, whose first names the roles."""
    head, *rest = [line.split() for line in table.strip().splitlines() if line.strip()]
    roles = head[2:]
    return [Line(state, verb, ALWAYS | dict(zip(roles, verdicts, strict=True))) for state, verb, *verdicts in rest]


@dataclass
class Attempt:
    """A change that somebody tries."""

    verb: str
    given: dict[str, object]
    node: str
    """The id of what is changed."""
    selection: str
    """What the payload shows of it."""
    event: str
    """The kind of the event that a change that is made leaves behind."""
    permission: str | None = None
    """The field of the node that says beforehand whether it may be done."""
    touched: Sequence[str] = field(default_factory=list)
    """Further ids of what it might change."""
    witness: Acting | None = None
    """A member to whom alone something of it is shown."""
    departs: bool = False
    """Whether who does it may not see it any more afterwards."""
    regardless: frozenset[str] = frozenset()
    """Verdicts that say nothing of whether the viewer sees the node."""


async def sign_in(graphql: Client, town: Town) -> None:
    """Begin the sessions of all, while nobody is suspended yet."""
    for acting in town.people.values():
        if acting is not None:
            await graphql.token(acting)


async def hold_to(
    graphql: Client,
    database: Database,
    line: Line,
    town: Town,
    attempts: Mapping[str, Attempt],
) -> None:
    """Try a line's change as each of its roles, and assert that all is as the line says."""
    wrong = []
    for role, verdict in line.verdicts.items():
        found = [each async for each in _wrong(graphql, database, attempts[role], town.people[role], verdict, town)]
        wrong += [f"{role}, {verdict}: {each}" for each in found]
    assert not wrong, "\n".join(wrong)
    assert await differences(database) == []


async def _wrong(
    graphql: Client, database: Database, attempt: Attempt, by: Acting | None, verdict: str, town: Town
) -> AsyncIterator[str]:
    admin = town["admin"]
    told = (await graphql(PERMISSIONS, {"id": attempt.node}, as_=by))["node"]

    async def seen() -> list[object]:
        shown = await graphql(EVERYTHING, {"ids": [attempt.node, *attempt.touched]}, as_=admin)
        return [shown] if attempt.witness is None else [shown, await graphql(INVITATIONS, as_=attempt.witness)]

    before, events = await seen(), await _events(database)

    payload = await graphql.change(attempt.verb, attempt.selection, as_=by, **attempt.given)

    happened = (await _events(database))[len(events) :]
    changed = await seen() != before
    codes = [error["code"] for error in payload["userErrors"]]
    shown = any(value is not None for name, value in payload.items() if name != "userErrors")
    expected = [(attempt.event, by.member_id)] if verdict == "yes" and by is not None else []
    if codes != ([CODES[verdict]] if verdict in CODES else []):
        yield f"it was answered with {codes}"
    if happened != expected:
        yield f"the log says {happened}"
    if changed is not (verdict == "yes"):
        yield "something has changed" if changed else "nothing has changed"
    if shown is not (verdict not in CODES) and not attempt.departs:
        yield f"the payload is {payload}"
    for each in _disagreements(told, attempt, verdict):
        yield each


def _disagreements(told: Mapping[str, bool] | None, attempt: Attempt, verdict: str) -> Iterator[str]:
    """Yield where what the viewer was told beforehand is not what the verdict says."""
    if verdict == "suspended":
        return  # the moment before a process hears of it: what it knew of the member is what it tells
    if verdict == "sign-in":
        if told is not None and any(told.values()):
            yield f"somebody signed out was told {told}"
        return
    if (verdict == "unseen") is not (told is None) and verdict not in attempt.regardless:
        yield f"the viewer sees {told}"
    if told is None or attempt.permission is None:
        return
    may = verdict == "yes"
    match attempt.permission:
        case "viewerCanModerate":
            # What is in the way of a moderator is that the space is archived, or that it is done already.
            may = verdict in {"yes", "same", "archived"}
        case "viewerCanReact":
            may = verdict in {"yes", "same"}
    if told[attempt.permission] is not may:
        yield f"{attempt.permission} was {told[attempt.permission]}"


async def _events(database: Database) -> list[tuple[str, int | None]]:
    async with database.reading() as connection:
        rows = await connection.raw.fetch("SELECT kind, actor_id FROM event ORDER BY id")
    return [tuple(row) for row in rows]
