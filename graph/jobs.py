"""The long work of the graph, as jobs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from graph.asking import SCORING, SEEDING
from graph.runs import STEPS, run
from graph.seeding_plans import make_plan

if TYPE_CHECKING:
    from community.foundation.database import Database
    from community.foundation.jobs import Handler, Told


async def score(database: Database, parameters: Mapping[str, Any], job_id: int, told: Told) -> dict[str, Any]:
    """Score the community."""
    del job_id
    return {
        "run": await run(
            database, whole=bool(parameters.get("whole")), heard=lambda step: told(STEPS.index(step) / len(STEPS), step)
        )
    }


HANDLERS: Mapping[str, Handler] = {SCORING: score, SEEDING: make_plan}
