"""What of the social graph is the viewer's own."""

from __future__ import annotations

from typing import Any

from sqlalchemy import literal_column, select

from api.graph.arguments import GraphScope
from api.graph.explanation import ScoreExplanation, explained, facts
from api.reading.fields import Argument, computed, expression, object_type
from api.reading.readings import Scope
from graph.tables import profiling_objections


def _objects(scope: Scope) -> Any:
    objection = scope.enter(profiling_objections)
    return (
        select(literal_column("1"))
        .select_from(objection.source)
        .where(objection.c.member_id == scope.viewer.member_id)
        .exists()
    )


@object_type
class GraphViewer:
    """What of the social graph is the viewer's own."""

    explain_score: ScoreExplanation = computed(
        facts,
        explained,
        "What their own score stands on: what they did, what others did towards them, and their ties.",
        arguments={"scope": Argument(GraphScope | None, "The ranking whose place to tell.", None)},
    )
    objects_to_profiling: bool = expression(
        _objects, "Whether they have no scores and are in no ranking, as they asked; see `objectToProfiling`."
    )
