"""The tables."""

from __future__ import annotations

import platform
import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path

from bench.candidates import ANONYMOUS, BY_HAND, OURS
from bench.measure import Result

DOCUMENT_HEAD = """\
# Benchmarks

One command makes the data, installs the peers, measures and writes this page:

    make bench

What is compared:

- **Teahouse**: `teahouse serve`, one process, with everything on: signed tokens, limits, costs, visibility.
- **SQL by hand**: the best SQL we could write, returning the text of the answer, behind a bare ASGI endpoint under
  uvicorn. No GraphQL, no authentication, no predicate about who may see what, no events. It is the limit.
- **PostGraphile** with its Amber preset; **yoga**: graphql-yoga with graphql-jit; **Mercurius** with its own JIT. The
  latter two with DataLoaders and prepared statements over `pg`. None of them runs a predicate or knows who asks.

All read the same rows: the medium demonstration (20,000 members, 100,000 posts, 500,000 comments, 1,000,000 reactions).
The others read a copy of it on the same PostgreSQL without the rows that are hidden, so that they need no predicate,
with their indexes made whole. Before anything is timed, all answers are compared: as many rows, the same first and
last. Each server has one process and ten connections. The load runs in a process of its own on the same two cores, and
what it takes of them is shown. All candidates take turns within each round, each round beginning with another; every
number is the median of the rounds.

Under load, reads of one statement that wait go to PostgreSQL together, and identical ones are run once
([docs/decisions/0007](decisions/0007-statements-that-wait-go-together.md)). So that only readers who are truly alike
share, each kind of member is 24 members here, and no two in flight ask for the same: all they have in common is the
round trip. Readers without an account are alike; the feed's seven pages are asked for by 32 of them at once, and what
is shared of it shows in their row. Over one connection nothing waits, and nothing is shared.

`CPU` is processor time a request: that of the server's process and that of all of PostgreSQL's, read from `/proc`.
It is what another load on the machine disturbs least. `of the limit` compares with SQL by hand for the same kind of
viewer: a reader without an account needs no look at their reactions there either.

What is aimed at, met or not: 0.9 of the limit's requests a second and 1.1 of its CPU on the feed and the thread for
every viewer; on the feed 4 times PostGraphile and 2.5 times yoga, and never less than any peer; a worst page at most
twice a normal one; changes at half the rate of one statement by hand and twice that of PostGraphile; a new document
within 10 ms.

"""


def machine(before: Sequence[float], after: Sequence[float], rounds: int, seconds: float) -> str:
    """Return what it was measured on."""
    about = Path("/proc/cpuinfo").read_text(encoding="utf-8")
    model = re.search(r"^model name\s*:\s*(.*)$", about, re.MULTILINE)
    cores = len(re.findall(r"^processor\s*:", about, re.MULTILINE))
    day = datetime.now(UTC).date()
    return (
        f"Measured on {day}: {cores} cores, {model.group(1) if model else platform.machine()}, Linux {platform.release()}, "
        f"Python {platform.python_version()}; {rounds} rounds of {seconds:g} s. "
        f"Load average {before[0]:.2f} before, {after[0]:.2f} after (the bench itself makes 2 to 3).\n\n"
    )


def against(title: str, results: Sequence[Result]) -> str:
    """Return a table of candidates, compared with SQL by hand."""
    limits = {result.viewer: result for result in results if result.server == BY_HAND}
    default = next(iter(limits.values()))
    lines = [
        f"## {title}\n",
        "| | req/s | of the limit | CPU ms (server + PostgreSQL) | of the limit | median ms | 99% ms | load's CPU |",
        "|---|---|---|---|---|---|---|---|",
    ]
    for result in results:
        limit = limits.get(ANONYMOUS, default) if result.viewer == ANONYMOUS else default
        name = f"**{result.name}**" if result.server == OURS else result.name
        lines.append(
            f"| {name} | {result.per_second:,.0f} | {result.per_second / limit.per_second:.2f} "
            f"| {result.milliseconds:.3f} ({result.server_milliseconds:.3f} + {result.database_milliseconds:.3f}) "
            f"| {result.milliseconds / limit.milliseconds:.2f} | {result.median_latency:.1f} | {result.slow_latency:.1f} "
            f"| {result.load_share:.0%} |"
        )
    ours = [result for result in results if result.server == OURS]
    slowest = min(result.per_second for result in ours)
    peers = [result for result in results if result.server not in {OURS, BY_HAND}]
    if peers:
        times = ", ".join(f"{slowest / peer.per_second:.1f} times {peer.server}" for peer in peers)
        lines.append(f"\nTeahouse's slowest viewer: {times}.")
    return "\n".join(lines) + "\n"


def worst(pairs: Sequence[tuple[str, Result, Result]]) -> str:
    """Return the table of pages that were made to be dear."""
    lines = [
        "## Worst pages, 32 connections\n",
        "An outsider at a private space; then a space whose newest 9,500 posts are removed, for each kind of viewer.\n",
        "| page | CPU ms | the same viewer's normal page | ratio |",
        "|---|---|---|---|",
    ]
    lines += [
        f"| {title} | {page.milliseconds:.2f} | {normal.milliseconds:.2f} | {page.milliseconds / normal.milliseconds:.2f} |"
        for title, page, normal in pairs
    ]
    return "\n".join(lines) + "\n"


def cold(times: Mapping[str, float]) -> str:
    """Return what a document costs that the server has not seen before."""
    return (
        "## A new document\n\n"
        f"The feed's document, never seen before, from text to SQL: **{times['all']:.1f} ms** of processor time "
        f"(median of 30; {times['check']:.1f} ms of it to parse, limit and validate; the first in its process "
        f"{times['first']:.1f} ms). After that it is looked up.\n"
    )


def memory(server: float, database: float, processes: int) -> str:
    """Return what is held after all of this."""
    return (
        "## Memory\n\n"
        f"After all of the above: Teahouse's process {server:.0f} MB resident; PostgreSQL {database:.0f} MB in "
        f"{processes} processes (proportional, 256 MB of shared buffers and the other servers' connections included).\n"
    )
