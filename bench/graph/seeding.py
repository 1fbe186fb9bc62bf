"""Whom to tell first: how fast a plan is made, and what it reaches beside the cheap choices, played forward."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from bench.graph.apart import Timed, apart, timed
from bench.graph.generated import generated
from bench.graph.measures import Ties, load
from graph.adjacency import Adjacency, from_pairs, transposed
from graph.measures.rank import pagerank
from graph.measures.reach import Estimate, spread
from graph.measures.seeding import plan

CHOSEN = 50
EPSILON = 0.2
RUNS = 1_000
PLAN, GREED = "the plan", "greed alone"


class Planned(NamedTuple):
    """How long it took, what each choice reaches, and the megabytes at most."""

    took: Timed
    sets: int
    guarantee: float
    reached: dict[str, Estimate]
    peak: float


def measured(directory: Path, members: int, rounds: int, say: Callable[[str], None]) -> Planned:
    """Plan, and play what was planned."""
    say(f"A seeding plan, {members:,} members ...")
    (took, sets, guarantee, reached), megabytes = apart(_plan, directory, members, rounds)
    return Planned(took, sets, guarantee, reached, megabytes)


def _plan(directory: Path, members: int, rounds: int) -> tuple[Timed, int, float, dict[str, Estimate]]:
    few = generated(200, 1_000, seed=1)
    _choices(_adjacency(Ties(200, *few[:3])), 1)  # compiles
    return _choices(_adjacency(load(directory, members)), rounds)


def _adjacency(ties: Ties) -> Adjacency:
    return from_pairs(ties.size, ties.rows, ties.columns, ties.weights)


def _choices(out: Adjacency, rounds: int) -> tuple[Timed, int, float, dict[str, Estimate]]:
    into = transposed(out)
    amount = min(CHOSEN, out.size)
    values: dict[str, Any] = {
        "attended to by the most": into.degrees(),
        "attended to most strongly": into.strengths(),
        "the highest rank": pagerank(out, into).scores,
        "the highest rank of the ties turned round": pagerank(into, out).scores,
    }
    cheap = {name: np.argsort(-found, kind="stable")[:amount] for name, found in values.items()}
    # A plan falls back on the cheap choices where they come out better by its own count.
    made, took = timed(lambda: plan(out, amount, epsilon=EPSILON, alternatives=cheap, seed=1), rounds)
    greedy = plan(out, amount, epsilon=EPSILON, seed=1)
    chosen = {PLAN: made.members, GREED: greedy.members, **cheap}
    # Other seeds than the plan's: what judges it has not seen what it was made with.
    reached = {name: spread(out, members, RUNS, seed=2) for name, members in chosen.items()}
    return took, made.sets, made.guarantee, reached
