"""A town with somebody of every role, for tests of who may do what."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from community.members.roles import Role
from tests.factories.discussions import block, make_acting, make_space, reloaded, suspend

if TYPE_CHECKING:
    from community.foundation.database import Database
    from community.members.acting import Acting


@dataclass
class Town:
    """Its people by what they are, and the ids of its spaces."""

    people: dict[str, Acting | None]
    here: int
    there: int

    def __getitem__(self, name: str) -> Acting:
        """Return somebody who is signed in."""
        acting = self.people[name]
        assert acting is not None
        return acting


async def make_town(database: Database, *, access: str = "PUBLIC", posting: str = "EVERYONE") -> Town:
    """Make a space of this access, another that is public, and the people; blocks come by `divide`.

    `asker` is whose posts the others answer, `author` whose posts and comments are acted on, `moderator` moderates here
    and `elsewhere` there; `insider` has joined and is nothing more, `member` has not.
    """
    joined = {name: await make_acting(database) for name in ("asker", "author", "insider", "blocked", "suspended")}
    moderators = {name: await make_acting(database) for name in ("moderator", "blocked-moderator")}
    elsewhere = await make_acting(database)
    here = await make_space(
        database,
        access=access,
        posting=posting,
        members=tuple(joined.values()),
        moderators=tuple(moderators.values()),
    )
    there = await make_space(database, moderators=(elsewhere,))
    return Town(
        {
            "anonymous": None,
            "member": await make_acting(database),
            **joined,
            **{name: await reloaded(database, acting) for name, acting in moderators.items()},
            "elsewhere": await reloaded(database, elsewhere),
            "everywhere": await make_acting(database, roles=(Role.MODERATOR,)),
            "blocked-everywhere": await make_acting(database, roles=(Role.MODERATOR,)),
            "admin": await make_acting(database, roles=(Role.ADMIN,)),
        },
        here,
        there,
    )


async def divide(database: Database, town: Town, blocker: str = "author") -> None:
    """Have one of them block those who are to be blocked, and suspend who is to be suspended."""
    for name in ("blocked", "blocked-moderator", "blocked-everywhere"):
        await block(database, town[blocker], town[name])
    await suspend(database, town["suspended"])
