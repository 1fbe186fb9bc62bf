"""How members stand to each other: following, blocking, muting."""

from __future__ import annotations

import strawberry

from api.changing import Change, Returns, change, payload
from api.ids import MUTATION_ID, number_of
from api.members.types import Member
from api.reading.fields import object_type, returned
from api.viewer.types import Viewer, viewer
from community.members import relations
from community.members.restrictions import Deed


@strawberry.input(description="Which member.")
class MemberInput:
    """Which member."""

    member: strawberry.ID = strawberry.field(description="The member's id.")
    client_mutation_id: str | None = strawberry.field(description=MUTATION_ID, default=None)


@payload
class FollowMemberPayload(Returns):
    """What `followMember` answers."""

    member: Member | None = returned("The member, as the viewer sees them now.")


@payload
class UnfollowMemberPayload(Returns):
    """What `unfollowMember` answers."""

    member: Member | None = returned("The member, as the viewer sees them now.")


@payload
class BlockMemberPayload(Returns):
    """What `blockMember` answers."""

    viewer: Viewer | None = viewer("The viewer, in whose `blockedMembers` alone the member is seen now.")


@payload
class UnblockMemberPayload(Returns):
    """What `unblockMember` answers."""

    member: Member | None = returned("The member, as the viewer sees them now.")


@payload
class MuteMemberPayload(Returns):
    """What `muteMember` answers."""

    member: Member | None = returned("The member, as the viewer sees them now.")


@payload
class UnmuteMemberPayload(Returns):
    """What `unmuteMember` answers."""

    member: Member | None = returned("The member, as the viewer sees them now.")


@object_type
class RelationMutations:
    """How members stand to each other."""

    @change
    async def follow_member(info: Change, input: MemberInput) -> FollowMemberPayload:
        """Read what a member writes in one's home feed from now on."""
        acting = await info.acting()
        member_id = number_of("member", input.member)
        await relations.follow_member(info.connection, acting.member_id, member_id)
        return FollowMemberPayload.of(member=member_id)

    @change(deed=Deed.OWN)
    async def unfollow_member(info: Change, input: MemberInput) -> UnfollowMemberPayload:
        """Follow a member no longer."""
        acting = await info.acting()
        member_id = number_of("member", input.member)
        await relations.unfollow_member(info.connection, acting.member_id, member_id)
        return UnfollowMemberPayload.of(member=member_id)

    @change(moves_viewer=True, deed=Deed.OWN)
    async def block_member(info: Change, input: MemberInput) -> BlockMemberPayload:
        """Hide the viewer and a member from each other; neither follows the other any more."""
        acting = await info.acting()
        member_id = number_of("member", input.member)
        await relations.block_member(info.connection, acting.member_id, member_id)
        info.moves(member_id)
        return BlockMemberPayload.of()

    @change(moves_viewer=True, deed=Deed.OWN)
    async def unblock_member(info: Change, input: MemberInput) -> UnblockMemberPayload:
        """Take a block back. Who followed whom before does not come back."""
        acting = await info.acting()
        member_id = number_of("member", input.member)
        await relations.unblock_member(info.connection, acting.member_id, member_id)
        info.moves(member_id)
        return UnblockMemberPayload.of(member=member_id)

    @change(deed=Deed.OWN)
    async def mute_member(info: Change, input: MemberInput) -> MuteMemberPayload:
        """Keep a member out of one's home feed and notifications. They never learn of it."""
        acting = await info.acting()
        member_id = number_of("member", input.member)
        await relations.mute_member(info.connection, acting.member_id, member_id)
        return MuteMemberPayload.of(member=member_id)

    @change(deed=Deed.OWN)
    async def unmute_member(info: Change, input: MemberInput) -> UnmuteMemberPayload:
        """Hear of a member again."""
        acting = await info.acting()
        member_id = number_of("member", input.member)
        await relations.unmute_member(info.connection, acting.member_id, member_id)
        return UnmuteMemberPayload.of(member=member_id)
