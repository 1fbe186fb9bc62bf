"""An embedded PostgreSQL, so that a first try needs nothing set up.

    with embedded.start(Path("data/postgresql")) as server:
        database = await Database.connect(server.url)

Several processes may start the same folder: they share one server, which stops when the last of them has closed it or
ended, `kill -9` included. It listens on a Unix socket in a folder that only its account and ours can enter, and lets
in our account only. What it has acknowledged it keeps (`fsync` is on), unless it was asked for as disposable.
"""

from __future__ import annotations

import fcntl
import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from types import TracebackType
from typing import IO, Self
from urllib.parse import quote

from community.foundation import embedded_binaries, embedded_keeper
from community.foundation.embedded_binaries import EmbeddedServerFailed

LOG_LINES_SHOWN = 12


@dataclass
class EmbeddedServer:
    """A share in a running server."""

    url: str
    directory: Path
    keeper_process: int
    _attached: IO[str]

    def close(self, *, wait_within: float = 0.0) -> None:
        """Give up the share; the server stops when it was the last one.

        `wait_within` seconds are spent on waiting for that, for whoever is about to remove the folder.
        """
        self._attached.close()
        deadline = time.monotonic() + wait_within
        while time.monotonic() < deadline and _is_locked(self.directory / "keeper.lock"):
            time.sleep(0.02)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def start(
    directory: Path,
    *,
    binaries: Path | None = None,
    disposable: bool = False,
    within: float = 120.0,
) -> EmbeddedServer:
    """Start the server on a folder, or attach to the one that runs there.

    Args:
        directory: Where it keeps its files; made if it is not there.
        binaries: The folder of PostgreSQL's programs, instead of those that are found.
        disposable: Leave out what makes data survive a failing machine. For tests.
        within: Seconds to wait for the server to be ready.

    Raises:
        EmbeddedServerFailed: with the reason, and what to do about it.
    """
    directory = directory.resolve()
    account = embedded_binaries.server_account()
    _make(directory, account)
    deadline = time.monotonic() + within
    # Held by whoever uses the server, until its process ends or it closes. Waits while a keeper is stopping.
    attached = _open_private(directory / "attached.lock")
    try:
        _lock(attached, fcntl.LOCK_SH, deadline)
        with _alone(directory / "starting.lock", deadline):
            keeper = None
            if not _is_locked(directory / "keeper.lock"):
                keeper = _start_keeper(directory, binaries, account, disposable=disposable)
            return _wait_until_ready(directory, keeper, attached, deadline)
    except BaseException:
        attached.close()
        raise


def _make(directory: Path, account: embedded_binaries.Account | None) -> None:
    try:
        directory.mkdir(parents=True, exist_ok=True)
        if account is None:
            directory.chmod(0o700)
        else:
            directory.chmod(0o711)  # the account passes through to the folders that are its own
    except OSError as error:
        raise EmbeddedServerFailed(
            f"The embedded PostgreSQL cannot keep its files in {directory}: {error.strerror}. "
            "Set TEAHOUSE_DATA_DIR to a folder that you may write to.",
        ) from error
    barrier = account and account.barrier(directory)
    if account and barrier:
        raise EmbeddedServerFailed(
            f"PostgreSQL refuses to run as root and runs as `{account.name}` instead, which may not enter {barrier}. "
            "Set TEAHOUSE_DATA_DIR to a folder outside of it, such as /var/lib/teahouse; "
            f"or allow the passage with `chmod o+x {barrier}`; or start Teahouse from an ordinary account.",
        )


def _start_keeper(
    directory: Path,
    binaries: Path | None,
    account: embedded_binaries.Account | None,
    *,
    disposable: bool,
) -> subprocess.Popen[bytes]:
    found = embedded_binaries.within_reach(binaries or embedded_binaries.find(directory / "cluster"), account)
    (directory / "ready.json").unlink(missing_ok=True)
    order = {
        "directory": str(directory),
        "binaries": str(found),
        "account": asdict(account) if account else None,
        "disposable": disposable,
    }
    with _open_private(directory / "server.log") as log:
        keeper = subprocess.Popen(  # noqa: S603 - our own interpreter and script
            [sys.executable, "-I", embedded_keeper.__file__, json.dumps(order)],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            cwd="/",
            start_new_session=True,  # an interrupt from the keyboard is for us; the keeper goes when we have gone
        )
    # It may end long before we do, and should not stay a zombie until then.
    threading.Thread(target=keeper.wait, name="embedded PostgreSQL's keeper", daemon=True).start()
    return keeper


def _wait_until_ready(
    directory: Path,
    keeper: subprocess.Popen[bytes] | None,
    attached: IO[str],
    deadline: float,
) -> EmbeddedServer:
    while time.monotonic() < deadline:
        try:
            ready = json.loads((directory / "ready.json").read_text(encoding="utf-8"))
        except FileNotFoundError:
            gone = keeper.poll() is not None if keeper else not _is_locked(directory / "keeper.lock")
            if gone:
                raise EmbeddedServerFailed(
                    f"The embedded PostgreSQL in {directory} did not start:\n{_end_of_log(directory)}",
                ) from None
            time.sleep(0.01)
            continue
        url = (
            f"postgresql://{embedded_keeper.DATABASE_USER}@/postgres"
            f"?host={quote(ready['socket_directory'], safe='')}&port=5432"
        )
        return EmbeddedServer(url, directory, ready["keeper"], attached)
    raise EmbeddedServerFailed(
        f"The embedded PostgreSQL in {directory} was not ready in time:\n{_end_of_log(directory)}"
    )


def _end_of_log(directory: Path) -> str:
    lines = (directory / "server.log").read_text(encoding="utf-8", errors="replace").splitlines()
    return "\n".join(lines[-LOG_LINES_SHOWN:])


def _open_private(path: Path) -> IO[str]:
    # Whoever can open a file can lock it, even only to read.
    return os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600), "a", encoding="utf-8")


def _lock(file: IO[str], kind: int, deadline: float) -> None:
    while True:
        try:
            fcntl.flock(file, kind | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() > deadline:
                raise EmbeddedServerFailed(f"{file.name} stayed locked by another process.") from None
            time.sleep(0.02)
        else:
            return


@contextmanager
def _alone(path: Path, deadline: float) -> Iterator[None]:
    with _open_private(path) as file:
        _lock(file, fcntl.LOCK_EX, deadline)
        yield


def _is_locked(path: Path) -> bool:
    if not path.exists():
        return False
    with _open_private(path) as file:
        try:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
    return False
