"""A small community with everything that the graph counts, and its scores."""

from __future__ import annotations

from dataclasses import dataclass

from community.discussions import curation, reactions
from community.foundation.database import Database
from community.members import relations
from community.members.acting import Acting
from community.members.roles import Role
from graph.runs import run
from tests.factories.discussions import make_acting, make_comment, make_post, make_space


@dataclass
class Circle:
    """Who is there, and what was made."""

    people: dict[str, Acting]
    space: int
    private: int
    posts: dict[str, int]
    comments: dict[str, int]

    def __getitem__(self, name: str) -> Acting:
        """Return somebody by what they are here."""
        return self.people[name]

    def id_of(self, name: str) -> str:
        """Return somebody's id as the API writes it."""
        return f"member_{self.people[name].member_id}"


async def make_circle(database: Database) -> Circle:
    """Make it: `star` is answered by all, `friend` and `star` answer each other, `quiet` only joined.

    `admin`, `marketer` and `moderator` are the staff, `admin` reacts to `star`; `insider` and `mate` talk in a private
    space and nowhere else.
    """
    people = {name: await make_acting(database) for name in ("star", "friend", "fan", "quiet", "insider", "mate")}
    people["admin"] = await make_acting(database, roles=(Role.ADMIN,))
    people["marketer"] = await make_acting(database, roles=(Role.MARKETER,))
    people["moderator"] = await make_acting(database, roles=(Role.MODERATOR,))
    star, friend, fan = people["star"], people["friend"], people["fan"]
    space = await make_space(database, members=tuple(people.values()))
    private = await make_space(database, access="PRIVATE", members=(people["insider"], people["mate"]))
    posts = {
        "first": await make_post(database, star, space, tags=("绿茶", "steeping")),
        "second": await make_post(database, star, space, tags=("绿茶",)),
        "third": await make_post(database, friend, space, tags=("绿茶",)),
        "secret": await make_post(database, people["insider"], private, tags=("暗号",)),
    }
    comments = {
        "answer": await make_comment(database, friend, posts["first"]),
        "other": await make_comment(database, fan, posts["first"]),
        "back": await make_comment(database, star, posts["third"]),
        "hidden": await make_comment(database, people["mate"], posts["secret"]),
    }
    comments["reply"] = await make_comment(database, star, posts["first"], parent_id=comments["answer"])

    async def react(member: Acting, subject: int) -> None:
        async with database.writing() as connection:
            await reactions.add_reaction(connection, member, kind="like", post_id=subject)

    for name in ("friend", "fan", "admin", "marketer", "moderator"):
        await react(people[name], posts["first"])
    async with database.writing() as connection:
        await curation.accept_answer(connection, star, comments["answer"])
        await relations.follow_member(connection, fan.member_id, star.member_id)
        await relations.follow_member(connection, friend.member_id, star.member_id)
    return Circle(people, space, private, posts, comments)


async def score(database: Database, *, whole: bool = True) -> int:
    """Score the community; return the run's id."""
    return await run(database, whole=whole)
