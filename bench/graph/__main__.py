"""The graph at a million members, beside what others have: set-up included. Ends by itself.

    python -m bench.graph [--size 1000000] [--rounds 3] [--only community measures seeding] [--write PAGE]

The data is made in a temporary folder (about 3 GB for a million members), and thrown away.
"""

from __future__ import annotations

import argparse
import os
import shutil
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from bench.graph import community, measures, page, seeding
from community.foundation import embedded
from migrations import upgrade

TIES_A_MEMBER = 10
NETWORKX = 100_000
"""Members that NetworkX is measured with."""
PARTS = ("community", "measures", "seeding")


def main(arguments: Sequence[str] | None = None) -> str:
    """Measure, print, and write the page; return it."""
    parser = argparse.ArgumentParser(prog="python -m bench.graph", description="The graph, and how fast it is scored.")
    parser.add_argument("--size", type=int, default=1_000_000, help="how many members; ten times as many ties")
    parser.add_argument("--rounds", type=int, default=3, help="of each, of which the median is shown")
    parser.add_argument("--only", nargs="+", choices=PARTS, default=PARTS)
    parser.add_argument("--write", type=Path, help="the page to write the tables to")
    options = parser.parse_args(arguments)
    before = os.getloadavg()[0]
    with tempfile.TemporaryDirectory(prefix="teahouse-bench-") as name:
        directory = Path(name)
        directory.chmod(0o755)  # PostgreSQL may run from another account
        sections = []
        for section in _sections(directory, options.size, options.rounds, options.only):
            print(section, flush=True)
            sections.append(section)
    text = page.HEAD + "\n".join([page.machine(before, options.rounds), *sections])
    if options.write:
        options.write.write_text(text, encoding="utf-8")
    return text


def _sections(directory: Path, size: int, rounds: int, parts: Sequence[str]) -> Iterator[str]:
    ties = TIES_A_MEMBER * size
    if "community" in parts:
        with _server(directory / "postgresql") as url:
            yield page.community(community.measured(url, size, ties, rounds, _say), size)
        shutil.rmtree(directory / "postgresql", ignore_errors=True)
    measures.save(directory, size, ties)
    if "measures" in parts:
        runs = measures.measured(directory, size, rounds, networkx=False, say=_say)
        yield page.compared(runs, size, ties)
    if "seeding" in parts:
        yield page.planned(seeding.measured(directory, size, rounds, _say), size, ties)
    if "measures" in parts:
        fewer = min(size, NETWORKX)
        measures.save(directory, fewer, TIES_A_MEMBER * fewer)
        runs = measures.measured(directory, fewer, rounds, networkx=True, say=_say)
        yield page.compared(runs, fewer, TIES_A_MEMBER * fewer)


@contextmanager
def _server(directory: Path) -> Iterator[str]:
    """Run a PostgreSQL to throw away, migrated."""
    with embedded.start(directory, disposable=True) as server:
        upgrade(server.url)
        yield server.url
        server.close(wait_within=60)


def _say(step: str) -> None:
    print(step, flush=True)


if __name__ == "__main__":
    main()
