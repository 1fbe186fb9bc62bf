"""What can be changed about accounts that may be one person's."""

from __future__ import annotations

from datetime import datetime

import strawberry

from api.changing import Change, Returns, change, payload
from api.ids import MUTATION_ID, number_of
from api.moderation.case_types import Case
from api.reading.fields import object_type, returned
from community.members.principals import Scope
from community.members.restrictions import Deed
from moderation.identities import proposing


@strawberry.input(description="Which accounts look like one person's, and why.")
class ProposeIdentityMergeInput:
    """Which accounts look like one person's, and why."""

    member: strawberry.ID = strawberry.field(description="The id of the member whose account would be closed.")
    into: strawberry.ID = strawberry.field(description="The id of the member whose account would stand for both.")
    reason: str = strawberry.field(
        description="What makes them one person's: 1 to 5,000 characters. For moderators; neither member is shown it."
    )
    client_mutation_id: str | None = strawberry.field(description=MUTATION_ID, default=None)


@strawberry.input(description="Nothing has to be said.")
class CreateMergeCodeInput:
    """Nothing has to be said."""

    client_mutation_id: str | None = strawberry.field(description=MUTATION_ID, default=None)


@strawberry.input(description="Which other account is the viewer's own, too.")
class RequestAccountMergeInput:
    """Which other account is the viewer's own, too."""

    code: str = strawberry.field(description="What `createMergeCode` answered, signed in to the other account.")
    client_mutation_id: str | None = strawberry.field(description=MUTATION_ID, default=None)


@payload
class ProposeIdentityMergePayload(Returns):
    """What `proposeIdentityMerge` answers."""

    case: Case | None = returned("The case, of the kind IDENTITY; the one that is open, where that is asked already.")


@payload
class CreateMergeCodePayload(Returns):
    """What `createMergeCode` answers."""

    code: str | None = returned("The code. It is not shown again.")
    expires_at: datetime | None = returned("Until when it can be used.")


@payload
class RequestAccountMergePayload(Returns):
    """What `requestAccountMerge` answers."""

    requested: bool | None = returned("Whether moderators look at it now.")


@object_type
class IdentityMutations:
    """What can be changed about accounts that may be one person's."""

    @change(traced=True)
    async def propose_identity_merge(info: Change, input: ProposeIdentityMergeInput) -> ProposeIdentityMergePayload:
        """Ask whether two accounts are one person's. What is decided, MERGE or APPROVE, is decided on the case that this opens.

        For who may suspend members, and about no account of their own.
        """
        acting = await info.acting(Scope.MODERATE)
        member_id, into_id = number_of("member", input.member), number_of("member", input.into)
        case_id = await proposing.propose_identity_merge(
            info.connection, acting, member_id, into_id, reason=input.reason
        )
        return ProposeIdentityMergePayload.of(case=case_id)

    @change(secret=True, deed=Deed.OWN)
    async def create_merge_code(
        info: Change,
        input: CreateMergeCodeInput,  # noqa: ARG002 - it has no more to say
    ) -> CreateMergeCodePayload:
        """Have a code that proves once, within an hour, that this account is the viewer's. Any code before it is void.

        With it, signed in to the account that is to stand for both, `requestAccountMerge` asks that this one be closed.
        """
        _, principal = await info.acting_by_session()
        code, expires_at = await proposing.offer_merge_code(info.connection, principal)
        return CreateMergeCodePayload.of(code=code, expires_at=expires_at)

    @change(deed=Deed.OWN)
    async def request_account_merge(info: Change, input: RequestAccountMergeInput) -> RequestAccountMergePayload:
        """Ask that another account of the viewer's be closed, as this one stands for both. Moderators decide on it.

        What the other wrote stays under its name; who followed it follows this one.
        """
        _, principal = await info.acting_by_session()
        await proposing.request_account_merge(info.connection, principal, input.code)
        return RequestAccountMergePayload.of(requested=True)
