"""Co-authors and amendments: how an idea is refined."""

from __future__ import annotations

import strawberry

from api.changing import Change, Returns, change, payload
from api.cocreation.ideas.amendment_types import Amendment
from api.cocreation.ideas.support_mutations import IdeaInput
from api.cocreation.ideas.types import Idea
from api.ids import MUTATION_ID, number_of
from api.moderation.screening import write_screened
from api.reading.fields import object_type, returned
from community.cocreation.ideas import amendments, co_authors
from community.foundation.database import Connection
from community.members.restrictions import Deed
from moderation.automod.drafts import Draft
from moderation.rules.candidates import Kind


@strawberry.input(description="A member, and an idea that they share in or shall share in.")
class CoAuthorInput:
    """A member, and an idea that they share in or shall share in."""

    idea: strawberry.ID = strawberry.field(description="The idea's id.")
    member: strawberry.ID = strawberry.field(description="The member's id.")
    client_mutation_id: str | None = strawberry.field(description=MUTATION_ID, default=None)


@strawberry.input(description="Another text for an idea. What is left out or null stays.")
class ProposeAmendmentInput:
    """Another text for an idea. What is left out or null stays."""

    idea: strawberry.ID = strawberry.field(description="The idea's id.")
    title: str | None = strawberry.field(description="Another title.", default=None)
    body: str | None = strawberry.field(description="Another body, as Markdown.", default=None)
    reason: str = strawberry.field(description="Why, for the idea's authors and who reads along.", default="")
    expected_revision: int | None = strawberry.field(
        description="The post's `revisionCount` as it was read; if the text has changed since, EDIT_CONFLICT is answered.",
        default=None,
    )
    client_mutation_id: str | None = strawberry.field(description=MUTATION_ID, default=None)


@strawberry.input(description="Which amendment.")
class AmendmentInput:
    """Which amendment."""

    amendment: strawberry.ID = strawberry.field(description="The amendment's id.")
    client_mutation_id: str | None = strawberry.field(description=MUTATION_ID, default=None)


@strawberry.input(description="Which amendment is not taken, and why.")
class DeclineAmendmentInput:
    """Which amendment is not taken, and why."""

    amendment: strawberry.ID = strawberry.field(description="The amendment's id.")
    why: str = strawberry.field(description="Why, for who proposed it, up to 500 characters.", default="")
    client_mutation_id: str | None = strawberry.field(description=MUTATION_ID, default=None)


@payload
class InviteCoAuthorPayload(Returns):
    """What `inviteCoAuthor` answers."""

    idea: Idea | None = returned("The idea.")


@payload
class RemoveCoAuthorPayload(Returns):
    """What `removeCoAuthor` answers."""

    idea: Idea | None = returned("The idea.")


@payload
class AcceptCoAuthorshipPayload(Returns):
    """What `acceptCoAuthorship` answers."""

    idea: Idea | None = returned("The idea, which is the viewer's too now.")


@payload
class DeclineCoAuthorshipPayload(Returns):
    """What `declineCoAuthorship` answers."""

    idea: Idea | None = returned("The idea.")


@payload
class LeaveIdeaPayload(Returns):
    """What `leaveIdea` answers."""

    idea: Idea | None = returned("The idea.")


@payload
class ProposeAmendmentPayload(Returns):
    """What `proposeAmendment` answers."""

    amendment: Amendment | None = returned("The amendment.")


@payload
class AcceptAmendmentPayload(Returns):
    """What `acceptAmendment` answers."""

    amendment: Amendment | None = returned("The amendment.")
    idea: Idea | None = returned("The idea as it is now.")


@payload
class DeclineAmendmentPayload(Returns):
    """What `declineAmendment` answers."""

    amendment: Amendment | None = returned("The amendment.")


@payload
class WithdrawAmendmentPayload(Returns):
    """What `withdrawAmendment` answers."""

    amendment: Amendment | None = returned("The amendment.")


@object_type
class IdeaAuthorMutations:
    """How an idea is refined."""

    @change
    async def invite_co_author(info: Change, input: CoAuthorInput) -> InviteCoAuthorPayload:
        """Ask a member to be a co-author of one's idea. Asking again changes nothing; who said no is not asked again."""
        acting = await info.acting()
        idea_id, member_id = number_of("idea", input.idea), number_of("member", input.member)
        await co_authors.invite_co_author(info.connection, acting, idea_id, member_id)
        return InviteCoAuthorPayload.of(idea=idea_id)

    @change
    async def remove_co_author(info: Change, input: CoAuthorInput) -> RemoveCoAuthorPayload:
        """Part with a co-author of one's idea, or take an invitation back."""
        acting = await info.acting()
        idea_id, member_id = number_of("idea", input.idea), number_of("member", input.member)
        await co_authors.remove_co_author(info.connection, acting, idea_id, member_id)
        return RemoveCoAuthorPayload.of(idea=idea_id)

    @change
    async def accept_co_authorship(info: Change, input: IdeaInput) -> AcceptCoAuthorshipPayload:
        """Be a co-author, as one was asked: one may then accept amendments, and is credited when it ships."""
        acting = await info.acting()
        idea_id = number_of("idea", input.idea)
        await co_authors.accept_co_authorship(info.connection, acting, idea_id)
        return AcceptCoAuthorshipPayload.of(idea=idea_id)

    @change(deed=Deed.OWN)
    async def decline_co_authorship(info: Change, input: IdeaInput) -> DeclineCoAuthorshipPayload:
        """Say no to being a co-author."""
        acting = await info.acting()
        idea_id = number_of("idea", input.idea)
        await co_authors.decline_co_authorship(info.connection, acting, idea_id)
        return DeclineCoAuthorshipPayload.of(idea=idea_id)

    @change(deed=Deed.OWN)
    async def leave_idea(info: Change, input: IdeaInput) -> LeaveIdeaPayload:
        """Be a co-author no longer."""
        acting = await info.acting()
        idea_id = number_of("idea", input.idea)
        await co_authors.leave_idea(info.connection, acting, idea_id)
        return LeaveIdeaPayload.of(idea=idea_id)

    @change
    async def propose_amendment(info: Change, input: ProposeAmendmentInput) -> ProposeAmendmentPayload:
        """Propose another title or body for an idea, against what it says now. One at a time for each member.

        The community's rules may refuse it.
        """
        acting, idea_id = await info.acting(), number_of("idea", input.idea)

        async def write(connection: Connection, _: bool) -> int:  # noqa: FBT001 - as it is screened
            return await amendments.propose_amendment(
                connection,
                acting,
                idea_id,
                title=input.title,
                body=input.body,
                reason=input.reason,
                expected_revision=input.expected_revision,
            )

        draft = Draft(Kind.AMENDMENT, input.body or "", input.title or "", input.reason, within=("idea", idea_id))
        amendment_id = await write_screened(info, draft, "amendment", write)
        return ProposeAmendmentPayload.of(amendment=amendment_id)

    @change
    async def accept_amendment(info: Change, input: AmendmentInput) -> AcceptAmendmentPayload:
        """Have an idea say what was proposed, as a revision by who proposed it. For its authors, but not one's own.

        Where the text has changed since it was proposed, AMENDMENT_OUTDATED is answered, and it stays open. The community's
        rules are asked as of an edit of a post.
        """
        acting = await info.acting()
        amendment_id = number_of("amendment", input.amendment)
        idea_id: int | None = None

        async def write(connection: Connection, held: bool) -> int:  # noqa: FBT001 - as it is screened
            nonlocal idea_id
            accepted = await amendments.accept_amendment(connection, acting, amendment_id, held=held)
            idea_id = accepted.idea_id
            return accepted.post_id

        proposed = await amendments.proposed(info.connection, amendment_id)
        draft = Draft(Kind.POST, proposed.body, proposed.title, proposed.reason, post_id=proposed.post_id)
        await write_screened(info, draft, "post", write)
        return AcceptAmendmentPayload.of(amendment=amendment_id, idea=idea_id)

    @change(deed=Deed.OWN)
    async def decline_amendment(info: Change, input: DeclineAmendmentInput) -> DeclineAmendmentPayload:
        """Leave an idea as it is. For its authors and moderators. The community's rules may refuse what is said of it."""
        acting = await info.acting()
        amendment_id = number_of("amendment", input.amendment)

        async def write(connection: Connection, _: bool) -> int:  # noqa: FBT001 - as it is screened
            await amendments.decline_amendment(connection, acting, amendment_id, why=input.why)
            return amendment_id

        draft = Draft(Kind.AMENDMENT, input.why, within=("amendment", amendment_id))
        await write_screened(info, draft, "amendment", write)
        return DeclineAmendmentPayload.of(amendment=amendment_id)

    @change(deed=Deed.OWN)
    async def withdraw_amendment(info: Change, input: AmendmentInput) -> WithdrawAmendmentPayload:
        """Take back what one proposed, while it is not decided."""
        acting = await info.acting()
        amendment_id = number_of("amendment", input.amendment)
        await amendments.withdraw_amendment(info.connection, acting, amendment_id)
        return WithdrawAmendmentPayload.of(amendment=amendment_id)
