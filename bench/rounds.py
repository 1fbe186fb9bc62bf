"""How long counting takes, rule by rule, and how much memory: each in a process of its own. Ends by itself.

python -m bench.rounds [--rounds 3] [--write docs/rounds_benchmarks.md]
"""

from __future__ import annotations

import argparse
import os
import platform
import statistics
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bench.graph.apart import apart
from community.cocreation.rounds.methods import APPROVING, METHOD, RANKING
from community.cocreation.rounds.rules.counted import Terms, counted

APPROVALS, APPROVAL_OPTIONS = 1_000_000, 20
RANKINGS, RANKING_OPTIONS = 100_000, 30
SEATS = 5
AIMED_AT = {APPROVING: 5.0, RANKING: 20.0}
"""Seconds."""

HEAD = """\
# Benchmarks of counting

One command measures and writes this page; it takes a few minutes:

    python -m bench.rounds --write docs/rounds_benchmarks.md

Made-up ballots, hardly two alike: {approvals:,} that each name about a third of {approval_options} options, some options
liked by far more than others, and {rankings:,} that each order all or the first few of {ranking_options} options, by a
shared opinion and much of their own. Each rule has a process of its own; seconds are the median of {rounds} rounds, from
marks as the database has them to the outcome, merging equal ballots included; memory is all that the process had at most.
Budgets: costs from 1 to 100, and a budget of a fifth of them all. {seats} win where several can.

Measured on {day}: {cores} cores, {system}, Python {python}. Load average {load:.2f} before.

"""


def main(arguments: Sequence[str] | None = None) -> str:
    """Measure, print, and write the page; return it."""
    parser = argparse.ArgumentParser(prog="python -m bench.rounds", description="How long counting takes.")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--share", type=float, default=1.0, help="of all ballots: fewer, to see how the cost grows")
    parser.add_argument("--write", type=Path, help="the page to write the table to")
    options = parser.parse_args(arguments)
    text = HEAD.format(
        approvals=round(APPROVALS * options.share),
        approval_options=APPROVAL_OPTIONS,
        rankings=round(RANKINGS * options.share),
        ranking_options=RANKING_OPTIONS,
        rounds=options.rounds,
        seats=SEATS,
        day=datetime.now(UTC).date(),
        cores=os.cpu_count(),
        system=f"{platform.system()} {platform.release()}",
        python=platform.python_version(),
        load=os.getloadavg()[0],
    )
    text += "| method | ballots | seconds | aimed at | memory at most |\n|---|---|---|---|---|\n"
    for name, method in METHOD.items():
        if method.ballot_kind not in AIMED_AT:
            continue
        (seconds, ballots), megabytes = apart(measured, name, options.rounds, options.share)
        row = f"| {name} | {ballots:,} | {seconds:.2f} | {AIMED_AT[method.ballot_kind]:.0f} | {megabytes:,.0f} MB |\n"
        print(row, end="", flush=True)
        text += row
    if options.write:
        options.write.write_text(text, encoding="utf-8")
    return text


def measured(name: str, rounds: int, share: float) -> tuple[float, int]:
    """Count made-up ballots by a method; return the median of the seconds, and how many ballots there were."""
    method = METHOD[name]
    approving = method.ballot_kind == APPROVING
    marks = approved(round(APPROVALS * share)) if approving else ranked(round(RANKINGS * share))
    drawn: Any = np.random.default_rng(3).integers(1, 101, marks.shape[1]).tolist()
    costs = tuple(drawn) if method.spends else ()
    terms = Terms(
        name,
        "seed",
        SEATS if method.several else 1,
        costs=costs,
        budget=sum(costs) // 5 if method.spends else None,
    )
    counts = np.ones(len(marks), np.int64)
    taken = []
    for _ in range(rounds):
        began = time.perf_counter()
        counted(terms, marks, counts)
        taken.append(time.perf_counter() - began)
    return statistics.median(taken), len(marks)


def approved(ballots: int) -> NDArray[np.int16]:
    """Return ballots that name options, some far more often than others."""
    chance = np.random.default_rng(1)
    liked = np.linspace(0.6, 0.1, APPROVAL_OPTIONS)
    return (chance.random((ballots, APPROVAL_OPTIONS), np.float32) < liked).astype(np.int16)


def ranked(ballots: int) -> NDArray[np.int16]:
    """Return ballots that order options by a shared opinion and their own; half of them only the first few."""
    chance = np.random.default_rng(2)
    worth = np.linspace(1.0, 0.0, RANKING_OPTIONS) + chance.normal(0, 0.7, (ballots, RANKING_OPTIONS))
    ranks = np.argsort(np.argsort(-worth, axis=1), axis=1).astype(np.int16)
    whole = chance.integers(0, 2, ballots).astype(np.bool_)
    length = np.where(whole, RANKING_OPTIONS, chance.integers(1, 8, ballots))
    return np.where(ranks < length[:, None], ranks, np.int16(32_767))


if __name__ == "__main__":
    main()
