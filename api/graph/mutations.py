"""What can be changed about scores: whether one is scored, and how scores weigh."""

from __future__ import annotations

from enum import Enum

import strawberry

from api.changing import Change, Returns, change, payload
from api.discussions.sources import folded_tag
from api.graph.arguments import GraphScope, InfluenceWindow, ScoreDimension
from api.graph.job_types import Job
from api.graph.sources import dimension_weights, interaction_weights
from api.graph.types import DimensionWeight, InteractionWeight
from api.ids import MUTATION_ID, number_of
from api.reading.fields import object_type, returned, rows
from api.viewer.types import Viewer, viewer
from community.foundation import jobs
from community.foundation.errors import Invalid, NotFound
from community.members.acting import Acting
from community.members.principals import Scope
from community.members.restrictions import Deed
from community.members.roles import Permission, require_permission
from graph import asking, kinds, profiling
from graph.asking import SCORING


@strawberry.input(description="Object to being scored.")
class ObjectToProfilingInput:
    """Object to being scored."""

    client_mutation_id: str | None = strawberry.field(description=MUTATION_ID, default=None)


@strawberry.input(description="Be scored again.")
class AllowProfilingInput:
    """Be scored again."""

    client_mutation_id: str | None = strawberry.field(description=MUTATION_ID, default=None)


@strawberry.input(description="How much a kind of interaction counts.")
class InteractionWeightInput:
    """How much a kind of interaction counts."""

    kind: str = strawberry.field(
        description="Which kind: POST, FOLLOW, COMMENT and so on, as `interactionWeights` lists them."
    )
    weight: float | None = strawberry.field(
        description="What the first of its kind adds to a tie, 0 to 100.", default=None
    )
    half_life_days: float | None = strawberry.field(description="After how many days one counts half.", default=None)


@strawberry.input(description="How much a dimension weighs in the composite.")
class DimensionWeightInput:
    """How much a dimension weighs in the composite."""

    dimension: ScoreDimension = strawberry.field(description="Which.")
    weight: float = strawberry.field(description="How much, 0 to 100; at least one is above 0.")


@strawberry.input(description="How scores weigh from the next run on.")
class UpdateScoreWeightsInput:
    """How scores weigh from the next run on."""

    interactions: list[InteractionWeightInput] | None = strawberry.field(
        description="Kinds of interactions to change.", default=None
    )
    dimensions: list[DimensionWeightInput] | None = strawberry.field(description="Dimensions to change.", default=None)
    client_mutation_id: str | None = strawberry.field(description=MUTATION_ID, default=None)


@strawberry.enum(description="What a seeding plan aims at.")
class SeedingObjective(Enum):
    """What a seeding plan aims at."""

    REACH = strawberry.enum_value("REACH", description="As many members as possible.")
    TRIBES = strawberry.enum_value("TRIBES", description="As much of every tribe as possible: each tribe counts alike.")


@strawberry.input(description="Whom to choose among, how many, and at what cost.")
class PlanSeedingInput:
    """Whom to choose among, how many, and at what cost."""

    members: int = strawberry.field(description=f"How many at most, 1 to {asking.MOST_MEMBERS:,}.")
    scope: GraphScope | None = strawberry.field(description="Choose among those ranked here.", default=None)
    budget: float | None = strawberry.field(description="What it may cost together.", default=None)
    cost_per_member: float = strawberry.field(description="What each member costs.", default=1.0)
    exclude: list[strawberry.ID] | None = strawberry.field(description="Members to leave out.", default=None)
    objective: SeedingObjective = strawberry.field(description="What to aim at.", default=SeedingObjective.REACH)
    client_mutation_id: str | None = strawberry.field(description=MUTATION_ID, default=None)


@strawberry.input(description="Score the community now.")
class RunScoresInput:
    """Score the community now."""

    client_mutation_id: str | None = strawberry.field(description=MUTATION_ID, default=None)


@payload
class PlanSeedingPayload(Returns):
    """What `planSeeding` answers."""

    job: Job | None = returned("The job that makes the plan; ask for it again until it is done.")


@payload
class RunScoresPayload(Returns):
    """What `runScores` answers."""

    job: Job | None = returned("The job that scores; one that waits already stands for all who ask.")


@payload
class ObjectToProfilingPayload(Returns):
    """What `objectToProfiling` answers."""

    viewer: Viewer | None = viewer("The viewer, without scores.")


@payload
class AllowProfilingPayload(Returns):
    """What `allowProfiling` answers."""

    viewer: Viewer | None = viewer("The viewer, whom the next run scores.")


@payload
class UpdateScoreWeightsPayload(Returns):
    """What `updateScoreWeights` answers."""

    interaction_weights: list[InteractionWeight] = rows(interaction_weights, "How much each kind counts now.")
    dimension_weights: list[DimensionWeight] = rows(dimension_weights, "How much each dimension weighs now.")


@object_type
class GraphMutations:
    """What can be changed about scores."""

    @change(deed=Deed.OWN)
    async def object_to_profiling(info: Change, input: ObjectToProfilingInput) -> ObjectToProfilingPayload:
        """Leave every ranking and have no scores, from now on and for as long as the member likes."""
        del input
        acting = await info.acting()
        await profiling.object_to_profiling(info.connection, acting.member_id)
        return ObjectToProfilingPayload.of()

    @change(deed=Deed.OWN)
    async def allow_profiling(info: Change, input: AllowProfilingInput) -> AllowProfilingPayload:
        """Take an objection back: the next run scores the member again."""
        del input
        acting = await info.acting()
        await profiling.allow_profiling(info.connection, acting.member_id)
        return AllowProfilingPayload.of()

    @change
    async def update_score_weights(info: Change, input: UpdateScoreWeightsInput) -> UpdateScoreWeightsPayload:
        """Choose how much kinds of interactions and dimensions weigh. For who may see insights; the next run goes by it."""
        acting = await _with_insights(info)
        await kinds.change_weights(
            info.connection,
            acting.member_id,
            interactions={each.kind: (each.weight, each.half_life_days) for each in input.interactions or ()},
            dimensions={each.dimension.name.lower(): each.weight for each in input.dimensions or ()},
        )
        return UpdateScoreWeightsPayload.of()

    @change
    async def plan_seeding(info: Change, input: PlanSeedingInput) -> PlanSeedingPayload:
        """Plan whom to tell first so that the most members hear of it. For who may see insights."""
        acting = await _with_insights(info)
        scope = input.scope or GraphScope()
        space_id = await _readable(info, scope)
        window = scope.window or InfluenceWindow.ALL
        wish = asking.Wish(
            scope_id=await asking.find_scope(
                info.connection,
                space_id=space_id,
                tag=folded_tag(scope.tag) or "" if isinstance(scope.tag, str) else None,
                since=window.name,
            ),
            members=input.members,
            tribe_id=number_of("tribe", scope.tribe) if isinstance(scope.tribe, str) else None,
            budget=input.budget,
            cost_per_member=input.cost_per_member,
            excluded=tuple(number_of("member", written) for written in input.exclude or ()),
            objective=input.objective.name,
        )
        job_id = await asking.ask_for_plan(info.connection, wish, asked_by=acting.member_id)
        return PlanSeedingPayload.of(job=job_id)

    @change
    async def run_scores(info: Change, input: RunScoresInput) -> RunScoresPayload:
        """Score the community now, and not only when it is due. For who may see insights."""
        del input
        acting = await _with_insights(info)
        job_id = await jobs.ask(info.connection, SCORING, {}, asked_by=acting.member_id, once=True)
        return RunScoresPayload.of(job=job_id)


async def _with_insights(info: Change) -> Acting:
    """Return the member who acts, if they may see insights.

    Raises:
        NotPermitted: if they may not.
    """
    acting = await info.acting(Scope.MODERATE)
    await require_permission(info.connection, acting.member_id, Permission.SEE_INSIGHTS)
    return acting


async def _readable(info: Change, scope: GraphScope) -> int | None:
    """Return the id of the scope's space; None where it names none.

    Raises:
        Invalid: if it names a tag as well.
        NotFound: if there is no such space that the member may read.
    """
    # What is not given is unset, and what is given as null is null: both ask for nothing.
    if not isinstance(scope.space, str):
        return None
    if isinstance(scope.tag, str):
        raise Invalid(field="scope", reason="Give a space or a tag, not both.")
    space_id = number_of("space", scope.space)
    viewer = info.context.viewer
    if not viewer.kind.oversees and space_id not in viewer.readable_spaces:
        raise NotFound(what="space", path=("scope", "space"))
    return space_id
