"""Who may do what with a comment, in each state that it can be in."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from community.discussions.comments import delete_comment
from community.discussions.curation import lock_post
from community.discussions.posts import delete_post
from community.discussions.reactions import add_reaction
from community.discussions.spaces import archive_space
from community.discussions.states import move_comments
from community.discussions.tables import Visibility
from tests.api.roles.verdicts import Attempt, Line, hold_to, lines_of, sign_in
from tests.factories.discussions import make_comment, make_post
from tests.factories.town import Town, divide, make_town

if TYPE_CHECKING:
    from community.foundation.database import Database
    from tests.api.conftest import Client

# `asker` wrote the post, `author` the comment. `shunned`: it is the post's author who blocks. `buried`: withdrawn, and
# then the post was locked. `under`: the post was removed.
TABLE = """
state      verb            member    insider   asker     author    moderator  elsewhere  everywhere  admin     blocked  blocked-moderator  blocked-everywhere
visible    editComment     no        no        no        yes       yes        no         yes         yes       unseen   yes                yes
visible    deleteComment   no        no        no        yes       yes        no         yes         yes       unseen   yes                yes
visible    restoreComment  no        no        no        same      same       no         same        same      unseen   same               same
visible    acceptAnswer    no        no        yes       no        yes        no         yes         yes       unseen   yes                yes
visible    createComment   yes       yes       yes       yes       yes        yes        yes         yes       unseen   no                 no
visible    addReaction     yes       yes       yes       yes       yes        yes        yes         yes       unseen   no                 no
visible    removeReaction  yes       yes       yes       yes       yes        yes        yes         yes       unseen   no                 no
locked     editComment     no        no        no        locked    yes        no         yes         yes       unseen   yes                yes
locked     deleteComment   no        no        no        yes       yes        no         yes         yes       unseen   yes                yes
locked     restoreComment  no        no        no        same      same       no         same        same      unseen   same               same
locked     acceptAnswer    no        no        yes       no        yes        no         yes         yes       unseen   yes                yes
locked     createComment   locked    locked    locked    locked    yes        locked     yes         yes       locked   no                 no
locked     addReaction     yes       yes       yes       yes       yes        yes        yes         yes       unseen   no                 no
locked     removeReaction  yes       yes       yes       yes       yes        yes        yes         yes       unseen   no                 no
shunned    editComment     no        no        no        yes       yes        no         yes         yes       unseen   yes                yes
shunned    deleteComment   no        no        no        yes       yes        no         yes         yes       unseen   yes                yes
shunned    restoreComment  no        no        no        same      same       no         same        same      unseen   same               same
shunned    acceptAnswer    no        no        yes       no        yes        no         yes         yes       unseen   yes                yes
shunned    createComment   yes       yes       yes       yes       yes        yes        yes         yes       unseen   no                 no
shunned    addReaction     yes       yes       yes       yes       yes        yes        yes         yes       unseen   no                 no
shunned    removeReaction  yes       yes       yes       yes       yes        yes        yes         yes       unseen   no                 no
private    editComment     unseen    no        no        yes       yes        unseen     yes         yes       unseen   yes                yes
private    deleteComment   unseen    no        no        yes       yes        unseen     yes         yes       unseen   yes                yes
private    restoreComment  unseen    no        no        same      same       unseen     same        same      unseen   same               same
private    acceptAnswer    unseen    no        yes       no        yes        unseen     yes         yes       unseen   yes                yes
private    createComment   unseen    yes       yes       yes       yes        unseen     yes         yes       unseen   no                 no
private    addReaction     unseen    yes       yes       yes       yes        unseen     yes         yes       unseen   no                 no
private    removeReaction  unseen    yes       yes       yes       yes        unseen     yes         yes       unseen   no                 no
archived   editComment     archived  archived  archived  archived  archived   archived   archived    archived  unseen   archived           archived
archived   deleteComment   no        no        no        archived  yes        no         yes         yes       unseen   yes                yes
archived   restoreComment  no        no        no        archived  same       no         same        same      unseen   same               same
archived   acceptAnswer    archived  archived  archived  archived  archived   archived   archived    archived  unseen   archived           archived
archived   createComment   archived  archived  archived  archived  archived   archived   archived    archived  archived   archived           archived
archived   addReaction     archived  archived  archived  archived  archived   archived   archived    archived  unseen   no                 no
archived   removeReaction  archived  archived  archived  archived  archived   archived   archived    archived  unseen   no                 no
held       editComment     unseen    unseen    unseen    yes       yes        unseen     yes         yes       unseen   yes                yes
held       deleteComment   unseen    unseen    unseen    yes       yes        unseen     yes         yes       unseen   yes                yes
held       restoreComment  unseen    unseen    unseen    no        yes        unseen     yes         yes       unseen   yes                yes
held       acceptAnswer    unseen    unseen    unseen    no        no         unseen     no          no        unseen   no                 no
held       createComment   unseen    unseen    unseen    no        no         unseen     no          no        unseen   no                 no
held       addReaction     unseen    unseen    unseen    no        no         unseen     no          no        unseen   no                 no
held       removeReaction  unseen    unseen    unseen    no        no         unseen     no          no        unseen   no                 no
removed    editComment     unseen    unseen    unseen    no        yes        unseen     yes         yes       unseen   yes                yes
removed    deleteComment   unseen    unseen    unseen    same      same       unseen     same        same      unseen   same               same
removed    restoreComment  unseen    unseen    unseen    no        yes        unseen     yes         yes       unseen   yes                yes
removed    acceptAnswer    unseen    unseen    unseen    no        no         unseen     no          no        unseen   no                 no
removed    createComment   unseen    unseen    unseen    no        no         unseen     no          no        unseen   no                 no
removed    addReaction     unseen    unseen    unseen    no        no         unseen     no          no        unseen   no                 no
removed    removeReaction  unseen    unseen    unseen    no        no         unseen     no          no        unseen   no                 no
withdrawn  editComment     unseen    unseen    unseen    no        yes        unseen     yes         yes       unseen   yes                yes
withdrawn  deleteComment   unseen    unseen    unseen    same      same       unseen     same        same      unseen   same               same
withdrawn  restoreComment  unseen    unseen    unseen    yes       no         unseen     no          no        unseen   no                 no
withdrawn  acceptAnswer    unseen    unseen    unseen    no        no         unseen     no          no        unseen   no                 no
withdrawn  createComment   unseen    unseen    unseen    no        no         unseen     no          no        unseen   no                 no
withdrawn  addReaction     unseen    unseen    unseen    no        no         unseen     no          no        unseen   no                 no
withdrawn  removeReaction  unseen    unseen    unseen    no        no         unseen     no          no        unseen   no                 no
buried     restoreComment  unseen    unseen    unseen    locked    no         unseen     no          no        unseen   no                 no
under      editComment     unseen    unseen    no        unseen    yes        unseen     yes         yes       unseen   yes                yes
under      deleteComment   unseen    unseen    no        unseen    yes        unseen     yes         yes       unseen   yes                yes
under      restoreComment  unseen    unseen    no        unseen    same       unseen     same        same      unseen   same               same
under      acceptAnswer    unseen    unseen    no        unseen    no         unseen     no          no        unseen   no                 no
under      createComment   unseen    unseen    no        unseen    no         unseen     no          no        unseen   no                 no
under      addReaction     unseen    unseen    no        unseen    no         unseen     no          no        unseen   no                 no
under      removeReaction  unseen    unseen    no        unseen    no         unseen     no          no        unseen   no                 no
"""


def attempt_on(comment: int, post: int, verb: str, town: Town) -> Attempt:
    subject = f"comment_{comment}"
    touched = [
        f"post_{post}",
        f"space_{town.here}",
        *(f"member_{acting.member_id}" for acting in town.people.values() if acting),
    ]
    shown = "comment { id body moderation accepted }"
    one = {"comment": subject}
    reply = {"post": f"post_{post}", "parent": subject, "body": "再泡一次。"}
    reaction = {"subject": subject, "kind": "like"}
    given, selection, event, permission = {
        "editComment": ({**one, "body": "八十五度 said anew"}, shown, "ContentEdited", "viewerCanEdit"),
        "deleteComment": (one, shown, "ContentRemoved", "viewerCanDelete"),
        "restoreComment": (one, shown, "ContentRestored", None),
        "acceptAnswer": (one, shown, "AnswerAccepted", None),
        "createComment": (reply, shown, "CommentCreated", "viewerCanReply"),
        "addReaction": (reaction, "subject { reactionCount }", "ReactionAdded", "viewerCanReact"),
        "removeReaction": (reaction, "subject { reactionCount }", "ReactionRemoved", "viewerCanReact"),
    }[verb]
    # That the post takes no comments is said before its comment is looked for.
    regardless = frozenset({"locked", "archived"} if verb == "createComment" else ())
    return Attempt(verb, dict(given), subject, selection, event, permission, touched, regardless=regardless)


async def bring_into(database: Database, town: Town, state: str, comment: int) -> None:
    author, admin = town["author"], town["admin"]
    match state:
        case "removed":
            await database.transact(lambda connection: delete_comment(connection, admin, comment, reason="广告"))
        case "withdrawn" | "buried":
            await database.transact(lambda connection: delete_comment(connection, author, comment))
        case "held":
            await database.transact(
                lambda connection: move_comments(connection, [comment], Visibility.VISIBLE, Visibility.HELD)
            )


@pytest.mark.parametrize("line", lines_of(TABLE), ids=str)
async def test_a_comment_can_be_changed_by_whom_it_says_and_by_nobody_else(
    graphql: Client, database: Database, line: Line
) -> None:
    town = await make_town(database, access="PRIVATE" if line.state == "private" else "PUBLIC")
    post = await make_post(database, town["asker"], town.here)
    comments = {role: await make_comment(database, town["author"], post) for role in line.verdicts}
    for role, comment in comments.items():
        acting = town.people[role]
        outside = line.state == "private" and role in {"member", "elsewhere"}
        if line.verb == "removeReaction" and acting is not None and not outside:
            async with database.writing() as connection:
                await add_reaction(connection, acting, kind="like", comment_id=comment)
        await bring_into(database, town, line.state, comment)
    if line.state in {"locked", "buried"}:
        await database.transact(lambda connection: lock_post(connection, town["admin"], post))
    if line.state == "under":
        await database.transact(lambda connection: delete_post(connection, town["admin"], post))
    if line.state == "archived":
        await database.transact(lambda connection: archive_space(connection, town["admin"], town.here))
    await sign_in(graphql, town)
    await divide(database, town, blocker="asker" if line.state == "shunned" else "author")

    attempts = {role: attempt_on(comment, post, line.verb, town) for role, comment in comments.items()}

    await hold_to(graphql, database, line, town, attempts)
