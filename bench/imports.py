"""How fast imports are: each source into an empty community, several times over. Ends by itself.

    python -m bench.imports [--stackexchange FOLDER] [--ldbc FOLDER] [--size medium] [--rounds 3] [--write docs/imports.md]

The folders may stand in TEAHOUSE_BENCH_STACKEXCHANGE and TEAHOUSE_BENCH_LDBC instead; what is not given is left out.
The JSON Lines are an export of the demonstration. TEAHOUSE_BENCH_DIR says where all of it is kept (var/bench). The
database is the embedded one, as `teahouse import` starts it: nothing is sent anywhere, nothing is switched off.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from bench.report import machine
from community.foundation import embedded

HEAD = """\
# How fast imports are

    python -m bench.imports --stackexchange FOLDER --ldbc FOLDER --size {size} --rounds {rounds} --write docs/imports.md

Each source is brought into an empty, migrated community by `teahouse import` with the embedded PostgreSQL as it comes
(`fsync` on, every index in place), in turn, and every number is the median of the rounds. *Records a second* is what
the import itself takes from its first record to its last commit; *the whole command* adds starting Python. *Again* is
the same import once more, which changes nothing. Another load on the machine
makes all of it slower: the load average is that before and after.

"""


@dataclass(frozen=True, slots=True)
class Source:
    """What is imported: how it is called, and the arguments of `teahouse import`."""

    title: str
    arguments: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Run:
    """One import: records, its own seconds, and those of the whole command."""

    records: int
    seconds: float
    whole: float

    @property
    def pace(self) -> float:
        """Records a second."""
        return self.records / self.seconds


def main() -> None:
    """Import, print, and write the document."""
    parser = argparse.ArgumentParser(prog="python -m bench.imports", description="How fast imports are.")
    parser.add_argument("--stackexchange", type=Path, default=_from_environment("TEAHOUSE_BENCH_STACKEXCHANGE"))
    parser.add_argument("--ldbc", type=Path, default=_from_environment("TEAHOUSE_BENCH_LDBC"))
    parser.add_argument("--size", default="medium", help="of the demonstration; `none` leaves it out")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--write", type=Path, help="the document to write the table to")
    options = parser.parse_args()
    directory = Path(os.environ.get("TEAHOUSE_BENCH_DIR", "var/bench")).resolve() / "imports"
    directory.mkdir(parents=True, exist_ok=True)
    sources = _sources(options, directory)
    before = os.getloadavg()
    began = time.monotonic()
    runs: dict[str, list[tuple[Run, Run]]] = {source.title: [] for source in sources}
    for number in range(1, options.rounds + 1):
        for source in sources:
            first, again = _imported_twice(source, directory / "data")
            runs[source.title].append((first, again))
            print(f"round {number}: {source.title}: {first.pace:,.0f} records/s, again {again.pace:,.0f}", flush=True)
    seconds = (time.monotonic() - began) / max(options.rounds, 1)
    text = _table(runs) + "\n" + machine(before, os.getloadavg(), options.rounds, round(seconds))
    print(text)
    if options.write:
        head = HEAD.format(size=options.size, rounds=options.rounds)
        options.write.write_text(head + text.rstrip() + "\n", encoding="utf-8")


def _from_environment(name: str) -> Path | None:
    given = os.environ.get(name)
    return Path(given) if given else None


def _sources(options: argparse.Namespace, directory: Path) -> list[Source]:
    sources = []
    for command, title in (("stackexchange", "A Stack Exchange dump"), ("ldbc", "An LDBC dataset")):
        folder: Path | None = getattr(options, command)
        if folder is None or not folder.is_dir():
            print(f"{title}: left out, since no folder of one is given (--{command}).")
        else:
            sources.append(Source(title, (command, str(folder.resolve()))))
    if options.size != "none":
        file = directory / f"{options.size}.jsonl"
        if not file.exists():
            _export_demonstration(options.size, file, directory / "demonstration")
        sources.append(Source(f"JSON Lines, the {options.size} demonstration", ("jsonl", str(file))))
    return sources


def _export_demonstration(size: str, file: Path, data: Path) -> None:
    print(f"Making the {size} demonstration and its export ...", flush=True)
    written = file.with_suffix(".part")
    with _community(data) as url:
        _teahouse(url, "demo", "--size", size)
        _teahouse(url, "export", "jsonl", str(written))
    written.rename(file)


def _imported_twice(source: Source, data: Path) -> tuple[Run, Run]:
    with _community(data) as url:
        runs = []
        for _ in range(2):
            began = time.monotonic()
            summary = json.loads(_teahouse(url, "import", *source.arguments, "--on-error", "skip", "--json"))
            runs.append(Run(summary["read"], summary["seconds"], time.monotonic() - began))
    return runs[0], runs[1]


@contextmanager
def _community(data: Path) -> Iterator[str]:
    """Make an empty community in a folder, and remove it once its server has stopped; gives the database's URL."""
    shutil.rmtree(data, ignore_errors=True)
    server = embedded.start(data / "postgresql")
    try:
        _teahouse(server.url, "migrate")
        yield server.url
    finally:
        server.close(wait_within=60)
        shutil.rmtree(data)


def _teahouse(url: str, *arguments: str) -> bytes:
    """Run `teahouse` on a database; return what it prints."""
    command = [str(Path(sys.executable).parent / "teahouse"), *arguments]
    done = subprocess.run(command, env={**os.environ, "DATABASE_URL": url}, check=True, stdout=subprocess.PIPE)  # noqa: S603 - ours
    return done.stdout


def _table(runs: dict[str, list[tuple[Run, Run]]]) -> str:
    lines = [
        "| source | records | records a second (slowest to fastest round) | the whole command, s | again, records a second |",
        "|---|---|---|---|---|",
    ]
    for title, pairs in runs.items():
        paces = sorted(first.pace for first, _ in pairs)
        whole = statistics.median(first.whole for first, _ in pairs)
        again = statistics.median(second.pace for _, second in pairs)
        lines.append(
            f"| {title} | {pairs[0][0].records:,} | **{statistics.median(paces):,.0f}** ({paces[0]:,.0f} to {paces[-1]:,.0f}) "
            f"| {whole:.1f} | {again:,.0f} |"
        )
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    main()
