"""Whom the brand knows as customers."""

from __future__ import annotations

import strawberry

from api.changing import Change, Returns, change, payload
from api.ids import MUTATION_ID, number_of
from api.reading.fields import object_type, returned
from community.members import customers
from community.members.customers import MOST_VERIFIED


@strawberry.input(description="Who is a customer, or is none after all.")
class VerifyCustomersInput:
    """Who is a customer, or is none after all."""

    members: list[strawberry.ID] = strawberry.field(
        description=f"Their ids, {MOST_VERIFIED:,} at most. Who is not there is passed over."
    )
    verified: bool = strawberry.field(description="Whether they are; false takes it back.", default=True)
    client_mutation_id: str | None = strawberry.field(description=MUTATION_ID, default=None)


@payload
class VerifyCustomersPayload(Returns):
    """What `verifyCustomers` answers."""

    changed: int | None = returned("Of how many members that is new.")


@object_type
class CustomerMutations:
    """Whom the brand knows as customers."""

    @change
    async def verify_customers(info: Change, input: VerifyCustomersInput) -> VerifyCustomersPayload:
        """Say by the brand's own books which members are customers. For who runs campaigns."""
        acting = await info.acting()
        member_ids = [number_of("member", each) for each in input.members]
        amount = await customers.verify_customers(info.connection, acting, member_ids, verified=input.verified)
        return VerifyCustomersPayload.of(changed=amount)
