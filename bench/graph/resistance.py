"""What planted rings, farms and pods gain by each measure. Ends by itself.

    python -m bench.graph.resistance [--members 20000] [--data ../shared/data] [--write docs/graph_resistance.md]

Attacks (`bench.graph.plots`) are things that are done, and go through a scoring run as it is (`graph.scoring.score`).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from bench.graph.history import KINDS, UNFADING
from graph.interactions import Activity
from graph.measures.rank import pagerank
from graph.scoring import Parameters, Scores, score

Values = NDArray[np.float64]

DIMENSIONS = {"trust_and_support": 1.0, "strong_ties": 1.0, "participation": 1.0, "brand_support": 1.0}
MEASURES = (
    "in-degree",
    "weighted in-degree",
    "PageRank",
    "rank",
    "trust",
    "support",
    "bonding",
    "bridging",
    "participation",
    "brand_support",
    "composite",
)
TOP = 0.01
"""What share of the members are the top."""


def scored(activity: Activity, *, fading: bool = True) -> Scores:
    """Return a scoring run of a community, by the weights that a community begins with."""
    return score(
        activity,
        Parameters(KINDS if fading else UNFADING, DIMENSIONS, most_reach_sets=2_000),
    )


def standings(activity: Activity, scores: Scores) -> dict[str, Values]:
    """Return what each person has by each measure, by their place among the people."""
    snapshot = scores.snapshot
    place = np.searchsorted(activity.people.members, snapshot.members)
    ranking = scores.rankings[0]
    by_rank = np.zeros(len(activity.people.members))
    by_rank[np.searchsorted(activity.people.members, ranking.members)] = ranking.scores
    found = {
        "in-degree": snapshot.into.degrees().astype(np.float64),
        "weighted in-degree": snapshot.into.strengths(),
        "PageRank": pagerank(snapshot.out, snapshot.into).scores.astype(np.float64),
        **scores.values,
    }
    moved = {}
    for name, values in found.items():
        moved[name] = np.zeros(len(activity.people.members))
        moved[name][place] = values
    return {**moved, "rank": by_rank}


def best_place(values: Values, who: NDArray[np.int64]) -> int:
    """Return the best place of any of them, 1 being the first; of equal values all have the first place."""
    return 1 + int(np.count_nonzero(values > values[who].max()))
