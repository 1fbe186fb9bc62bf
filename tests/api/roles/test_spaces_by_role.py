"""Who may do what with a space, in each state that it can be in."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from community.discussions.spaces import archive_space
from community.members.roles import Role
from tests.api.roles.verdicts import Attempt, Line, hold_to, lines_of, sign_in
from tests.factories.discussions import event_kinds, make_acting, make_space, suspend, value
from tests.factories.town import make_town

if TYPE_CHECKING:
    from community.foundation.database import Database
    from community.members.acting import Acting
    from tests.api.conftest import Client

# `reserved`: only its moderators start posts. Each role has a space of its own, in which `insider` has joined and
# `invited` has not yet.
TABLE = """
state     verb                member    insider   invited   moderator  elsewhere  everywhere  admin     marketer
public    createPost          yes       yes       yes       yes        yes        yes         yes       yes
public    updateSpace         no        no        no        yes        no         yes         yes       no
public    archiveSpace        no        no        no        yes        no         yes         yes       no
public    unarchiveSpace      no        no        no        same       no         same        same      no
public    joinSpace           yes       same      yes       yes        yes        yes         yes       yes
public    leaveSpace          same      yes       same      same       same       same        same      same
public    inviteToSpace       no        no        no        yes        no         yes         yes       no
public    withdrawInvitation  no        no        no        yes        no         yes         yes       no
public    removeFromSpace     no        no        no        yes        no         yes         yes       no
members   createPost          yes       yes       yes       yes        yes        yes         yes       yes
members   updateSpace         no        no        no        yes        no         yes         yes       no
members   archiveSpace        no        no        no        yes        no         yes         yes       no
members   unarchiveSpace      no        no        no        same       no         same        same      no
members   joinSpace           yes       same      yes       yes        yes        yes         yes       yes
members   leaveSpace          same      yes       same      same       same       same        same      same
members   inviteToSpace       no        no        no        yes        no         yes         yes       no
members   withdrawInvitation  no        no        no        yes        no         yes         yes       no
members   removeFromSpace     no        no        no        yes        no         yes         yes       no
private   createPost          unseen    yes       unseen    yes        unseen     yes         yes       unseen
private   updateSpace         unseen    no        unseen    yes        unseen     yes         yes       unseen
private   archiveSpace        unseen    no        unseen    yes        unseen     yes         yes       unseen
private   unarchiveSpace      unseen    no        unseen    same       unseen     same        same      unseen
private   joinSpace           unseen    same      yes       yes        unseen     yes         yes       unseen
private   leaveSpace          unseen    yes       unseen    same       unseen     same        same      unseen
private   inviteToSpace       unseen    no        unseen    yes        unseen     yes         yes       unseen
private   withdrawInvitation  unseen    no        unseen    yes        unseen     yes         yes       unseen
private   removeFromSpace     unseen    no        unseen    yes        unseen     yes         yes       unseen
archived  createPost          archived  archived  archived  archived   archived   archived    archived  archived
archived  updateSpace         no        no        no        archived   no         archived    archived  no
archived  archiveSpace        no        no        no        same       no         same        same      no
archived  unarchiveSpace      no        no        no        yes        no         yes         yes       no
archived  joinSpace           archived  same      archived  archived   archived   archived    archived  archived
archived  leaveSpace          same      yes       same      same       same       same        same      same
archived  inviteToSpace       no        no        no        archived   no         archived    archived  no
archived  withdrawInvitation  no        no        no        yes        no         yes         yes       no
archived  removeFromSpace     no        no        no        yes        no         yes         yes       no
reserved  createPost          no        no        no        yes        no         yes         yes       no
"""


def attempt_on(space: int, verb: str, joined: Acting, newcomer: Acting) -> Attempt:
    subject = f"space_{space}"
    one = {"space": subject}
    inside = {**one, "member": f"member_{joined.member_id}"}
    outside = {**one, "member": f"member_{newcomer.member_id}"}
    shown, who = "space { id name }", "space { id } member { id }"
    manages = "viewerCanModerate"
    given, selection, event, permission = {
        "createPost": ({**one, "title": "白茶", "body": "存三年。"}, "post { id }", "PostCreated", "viewerCanPost"),
        "updateSpace": ({**one, "name": "白茶会", "access": "MEMBERS"}, shown, "SpaceUpdated", manages),
        "archiveSpace": (one, shown, "SpaceArchived", manages),
        "unarchiveSpace": (one, shown, "SpaceUnarchived", manages),
        "joinSpace": (one, shown, "SpaceJoined", None),
        "leaveSpace": (one, shown, "SpaceLeft", None),
        "inviteToSpace": (outside, who, "SpaceInvited", manages),
        "withdrawInvitation": (outside, who, "SpaceInvitationWithdrawn", manages),
        "removeFromSpace": (inside, who, "SpaceLeft", manages),
    }[verb]
    return Attempt(
        verb,
        dict(given),
        subject,
        selection,
        event,
        permission,
        [str(each["member"]) for each in (inside, outside)],
        witness=newcomer,
        departs=verb == "leaveSpace",
        # Who is invited may join what they do not see yet.
        regardless=frozenset({"yes"} if verb == "joinSpace" else ()),
    )


async def invite(database: Database, space: int, member: Acting) -> None:
    async with database.writing() as connection:
        await connection.raw.execute(
            "INSERT INTO space_invitation (space_id, member_id) VALUES ($1, $2)", space, member.member_id
        )


@pytest.mark.parametrize("line", lines_of(TABLE), ids=str)
async def test_a_space_can_be_changed_by_whom_it_says_and_by_nobody_else(
    graphql: Client, database: Database, line: Line
) -> None:
    town = await make_town(database)
    town.people["invited"] = await make_acting(database)
    town.people["marketer"] = await make_acting(database, roles=(Role.MARKETER,))
    newcomer = await make_acting(database)
    attempts = {}
    for role in line.verdicts:
        space = await make_space(
            database,
            access={"members": "MEMBERS", "private": "PRIVATE"}.get(line.state, "PUBLIC"),
            posting="MODERATORS" if line.state == "reserved" else "EVERYONE",
            members=(town["insider"], town["asker"], town["suspended"]),
            moderators=(town["moderator"],),
        )
        await invite(database, space, town["invited"])
        if line.verb == "withdrawInvitation":
            await invite(database, space, newcomer)
        if line.state == "archived":
            await database.transact(lambda connection, space=space: archive_space(connection, town["admin"], space))  # type: ignore[misc] # mypy does not infer a lambda with a default
        attempts[role] = attempt_on(space, line.verb, town["asker"], newcomer)
    await sign_in(graphql, town)
    await suspend(database, town["suspended"])

    await hold_to(graphql, database, line, town, attempts)


CREATORS = {
    "anonymous": "UNAUTHENTICATED",
    "member": "NOT_PERMITTED",
    "insider": "NOT_PERMITTED",
    "moderator": "NOT_PERMITTED",
    "elsewhere": "NOT_PERMITTED",
    "everywhere": None,
    "admin": None,
    "marketer": None,
    "suspended": "ACCOUNT_SUSPENDED",
}


@pytest.mark.parametrize(("role", "code"), CREATORS.items())
async def test_a_space_is_made_by_whom_a_role_allows_it(
    graphql: Client, database: Database, role: str, code: str | None
) -> None:
    town = await make_town(database)
    town.people["marketer"] = await make_acting(database, roles=(Role.MARKETER,))
    await sign_in(graphql, town)
    viewer = (await graphql("{ viewer { permissions } }", as_=town.people[role]))["viewer"]
    await suspend(database, town["suspended"])

    payload = await graphql.change(
        "createSpace",
        "space { slug viewerHasJoined viewerCanModerate }",
        as_=town.people[role],
        slug="茶友",
        name="茶友",
    )

    happened = [kind for kind in await event_kinds(database) if kind != "SessionStarted"]
    there = (await graphql('{ space(slug: "茶友") { memberCount } }'))["space"]
    if code is None:
        assert "CREATE_SPACES" in viewer["permissions"]
        assert payload["userErrors"] == []
        assert payload["space"] == {"slug": "茶友", "viewerHasJoined": True, "viewerCanModerate": True}
        assert there == {"memberCount": 1}
        assert happened == ["RoleGranted", "SpaceCreated", "SpaceJoined"]
    else:
        assert viewer is None or "CREATE_SPACES" not in viewer["permissions"]
        assert payload["space"] is None
        assert [error["code"] for error in payload["userErrors"]] == [code]
        assert there is None
        assert happened == []
        assert await value(database, "SELECT count(*) FROM role_grant WHERE granted_by IS NOT NULL") == 0
