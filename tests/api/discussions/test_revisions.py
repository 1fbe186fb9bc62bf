"""What was said before: who edits whose text away, who sees what an edit changed, and who learns nothing of it."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import pytest

from community.members.access_tokens import create_access_token
from community.members.principals import ALL_SCOPES, Principal, Scope
from tests.factories.contents import contents
from tests.factories.discussions import block, event_kinds, make_comment, make_post
from tests.factories.town import divide, make_town

if TYPE_CHECKING:
    from collections.abc import Mapping

    from community.foundation.database import Database
    from community.members.acting import Acting
    from tests.api.conftest import Client
    from tests.factories.town import Town

REVISIONS = """
    query Revisions($id: ID!, $first: Int, $last: Int) {
        node(id: $id) {
            ... on Post {
                revisionCount editedAt body
                revisions(first: $first, last: $last) {
                    totalCount
                    nodes { number reason editor { id } title { kind text } body { kind text } }
                }
            }
            ... on Comment {
                revisionCount editedAt body
                revisions(first: $first, last: $last) {
                    totalCount
                    nodes { number reason editor { id } body { kind text } }
                }
            }
        }
    }
"""
SEES = {
    "anonymous": False,
    "member": False,
    "insider": False,
    "author": True,
    "moderator": True,
    "elsewhere": False,
    "everywhere": True,
    "admin": True,
    "blocked-moderator": True,
}
EDITS = {
    "English": (
        "Steep it for two minutes in hot water.",
        "Steep it for three minutes in very hot water.",
        [
            ("KEPT", "Steep it for "),
            ("REMOVED", "two"),
            ("ADDED", "three"),
            ("KEPT", " minutes in"),
            ("ADDED", " very"),
            ("KEPT", " hot water."),
        ],
    ),
    "Chinese": (
        "红茶要用九十度的水。",
        "红茶要用八十五度的水，两分钟。",
        [
            ("KEPT", "红茶要用"),
            ("REMOVED", "九"),
            ("ADDED", "八"),
            ("KEPT", "十"),
            ("ADDED", "五"),
            ("KEPT", "度的水"),
            ("ADDED", "，两分钟"),
            ("KEPT", "。"),
        ],
    ),
    "both": (
        "用 85°C 的水 steep 两次",
        "用 95°C 的水 steep 三次",
        [
            ("KEPT", "用 "),
            ("REMOVED", "85"),
            ("ADDED", "95"),
            ("KEPT", "°C 的水 steep "),
            ("REMOVED", "两"),
            ("ADDED", "三"),
            ("KEPT", "次"),
        ],
    ),
}


@dataclass(frozen=True)
class Text:
    """A post or a comment that is edited."""

    kind: str
    id: str

    @property
    def verb(self) -> str:
        return f"edit{self.kind.capitalize()}"

    async def edit(self, graphql: Client, by: Acting, body: str, **given: Any) -> Mapping[str, Any]:
        payload: Mapping[str, Any] = await graphql.change(
            self.verb, f"{self.kind} {{ body revisionCount }}", as_=by, **{self.kind: self.id, "body": body, **given}
        )
        return payload


async def make_text(database: Database, town: Town, kind: str, body: str) -> Text:
    """Make a post or a comment by the town's author."""
    post = await make_post(database, town["author"], town.here, title="红茶 black tea", body=body)
    if kind == "post":
        return Text(kind, f"post_{post}")
    return Text(kind, f"comment_{await make_comment(database, town['author'], post, body=body)}")


def changes(pieces: list[dict[str, str]]) -> list[tuple[str, str]]:
    return [(piece["kind"], piece["text"]) for piece in pieces]


@pytest.mark.parametrize("kind", ["post", "comment"])
@pytest.mark.parametrize("language", EDITS)
async def test_an_edit_shows_its_author_what_it_changed(
    graphql: Client, database: Database, kind: str, language: str
) -> None:
    before, after, expected = EDITS[language]
    town = await make_town(database)
    text = await make_text(database, town, kind, before)

    payload = await text.edit(graphql, town["author"], after, reason="更准 more exact")

    assert payload == {kind: {"body": after, "revisionCount": 1}, "userErrors": []}
    node = (await graphql(REVISIONS, {"id": text.id, "first": 5}, as_=town["author"]))["node"]
    [revision] = node["revisions"]["nodes"]
    assert (revision["number"], revision["reason"]) == (1, "更准 more exact")
    assert revision["editor"] == {"id": f"member_{town['author'].member_id}"}
    assert changes(revision["body"]) == expected
    if kind == "post":
        assert changes(revision["title"]) == [("KEPT", "红茶 black tea")]


@pytest.mark.parametrize("kind", ["post", "comment"])
async def test_revisions_are_null_to_all_but_the_author_and_moderators(
    graphql: Client, database: Database, kind: str
) -> None:
    town = await make_town(database)
    text = await make_text(database, town, kind, "电话 13800000000")
    await text.edit(graphql, town["author"], "电话见资料")
    await divide(database, town)

    for role, sees in SEES.items():
        node = (await graphql(REVISIONS, {"id": text.id, "first": 5}, as_=town.people[role]))["node"]

        # That it was edited is no secret, what it said is one.
        assert node["revisionCount"] == 1, role
        assert node["editedAt"] is not None
        assert (node["revisions"] is not None) is sees, role
        assert ("13800000000" in str(node)) is sees, role
    assert (await graphql(REVISIONS, {"id": text.id, "first": 5}, as_=town["blocked"]))["node"] is None


@pytest.mark.parametrize("kind", ["post", "comment"])
async def test_a_moderators_token_that_may_not_moderate_sees_no_revisions(
    graphql: Client, database: Database, kind: str
) -> None:
    town = await make_town(database)
    text = await make_text(database, town, kind, "first 初稿")
    await text.edit(graphql, town["author"], "second 二稿")
    moderator = town["moderator"]
    by_session = Principal(moderator.member_id, ALL_SCOPES, session_id=uuid4())
    async with database.writing() as connection:
        _, token = await create_access_token(connection, by_session, name="机器人", scopes=[Scope.READ, Scope.WRITE])
    graphql.bear(moderator, token)

    node = (await graphql(REVISIONS, {"id": text.id, "first": 5}, as_=moderator))["node"]

    assert node["revisions"] is None


@pytest.mark.parametrize("kind", ["post", "comment"])
async def test_revisions_go_with_what_they_are_of_when_it_is_taken_down(
    graphql: Client, database: Database, kind: str
) -> None:
    town = await make_town(database)
    text = await make_text(database, town, kind, "first 初稿")
    await text.edit(graphql, town["author"], "second 二稿")
    await graphql.change(f"delete{kind.capitalize()}", "", as_=town["moderator"], **{kind: text.id})

    seen = {
        role: (await graphql(REVISIONS, {"id": text.id, "first": 5}, as_=town.people[role]))["node"] is not None
        for role in ("anonymous", "member", "insider", "author", "moderator", "elsewhere", "everywhere", "admin")
    }

    assert [role for role, saw in seen.items() if saw] == ["author", "moderator", "everywhere", "admin"]


async def test_what_was_said_before_is_found_by_no_search(graphql: Client, database: Database) -> None:
    town = await make_town(database)
    post, comment = [await make_text(database, town, kind, "secretword 密语") for kind in ("post", "comment")]
    for text in (post, comment):
        await text.edit(graphql, town["author"], "nothing 无")

    for word in ("secretword", "密语"):
        for role in ("anonymous", "author", "admin"):
            search = f'{{ search(query: "{word}", first: 10) {{ totalCount nodes {{ __typename }} }} }}'
            found = (await graphql(search, as_=town.people[role]))["search"]
            # The post that the comment is on still says it.
            assert [node["__typename"] for node in found["nodes"]] == ["Post"]


async def test_each_revision_turns_one_text_into_the_next_in_pages_both_ways(
    graphql: Client, database: Database
) -> None:
    town = await make_town(database)
    said = ["一", "一 two", "一 two 三", "two 三", "四"]
    text = await make_text(database, town, "post", said[0])
    for number, body in enumerate(said[1:]):
        editor = town["moderator"] if number % 2 else town["author"]
        payload = await text.edit(graphql, editor, body, expectedRevision=number)
        assert payload["userErrors"] == []

    pages = [
        (await graphql(REVISIONS, {"id": text.id, **page}, as_=town["author"]))["node"]["revisions"]
        for page in ({"first": 4}, {"first": 3}, {"last": 2})
    ]

    assert [page["totalCount"] for page in pages] == [4, 4, 4]
    assert [[each["number"] for each in page["nodes"]] for page in pages] == [[4, 3, 2, 1], [4, 3, 2], [2, 1]]
    # A page's edge is no text's end: the last of one page goes on where the next begins.
    for page in pages:
        for revision in page["nodes"]:
            pieces = changes(revision["body"])
            assert "".join(text for what, text in pieces if what != "ADDED") == said[revision["number"] - 1]
            assert "".join(text for what, text in pieces if what != "REMOVED") == said[revision["number"]]
    editors = [each["editor"]["id"] for each in pages[0]["nodes"]]
    assert editors == [f"member_{town[name].member_id}" for name in ("moderator", "author", "moderator", "author")]


async def test_an_editor_whom_a_block_hides_is_not_named(graphql: Client, database: Database) -> None:
    town = await make_town(database)
    text = await make_text(database, town, "post", "first 初稿")
    await text.edit(graphql, town["moderator"], "second 二稿")
    await block(database, town["moderator"], town["author"])
    graphql.application.viewers.forget()

    node = (await graphql(REVISIONS, {"id": text.id, "first": 1}, as_=town["author"]))["node"]

    assert node["revisions"]["nodes"][0]["editor"] is None


@pytest.mark.parametrize("kind", ["post", "comment"])
@pytest.mark.parametrize("expected", [0, 2, -1])
async def test_who_read_another_revision_overwrites_nothing(
    graphql: Client, database: Database, kind: str, expected: int
) -> None:
    town = await make_town(database)
    text = await make_text(database, town, kind, "first 初稿")
    await text.edit(graphql, town["moderator"], "second 二稿")
    await graphql.token(town["author"])
    before = await contents(database)

    payload = await text.edit(graphql, town["author"], "third 三稿", expectedRevision=expected)

    [error] = payload["userErrors"]
    assert payload[kind] is None
    assert error["code"] == "EDIT_CONFLICT"
    assert "revision 1" in error["message"]
    assert await contents(database) == before
    assert (await graphql(REVISIONS, {"id": text.id, "first": 5}, as_=None))["node"]["body"] == "second 二稿"
    # Having read it anew, they can.
    payload = await text.edit(graphql, town["author"], "third 三稿", expectedRevision=1)
    assert payload == {kind: {"body": "third 三稿", "revisionCount": 2}, "userErrors": []}


@pytest.mark.parametrize("kind", ["post", "comment"])
async def test_who_may_not_edit_learns_of_no_revision(graphql: Client, database: Database, kind: str) -> None:
    town = await make_town(database)
    text = await make_text(database, town, kind, "first 初稿")
    for role in ("member", "insider", "elsewhere"):
        for expected in (0, 7):
            payload = await text.edit(graphql, town[role], "mine 我的", expectedRevision=expected)
            assert [error["code"] for error in payload["userErrors"]] == ["NOT_PERMITTED"]


@pytest.mark.parametrize("kind", ["post", "comment"])
async def test_of_twelve_edits_of_one_revision_at_once_one_is_made(
    graphql: Client, database: Database, kind: str
) -> None:
    town = await make_town(database)
    text = await make_text(database, town, kind, "first 初稿")
    await graphql.token(town["author"])
    await graphql.token(town["moderator"])

    payloads = await asyncio.gather(
        *(
            text.edit(graphql, town["moderator" if number % 2 else "author"], f"{number}稿", expectedRevision=0)
            for number in range(12)
        )
    )

    codes = [[error["code"] for error in payload["userErrors"]] for payload in payloads]
    assert sorted(codes) == [[], *[["EDIT_CONFLICT"]] * 11]
    [made] = [payload[kind] for payload in payloads if payload[kind] is not None]
    node = (await graphql(REVISIONS, {"id": text.id, "first": 5}, as_=town["author"]))["node"]
    assert (node["body"], node["revisions"]["totalCount"]) == (made["body"], 1)
    assert (await event_kinds(database)).count("ContentEdited") == 1


async def test_saying_the_same_is_no_edit_and_changing_tags_is_no_revision(graphql: Client, database: Database) -> None:
    town = await make_town(database)
    text = await make_text(database, town, "post", "一样 the same")
    await graphql.token(town["author"])
    before = await contents(database)

    payload = await text.edit(graphql, town["author"], "一样 the same", expectedRevision=0)

    assert payload == {"post": {"body": "一样 the same", "revisionCount": 0}, "userErrors": []}
    assert await contents(database) == before
    payload = await graphql.change(
        "editPost", "post { revisionCount tags { name } }", as_=town["author"], post=text.id, tags=["茶"]
    )
    assert payload["post"] == {"revisionCount": 0, "tags": [{"name": "茶"}]}
    node = (await graphql(REVISIONS, {"id": text.id, "first": 5}, as_=town["author"]))["node"]
    assert node["revisions"] == {"totalCount": 0, "nodes": []}
