"""Where reading about the social graph begins."""

from __future__ import annotations

from typing import Any

import strawberry
from sqlalchemy import BigInteger

from api.graph.arguments import GraphScope, InfluenceFilter, InfluenceSort
from api.graph.networks import LONGEST_PATH, path_ties
from api.graph.sources import (
    MOST_COMPARED,
    all_runs,
    all_tribes,
    compared,
    dimension_weights,
    influencers,
    interaction_weights,
)
from api.graph.types import DimensionWeight, Influencer, InteractionWeight, MemberScores, ScoreRun, Tie, Tribe
from api.node import id_of
from api.reading.connections import Connection
from api.reading.fields import Argument, connection, object_type, reference, rows
from api.reading.readings import Scope


def _by_id(prefix: str) -> Any:
    def key(scope: Scope) -> Any:
        return scope.arguments.value("id", BigInteger(), lambda written: id_of(prefix, written))

    return key


@object_type
class GraphQueries:
    """Where reading about the social graph begins."""

    influencers: Connection[Influencer] = connection(
        influencers,
        "Members by influence, as the last run ranked them. Who may not see insights finds only themselves.",
        arguments={
            "scope": Argument(GraphScope | None, "Within what.", None),
            "sort": Argument(InfluenceSort, "In which order.", InfluenceSort.SCORE),
            "filter": Argument(InfluenceFilter | None, "Which of them.", None),
        },
        cost=100,
    )
    compare_members: list[MemberScores] = rows(
        compared,
        "Members side by side, in the order asked for; those that the viewer may not see are left out.",
        limit=MOST_COMPARED,
        arguments={
            "ids": Argument(list[strawberry.ID], f"The members' ids, {MOST_COMPARED} at most."),
            "scope": Argument(GraphScope | None, "Within what their influence is compared.", None),
        },
    )
    tribes: Connection[Tribe] = connection(all_tribes, "The tribes that the last run found, the largest first.")
    tribe: Tribe | None = reference(
        _by_id("tribe"),
        "The tribe with this id.",
        arguments={"id": Argument(strawberry.ID, "A tribe's id.")},
    )
    interaction_weights: list[InteractionWeight] = rows(
        interaction_weights,
        "How much each kind of interaction counts, and why. Everybody may know what scores are made of.",
    )
    dimension_weights: list[DimensionWeight] = rows(
        dimension_weights, "How much each dimension weighs in the composite."
    )
    path: list[Tie] = rows(
        path_ties,
        f"How two members are connected: the ties along the shortest path, of {LONGEST_PATH} ties at most; none if there "
        "is none. Only who may see insights finds any.",
        limit=LONGEST_PATH,
        arguments={
            "from_": Argument(strawberry.ID, "Where the path begins.", name="from"),
            "to": Argument(strawberry.ID, "Where it ends."),
        },
        cost=3_000,
    )
    score_runs: Connection[ScoreRun] = connection(
        all_runs, "The scoring runs, the latest first. Only who may see insights sees them."
    )
