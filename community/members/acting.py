"""Who acts: read from the tables for every change, never from memory, so that what a member lost counts at once.

Most actions are given an `Acting`, loaded by a statement of its own. The changes made most often are given a `Caller`, of
whom only the number is known: the one statement that makes the change looks at their standing and their roles itself, by
`in_good_standing` and `moderates`. Where it did nothing, `done_or_refused` has the action's doors say why.
"""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import TypeVar

from community.foundation.database import Connection
from community.foundation.errors import NotPermitted, Unauthenticated
from community.members.errors import AccountMerged, AccountSuspended
from community.members.restrictions import Deed, Limit, held, refuse_restricted, unrestricted
from community.members.roles import PERMISSIONS, SPACE_PERMISSIONS, Permission, Role

T = TypeVar("T")

MOST_ATTEMPTS = 5

_ACTING = f"""
    SELECT
        member.state, member.official, member.suspended_until, member.suspension_reason,
        CASE WHEN member.limits IS NOT NULL THEN (
            SELECT jsonb_agg(to_jsonb(held)) FROM {held("member")} WHERE held.until > now()
        ) END AS limits,
        coalesce(array_agg(role_grant.role) FILTER (WHERE role_grant.role IS NOT NULL AND space_id IS NULL), '{{}}')
            AS roles,
        coalesce(array_agg(space_id) FILTER (WHERE space_id IS NOT NULL), '{{}}') AS moderated_space_ids
    FROM member LEFT JOIN role_grant ON role_grant.member_id = member.id
    WHERE member.id = $1
    GROUP BY member.id
"""  # noqa: S608 - made of names of ours


# In a statement that is given a caller, $2 is their number and $3 whether their roles count.
def in_good_standing(deed: Deed) -> str:
    """Return the predicate that the caller may take part, and that nothing restricts them in what they are about to do."""
    return f"""(
        SELECT caller.state = 'ACTIVE' AND {unrestricted("caller", deed)} FROM member AS caller WHERE caller.id = $2::bigint
    )"""  # noqa: S608 - made of predicates of ours


_MODERATORS = ", ".join(f"'{role}'" for role in Role if Permission.MODERATE_CONTENT in PERMISSIONS[role])


def moderates(space_id: str) -> str:
    """Return the predicate that the caller moderates a space, or everything."""
    return f"""($3::boolean AND EXISTS (
        SELECT FROM role_grant WHERE role_grant.member_id = $2::bigint
            AND (role_grant.space_id = {space_id} OR role_grant.space_id IS NULL AND role IN ({_MODERATORS}))
    ))"""


@dataclass(frozen=True, slots=True)
class Caller:
    """A member who asks for a change. Whether they may is for the change's own statement to find out."""

    member_id: int
    context: Mapping[str, object] = field(default_factory=dict)
    """What the events shall say of the circumstances: campaign, channel, client."""
    with_roles: bool = True
    """Whether their roles count: not for a token that does not reach so far."""


@dataclass(frozen=True, slots=True)
class Acting(Caller):
    """A member in good standing who is about to change something."""

    roles: frozenset[Role] = frozenset()
    moderated_space_ids: frozenset[int] = frozenset()
    official: bool = False

    def may(self, permission: Permission, space_id: int | None = None) -> bool:
        """Say whether a role allows it everywhere or, where a space is named, there."""
        if any(permission in PERMISSIONS[role] for role in self.roles):
            return True
        if space_id is None:
            return False
        here = space_id in self.moderated_space_ids or Role.MODERATOR in self.roles
        return here and permission in SPACE_PERMISSIONS[Role.MODERATOR]

    @property
    def moderates_everywhere(self) -> bool:
        """Whether every space is this member's to moderate, and so to see."""
        return self.may(Permission.MODERATE_CONTENT)

    def require(self, permission: Permission, space_id: int | None = None, *, action: str) -> None:
        """Refuse unless a role allows it.

        Raises:
            NotPermitted: if none does.
        """
        if not self.may(permission, space_id):
            raise NotPermitted(action=action)


class DoorsDisagree(Exception):  # noqa: N818 - says what is the matter
    """A statement went on refusing what its doors let in. Its conditions and theirs are not the same."""


async def load_acting(
    connection: Connection,
    member_id: int,
    context: Mapping[str, object] | None = None,
    *,
    with_roles: bool = True,
    deed: Deed = Deed.OWN,
) -> Acting:
    """Return who acts, with one statement.

    Raises:
        Unauthenticated: if there is no such member any more.
        AccountSuspended, AccountMerged: if the member may not take part.
        MemberLimited: if a restriction keeps them from such a deed.
    """
    row = await connection.raw.fetchrow(_ACTING, member_id)
    if row is None or row["state"] == "ERASED":
        raise Unauthenticated
    if row["state"] == "MERGED":
        raise AccountMerged
    if row["state"] != "ACTIVE":
        until = row["suspended_until"]
        raise AccountSuspended(
            until=f" until {until:%Y-%m-%d %H:%M} UTC" if until else "",
            reason=row["suspension_reason"] or "",
        )
    refuse_restricted(row["limits"], deed)
    # Who may not speak does not speak as staff either: what is left to them is their own.
    with_roles = with_roles and not any(each["kind"] == Limit.SILENCE for each in row["limits"] or ())
    return Acting(
        member_id=member_id,
        context=context or {},
        with_roles=with_roles,
        roles=frozenset(Role(role) for role in row["roles"]) if with_roles else frozenset(),
        moderated_space_ids=frozenset(row["moderated_space_ids"]) if with_roles else frozenset(),
        official=row["official"],
    )


async def done_or_refused(
    connection: Connection,
    caller: Caller,
    attempt: Callable[[], Awaitable[T | None]],
    doors: Callable[[Acting], Awaitable[object]],
    *,
    deed: Deed,
) -> T:
    """Make a change by one statement that looks at everything itself; return what it returns.

    Where it answers None it did nothing, and `doors` raise the refusal, in their order and their words, that of a member
    who may not take part before all others. If they find nothing to refuse, things have changed in between, and the
    statement is run again. So what is usual costs one statement, and what is refused is refused by the same doors
    that all other actions use.

    Raises:
        Unauthenticated, AccountSuspended: if the caller may not take part.
        MemberLimited: if a restriction keeps them from such a deed; the statement must look at it, too.
    """
    for _ in range(MOST_ATTEMPTS):
        done = await attempt()
        if done is not None:
            return done
        acting = await load_acting(
            connection, caller.member_id, caller.context, with_roles=caller.with_roles, deed=deed
        )
        await doors(acting)
    raise DoorsDisagree
