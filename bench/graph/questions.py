"""Real networks, and what became of their members: what a measure of standing is asked to foretell.

    for question in questions(Path("../shared/data")): ...

Each network is left out where its folder is not there. Higher is better in every outcome.
"""

from __future__ import annotations

import csv
import gzip
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from bench.graph.history import UNFADING, history
from graph.adjacency import Adjacency, from_pairs, transposed
from graph.interactions import weighted_ties
from graph.measures.regulars import regulars

HELD_OUT = 20120425
"""Of the random numbers that hold certifications out: the split on which the claim is made. What was chosen about the
measures was chosen on the other four fifths, split once more."""
FOUNDERS = (328, 719, 30, 46)
"""raph, federico, miguel and alan, from whom Advogato's own trust flowed."""

Values = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Outcome:
    """What became of members."""

    name: str
    values: Values
    """[n], NaN for whom it is not known; for a yes or no, 1 or 0."""

    @property
    def is_binary(self) -> bool:
        """Whether it is a yes or no, and measured by AUC instead of Spearman's rank correlation."""
        return set(np.unique(self.values[~np.isnan(self.values)]).tolist()) <= {0.0, 1.0}


@dataclass(frozen=True, slots=True, eq=False)
class Question:
    """A network, whom to trust beforehand in it, and what became of its members."""

    name: str
    out: Adjacency
    seeds: Values
    seeded: str
    """Where the seeds are from."""
    outcomes: tuple[Outcome, ...]


def questions(data: Path) -> Iterator[Question]:
    """Yield all whose data are there."""
    if (data / "advogato_trust").is_dir():
        yield from _advogato(data / "advogato_trust")
    if (data / "networkdata_small").is_dir():
        yield from _small(data / "networkdata_small")
    if (data / "se_history_meta").is_dir():
        yield _history(data / "se_history_meta")


def beforehand(out: Adjacency) -> Values:
    """Return whom to trust beforehand where nobody is named: `regulars`, keen by how much they attend to others."""
    return regulars(out, transposed(out), out.strengths()).astype(np.float64)


def certifications(directory: Path) -> tuple[NDArray[np.uint32], NDArray[np.uint32], NDArray[np.float32]]:
    """Return who certified whom on Advogato at what level: apprentice 0.6, journeyer 0.8, master 1."""
    with gzip.open(directory / "out.advogato.gz", "rt") as file:
        pairs = np.loadtxt(file, skiprows=1)
    pairs = pairs[pairs[:, 0] != pairs[:, 1]]
    return pairs[:, 0].astype(np.uint32), pairs[:, 1].astype(np.uint32), pairs[:, 2].astype(np.float32)


def held_out(
    size: int,
    ties: tuple[NDArray[np.uint32], NDArray[np.uint32], NDArray[np.float32]],
    away: NDArray[np.bool_],
) -> tuple[Adjacency, Values]:
    """Return the network without some of its ties, and the mean level of those that each member received."""
    rows, columns, levels = ties
    received = np.bincount(columns[away], minlength=size)
    mean = np.bincount(columns[away], levels[away], size) / np.maximum(received, 1)
    return from_pairs(size, rows[~away], columns[~away], levels[~away]), np.where(received > 0, mean, np.nan)


def _advogato(directory: Path) -> Iterator[Question]:
    ties = certifications(directory)
    size = int(max(ties[0].max(), ties[1].max())) + 1
    away = np.random.default_rng(HELD_OUT).random(len(ties[0])) >= 0.8  # noqa: PLR2004 - a fifth
    out, level = held_out(size, ties, away)
    journeyer = np.where(np.isnan(level), np.nan, level >= 0.8 - 1e-6)
    outcomes = (
        Outcome("mean level of the certifications held out", level),
        Outcome("whether that is journeyer or more", journeyer),
    )
    founders = np.zeros(size)
    founders[list(FOUNDERS)] = 1
    yield Question("Advogato, from its founders", out, founders, "the four founders", outcomes)
    yield Question("Advogato, from regulars", out, beforehand(out), "regulars", outcomes)


def _small(directory: Path) -> Iterator[Question]:
    for name, title, outcomes in (
        ("law_advice", "Lawyers asking for advice", ("partner", "seniority")),
        ("law_friends", "Lawyers' friendships", ("partner", "seniority")),
        ("law_cowork", "Lawyers working together", ("partner", "seniority")),
        ("ffe_influence", "French financial elite: influence", ("elite votes",)),
        ("physicians", "Physicians asking, discussing, being friends", ("earlier adoption",)),
    ):
        nodes, ties = _table(directory / f"{name}_nodes.csv.gz"), _table(directory / f"{name}_edges.csv.gz")
        rows = np.array([int(tie["src"]) for tie in ties], np.uint32)
        columns = np.array([int(tie["dst"]) for tie in ties], np.uint32)
        out = from_pairs(len(nodes), rows, columns, np.ones(len(ties), np.float32))
        yield Question(
            title, out, beforehand(out), "regulars", tuple(Outcome(each, _outcome(each, nodes)) for each in outcomes)
        )


def _outcome(name: str, nodes: list[dict[str, str]]) -> Values:
    if name == "partner":
        return np.array([float(node["status"] == "1.0") for node in nodes])
    if name == "earlier adoption":
        # Month 18 stands for not within the study; 98 and 99 for not known. Turned, so that higher is earlier.
        months = np.array([float(node["adoption date"] or "nan") for node in nodes])
        return np.where(months <= 18, -months, np.nan)  # noqa: PLR2004
    column = {"seniority": "seniority", "elite votes": "elitevote"}[name]
    return np.array([float(node[column] or "nan") for node in nodes])


def _table(path: Path) -> list[dict[str, str]]:
    with gzip.open(path, "rt", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def _history(directory: Path) -> Question:
    found = history(directory)
    size = len(found.reputation)
    out = weighted_ties(size, found.activity.interactions, UNFADING)
    taking_part = ~np.isnan(found.mean_score) & (
        (out.degrees() > 0) | (np.bincount(out.neighbours, minlength=size) > 0)
    )
    outcomes = (
        Outcome("reputation", np.where(taking_part, found.reputation, np.nan)),
        Outcome("mean score of what they wrote", np.where(taking_part, found.mean_score, np.nan)),
    )
    return Question("Stack Exchange, history meta", out, beforehand(out), "regulars", outcomes)
