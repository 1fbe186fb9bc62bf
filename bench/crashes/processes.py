"""The three that are killed: a server, the worker that it starts, and PostgreSQL. Each is killed and awaited by its own id."""

from __future__ import annotations

import json
import os
import random
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

from bench.processes import DidNotStart, family
from community.foundation import embedded

START_WITHIN = 60.0
STOP_WITHIN = 15.0
WORKER_WITHIN = 20.0
LATEST = 1.5
"""Seconds after a worker is seen in which it is killed: it takes about one to begin."""
VICTIMS = ("server", "worker", "database")


class System:
    """A server with a PostgreSQL of its own, as an operator runs them."""

    def __init__(self, place: Path, environment: Mapping[str, str]) -> None:
        """Start PostgreSQL, on a folder that it keeps; the server is started by :meth:`start`."""
        self._place = place
        self._database = embedded.start(place / "postgresql")
        self.url = self._database.url
        with socket.socket() as found:
            found.bind(("127.0.0.1", 0))
            self.port: int = found.getsockname()[1]
        self._environment = {**os.environ, **environment, "DATABASE_URL": self.url}
        self._server: subprocess.Popen[bytes] | None = None
        self._workers: set[int] = set()

    def start(self) -> None:
        """Start the server, and wait until it is ready."""
        command = (sys.executable, "-c", "from api.cli import main; main()", "serve", "--port", str(self.port))
        with (self._place / "server.log").open("ab") as log:
            self._server = subprocess.Popen(  # noqa: S603 - our own server
                (*command, "--no-migrate"), env=self._environment, stdin=subprocess.DEVNULL, stdout=log, stderr=log
            )
        self.wait()

    def wait(self) -> None:
        """Wait until the server answers that it is ready, its database with it."""
        deadline = time.monotonic() + START_WITHIN
        while time.monotonic() < deadline:
            assert self._server is not None
            if self._server.poll() is not None:
                log = (self._place / "server.log").read_text(encoding="utf-8", errors="replace")
                raise DidNotStart(f"the server ended:\n{log[-3_000:]}")
            with suppress(urllib.error.URLError, OSError):
                urllib.request.urlopen(f"http://127.0.0.1:{self.port}/readyz", timeout=2).close()
                return
            time.sleep(0.05)
        raise DidNotStart("the server was not ready in time")

    def kill(self, victim: str, chance: random.Random) -> bool:
        """Kill one of the three, and see that it is there again; say whether it was there to be killed."""
        if victim == "worker":
            return self._kill_worker(chance)
        if victim == "server":
            assert self._server is not None
            self._workers.update(self._running_workers())
            self._server.send_signal(signal.SIGKILL)
            self._server.wait()
            self.start()
            return True
        before = self._postmaster()
        os.kill(before, signal.SIGKILL)
        deadline = time.monotonic() + START_WITHIN
        while self._postmaster() == before:
            assert time.monotonic() < deadline, "PostgreSQL was not started again"
            time.sleep(0.02)
        self.wait()
        return True

    def _kill_worker(self, chance: random.Random) -> bool:
        deadline = time.monotonic() + WORKER_WITHIN
        while time.monotonic() < deadline:
            for worker in self._running_workers():
                time.sleep(chance.uniform(0, LATEST))
                if worker in self._running_workers():
                    os.kill(worker, signal.SIGKILL)
                    return True
            time.sleep(0.02)
        return False

    def _running_workers(self) -> list[int]:
        assert self._server is not None
        return [process for process in family(self._server.pid)[1:] if _is_worker(process)]

    def _postmaster(self) -> int:
        ready = self._place / "postgresql" / "ready.json"
        process: int = json.loads(ready.read_text(encoding="utf-8"))["server"]
        return process

    def stop(self) -> None:
        """End the server, workers that outlived theirs, and PostgreSQL."""
        if self._server is not None:
            self._server.terminate()
            try:
                self._server.wait(STOP_WITHIN)
            except subprocess.TimeoutExpired:
                self._server.kill()
                self._server.wait()
        for worker in self._workers:
            if _is_worker(worker):
                with suppress(ProcessLookupError):
                    os.kill(worker, signal.SIGKILL)
        self._database.close(wait_within=20)


def _is_worker(process: int) -> bool:
    """Say whether an id is that of a worker, and has not become another process's."""
    try:
        words = Path(f"/proc/{process}/cmdline").read_bytes().split(b"\0")
    except OSError:
        return False
    return b"work" in words and b"from api.cli import main; main()" in words
