"""What a personal access token reaches, of all that its owner, a moderator, may do."""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import uuid4

import pytest

from community.members.access_tokens import create_access_token
from community.members.principals import ALL_SCOPES, Principal, Scope
from tests.api.roles.test_posts_by_role import attempt_on
from tests.api.roles.verdicts import Line, hold_to, lines_of, sign_in
from tests.factories.discussions import make_acting, make_post, make_space, suspend
from tests.factories.town import make_town

if TYPE_CHECKING:
    from community.foundation.database import Database
    from tests.api.conftest import Client

SCOPES = {
    "reading": (Scope.READ,),
    "writing": (Scope.READ, Scope.WRITE),
    "moderating": (Scope.READ, Scope.MODERATE),
    "both": (Scope.READ, Scope.WRITE, Scope.MODERATE),
}
# `own`: the owner's post; `others`: another's, in a space that the owner moderates; `private`: another's, in a private
# space that the owner moderates and has not joined.
TABLE = """
state    verb           reading writing moderating both
own      editPost       no      yes     no         yes
own      deletePost     no      yes     no         yes
own      createComment  no      yes     no         yes
own      addReaction    no      yes     no         yes
others   editPost       no      no      no         yes
others   deletePost     no      no      no         yes
others   pinPost        no      no      yes        yes
others   lockPost       no      no      yes        yes
others   createComment  no      yes     no         yes
private  editPost       no      unseen  no         yes
private  pinPost        no      no      yes        yes
private  createComment  no      unseen  no         yes
private  addReaction    no      unseen  no         yes
"""


@pytest.mark.parametrize("line", lines_of(TABLE), ids=str)
async def test_a_token_does_what_it_says_beforehand_and_no_more(
    graphql: Client, database: Database, line: Line
) -> None:
    town = await make_town(database)
    owners = {name: await make_acting(database) for name in SCOPES}
    town.people |= owners
    town.here = await make_space(
        database,
        access="PRIVATE" if line.state == "private" else "PUBLIC",
        members=(town["author"],),
        moderators=tuple(owners.values()),
    )
    await sign_in(graphql, town)
    for name, scopes in SCOPES.items():
        by_session = Principal(owners[name].member_id, ALL_SCOPES, session_id=uuid4())
        async with database.writing() as connection:
            _, token = await create_access_token(connection, by_session, name=name, scopes=list(scopes))
        graphql.bear(owners[name], token)
    await suspend(database, town["suspended"])
    attempts = {}
    for role in line.verdicts:
        writer = owners[role] if line.state == "own" and role in owners else town["author"]
        post = await make_post(database, writer, town.here)
        attempts[role] = attempt_on(post, line.verb, town)
        # How far the token reaches is looked at first; only then, what its owner may see.
        attempts[role].regardless = frozenset({"no"})

    await hold_to(graphql, database, line, town, attempts)


async def test_a_token_that_may_not_moderate_does_not_see_with_a_moderators_eyes(
    graphql: Client, database: Database
) -> None:
    author, owner = await make_acting(database), await make_acting(database)
    space = await make_space(database, access="PRIVATE", members=(author,), moderators=(owner,))
    post = await make_post(database, author, space)
    document = f"""{{
        nodes(ids: ["space_{space}", "post_{post}"]) {{ id }}
        spaces(first: 5) {{ totalCount }} posts(first: 5) {{ totalCount }}
    }}"""
    seen = {}
    for name, scopes in SCOPES.items():
        by_session = Principal(owner.member_id, ALL_SCOPES, session_id=uuid4())
        async with database.writing() as connection:
            _, token = await create_access_token(connection, by_session, name=name, scopes=list(scopes))
        graphql.bear(owner, token)
        seen[name] = await graphql(document, as_=owner)

    nothing = {"nodes": [None, None], "spaces": {"totalCount": 0}, "posts": {"totalCount": 0}}
    everything = {
        "nodes": [{"id": f"space_{space}"}, {"id": f"post_{post}"}],
        "spaces": {"totalCount": 1},
        "posts": {"totalCount": 1},
    }
    assert seen == {"reading": nothing, "writing": nothing, "moderating": everything, "both": everything}
