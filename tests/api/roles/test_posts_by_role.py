"""Who may do what with a post, in each state that it can be in."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from community.discussions.curation import accept_answer, lock_post, pin_post
from community.discussions.posts import delete_post
from community.discussions.reactions import add_reaction
from community.discussions.spaces import archive_space
from community.discussions.states import move_posts
from community.discussions.tables import Visibility
from tests.api.roles.verdicts import Attempt, Line, hold_to, lines_of, sign_in
from tests.factories.discussions import make_comment, make_post
from tests.factories.town import Town, divide, make_town

if TYPE_CHECKING:
    from community.foundation.database import Database
    from tests.api.conftest import Client

# The posts are by `author`; who the others are, a town says.
TABLE = """
state      verb            member    insider   author    moderator  elsewhere  everywhere  admin     blocked  blocked-moderator  blocked-everywhere
visible    editPost        no        no        yes       yes        no         yes         yes       unseen   yes                yes
visible    deletePost      no        no        yes       yes        no         yes         yes       unseen   yes                yes
visible    restorePost     no        no        same      same       no         same        same      unseen   same               same
visible    pinPost         no        no        no        yes        no         yes         yes       unseen   yes                yes
visible    lockPost        no        no        no        yes        no         yes         yes       unseen   yes                yes
visible    createComment   yes       yes       yes       yes        yes        yes         yes       unseen   no                 no
visible    addReaction     yes       yes       yes       yes        yes        yes         yes       unseen   no                 no
visible    removeReaction  yes       yes       yes       yes        yes        yes         yes       unseen   no                 no
visible    unpinPost       no        no        no        same       no         same        same      unseen   same               same
visible    unlockPost      no        no        no        same       no         same        same      unseen   same               same
visible    movePost        no        no        no        no         no         yes         yes       unseen   no                 yes
private    editPost        unseen    no        yes       yes        unseen     yes         yes       unseen   yes                yes
private    deletePost      unseen    no        yes       yes        unseen     yes         yes       unseen   yes                yes
private    restorePost     unseen    no        same      same       unseen     same        same      unseen   same               same
private    pinPost         unseen    no        no        yes        unseen     yes         yes       unseen   yes                yes
private    lockPost        unseen    no        no        yes        unseen     yes         yes       unseen   yes                yes
private    createComment   unseen    yes       yes       yes        unseen     yes         yes       unseen   no                 no
private    addReaction     unseen    yes       yes       yes        unseen     yes         yes       unseen   no                 no
private    removeReaction  unseen    yes       yes       yes        unseen     yes         yes       unseen   no                 no
private    movePost        unseen    no        no        no         unseen     yes         yes       unseen   no                 yes
locked     editPost        no        no        locked    yes        no         yes         yes       unseen   yes                yes
locked     deletePost      no        no        yes       yes        no         yes         yes       unseen   yes                yes
locked     pinPost         no        no        no        yes        no         yes         yes       unseen   yes                yes
locked     lockPost        no        no        no        same       no         same        same      unseen   same               same
locked     createComment   locked    locked    locked    yes        locked     yes         yes       unseen   no                 no
locked     addReaction     yes       yes       yes       yes        yes        yes         yes       unseen   no                 no
locked     removeReaction  yes       yes       yes       yes        yes        yes         yes       unseen   no                 no
locked     unlockPost      no        no        no        yes        no         yes         yes       unseen   yes                yes
pinned     unpinPost       no        no        no        yes        no         yes         yes       unseen   yes                yes
pinned     pinPost         no        no        no        same       no         same        same      unseen   same               same
answered   unacceptAnswer  no        no        yes       yes        no         yes         yes       unseen   yes                yes
archived   editPost        archived  archived  archived  archived   archived   archived    archived  unseen   archived           archived
archived   deletePost      no        no        archived  yes        no         yes         yes       unseen   yes                yes
archived   restorePost     no        no        archived  same       no         same        same      unseen   same               same
archived   pinPost         no        no        no        archived   no         archived    archived  unseen   archived           archived
archived   lockPost        no        no        no        archived   no         archived    archived  unseen   archived           archived
archived   createComment   archived  archived  archived  archived   archived   archived    archived  unseen   no                 no
archived   addReaction     archived  archived  archived  archived   archived   archived    archived  unseen   no                 no
archived   removeReaction  archived  archived  archived  archived   archived   archived    archived  unseen   no                 no
archived   movePost        no        no        no        archived   no         archived    archived  unseen   archived           archived
archived   unacceptAnswer  archived  archived  archived  archived   archived   archived    archived  unseen   archived           archived
held       editPost        unseen    unseen    yes       yes        unseen     yes         yes       unseen   yes                yes
held       deletePost      unseen    unseen    yes       yes        unseen     yes         yes       unseen   yes                yes
held       restorePost     unseen    unseen    no        yes        unseen     yes         yes       unseen   yes                yes
held       pinPost         unseen    unseen    no        yes        unseen     yes         yes       unseen   yes                yes
held       createComment   unseen    unseen    no        no         unseen     no          no        unseen   no                 no
held       addReaction     unseen    unseen    no        no         unseen     no          no        unseen   no                 no
held       removeReaction  unseen    unseen    no        no         unseen     no          no        unseen   no                 no
held       movePost        unseen    unseen    no        no         unseen     yes         yes       unseen   no                 yes
removed    editPost        unseen    unseen    no        yes        unseen     yes         yes       unseen   yes                yes
removed    deletePost      unseen    unseen    same      same       unseen     same        same      unseen   same               same
removed    restorePost     unseen    unseen    no        yes        unseen     yes         yes       unseen   yes                yes
removed    lockPost        unseen    unseen    no        yes        unseen     yes         yes       unseen   yes                yes
removed    createComment   unseen    unseen    no        no         unseen     no          no        unseen   no                 no
removed    addReaction     unseen    unseen    no        no         unseen     no          no        unseen   no                 no
removed    removeReaction  unseen    unseen    no        no         unseen     no          no        unseen   no                 no
removed    unacceptAnswer  unseen    unseen    same      same       unseen     same        same      unseen   same               same
withdrawn  editPost        unseen    unseen    no        yes        unseen     yes         yes       unseen   yes                yes
withdrawn  deletePost      unseen    unseen    same      same       unseen     same        same      unseen   same               same
withdrawn  restorePost     unseen    unseen    yes       no         unseen     no          no        unseen   no                 no
withdrawn  createComment   unseen    unseen    no        no         unseen     no          no        unseen   no                 no
withdrawn  addReaction     unseen    unseen    no        no         unseen     no          no        unseen   no                 no
"""


def attempt_on(post: int, verb: str, town: Town) -> Attempt:
    subject = f"post_{post}"
    touched = [f"space_{town.here}", *(f"member_{acting.member_id}" for acting in town.people.values() if acting)]
    shown = "post { id title body moderation pinnedAt lockedAt }"
    one = {"post": subject}
    reaction = {"subject": subject, "kind": "like"}
    given, selection, event, permission = {
        "editPost": (
            {**one, "title": "改过的", "body": "说得更清楚 said anew"},
            shown,
            "ContentEdited",
            "viewerCanEdit",
        ),
        "deletePost": (one, shown, "ContentRemoved", "viewerCanDelete"),
        "restorePost": (one, shown, "ContentRestored", None),
        "pinPost": (one, shown, "PostPinned", "viewerCanModerate"),
        "lockPost": (one, shown, "PostLocked", "viewerCanModerate"),
        "unpinPost": (one, shown, "PostUnpinned", "viewerCanModerate"),
        "unlockPost": (one, shown, "PostUnlocked", "viewerCanModerate"),
        "movePost": ({**one, "space": f"space_{town.there}"}, shown, "PostMoved", None),
        "unacceptAnswer": (one, shown, "AnswerUnaccepted", None),
        "createComment": ({**one, "body": "九十度。"}, "comment { id body }", "CommentCreated", "viewerCanComment"),
        "addReaction": (reaction, "subject { reactionCount }", "ReactionAdded", "viewerCanReact"),
        "removeReaction": (reaction, "subject { reactionCount }", "ReactionRemoved", "viewerCanReact"),
    }[verb]
    return Attempt(verb, dict(given), subject, selection, event, permission, touched)


async def bring_into(database: Database, town: Town, state: str, post: int) -> None:
    author, admin = town["author"], town["admin"]
    match state:
        case "locked":
            await database.transact(lambda connection: lock_post(connection, admin, post))
        case "pinned":
            await database.transact(lambda connection: pin_post(connection, admin, post))
        case "answered":
            comment = await make_comment(database, town["insider"], post)
            await database.transact(lambda connection: accept_answer(connection, author, comment))
        case "removed":
            await database.transact(lambda connection: delete_post(connection, admin, post, reason="广告"))
        case "withdrawn":
            await database.transact(lambda connection: delete_post(connection, author, post))
        case "held":
            await database.transact(
                lambda connection: move_posts(connection, [post], Visibility.VISIBLE, Visibility.HELD)
            )


@pytest.mark.parametrize("line", lines_of(TABLE), ids=str)
async def test_a_post_can_be_changed_by_whom_it_says_and_by_nobody_else(
    graphql: Client, database: Database, line: Line
) -> None:
    town = await make_town(database, access="PRIVATE" if line.state == "private" else "PUBLIC")
    posts = {role: await make_post(database, town["author"], town.here) for role in line.verdicts}
    for role, post in posts.items():
        if line.verb == "removeReaction" and (acting := town.people[role]) is not None:
            async with database.writing() as connection:
                if role in {"member", "elsewhere"} and line.state == "private":
                    continue
                await add_reaction(connection, acting, kind="like", post_id=post)
        await bring_into(database, town, line.state, post)
    if line.state == "archived":
        await database.transact(lambda connection: archive_space(connection, town["admin"], town.here))
    await sign_in(graphql, town)
    await divide(database, town)
    attempts = {role: attempt_on(post, line.verb, town) for role, post in posts.items()}

    await hold_to(graphql, database, line, town, attempts)
