"""What of the social graph is the viewer's own."""

from __future__ import annotations

from typing import Any

from sqlalchemy import literal_column, select

from api.graph.arguments import GraphScope
from api.graph.explanation import ScoreExplanation, explained, facts
from api.graph.suggestions import MemberSuggestion, SpaceSuggestion, people, spaces_for_viewer
from api.reading.connections import Connection
from api.reading.fields import Argument, computed, connection, expression, object_type
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
        cost=1_000,
    )
    objects_to_profiling: bool = expression(
        _objects, "Whether they have no scores and are in no ranking, as they asked; see `objectToProfiling`."
    )
    people_you_may_know: Connection[MemberSuggestion] = connection(
        people,
        "Members tied to those the viewer is tied to, whom they do not follow yet, the closest first.",
        cost=800,
    )
    spaces_for_you: Connection[SpaceSuggestion] = connection(
        spaces_for_viewer,
        "Spaces that those whom the viewer is tied to have joined, the closest first.",
        cost=100,
    )
