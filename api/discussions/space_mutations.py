"""Changes to spaces, and to who belongs to them."""

from __future__ import annotations

import strawberry

from api.changing import Change, Returns, change, payload
from api.discussions.arguments import SpaceAccess
from api.discussions.space_types import Space, SpacePosting
from api.ids import MUTATION_ID, number_of
from api.members.types import Member
from api.moderation.screening import write_screened
from api.reading.fields import object_type, returned
from community.discussions import spaces
from community.discussions.spaces import SpaceChanges
from community.foundation.database import Connection
from community.members.restrictions import Deed
from moderation.automod.drafts import Draft
from moderation.rules.candidates import Kind


@strawberry.input(description="A space to be made.")
class CreateSpaceInput:
    """A space to be made."""

    slug: str = strawberry.field(description="Its name in addresses: 1 to 60 letters, digits and hyphens.")
    name: str = strawberry.field(description="1 to 80 characters.")
    description: str = strawberry.field(description="What it is for, up to 500 characters.", default="")
    rules: str = strawberry.field(description="What is asked of those who write there, as Markdown.", default="")
    access: SpaceAccess = strawberry.field(description="Who may read it.", default=SpaceAccess.PUBLIC)
    posting: SpacePosting = strawberry.field(description="Who may start posts.", default=SpacePosting.EVERYONE)
    client_mutation_id: str | None = strawberry.field(description=MUTATION_ID, default=None)


@strawberry.input(description="What of a space is to be changed. What is left out or null stays.")
class UpdateSpaceInput:
    """What of a space is to be changed. What is left out or null stays."""

    space: strawberry.ID = strawberry.field(description="The space's id.")
    slug: str | None = strawberry.field(description="Another name in addresses.", default=None)
    name: str | None = strawberry.field(description="Another name.", default=None)
    description: str | None = strawberry.field(description="What it is for.", default=None)
    rules: str | None = strawberry.field(description="Other rules, as Markdown.", default=None)
    access: SpaceAccess | None = strawberry.field(description="Who may read it.", default=None)
    posting: SpacePosting | None = strawberry.field(description="Who may start posts.", default=None)
    client_mutation_id: str | None = strawberry.field(description=MUTATION_ID, default=None)


@strawberry.input(description="Which space.")
class SpaceInput:
    """Which space."""

    space: strawberry.ID = strawberry.field(description="The space's id.")
    client_mutation_id: str | None = strawberry.field(description=MUTATION_ID, default=None)


@strawberry.input(description="Which member, in which space.")
class SpaceMemberInput:
    """Which member, in which space."""

    space: strawberry.ID = strawberry.field(description="The space's id.")
    member: strawberry.ID = strawberry.field(description="The member's id.")
    client_mutation_id: str | None = strawberry.field(description=MUTATION_ID, default=None)


@payload
class CreateSpacePayload(Returns):
    """What `createSpace` answers."""

    space: Space | None = returned("The new space.")


@payload
class UpdateSpacePayload(Returns):
    """What `updateSpace` answers."""

    space: Space | None = returned("The space as it is now.")


@payload
class ArchiveSpacePayload(Returns):
    """What `archiveSpace` answers."""

    space: Space | None = returned("The space, read-only now.")


@payload
class UnarchiveSpacePayload(Returns):
    """What `unarchiveSpace` answers."""

    space: Space | None = returned("The space, open again.")


@payload
class JoinSpacePayload(Returns):
    """What `joinSpace` answers."""

    space: Space | None = returned("The space as its new member sees it.")


@payload
class LeaveSpacePayload(Returns):
    """What `leaveSpace` answers."""

    space: Space | None = returned("The space; null when who has left it may not see it any more.")


@payload
class InviteToSpacePayload(Returns):
    """What `inviteToSpace` answers."""

    space: Space | None = returned("The space.")
    member: Member | None = returned("Who is invited.")


@payload
class WithdrawInvitationPayload(Returns):
    """What `withdrawInvitation` answers."""

    space: Space | None = returned("The space; null to who turned their own invitation to it down.")
    member: Member | None = returned("Who was invited.")


@payload
class RemoveFromSpacePayload(Returns):
    """What `removeFromSpace` answers."""

    space: Space | None = returned("The space.")
    member: Member | None = returned("Who was put out of it.")


def _draft(given: CreateSpaceInput | UpdateSpaceInput) -> Draft:
    # Without the space: who moderates it is asked as well, and no rule of its own is about its name.
    body = "\n\n".join(filter(None, (given.description, given.rules)))
    return Draft(Kind.SPACE, body, given.name or "", given.slug or "")


@object_type
class SpaceMutations:
    """Changes to spaces, and to who belongs to them."""

    @change(moves_viewer=True)
    async def create_space(info: Change, input: CreateSpaceInput) -> CreateSpacePayload:
        """Make a space, which its maker has joined and moderates. For those whom a role or their level allows it.

        The community's rules may refuse what it is called, or says of itself.
        """
        acting = await info.acting()

        async def write(connection: Connection, _: bool) -> int:  # noqa: FBT001 - as it is screened
            return await spaces.create_space(
                connection,
                acting,
                slug=input.slug,
                name=input.name,
                description=input.description,
                rules=input.rules,
                access=input.access.name,
                posting=input.posting.name,
            )

        space_id = await write_screened(info, _draft(input), "space", write)
        info.moved = None
        return CreateSpacePayload.of(space=space_id)

    @change(moves_viewer=True)
    async def update_space(info: Change, input: UpdateSpaceInput) -> UpdateSpacePayload:
        """Change a space's name, texts, or who may read it and post in it. For its moderators.

        The community's rules may refuse what it is called, or says of itself.
        """
        space_id = number_of("space", input.space)
        changes = SpaceChanges()
        for name in ("slug", "name", "description", "rules"):
            if (text := getattr(input, name)) is not None:
                changes[name] = text
        if input.access is not None:
            changes["access"] = input.access.name
        if input.posting is not None:
            changes["posting"] = input.posting.name
        acting = await info.acting()

        async def write(connection: Connection, _: bool) -> int | None:  # noqa: FBT001 - as it is screened
            return space_id if await spaces.update_space(connection, acting, space_id, **changes) else None

        if await write_screened(info, _draft(input), "space", write) is not None:
            info.moved = None
        return UpdateSpacePayload.of(space=space_id)

    @change
    async def archive_space(info: Change, input: SpaceInput) -> ArchiveSpacePayload:
        """Make a space read-only. For its moderators."""
        space_id = number_of("space", input.space)
        await spaces.archive_space(info.connection, await info.acting(), space_id)
        return ArchiveSpacePayload.of(space=space_id)

    @change
    async def unarchive_space(info: Change, input: SpaceInput) -> UnarchiveSpacePayload:
        """Open an archived space again. For its moderators."""
        space_id = number_of("space", input.space)
        await spaces.unarchive_space(info.connection, await info.acting(), space_id)
        return UnarchiveSpacePayload.of(space=space_id)

    @change(moves_viewer=True)
    async def join_space(info: Change, input: SpaceInput) -> JoinSpacePayload:
        """Join a space; a private one by invitation. Joining again changes nothing."""
        space_id = number_of("space", input.space)
        await spaces.join_space(info.connection, await info.acting(), space_id)
        return JoinSpacePayload.of(space=space_id)

    @change(moves_viewer=True, deed=Deed.OWN)
    async def leave_space(info: Change, input: SpaceInput) -> LeaveSpacePayload:
        """Leave a space. Leaving one that was not joined changes nothing."""
        space_id = number_of("space", input.space)
        await spaces.leave_space(info.connection, await info.acting(), space_id)
        return LeaveSpacePayload.of(space=space_id)

    @change
    async def invite_to_space(info: Change, input: SpaceMemberInput) -> InviteToSpacePayload:
        """Let a member join a private space. For its moderators."""
        space_id, member_id = number_of("space", input.space), number_of("member", input.member)
        await spaces.invite_to_space(info.connection, await info.acting(), space_id, member_id)
        return InviteToSpacePayload.of(space=space_id, member=member_id)

    @change(deed=Deed.OWN)
    async def withdraw_invitation(info: Change, input: SpaceMemberInput) -> WithdrawInvitationPayload:
        """Take an invitation back, or turn one's own down."""
        space_id, member_id = number_of("space", input.space), number_of("member", input.member)
        await spaces.withdraw_invitation(info.connection, await info.acting(), space_id, member_id)
        return WithdrawInvitationPayload.of(space=space_id, member=member_id)

    @change(moves_viewer=True)
    async def remove_from_space(info: Change, input: SpaceMemberInput) -> RemoveFromSpacePayload:
        """Put a member out of a space. For its moderators."""
        space_id, member_id = number_of("space", input.space), number_of("member", input.member)
        if await spaces.remove_from_space(info.connection, await info.acting(), space_id, member_id):
            info.moves(member_id)
        return RemoveFromSpacePayload.of(space=space_id, member=member_id)
