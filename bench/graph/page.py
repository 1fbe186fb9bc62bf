"""The page: what was measured, as tables."""

from __future__ import annotations

import os
import platform
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

import numpy as np

from bench.graph import measures
from bench.graph.community import Whole
from bench.graph.measures import OURS, Ran
from bench.graph.seeding import CHOSEN, EPSILON, GREED, PLAN, RUNS, Planned

HEAD = """\
# Benchmarks of the graph

One command makes the data, measures and writes this page; it takes about a quarter of an hour:

    python -m bench.graph --write docs/graph_benchmarks.md

The libraries to compare with are no dependencies of ours. Install them into an environment of your own beside Teahouse:

    python -m venv beside && beside/bin/pip install -e . igraph scipy
    beside/bin/python -m bench.graph --write docs/graph_benchmarks.md

The community is made up (`bench/graph/generated.py`): degrees, tribes and interactions follow power laws, three ties in
ten are returned. Every figure is the median of the rounds; every library, and every round of the real path, has a
process of its own, whose memory at most (resident) is shown. What is compiled is compiled before. A library that takes
more than a minute for one measure is measured once. igraph, which remembers of a graph that it is connected, is made to
forget it before each round.

"""


def machine(before: float, rounds: int) -> str:
    """Return what it was measured on."""
    path = Path("/proc/cpuinfo")
    about = path.read_text(encoding="utf-8") if path.exists() else ""
    model = re.search(r"^model name\s*:\s*(.*)$", about, re.MULTILINE)
    return (
        f"Measured on {datetime.now(UTC).date()}: {os.cpu_count()} cores, {model.group(1) if model else platform.machine()}, "
        f"Linux {platform.release()}, Python {platform.python_version()}, {rounds} rounds. "
        f"Load average {before:.2f} before and {os.getloadavg()[0]:.2f} at the end (the bench itself makes 1 to 2).\n"
    )


def community(found: Whole, members: int) -> str:
    """Return the tables of the real path."""
    lines = [
        f"## From PostgreSQL: {members:,} members, {found.ties:,} ties\n",
        f"Members who follow each other over two years, in the tables as migrated (filled in {found.filling:.0f} s).\n",
        "| | seconds | aimed at | memory at most |",
        "|---|---|---|---|",
        *(f"| {name} | {seconds:.2f} | | |" for name, seconds in found.reading.items()),
        f"| **cold: from the tables to the snapshot** | **{sum(found.reading.values()):.2f}** | 10 | {found.reading_peak:,.0f} MB |",
        *(f"| {name} | {seconds:.2f} | | |" for name, seconds in found.packed.items()),
        f"| **the snapshot that the last run packed** | **{sum(found.packed.values()):.2f}** | 1 | {found.packed_peak:,.0f} MB |",
        "",
        "`graph.scoring.score`, step by step:\n",
        "| step | seconds | aimed at | memory at most |",
        "|---|---|---|---|",
        *(f"| {name} | {seconds:.2f} | | |" for name, seconds in found.scoring.items()),
    ]
    whole = sum(found.scoring.values())
    lines += [
        f"| **all but tribes** | **{whole - found.scoring['tribes']:.2f}** | 15 | |",
        f"| **all** | **{whole:.2f}** | 35 | {found.scoring_peak:,.0f} MB of 1,500 |",
        "",
        f"To store all of it takes {found.storing:.1f} s more, within one transaction.",
        "",
        "A run from tables to tables, and one that brings its scores up to date after 0.01% new ties:\n",
        "| step | everything read | brought up to date | times faster |",
        "|---|---|---|---|",
        *(_beside(name, seconds, found.refreshed.get(name)) for name, seconds in found.whole.items()),
        (
            f"| **all** | **{sum(found.whole.values()):.2f}** | **{sum(found.refreshed.values()):.2f}** "
            f"| **{sum(found.whole.values()) / sum(found.refreshed.values()):.1f}** (3 aimed at) |"
        ),
        "",
        f"A whole run, from tables to tables, has {found.run_peak:,.0f} MB at most.",
    ]
    return "\n".join(lines) + "\n"


def compared(runs: Mapping[str, Ran], members: int, ties: int) -> str:
    """Return the table of measures: seconds, and how many times ours."""
    others = [name for name in runs if name != OURS]
    lines = [
        f"## Measures: {members:,} members, {ties:,} ties\n",
        f"| | {' | '.join([OURS, *others])} | greatest difference |",
        "|---|" + "---|" * (len(runs) + 1),
    ]
    ours = runs[OURS]
    names = dict.fromkeys(name for run in runs.values() for name in run.took)
    for name in names:
        own = ours.took.get(name, ours.took[measures.BROKERAGE])
        cells = [f"{own.seconds:.3f}" if name in ours.took else f"(in brokerage) {own.seconds:.3f}"]
        for other in others:
            took = runs[other].took.get(name)
            once = " (once)" if took and took.rounds < own.rounds else ""
            cells.append(f"{took.seconds:.3f}, {took.seconds / own.seconds:.1f} times{once}" if took else "")
        lines.append(f"| {name} | {' | '.join(cells)} | {_difference(name, runs)} |")
    lines.append(f"| memory at most | {' | '.join(f'{run.peak:,.0f} MB' for run in runs.values())} | |")
    lines.append(
        "\nThe difference is the greatest between a value of ours and of another, as a share of the greatest value. "
        "Rank by a fixed number of iterations is in float32 here, as scoring has it."
    )
    missing = [name for name in measures.absent() if name in {"igraph", "scipy"}]
    lines += [f"\n{name}: absent, it is not installed here." for name in missing]
    return "\n".join(lines) + "\n"


def _difference(name: str, runs: Mapping[str, Ran]) -> str:
    own = runs[OURS].found.get(name)
    differences = []
    for other, run in runs.items():
        theirs = run.found.get(name)
        if other == OURS or own is None or theirs is None:
            continue
        if own.shape != theirs.shape:
            return f"{other} finds {len(theirs):,}, we find {len(own):,}"
        known = ~(np.isnan(own) | np.isnan(theirs))
        apart = np.abs(own[known] - theirs[known]).max(initial=0)
        differences.append(float(apart / max(np.abs(theirs[known]).max(initial=0), 1e-300)))
    return f"{max(differences):.0e}" if differences else ""


def planned(found: Planned, members: int, ties: int) -> str:
    """Return the table of seeding plans."""
    best = max(estimate.value for name, estimate in found.reached.items() if name not in {PLAN, GREED})
    lines = [
        f"## A seeding plan: {CHOSEN} of {members:,} members, {ties:,} ties\n",
        f"With epsilon = {EPSILON:g}: **{found.took.seconds:.2f} s** (4 are aimed at), {found.sets:,} sets.",
        f"At least {found.guarantee:.0%} of what the best plan reaches is certain. {found.peak:,.0f} MB at most.",
        f"\nPlayed forward {RUNS} times, with other random numbers:\n",
        "| choice | members reached | bounds at 0.95 | of the best cheap choice |",
        "|---|---|---|---|",
        *(
            f"| {name} | {estimate.value:,.0f} | {estimate.low:,.0f} to {estimate.high:,.0f} | {estimate.value / best:.3f} |"
            for name, estimate in found.reached.items()
        ),
        "\nA plan falls back on a cheap choice that reaches more by its own count; greed alone is what it is without.",
    ]
    return "\n".join(lines) + "\n"


def _beside(name: str, whole: float, refreshed: float | None) -> str:
    """Return a step's row: in a whole run, and where scores are brought up to date."""
    if refreshed is None:
        return f"| {name} | {whole:.2f} | | |"
    return f"| {name} | {whole:.2f} | {refreshed:.2f} | {whole / max(refreshed, 0.01):.1f} |"
