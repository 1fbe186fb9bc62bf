"""What can be changed about scores: whether one is scored, and how scores weigh."""

from __future__ import annotations

import strawberry

from api.changing import Change, Returns, change, payload
from api.graph.arguments import ScoreDimension
from api.graph.sources import dimension_weights, interaction_weights
from api.graph.types import DimensionWeight, InteractionWeight
from api.ids import MUTATION_ID
from api.reading.fields import object_type, rows
from api.viewer.types import Viewer, viewer
from community.members.principals import Scope
from community.members.roles import Permission, require_permission
from graph import kinds, profiling


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

    @change
    async def object_to_profiling(info: Change, input: ObjectToProfilingInput) -> ObjectToProfilingPayload:
        """Leave every ranking and have no scores, from now on and for as long as the member likes."""
        del input
        acting = await info.acting()
        await profiling.object_to_profiling(info.connection, acting.member_id)
        return ObjectToProfilingPayload.of()

    @change
    async def allow_profiling(info: Change, input: AllowProfilingInput) -> AllowProfilingPayload:
        """Take an objection back: the next run scores the member again."""
        del input
        acting = await info.acting()
        await profiling.allow_profiling(info.connection, acting.member_id)
        return AllowProfilingPayload.of()

    @change
    async def update_score_weights(info: Change, input: UpdateScoreWeightsInput) -> UpdateScoreWeightsPayload:
        """Choose how much kinds of interactions and dimensions weigh. For who may see insights; the next run goes by it."""
        acting = await info.acting(Scope.MODERATE)
        await require_permission(info.connection, acting.member_id, Permission.SEE_INSIGHTS)
        await kinds.change_weights(
            info.connection,
            acting.member_id,
            interactions={each.kind: (each.weight, each.half_life_days) for each in input.interactions or ()},
            dimensions={each.dimension.name.lower(): each.weight for each in input.dimensions or ()},
        )
        return UpdateScoreWeightsPayload.of()
