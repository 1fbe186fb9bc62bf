"""The processes under measurement: started, watched through /proc, and stopped by their own ids."""

from __future__ import annotations

import os
import re
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

START_WITHIN = 90.0
STOP_WITHIN = 15.0


class DidNotStart(Exception):  # noqa: N818 - says what is the matter
    """A server did not come up; its log says why."""


@contextmanager
def running(command: Sequence[str], port: int, log: Path, environment: Mapping[str, str]) -> Iterator[int]:
    """Run a server until the block ends; gives its process id once it answers on its port.

    Raises:
        DidNotStart: if it ends or stays silent.
    """
    with log.open("wb") as output:
        process = subprocess.Popen(  # noqa: S603 - our own servers
            command,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            env={**os.environ, **environment},
        )
    try:
        deadline = time.monotonic() + START_WITHIN
        while not _answers(port):
            if process.poll() is not None or time.monotonic() > deadline:
                raise DidNotStart(f"{command[0]}: {log.read_text(encoding='utf-8', errors='replace')[-2000:]}")
            time.sleep(0.1)
        yield process.pid
    finally:
        process.terminate()
        try:
            process.wait(STOP_WITHIN)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _answers(port: int) -> bool:
    try:
        urllib.request.urlopen(f"http://127.0.0.1:{port}/", timeout=1).close()
    except urllib.error.HTTPError:
        return True
    except OSError:
        return False
    return True


def processor_seconds(process: int) -> float:
    """Return the processor time that a process's threads have had, to the nanosecond where the kernel tells."""
    total = 0
    try:
        for thread in Path(f"/proc/{process}/task").iterdir():
            total += int((thread / "schedstat").read_text(encoding="ascii").split()[0])
    except (FileNotFoundError, ProcessLookupError):
        return total / 1e9
    return total / 1e9


def family(process: int) -> list[int]:
    """Return a process and its children: of PostgreSQL's first process, everything that serves."""
    found = [process]
    for status in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = status.read_text(encoding="utf-8", errors="replace").rpartition(")")[2].split()
        except (FileNotFoundError, ProcessLookupError):
            continue
        if int(fields[1]) == process:
            found.append(int(status.parent.name))
    return found


def resident(process: int) -> float:
    """Return a process's resident memory in megabytes."""
    return _kilobytes(Path(f"/proc/{process}/status"), "VmRSS") / 1000


def proportional(processes: Sequence[int]) -> float:
    """Return the memory of processes that share some of it, each part counted once, in megabytes."""
    return sum(_kilobytes(Path(f"/proc/{process}/smaps_rollup"), "Pss") for process in processes) / 1000


def _kilobytes(path: Path, name: str) -> int:
    try:
        found = re.search(rf"^{name}:\s+(\d+) kB", path.read_text(encoding="ascii"), re.MULTILINE)
    except (FileNotFoundError, ProcessLookupError, PermissionError):
        return 0
    return int(found.group(1)) if found else 0
