"""Changes to members: following, blocking, muting, profiles."""

from __future__ import annotations

import strawberry

from api.changing import Change, Returns, change, payload
from api.members.types import Member
from api.node import id_of
from api.reading.fields import object_type, returned
from community.foundation.errors import NotFound
from community.members import relations


@strawberry.input(description="Which member.")
class MemberInput:
    """Which member."""

    member: strawberry.ID = strawberry.field(description="The member's id.")
    client_mutation_id: str | None = strawberry.field(description="Given back in the payload.", default=None)


@payload
class FollowMemberPayload(Returns):
    """What `followMember` answers."""

    member: Member | None = returned("The member, as the viewer sees them now.")


@object_type
class MemberMutations:
    """Changes to members."""

    @change
    async def follow_member(info: Change, input: MemberInput) -> FollowMemberPayload:  # noqa: A002, N805
        """Read what a member writes in one's home feed from now on."""
        acting = await info.acting()
        member_id = id_of("member", input.member)
        if member_id is None:
            raise NotFound(what="member", path=("member",))
        await relations.follow_member(info.connection, acting.member_id, member_id)
        return FollowMemberPayload.of(member=member_id)
