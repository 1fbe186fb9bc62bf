"""The long work of the graph, as jobs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from graph.planning import SEEDING, make_plan
from graph.runs import STEPS, run

if TYPE_CHECKING:
    from community.foundation.database import Database
    from community.foundation.jobs import Handler, Told

SCORING = "SCORING"
"""The kind of job that scores the community."""


async def score(database: Database, parameters: Mapping[str, Any], job_id: int, told: Told) -> dict[str, Any]:
    """Score the community."""
    del parameters, job_id
    return {"run": await run(database, heard=lambda step: told(STEPS.index(step) / len(STEPS), step))}


HANDLERS: Mapping[str, Handler] = {SCORING: score, SEEDING: make_plan}
