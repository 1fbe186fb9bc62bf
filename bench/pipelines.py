"""What statements cost PostgreSQL and asyncpg alone, and in batches of one round trip. Ends by itself.

    python -m bench.pipelines [--rounds 5]

It uses the database that `make bench` makes (TEAHOUSE_BENCH_DIR, var/bench), one connection, and the statements by hand:
no server, no queue, nothing but what going together saves. Every number is the median of the rounds.
"""

from __future__ import annotations

import argparse
import asyncio
import itertools
import os
import random
import statistics
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import asyncpg
import uvloop

from bench.by_hand import STATEMENTS
from bench.candidates import BODY, KINDS, MEMBER
from bench.processes import processor_seconds
from bench.situation import PAGE, Scenery, peers_url, prepare
from community.foundation import embedded

SIZES = (1, 4, 8, 16)
EACH = 1_600
"""How often each statement is run in a round."""


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="python -m bench.pipelines", description="What going together saves.")
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args()
    directory = Path(os.environ.get("TEAHOUSE_BENCH_DIR", "var/bench")).resolve()
    directory.mkdir(parents=True, exist_ok=True)
    with embedded.start(directory / "data" / "postgresql") as database:
        scenery = asyncio.run(prepare(database.url, directory))
        uvloop.run(_measured(peers_url(database.url), scenery, options.rounds))


async def _measured(url: str, scenery: Scenery, rounds: int) -> None:
    connection: Any = await asyncpg.connect(
        url,
        max_cacheable_statement_size=0,
        server_settings={"plan_cache_mode": "force_generic_plan", "jit": "off", "timezone": "UTC"},
    )
    print("| statement | " + " | ".join(f"{size} at once" for size in SIZES) + " |")
    print("|---|" + "---|" * len(SIZES))
    try:
        for title, path, values in _asked(scenery):
            found: dict[int, list[tuple[float, float]]] = {size: [] for size in SIZES}
            for _ in range(rounds):
                for size in SIZES:
                    found[size].append(await _once(connection, STATEMENTS[path][0], values, size))
            cells = (
                f"{statistics.median(one for one, _ in each):.3f} + {statistics.median(other for _, other in each):.3f}"
                for each in found.values()
            )
            print(f"| {title} | " + " | ".join(cells) + " |", flush=True)
    finally:
        await connection.close()


async def _once(connection: Any, sql: str, values: Iterator[tuple[object, ...]], size: int) -> tuple[float, float]:
    """Return the processor milliseconds of one set of values: of the connection's PostgreSQL process, and of this one."""
    process = connection.get_server_pid()
    batches = [[next(values) for _ in range(size)] for _ in range(EACH // size)]
    before, own = processor_seconds(process), time.process_time()
    for batch in batches:
        if size == 1:
            await connection.fetchrow(sql, *batch[0])
        else:
            await connection.fetchmany(sql, batch)
    amount = len(batches) * size / 1000
    return (processor_seconds(process) - before) / amount, (time.process_time() - own) / amount


def _asked(scenery: Scenery) -> list[tuple[str, str, Iterator[tuple[object, ...]]]]:
    member = scenery.viewers[MEMBER][0]
    chance = random.Random(1)

    def changed(last: object) -> tuple[object, ...]:
        what = chance.choice(KINDS) if last is KINDS else last
        return chance.choice(scenery.writable_posts), chance.choice(scenery.writers), what

    def changes(last: object) -> Iterator[tuple[object, ...]]:
        while True:
            yield changed(last)

    return [
        ("one member", "/member", itertools.cycle([(folded,) for _, folded in scenery.handles])),
        ("a thread", "/thread", itertools.cycle([(post, PAGE, member) for post in scenery.threads])),
        ("a feed", "/feed", itertools.cycle([(space, PAGE, member) for space in scenery.spaces])),
        ("a reaction", "/react", changes(KINDS)),
        ("a comment", "/comment", changes(BODY)),
    ]


if __name__ == "__main__":
    main()
