"""Co-authors and amendments: who may refine an idea, and what becomes of texts that cross each other."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import Any

import pytest
import pytest_asyncio

from community.cocreation.ideas.co_authors import MOST_CO_AUTHORS
from community.discussions.posts import edit_post
from community.foundation.database import Database
from community.members.acting import Acting
from community.members.roles import Role
from tests.api.conftest import Client
from tests.factories.discussions import block, differences, event_kinds, make_acting, make_space, suspend, value
from tests.factories.ideas import idea_differences, make_amendment, make_board, make_co_author, make_idea, post_of

AMENDMENT = """
id state title body bodyHtml reason outdated baseRevision decision viewerCanAccept viewerCanDecline decidedBy { id }
diff { title { kind text } body { kind text } } proposedBy { id }
"""
AUTHORS = """
title body coAuthors(first: 20) { nodes { id } } invitedCoAuthors(first: 20) { nodes { id } }
viewerIsCoAuthor viewerIsInvited viewerFollows
"""
BODY = "A travel cup, 300 ml.\n\n出门也能泡茶。"


@dataclass
class Scene:
    """An idea, and who is around it."""

    idea: int
    post: int
    space: int
    author: Acting
    amender: Acting
    mate: Acting
    staff: Acting

    @property
    def name(self) -> str:
        return f"idea_{self.idea}"


@pytest_asyncio.fixture(loop_scope="session")
async def scene(database: Database) -> Scene:
    staff = await make_acting(database, roles=(Role.ADMIN,))
    author, amender, mate = [await make_acting(database) for _ in range(3)]
    space = await make_space(database)
    idea = await make_idea(database, author, await make_board(database, staff, space), title="旅行杯", body=BODY)
    return Scene(idea, await post_of(database, idea), space, author, amender, mate, staff)


def codes(payload: Any) -> list[str]:
    return [error["code"] for error in payload["userErrors"]]


def member(acting: Acting) -> str:
    return f"member_{acting.member_id}"


async def propose(graphql: Client, scene: Scene, who: Acting, **given: Any) -> Any:
    return await graphql.change("proposeAmendment", f"amendment {{ {AMENDMENT} }}", as_=who, idea=scene.name, **given)


async def decide(graphql: Client, verb: str, who: Acting | None, amendment: Any, **given: Any) -> Any:
    """Decide on an amendment; what the viewer is told beforehand must be what they are answered."""
    told = await read(graphql, amendment, who)
    done = await _decided(graphql, verb, who, amendment, **given)
    if verb != "withdrawAmendment" and told is not None:
        name = "viewerCanAccept" if verb == "acceptAmendment" else "viewerCanDecline"
        assert told[name] == (done["userErrors"] == []), (verb, done["userErrors"])
    return done


async def _decided(graphql: Client, verb: str, who: Acting | None, amendment: Any, **given: Any) -> Any:
    also = f"idea {{ {AUTHORS} }}" if verb == "acceptAmendment" else ""
    name = amendment["id"] if isinstance(amendment, dict) else f"amendment_{amendment}"
    return await graphql.change(verb, f"amendment {{ {AMENDMENT} }} {also}", as_=who, amendment=name, **given)


async def read(graphql: Client, amendment: Any, viewer: Acting | None) -> Any:
    document = f"query($id: ID!) {{ node(id: $id) {{ ... on Amendment {{ {AMENDMENT} }} }} }}"
    name = amendment["id"] if isinstance(amendment, dict) else f"amendment_{amendment}"
    return (await graphql(document, {"id": name}, as_=viewer))["node"]


async def test_an_accepted_amendment_is_a_revision_of_who_proposed_it(
    graphql: Client, database: Database, scene: Scene
) -> None:
    made = (
        await propose(
            graphql, scene, scene.amender, body=BODY.replace("300", "350"), reason="更实用", expectedRevision=0
        )
    )["amendment"]
    assert (made["state"], made["title"], made["outdated"], made["viewerCanDecline"]) == (
        "OPEN",
        "旅行杯",
        False,
        False,
    )
    assert made["diff"]["title"] == [{"kind": "KEPT", "text": "旅行杯"}]
    assert [change for change in made["diff"]["body"] if change["kind"] != "KEPT"] == [
        {"kind": "REMOVED", "text": "300"},
        {"kind": "ADDED", "text": "350"},
    ]
    assert (await read(graphql, made, None))["body"] == BODY.replace("300", "350"), "all see what is proposed"

    done = await decide(graphql, "acceptAmendment", scene.author, made)

    assert done["userErrors"] == []
    assert (done["amendment"]["state"], done["idea"]["body"]) == ("ACCEPTED", BODY.replace("300", "350"))
    revisions = await graphql(
        "query($id: ID!) { post(id: $id) { revisionCount revisions(first: 5) { nodes { number reason editor { id } "
        "body { kind text } } } } }",
        {"id": f"post_{scene.post}"},
        as_=scene.author,
    )
    [revision] = revisions["post"]["revisions"]["nodes"]
    assert (revision["editor"]["id"], revision["reason"]) == (member(scene.amender), "更实用")
    assert revision["body"] == made["diff"]["body"]
    assert (await read(graphql, made, scene.amender))["diff"] == made["diff"], "the difference is to the text of then"
    assert codes(await decide(graphql, "acceptAmendment", scene.author, made)) == ["AMENDMENT_DECIDED"]
    assert await differences(database) == []


async def test_what_the_idea_no_longer_says_is_not_told_by_amendments(
    graphql: Client, database: Database, scene: Scene
) -> None:
    amendment = await make_amendment(database, scene.amender, scene.idea, body=f"{BODY} 手机 555-0100")
    await make_co_author(database, scene.author, scene.idea, scene.mate)
    async with database.writing() as connection:
        await edit_post(connection, scene.author, scene.post, body="改过的正文")
    outsider = await make_acting(database)

    for viewer, sees in (
        (None, False), (outsider, False), (scene.amender, True), (scene.author, True), (scene.mate, True),
        (scene.staff, True),
    ):  # fmt: skip
        found = await read(graphql, amendment, viewer)
        assert found["outdated"] is True
        assert [found[name] is not None for name in ("title", "body", "bodyHtml", "reason", "diff")] == [sees] * 5


async def test_a_text_that_has_changed_since_is_not_overwritten(
    graphql: Client, database: Database, scene: Scene
) -> None:
    first = (await propose(graphql, scene, scene.amender, title="旅行茶杯"))["amendment"]
    second = (await propose(graphql, scene, scene.mate, title="出行杯"))["amendment"]
    assert codes(await decide(graphql, "acceptAmendment", scene.author, first)) == []

    refused = await decide(graphql, "acceptAmendment", scene.author, second)

    assert codes(refused) == ["AMENDMENT_OUTDATED"]
    assert (await read(graphql, second, scene.mate))["state"] == "OPEN"
    stale = await propose(graphql, scene, scene.amender, body="新", expectedRevision=0)
    assert codes(stale) == ["EDIT_CONFLICT"]
    assert await value(database, "SELECT title FROM post WHERE id = $1", scene.post) == "旅行茶杯"


@pytest.mark.parametrize("rivals", [False, True])
async def test_of_two_who_accept_at_once_one_does(
    graphql: Client, database: Database, scene: Scene, *, rivals: bool
) -> None:
    await make_co_author(database, scene.author, scene.idea, scene.mate)
    other = await make_acting(database)
    first = await make_amendment(database, scene.amender, scene.idea, body="甲")
    second = await make_amendment(database, other, scene.idea, body="乙") if rivals else first

    done = await asyncio.gather(
        _decided(graphql, "acceptAmendment", scene.author, first),
        _decided(graphql, "acceptAmendment", scene.mate, second),
    )

    assert [code for each in done for code in codes(each)] == ["AMENDMENT_OUTDATED" if rivals else "AMENDMENT_DECIDED"]
    assert await value(database, "SELECT revision_count FROM post WHERE id = $1", scene.post) == 1
    assert await value(database, "SELECT count(*) FROM amendment WHERE state = 'ACCEPTED'") == 1
    assert (await event_kinds(database)).count("AmendmentAccepted") == 1
    assert await differences(database) == []


async def test_who_may_decide(graphql: Client, database: Database, scene: Scene) -> None:
    await make_co_author(database, scene.author, scene.idea, scene.mate)
    outsider = await make_acting(database)
    moderator = await make_acting(database)
    async with database.writing() as connection:
        await connection.raw.execute(
            "INSERT INTO role_grant (member_id, role, space_id) VALUES ($1, 'MODERATOR', $2)",
            *(moderator.member_id, scene.space),
        )
    by_mate = await make_amendment(database, scene.mate, scene.idea, body="合作者的")

    for who in (scene.mate, outsider, scene.staff, moderator):
        assert codes(await decide(graphql, "acceptAmendment", who, by_mate)) == ["NOT_PERMITTED"], who
    assert codes(await decide(graphql, "acceptAmendment", None, by_mate)) == ["UNAUTHENTICATED"]
    assert codes(await decide(graphql, "declineAmendment", outsider, by_mate)) == ["NOT_PERMITTED"]
    assert codes(await decide(graphql, "withdrawAmendment", scene.author, by_mate)) == ["NOT_PERMITTED"]
    assert await value(database, "SELECT revision_count FROM post WHERE id = $1", scene.post) == 0
    declined = await decide(graphql, "declineAmendment", moderator, by_mate, why="离题")
    assert (declined["amendment"]["state"], declined["amendment"]["decision"]) == ("DECLINED", "离题")
    assert (await read(graphql, by_mate, outsider))["body"] is None, "what a moderator turned down is not shown"
    again = (await propose(graphql, scene, scene.mate, body="再来"))["amendment"]
    assert codes(await propose(graphql, scene, scene.mate, body="又来")) == ["AMENDMENT_PENDING"]
    assert codes(await decide(graphql, "withdrawAmendment", scene.mate, again)) == []
    assert codes(await decide(graphql, "declineAmendment", scene.author, again)) == ["AMENDMENT_DECIDED"]
    own = (await propose(graphql, scene, scene.author, body="作者的"))["amendment"]
    assert codes(await decide(graphql, "acceptAmendment", scene.author, own)) == ["NOT_PERMITTED"]
    assert codes(await decide(graphql, "acceptAmendment", scene.mate, own)) == []


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({}, "INVALID"),
        ({"title": "旅行杯", "body": BODY}, "INVALID"),
        ({"title": "  "}, "INVALID"),
        ({"title": "杯" * 201}, "INVALID"),
        ({"body": "\u202e"}, "INVALID"),
        ({"body": "x" * 32_001}, "INVALID"),
        ({"body": "好", "reason": "因" * 501}, "INVALID"),
    ],
)
async def test_what_changes_nothing_or_cannot_stand_is_not_proposed(
    graphql: Client, database: Database, scene: Scene, given: Any, expected: str
) -> None:
    assert codes(await propose(graphql, scene, scene.amender, **given)) == [expected]
    assert await value(database, "SELECT count(*) FROM amendment") == 0


async def test_blocks_and_suspensions_hold_between_authors_and_proposers(
    graphql: Client, database: Database, scene: Scene
) -> None:
    amendment = await make_amendment(database, scene.amender, scene.idea)
    blocked = await make_acting(database)
    await block(database, scene.author, scene.amender)
    await block(database, blocked, scene.author)

    assert await read(graphql, amendment, scene.author) is None
    assert codes(await decide(graphql, "acceptAmendment", scene.author, amendment)) == ["NOT_FOUND"]
    assert codes(await propose(graphql, scene, blocked, body="好")) == ["NOT_FOUND"]
    asked = await graphql.change(
        "inviteCoAuthor", "idea { id }", as_=scene.author, idea=scene.name, member=member(blocked)
    )
    assert codes(asked) == ["NOT_FOUND"]
    theirs = await make_amendment(database, scene.mate, scene.idea)
    await suspend(database, scene.mate)
    assert await read(graphql, theirs, scene.author) is None
    assert codes(await decide(graphql, "acceptAmendment", scene.author, theirs)) == ["NOT_FOUND"]
    assert await read(graphql, theirs, scene.staff) is not None
    assert await value(database, "SELECT revision_count FROM post WHERE id = $1", scene.post) == 0


async def test_a_co_author_is_asked_joins_and_leaves(graphql: Client, database: Database, scene: Scene) -> None:
    async def change(verb: str, who: Acting, **given: Any) -> Any:
        return await graphql.change(verb, f"idea {{ {AUTHORS} }}", as_=who, idea=scene.name, **given)

    asked = await change("inviteCoAuthor", scene.author, member=member(scene.mate))
    assert asked["idea"]["invitedCoAuthors"]["nodes"] == [{"id": member(scene.mate)}]
    assert codes(await change("inviteCoAuthor", scene.amender, member=member(scene.mate))) == ["NOT_PERMITTED"]
    waiting = await graphql("{ viewer { coAuthorInvitations(first: 5) { nodes { id } } } }", as_=scene.mate)
    assert waiting["viewer"]["coAuthorInvitations"]["nodes"] == [{"id": scene.name}]
    assert codes(await change("acceptCoAuthorship", scene.amender)) == ["NOT_FOUND"]
    joined = (await change("acceptCoAuthorship", scene.mate))["idea"]
    assert (joined["viewerIsCoAuthor"], joined["viewerIsInvited"], joined["viewerFollows"]) == (True, False, True)
    assert joined["invitedCoAuthors"] is None, "whom the author asks is the author's to know"
    assert joined["coAuthors"]["nodes"] == [{"id": member(scene.mate)}]
    assert codes(await change("leaveIdea", scene.mate)) == []
    assert codes(await change("inviteCoAuthor", scene.author, member=member(scene.mate))) == []
    assert codes(await change("declineCoAuthorship", scene.mate)) == []
    assert codes(await change("inviteCoAuthor", scene.author, member=member(scene.mate))) == ["INVITATION_DECLINED"]
    assert codes(await change("inviteCoAuthor", scene.author, member=member(scene.amender))) == []
    removed = await change("removeCoAuthor", scene.author, member=member(scene.amender))
    assert removed["idea"]["invitedCoAuthors"]["nodes"] == []
    assert codes(await change("acceptCoAuthorship", scene.amender)) == ["NOT_FOUND"]
    assert codes(await change("inviteCoAuthor", scene.author, member=member(scene.author))) == ["NOT_FOUND"]
    assert await idea_differences(database) == []


async def test_there_are_never_more_co_authors_than_may_be(graphql: Client, database: Database, scene: Scene) -> None:
    members = [await make_acting(database) for _ in range(MOST_CO_AUTHORS + 5)]

    done = await asyncio.gather(
        *(
            graphql.change("inviteCoAuthor", "idea { id }", as_=scene.author, idea=scene.name, member=member(each))
            for each in members
        )
    )

    assert sorted(code for each in done for code in codes(each)) == ["TOO_MANY_CO_AUTHORS"] * 5
    assert await value(database, "SELECT count(*) FROM idea_co_author") == MOST_CO_AUTHORS


async def test_a_private_idea_is_shared_only_with_who_can_see_it(
    graphql: Client, database: Database, scene: Scene
) -> None:
    space = await make_space(database, access="PRIVATE", members=(scene.author, scene.mate))
    idea = await make_idea(database, scene.author, await make_board(database, scene.staff, space))

    outside, inside = [
        await graphql.change(
            "inviteCoAuthor", "idea { id }", as_=scene.author, idea=f"idea_{idea}", member=member(each)
        )
        for each in (scene.amender, scene.mate)
    ]

    assert (codes(outside), codes(inside)) == (["NOT_FOUND"], [])
    assert (await event_kinds(database)).count("CoAuthorInvited") == 1


async def test_all_who_refined_it_are_credited_once_in_their_first_role(
    graphql: Client, database: Database, scene: Scene
) -> None:
    await make_co_author(database, scene.author, scene.idea, scene.mate)
    for who, body in ((scene.amender, "甲"), (scene.mate, "乙")):
        amendment = await make_amendment(database, who, scene.idea, body=body)
        assert codes(await decide(graphql, "acceptAmendment", scene.author, amendment)) == []
    turned_down = await make_acting(database)
    declined = await make_amendment(database, turned_down, scene.idea, body="丙")
    await decide(graphql, "declineAmendment", scene.author, declined)
    done: Any = None
    for before, after in (("SUBMITTED", "PLANNED"), ("PLANNED", "SHIPPED")):
        given = {"from": before, "stage": after, "answer": "好"}
        done = await graphql.change(
            "advanceIdea", "idea { contributors { member { id } role } }", as_=scene.staff, idea=scene.name, **given
        )

    assert done["idea"]["contributors"] == [
        {"member": {"id": member(scene.author)}, "role": "AUTHOR"},
        {"member": {"id": member(scene.mate)}, "role": "CO_AUTHOR"},
        {"member": {"id": member(scene.amender)}, "role": "AMENDER"},
    ]
    assert (await event_kinds(database)).count("IdeaCredited") == 3


@pytest.mark.parametrize(
    ("change", "refusal"),
    [
        ("UPDATE idea SET stage = 'SHIPPED'", "IDEA_CLOSED"),
        ("UPDATE post SET locked_at = now()", "POST_LOCKED"),
        ("UPDATE space SET archived_at = now()", "SPACE_ARCHIVED"),
        ("UPDATE post SET visibility = 1", "NOT_PERMITTED"),
    ],
)
async def test_what_cannot_be_changed_takes_no_amendment(
    graphql: Client, database: Database, scene: Scene, change: str, refusal: str
) -> None:
    amendment = await make_amendment(database, scene.amender, scene.idea)
    async with database.writing() as connection:
        await connection.raw.execute(change)
    graphql.application.viewers.forget()

    assert codes(await decide(graphql, "acceptAmendment", scene.author, amendment)) == [refusal]
    assert codes(await propose(graphql, scene, scene.author, body="新")) == [refusal]
    assert await value(database, "SELECT revision_count FROM post WHERE id = $1", scene.post) == 0
