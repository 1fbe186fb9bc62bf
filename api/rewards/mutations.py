"""What can be changed about rewards: staff promise, decide and offer; members redeem."""

from __future__ import annotations

from datetime import timedelta

import strawberry

from api.changing import Change, Returns, change, payload
from api.ids import MUTATION_ID, number_of
from api.reading.fields import object_type, returned
from api.rewards.enums import RewardDecision
from api.rewards.types import Reward, RewardBudget, VoucherPool
from community.foundation.errors import Invalid
from community.rewards import budgets, staff, vouchers
from community.rewards.budgets import Budget
from community.rewards.staff import LONGEST_KEY, LONGEST_LIFE, Gift
from community.rewards.tables import MOST_BUDGET, MOST_POINTS, POINTS
from community.rewards.vouchers import MOST_CODES

REASON = "Why, 1 to 500 characters. Whose it is reads it."
DIGITS = "as a whole number in decimal digits"
MOST_DIGITS = 13


@strawberry.input(description="How much may be promised.")
class CreateRewardBudgetInput:
    """How much may be promised."""

    name: str = strawberry.field(description="What it is called, 1 to 100 characters; no two budgets share a name.")
    unit: str = strawberry.field(
        description="In which its rewards count, 2 to 12 capital letters. Points need a budget in their own unit.",
        default=POINTS,
    )
    amount: str = strawberry.field(description=f"What its rewards may cost together, 0 to {MOST_BUDGET:,}, {DIGITS}.")
    per_member: str | None = strawberry.field(
        description=f"What the rewards of one member may cost, {DIGITS}; null: as much as all.", default=None
    )
    client_mutation_id: str | None = strawberry.field(description=MUTATION_ID, default=None)


@strawberry.input(description="Points for a member, by hand.")
class GrantPointsInput:
    """Points for a member, by hand."""

    member: strawberry.ID = strawberry.field(description="Who gets them.")
    budget: strawberry.ID = strawberry.field(
        description="Which budget they count against. They are points in its unit."
    )
    amount: str = strawberry.field(description=f"How many, 1 to {MOST_POINTS:,}, {DIGITS}.")
    reason: str = strawberry.field(description=REASON)
    idempotency_key: str = strawberry.field(
        description=f"What tells the same gift of yours again, 1 to {LONGEST_KEY} characters: it is given once, for ever."
    )
    last_days: int | None = strawberry.field(
        description=f"After how many days they expire, 1 to {LONGEST_LIFE.days}; null: never.", default=None
    )
    client_mutation_id: str | None = strawberry.field(description=MUTATION_ID, default=None)


@strawberry.input(description="A decision on a reward that is held.")
class ReviewRewardInput:
    """A decision on a reward that is held."""

    reward: strawberry.ID = strawberry.field(description="The reward's id.")
    decision: RewardDecision = strawberry.field(description="What is decided.")
    reason: str = strawberry.field(description=REASON)
    client_mutation_id: str | None = strawberry.field(description=MUTATION_ID, default=None)


@strawberry.input(description="A reward to take back.")
class ReverseRewardInput:
    """A reward to take back."""

    reward: strawberry.ID = strawberry.field(description="The reward's id.")
    reason: str = strawberry.field(description=REASON)
    client_mutation_id: str | None = strawberry.field(description=MUTATION_ID, default=None)


@strawberry.input(description="Codes to be given as vouchers.")
class ImportVouchersInput:
    """Codes to be given as vouchers."""

    pool: str = strawberry.field(
        description="The name of their pool, 1 to 100 characters. It is made if there is none."
    )
    codes: list[str] | None = strawberry.field(
        description=f"The codes, 1 to {MOST_CODES:,}, each of 1 to 100 characters without spaces. Give these or `csv`.",
        default=None,
    )
    csv: str | None = strawberry.field(
        description="Or a CSV file's text, with the codes in its first column; a heading `code` is passed over.",
        default=None,
    )
    client_mutation_id: str | None = strawberry.field(description=MUTATION_ID, default=None)


@payload
class CreateRewardBudgetPayload(Returns):
    """What `createRewardBudget` answers."""

    budget: RewardBudget | None = returned("The budget.")


@payload
class GrantPointsPayload(Returns):
    """What `grantPoints` answers."""

    reward: Reward | None = returned("The reward, granted.")


@payload
class ReviewRewardPayload(Returns):
    """What `reviewReward` answers."""

    reward: Reward | None = returned("The reward, as it was decided.")


@payload
class ReverseRewardPayload(Returns):
    """What `reverseReward` answers."""

    reward: Reward | None = returned("The reward, taken back.")


@payload
class ImportVouchersPayload(Returns):
    """What `importVouchers` answers."""

    pool: VoucherPool | None = returned("The pool.")
    imported: int | None = returned("How many codes are new.")
    known: int | None = returned("How many were there before, or came twice.")


def points_of(written: str, field: str) -> int:
    """Return a number as it is written in decimal digits.

    Raises:
        Invalid: if it is none, or far too large.
    """
    if not (written.isascii() and written.isdecimal() and len(written) <= MOST_DIGITS):
        raise Invalid(field=field, reason="A whole number in decimal digits.")
    return int(written)


@object_type
class RewardMutations:
    """What staff change about rewards."""

    @change
    async def create_reward_budget(info: Change, input: CreateRewardBudgetInput) -> CreateRewardBudgetPayload:
        """Say how much may be promised. For staff who run campaigns."""
        acting = await info.acting()
        each = None if input.per_member is None else points_of(input.per_member, "perMember")
        budget = Budget(input.name, input.unit, points_of(input.amount, "amount"), each)
        return CreateRewardBudgetPayload.of(budget=await budgets.create_reward_budget(info.connection, acting, budget))

    @change
    async def grant_points(info: Change, input: GrantPointsInput) -> GrantPointsPayload:
        """Give a member points at once, out of a budget. For staff who run campaigns."""
        acting = await info.acting()
        gift = Gift(
            member_id=number_of("member", input.member),
            amount=points_of(input.amount, "amount"),
            budget_id=number_of("reward_budget", input.budget),
            reason=input.reason,
            key=input.idempotency_key,
            last=None if input.last_days is None else timedelta(days=min(max(input.last_days, 0), 10**6)),
        )
        return GrantPointsPayload.of(reward=await staff.grant_points(info.connection, acting, gift))

    @change
    async def review_reward(info: Change, input: ReviewRewardInput) -> ReviewRewardPayload:
        """Decide on a reward that is held, whether it is under review or not. For staff who run campaigns."""
        acting = await info.acting()
        reward_id = number_of("reward", input.reward)
        granted = input.decision is RewardDecision.GRANT
        await staff.review_reward(info.connection, acting, reward_id, granted=granted, reason=input.reason)
        return ReviewRewardPayload.of(reward=reward_id)

    @change
    async def reverse_reward(info: Change, input: ReverseRewardInput) -> ReverseRewardPayload:
        """Take back a reward that was granted; points that are spent are owed. For staff who run campaigns."""
        acting = await info.acting()
        reward_id = number_of("reward", input.reward)
        await staff.reverse_reward(info.connection, acting, reward_id, reason=input.reason)
        return ReverseRewardPayload.of(reward=reward_id)

    @change
    async def import_vouchers(info: Change, input: ImportVouchersInput) -> ImportVouchersPayload:
        """Bring codes into a pool; those that are there already stay as they are. For staff who run campaigns."""
        acting = await info.acting()
        if (input.codes is None) == (input.csv is None):
            raise Invalid(field="codes", reason="Give either codes or a CSV file.")
        codes = input.codes if input.codes is not None else vouchers.codes_in_csv(input.csv or "")
        came = await vouchers.import_vouchers(info.connection, acting, input.pool, codes)
        return ImportVouchersPayload.of(pool=came.pool_id, imported=came.amount, known=came.known)
