"""Two server processes of Teahouse on one database: what is done at the one is seen at the other."""

from __future__ import annotations

import os
import socket
import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import NamedTuple

import migrations
from bench.processes import running
from community.foundation import embedded

SECRET = "guards nothing but a benchmark on loopback"  # noqa: S105 - as it says


class TwoServers(NamedTuple):
    """Where they are."""

    url: str
    """The database's."""
    ports: tuple[int, ...]
    processes: tuple[int, ...]
    """Their ids."""


@contextmanager
def two_servers(**settings: str) -> Iterator[TwoServers]:
    """Run both, with settings by the names of their variables, until the block ends; the database is thrown away."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="teahouse-bench-")))
        folder.chmod(0o755)  # PostgreSQL may run from another account
        server = stack.enter_context(embedded.start(folder / "postgresql", disposable=True))
        migrations.upgrade(server.url)
        ports, processes = [_free_port() for _ in range(2)], []
        for port in ports:
            environment = {
                **os.environ,
                "DATABASE_URL": server.url,
                "TEAHOUSE_SECRET_KEY": SECRET,
                "TEAHOUSE_SCORE_EVERY": "0",
                "TEAHOUSE_PORT": str(port),
                "TEAHOUSE_DATA_DIR": str(folder),
                **settings,
            }
            command = [str(Path(sys.executable).with_name("teahouse")), "serve", "--no-migrate"]
            processes.append(stack.enter_context(running(command, port, folder / f"{port}.log", environment)))
        yield TwoServers(server.url, tuple(ports), tuple(processes))


def _free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        port: int = found.getsockname()[1]
        return port
