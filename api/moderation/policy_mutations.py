"""How what members may do is changed, by level, and by what strikes suggest; and what may be reported."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

import strawberry

from api.changing import Change, Returns, change, payload
from api.community.types import Community, the_community
from api.ids import MUTATION_ID
from api.moderation.enums import DecisionAction, LimitKind, ReasonBasis
from api.moderation.queries import MOST_POLICIES
from api.moderation.record_types import StrikePolicy
from api.moderation.report_types import ReportReason
from api.moderation.sources import policies_of_strikes
from api.reading.fields import object_type, reference, returned, rows
from community.foundation.errors import Invalid
from community.members import levels
from community.members.principals import Scope
from moderation.decisions import policies
from moderation.decisions.actions import SUGGESTED
from moderation.reports.reasons import CATEGORIES, Reason, save_report_reason

if TYPE_CHECKING:
    from community.members.levels import LevelChanges

_OR_NULL = "null: as many as they like. Left out, it stays."
_COUNTS = ("contributions_an_hour", "links", "images", "mentions")
_NEEDED = ("creates_spaces", "report_weight")


@strawberry.input(description="What members of a level may do. What is left out stays.")
class UpdateLevelPolicyInput:
    """What members of a level may do."""

    level: int = strawberry.field(description="Which: 0, who is new, to 4.")
    contributions_an_hour: int | None = strawberry.field(
        description=f"Posts and comments, 1 to 10,000; {_OR_NULL}", default=strawberry.UNSET
    )
    links: int | None = strawberry.field(
        description=f"In one post or comment, 0 to 1,000; {_OR_NULL}", default=strawberry.UNSET
    )
    images: int | None = strawberry.field(
        description=f"In one post or comment, 0 to 1,000; {_OR_NULL}", default=strawberry.UNSET
    )
    mentions: int | None = strawberry.field(
        description=f"In one post or comment, 0 to 1,000; {_OR_NULL}", default=strawberry.UNSET
    )
    creates_spaces: bool | None = strawberry.field(
        description="Whether they may open spaces, without a role.", default=None
    )
    report_weight: float | None = strawberry.field(
        description="What a report of theirs counts before their record as reporters: more than 0, 100 at most.",
        default=None,
    )
    client_mutation_id: str | None = strawberry.field(description=MUTATION_ID, default=None)


@strawberry.input(description="What so many points of strikes within a time suggest.")
class StrikePolicyInput:
    """What so many points of strikes within a time suggest."""

    points: int = strawberry.field(description="How many: 1 to 1,000.")
    within_days: int = strawberry.field(description="Given within how many days: 1 to 3,650.")
    action: DecisionAction = strawberry.field(description="WARN, LIMIT, SILENCE, SUSPEND or BAN.")
    for_days: int | None = strawberry.field(
        description="For how many days, 1 to 3,650; for WARN and BAN, which have no end, not given.", default=None
    )
    limits: list[LimitKind] = strawberry.field(description="Which, for LIMIT.", default_factory=list)
    seconds: int | None = strawberry.field(
        description="Between two contributions, where SLOW_MODE is among the limits.", default=None
    )
    automatic: bool = strawberry.field(
        description="Whether it is done at once, and nobody looks at it: LIMIT, SILENCE or SUSPEND.", default=False
    )


@strawberry.input(description="All that strikes suggest.")
class UpdateStrikePoliciesInput:
    """All that strikes suggest."""

    policies: list[StrikePolicyInput] = strawberry.field(
        description="All of them, 20 at most, in place of what there is."
    )
    client_mutation_id: str | None = strawberry.field(description=MUTATION_ID, default=None)


@strawberry.input(description="Why something may be reported: all of it.")
class SaveReportReasonInput:
    """Why something may be reported."""

    name: str = strawberry.field(
        description="2 to 40 capitals, digits and underscores. One that is there becomes as it is given; else there is one more."
    )
    label_en: str = strawberry.field(description="What it is called in English: 1 to 80 characters.")
    label_zh: str = strawberry.field(description="And in Chinese.")
    description_en: str = strawberry.field(description="What falls under it, in English: 1 to 400 characters.")
    description_zh: str = strawberry.field(description="And in Chinese.")
    basis: ReasonBasis = strawberry.field(description="Whether it is against the law, or against the rules.")
    severity: int = strawberry.field(
        description="1, a nuisance, to 5, danger to somebody: how many points a strike has."
    )
    category: str = strawberry.field(
        description="How the European transparency database calls it, without STATEMENT_CATEGORY_: "
        f"{', '.join(CATEGORIES)}."
    )
    respond_within: int = strawberry.field(
        description="Minutes to a decision where no team has a clock of its own: 30 days at most.", default=7 * 24 * 60
    )
    position: int | None = strawberry.field(
        description="Where it stands among the reasons, the smallest first; not given: where it stood, or last.",
        default=None,
    )
    retired: bool = strawberry.field(
        description="Whether it is offered no more. What was reported for it keeps it.", default=False
    )
    client_mutation_id: str | None = strawberry.field(description=MUTATION_ID, default=None)


@payload
class SaveReportReasonPayload(Returns):
    """What `saveReportReason` answers."""

    reason: ReportReason | None = returned("The reason, as it is now, retired or not.")


@payload
class UpdateLevelPolicyPayload(Returns):
    """What `updateLevelPolicy` answers."""

    community: Community | None = reference(the_community, "The community, with its `levels`.")


@payload
class UpdateStrikePoliciesPayload(Returns):
    """What `updateStrikePolicies` answers."""

    policies: list[StrikePolicy] = rows(policies_of_strikes, "What strikes suggest now.", limit=MOST_POLICIES)


@object_type
class PolicyMutations:
    """How what members may do is changed."""

    @change(traced=True)
    async def update_level_policy(info: Change, input: UpdateLevelPolicyInput) -> UpdateLevelPolicyPayload:
        """Change what members of a level may write, and how often, from now on. For who manages the community."""
        acting = await info.acting(Scope.ADMIN)
        given = {name: value for name in _COUNTS if (value := getattr(input, name)) is not strawberry.UNSET}
        given |= {name: value for name in _NEEDED if (value := getattr(input, name)) is not None}
        await levels.update_level_policy(info.connection, acting, input.level, **cast("LevelChanges", given))
        return UpdateLevelPolicyPayload.of()

    @change(traced=True)
    async def update_strike_policies(info: Change, input: UpdateStrikePoliciesInput) -> UpdateStrikePoliciesPayload:
        """Say anew what strikes suggest, and what they bring about by themselves. For who manages the community."""
        acting = await info.acting(Scope.ADMIN)
        await policies.update_strike_policies(info.connection, acting, [_policy(each) for each in input.policies])
        return UpdateStrikePoliciesPayload.of()

    @change(traced=True)
    async def save_report_reason(info: Change, input: SaveReportReasonInput) -> SaveReportReasonPayload:
        """Say why something may be reported: a reason more, or one that is there. For who manages the community."""
        acting = await info.acting(Scope.ADMIN)
        reason = Reason(
            input.name,
            {"en": input.label_en, "zh": input.label_zh},
            {"en": input.description_en, "zh": input.description_zh},
            input.basis.value,
            input.severity,
            input.category,
            input.respond_within,
            input.position,
            input.retired,
        )
        return SaveReportReasonPayload.of(reason=await save_report_reason(info.connection, acting, reason))


def _policy(given: StrikePolicyInput) -> policies.Policy:
    if given.action.value not in SUGGESTED:
        raise Invalid(field="policies", reason=f"Strikes suggest one of {', '.join(SUGGESTED)}.")
    return policies.Policy(
        given.points,
        given.within_days,
        given.action.value,
        given.for_days,
        tuple(each.value for each in given.limits),
        given.seconds,
        given.automatic,
    )
