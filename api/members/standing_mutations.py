"""What members may do beyond others, and who may not take part."""

from __future__ import annotations

import asyncio
from datetime import datetime
from typing import TYPE_CHECKING

import strawberry

from api.changing import Change, Returns, change, payload
from api.ids import MUTATION_ID, number_of
from api.members.enums import Role
from api.members.types import Member
from api.reading.fields import object_type, returned
from community.discussions.standing import hide_all_content_of, show_all_content_of
from community.foundation.errors import NotPermitted
from community.members import roles
from community.members.principals import Scope
from community.members.roles import Permission
from moderation.decisions import suspending

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from community.foundation.database import Database
    from community.members.acting import Acting

# What most members wrote is hidden before the answer goes out; the rest of what few wrote follows.
HIDDEN_WITHIN = 1.0  # seconds


@strawberry.input(description="Who is to have a role, or to have it no longer.")
class RoleInput:
    """Who is to have a role, or to have it no longer."""

    member: strawberry.ID = strawberry.field(description="The member's id.")
    role: Role = strawberry.field(description="The role.")
    space: strawberry.ID | None = strawberry.field(
        description="The space where it holds; null: everywhere. Only a MODERATOR can be one in a space.",
        default=None,
    )
    client_mutation_id: str | None = strawberry.field(description=MUTATION_ID, default=None)


@strawberry.input(description="Who is to take part no longer, and why.")
class SuspendMemberInput:
    """Who is to take part no longer, and why."""

    member: strawberry.ID = strawberry.field(description="The member's id.")
    reason: str = strawberry.field(description="Why: 1 to 2,000 characters. The member is told.")
    until: datetime | None = strawberry.field(description="Until when; null: until they are reinstated.", default=None)
    client_mutation_id: str | None = strawberry.field(description=MUTATION_ID, default=None)


@strawberry.input(description="Who may take part again.")
class ReinstateMemberInput:
    """Who may take part again."""

    member: strawberry.ID = strawberry.field(description="The member's id.")
    because: str = strawberry.field(
        description="Why, in 500 characters at most; the member is told. Empty: that they are reinstated.", default=""
    )
    client_mutation_id: str | None = strawberry.field(description=MUTATION_ID, default=None)


@payload
class GrantRolePayload(Returns):
    """What `grantRole` answers."""

    member: Member | None = returned("The member, with the role.")


@payload
class RevokeRolePayload(Returns):
    """What `revokeRole` answers."""

    member: Member | None = returned("The member, without the role.")


@payload
class SuspendMemberPayload(Returns):
    """What `suspendMember` answers."""

    member: Member | None = returned("The member.")


@payload
class ReinstateMemberPayload(Returns):
    """What `reinstateMember` answers."""

    member: Member | None = returned("The member.")


@object_type
class StandingMutations:
    """What members may do beyond others, and who may not take part."""

    @change(moves_viewer=True)
    async def grant_role(info: Change, input: RoleInput) -> GrantRolePayload:
        """Give a member a role. Giving it again changes nothing."""
        acting = await info.acting(Scope.ADMIN)
        acting.require(Permission.MANAGE_ROLES, action="manage roles")
        member_id, role, space_id = _meant(input)
        await roles.grant_role(info.connection, acting.member_id, member_id, role, space_id=space_id)
        info.moves(member_id)
        return GrantRolePayload.of(member=member_id)

    @change(moves_viewer=True)
    async def revoke_role(info: Change, input: RoleInput) -> RevokeRolePayload:
        """Take a role from a member; anyone may lay down a role of their own."""
        acting = await info.acting(Scope.ADMIN)
        member_id, role, space_id = _meant(input)
        await roles.revoke_role(info.connection, acting.member_id, member_id, role, space_id=space_id)
        info.moves(member_id)
        return RevokeRolePayload.of(member=member_id)

    @change(moves_viewer=True, traced=True)
    async def suspend_member(info: Change, input: SuspendMemberInput) -> SuspendMemberPayload:
        """Keep a member from taking part. Their sessions end, and what they wrote is hidden.

        It is a decision of moderation, on a case of the kind NOTICED: SUSPEND `until` a day, or BAN. The member gets its
        statement of reasons, and can appeal against it.
        """
        acting = _judge(await info.acting(Scope.MODERATE), "suspend members")
        member_id = number_of("member", input.member)
        await suspending.suspend_by_decision(info.connection, acting, member_id, reason=input.reason, until=input.until)
        follow_standing(info, member_id)
        return SuspendMemberPayload.of(member=member_id)

    @change(moves_viewer=True, traced=True)
    async def reinstate_member(info: Change, input: ReinstateMemberInput) -> ReinstateMemberPayload:
        """Let a suspended member take part again, and show what they wrote.

        The decisions that did nothing but suspend them are undone, and their cases are open again; what others did besides stays.
        """
        acting = _judge(await info.acting(Scope.MODERATE), "reinstate members")
        member_id = number_of("member", input.member)
        await suspending.reinstate_by_decision(info.connection, acting, member_id, because=input.because)
        follow_standing(info, member_id)
        return ReinstateMemberPayload.of(member=member_id)


def follow_standing(info: Change, member_id: int) -> None:
    """Have all follow from a change of a member's standing, as it is then.

    Who is suspended is locked out, and what they wrote is hidden; what a member in good standing wrote is shown.
    """

    async def lock_out() -> None:
        authentication = info.context.application.authentication
        authentication.forget_access_tokens()
        await authentication.load_ended()

    info.moves(member_id)
    info.afterwards += [
        lock_out,
        _moving("hide content", info, hide_all_content_of, member_id),
        _moving("show content", info, show_all_content_of, member_id),
    ]


def _judge(acting: Acting, action: str) -> Acting:
    if not acting.may(Permission.SUSPEND_MEMBERS):
        raise NotPermitted(action=action)
    return acting


def _meant(written: RoleInput) -> tuple[int, roles.Role, int | None]:
    space_id = None if written.space is None else number_of("space", written.space)
    return number_of("member", written.member), roles.Role[written.role.name], space_id


def _moving(
    name: str,
    info: Change,
    move: Callable[[Database, int], Awaitable[int]],
    member_id: int,
) -> Callable[[], Awaitable[None]]:
    """Return what moves all that a member wrote: within the request for most, beyond it for who wrote very much."""
    application = info.context.application

    async def run() -> None:
        task = application.background.once(name, lambda: move(application.database, member_id))
        await asyncio.wait({task}, timeout=HIDDEN_WITHIN)

    return run
