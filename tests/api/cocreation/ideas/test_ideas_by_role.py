"""Who may do what with an idea, stage by stage: what the viewer is told beforehand is what they are answered."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pytest

from community.cocreation.ideas.stages import NEXT, STAGES
from community.foundation.database import Database
from community.members.acting import Acting
from community.members.roles import Role
from tests.api.conftest import Client
from tests.factories.contents import contents
from tests.factories.discussions import block, make_acting, make_space, suspend
from tests.factories.ideas import make_board, make_co_author, make_idea, post_of

CAN = "viewerCanVote viewerCanFollow viewerCanAmend viewerCanAdvance stage nextStages"
IDEA_TABLES = ("idea", "idea_vote", "idea_follow", "idea_answer", "idea_credit", "amendment", "post", "post_revision")
# What whoever may not take part is answered; None: they may.
SEES = {
    "anonymous": "UNAUTHENTICATED",
    "suspended": "ACCOUNT_SUSPENDED",
    "blocked": "NOT_FOUND",
    "outsider": "NOT_FOUND",
    "member": None,
    "invited": None,
    "co_author": None,
    "author": None,
    "moderator": None,
    "marketer": None,
    "admin": None,
}
LEADS = {"moderator", "marketer", "admin"}
CLOSED = {"SHIPPED", "DECLINED", "MERGED"}


@dataclass
class Cast:
    """An idea in a private space, and everybody who may look at it."""

    idea: int
    people: dict[str, Acting | None]


async def make_cast(database: Database) -> Cast:
    people: dict[str, Acting | None] = {
        name: await make_acting(database)
        for name in ("author", "co_author", "invited", "member", "blocked", "suspended", "outsider", "moderator")
    }
    people["marketer"] = await make_acting(database, roles=(Role.MARKETER,))
    admin = people["admin"] = await make_acting(database, roles=(Role.ADMIN,))
    people["anonymous"] = None
    inside = [each for name, each in people.items() if name != "outsider" and each is not None]
    author, co_author, invited = people["author"], people["co_author"], people["invited"]
    assert author is not None
    assert co_author is not None
    assert invited is not None
    space = await make_space(database, access="PRIVATE", members=tuple(inside))
    async with database.writing() as connection:
        await connection.raw.execute(
            "INSERT INTO role_grant (member_id, role, space_id) VALUES ($1, 'MODERATOR', $2)",
            *(people["moderator"].member_id, space),  # type: ignore[union-attr] # they are there
        )
    idea = await make_idea(database, author, await make_board(database, admin, space))
    await make_co_author(database, author, idea, co_author)
    await make_co_author(database, author, idea, invited, accepted=False)
    return Cast(idea, people)


async def shut_out(database: Database, graphql: Client, cast: Cast) -> None:
    """Block one and suspend another, who have a session from before."""
    for name, member in cast.people.items():
        if member is not None and name in {"suspended", "blocked"}:
            await graphql.token(member)
    author, blocked, suspended = (cast.people[name] for name in ("author", "blocked", "suspended"))
    assert author is not None
    assert blocked is not None
    assert suspended is not None
    await block(database, blocked, author)
    await suspend(database, suspended)
    graphql.application.viewers.forget()


async def asked(graphql: Client, verb: str, who: Acting | None, idea: int, **given: Any) -> list[str]:
    field = "amendment { id }" if verb == "proposeAmendment" else "idea { id }"
    payload = await graphql.change(verb, field, as_=who, idea=f"idea_{idea}", **given)
    return [error["code"] for error in payload["userErrors"]]


@pytest.mark.parametrize("stage", STAGES)
@pytest.mark.parametrize("removed", [False, True])
async def test_what_is_told_beforehand_is_what_is_answered(
    graphql: Client, database: Database, stage: str, *, removed: bool
) -> None:
    cast = await make_cast(database)
    await shut_out(database, graphql, cast)
    post = await post_of(database, cast.idea)
    async with database.writing() as connection:
        await connection.raw.execute("UPDATE idea SET stage = $2 WHERE id = $1", cast.idea, stage)
        if removed:
            await connection.raw.execute("UPDATE post SET visibility = 2 WHERE id = $1", post)
    verbs: dict[str, tuple[str, dict[str, Any]]] = {
        "voteForIdea": ("viewerCanVote", {}),
        "withdrawIdeaVote": ("viewerCanVote", {}),
        "followIdea": ("viewerCanFollow", {}),
        "unfollowIdea": ("viewerCanFollow", {}),
        "proposeAmendment": ("viewerCanAmend", {"body": "另一种说法"}),
    }
    for name, member in cast.people.items():
        document = f"query($id: ID!) {{ idea(id: $id) {{ {CAN} }} }}"
        found = (await graphql(document, {"id": f"idea_{cast.idea}"}, as_=member))["idea"]
        sees = SEES[name] is None and (not removed or name in {"author", "moderator", "admin"})
        # Who is suspended still reads, and nothing but that.
        assert (found is not None) == (sees or (name == "suspended" and not removed)), name
        before = await contents(database)
        refused = SEES[name] or (None if sees else "NOT_FOUND")
        for verb, (flag, given) in verbs.items():
            answer = await asked(graphql, verb, member, cast.idea, **given)
            follows = flag == "viewerCanFollow"
            closed = stage == "MERGED" if follows else stage in CLOSED
            expected = [refused] if refused else ["NOT_PERMITTED"] if removed else ["IDEA_CLOSED"] if closed else []
            assert answer == expected, (name, verb)
            assert found is None or name == "suspended" or found[flag] == (not answer), (name, flag)
        if refused or removed or stage == "MERGED":
            afterwards = await contents(database)
            assert [table for table in IDEA_TABLES if afterwards[table] != before[table]] == [], name
    leads = {}
    for name, member in cast.people.items():
        document = f"query($id: ID!) {{ idea(id: $id) {{ {CAN} }} }}"
        found = (await graphql(document, {"id": f"idea_{cast.idea}"}, as_=member))["idea"]
        if found is not None and name != "suspended":
            assert found["nextStages"] == list(NEXT[stage])
            leads[name] = found["viewerCanAdvance"]
    assert {name for name, may in leads.items() if may} == (set() if removed else LEADS)
    for name, member in cast.people.items():
        after = (NEXT[stage] or ("PLANNED",))[0]
        answer = await asked(
            graphql, "advanceIdea", member, cast.idea, **{"from": stage, "stage": after, "answer": "好"}
        )
        if name not in LEADS:
            assert answer == [SEES[name] or ("NOT_FOUND" if removed and name != "author" else "NOT_PERMITTED")], name
        elif removed:
            assert answer == ["NOT_FOUND" if name == "marketer" else "NOT_PERMITTED"], name
        else:
            done = [] if NEXT[stage] else ["STAGE_NOT_NEXT"]
            assert answer == done, name
            async with database.writing() as connection:
                await connection.raw.execute("UPDATE idea SET stage = $2 WHERE id = $1", cast.idea, stage)
                await connection.raw.execute("DELETE FROM idea_credit")
