"""The process that keeps an embedded PostgreSQL: starts it, starts it again if it dies, stops it when nobody is left.

Every process that uses the server holds a shared lock on one file. A lock ends with its holder, however that ended, so
the keeper asks for the same file exclusively, and once it gets it, nobody is attached. It runs as a script on its own
and needs nothing but the standard library.
"""

from __future__ import annotations

import contextlib
import ctypes
import fcntl
import json
import os
import pwd
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import IO, Any

LOOK_EVERY = 0.1  # seconds
START_WITHIN = 120.0  # recovery after a crash may take its time
STOP_WITHIN = 20.0
LONGEST_SOCKET_PATH = 103  # what macOS allows; Linux has 107
RESTARTS_WITHIN_A_MINUTE = 5
SOCKET_NAME = ".s.PGSQL.5432"
DATABASE_USER = "teahouse"
_PR_SET_PDEATHSIG = 1

SETTINGS = {
    "listen_addresses": "",
    "port": "5432",
    "max_connections": "100",
    "shared_buffers": "256MB",
    "effective_cache_size": "1GB",
    "work_mem": "16MB",
    "maintenance_work_mem": "128MB",
    "wal_compression": "on",
    "max_wal_size": "2GB",
    "checkpoint_timeout": "15min",
    "random_page_cost": "1.1",  # solid-state disks
    "jit": "off",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "log_line_prefix": "%m [%p] ",
}
# For a server that is thrown away after use: nothing has to be found again after the machine has failed.
DISPOSABLE = {
    "fsync": "off",
    "full_page_writes": "off",
    "synchronous_commit": "off",
    "wal_level": "minimal",
    "max_wal_senders": "0",
}


class Keeper:
    """Keeps one server on one folder."""

    def __init__(self, directory: Path, binaries: Path, account: dict[str, Any] | None, *, disposable: bool) -> None:
        """Take the folder, the programs, and the account to run them under (None for one's own)."""
        self.directory = directory
        self.cluster = directory / "cluster"
        self.binaries = binaries
        self.account = account
        self.disposable = disposable
        self.log: IO[bytes] = (directory / "server.log").open("ab")
        self.server: subprocess.Popen[bytes] | None = None
        self.socket_directory = self.cluster
        self.stopping = False

    def run(self) -> None:
        """Serve until nobody is attached."""
        lock = (self.directory / "keeper.lock").open("w")
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return
        signal.signal(signal.SIGTERM, self._ask_to_stop)
        signal.signal(signal.SIGINT, self._ask_to_stop)
        attached = (self.directory / "attached.lock").open("w")
        self._create_cluster()
        self._stop_leftover()
        if len(os.fsencode(self.cluster / SOCKET_NAME)) > LONGEST_SOCKET_PATH:
            self.socket_directory = Path(tempfile.mkdtemp(prefix="teahouse-"))
            self._give(self.socket_directory)
        try:
            self._start()
            self._serve(attached)
        finally:
            (self.directory / "ready.json").unlink(missing_ok=True)
            self._stop()
            if self.socket_directory != self.cluster:
                shutil.rmtree(self.socket_directory, ignore_errors=True)

    def _serve(self, attached: IO[str]) -> None:
        started: list[float] = []
        while not self.stopping:
            with contextlib.suppress(BlockingIOError):
                # Held until this process ends: whoever comes now waits, and starts a new keeper.
                fcntl.flock(attached, fcntl.LOCK_EX | fcntl.LOCK_NB)
                return
            if self.server is not None and self.server.poll() is not None:
                self._say(f"PostgreSQL ended with {self.server.returncode}; starting it again")
                started = [moment for moment in started if moment > time.monotonic() - 60]
                if len(started) >= RESTARTS_WITHIN_A_MINUTE:
                    raise SystemExit("PostgreSQL keeps failing; see the lines above")
                started.append(time.monotonic())
                self._stop_leftover()
                self._start()
            time.sleep(LOOK_EVERY)

    def _create_cluster(self) -> None:
        if (self.cluster / "PG_VERSION").exists():
            return
        # Made aside and renamed, so that a folder of this name is always whole.
        unfinished = self.directory / "cluster.unfinished"
        shutil.rmtree(unfinished, ignore_errors=True)
        unfinished.mkdir(mode=0o700)
        self._give(unfinished)
        version = int((subprocess.check_output([self.binaries / "postgres", "-V"], text=True)).split()[2].split(".")[0])  # noqa: S603 - a program that we found ourselves
        builtin_since = 17  # before that, the locale is the operating system's
        locale = (
            ["--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"]
            if version >= builtin_since
            else ["--locale=C.UTF-8"]
        )
        command = [
            str(self.binaries / "initdb"),
            "-D",
            str(unfinished),
            "-U",
            DATABASE_USER,
            "-E",
            "UTF8",
            "-A",
            "peer",
            *locale,
        ]
        if self.disposable:
            command.append("--no-sync")
        finished = subprocess.run(  # noqa: S603 - as above
            command, stdout=self.log, stderr=self.log, env=self._environment(), check=False, **self._as_account()
        )
        if finished.returncode:
            raise SystemExit(f"initdb ended with {finished.returncode}; see the lines above")
        # The kernel tells the server who is at the other end of the socket; only these two may come in.
        own_name = self._name_of(os.geteuid())
        accounts = {own_name, self.account["name"]} if self.account else {own_name}
        (unfinished / "pg_ident.conf").write_text(
            "".join(
                f"teahouse  {_quoted(name)}  {DATABASE_USER}\n" for name in sorted(accounts - {"nobody"} or accounts)
            ),
            encoding="utf-8",
        )
        (unfinished / "pg_hba.conf").write_text("local  all  all  peer  map=teahouse\n", encoding="utf-8")
        unfinished.rename(self.cluster)

    def _start(self) -> None:
        settings = SETTINGS | {"unix_socket_directories": str(self.socket_directory)}
        if self.disposable:
            settings |= DISPOSABLE
        command = [str(self.binaries / "postgres"), "-D", str(self.cluster)]
        for name, value in settings.items():
            command += ["-c", f"{name}={value}"]
        keeper = os.getpid()

        def end_with_the_keeper() -> None:
            # Runs in the new process, after it has changed accounts: the change would undo the request. The signal
            # comes when the thread that started the server ends, and the keeper has but one.
            if sys.platform == "linux":
                ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGINT)
                if os.getppid() != keeper:
                    os._exit(1)

        self.server = subprocess.Popen(  # noqa: S603 - a program that we found ourselves
            command,
            stdin=subprocess.DEVNULL,
            stdout=self.log,
            stderr=self.log,
            env=self._environment(),
            preexec_fn=end_with_the_keeper,  # noqa: PLW1509 - there are no threads here
            **self._as_account(),
        )
        deadline = time.monotonic() + START_WITHIN
        while not self._is_ready():
            if self.server.poll() is not None:
                raise SystemExit(f"PostgreSQL ended with {self.server.returncode}; see the lines above")
            if time.monotonic() > deadline:
                raise SystemExit(f"PostgreSQL was not ready after {START_WITHIN:g} seconds")
            time.sleep(0.01)
        aside = self.directory / "ready.json.unfinished"
        aside.write_text(
            json.dumps({"socket_directory": str(self.socket_directory), "keeper": keeper, "server": self.server.pid}),
            encoding="utf-8",
        )
        aside.rename(self.directory / "ready.json")

    def _is_ready(self) -> bool:
        try:
            lines = (self.cluster / "postmaster.pid").read_text(encoding="utf-8").splitlines()
        except OSError:
            return False
        status_line = 7
        return (
            self.server is not None
            and lines[:1] == [str(self.server.pid)]
            and len(lines) > status_line
            and lines[status_line].strip() == "ready"
        )

    def _stop(self) -> None:
        if self.server is None or self.server.poll() is not None:
            return
        self.server.send_signal(signal.SIGINT)  # breaks off transactions, writes a checkpoint
        try:
            self.server.wait(STOP_WITHIN)
        except subprocess.TimeoutExpired:
            self.server.send_signal(signal.SIGQUIT)  # at once; the log of writes is replayed at the next start
            self.server.wait()

    def _stop_leftover(self) -> None:
        """Clear away a server whose keeper was killed: it is on its way out, or, where it was not told, still runs."""
        note = self.cluster / "postmaster.pid"
        deadline = time.monotonic() + STOP_WITHIN
        told: signal.Signals | None = None
        while True:
            try:
                process = int(note.read_text(encoding="utf-8").splitlines()[0])
            except (OSError, ValueError, IndexError):
                return
            if not _serves(process, self.cluster):
                # The number may belong to a zombie that nobody reaps, or to a stranger; the server would refuse to
                # start over either.
                note.unlink(missing_ok=True)
                return
            wanted = signal.SIGINT if time.monotonic() < deadline else signal.SIGQUIT
            if wanted is not told:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(process, wanted)
                told = wanted
            time.sleep(0.02)

    def _as_account(self) -> dict[str, Any]:
        if self.account is None:
            return {}
        return {"user": self.account["user_id"], "group": self.account["group_id"], "extra_groups": []}

    def _give(self, path: Path) -> None:
        if self.account is not None:
            os.chown(path, self.account["user_id"], self.account["group_id"])

    def _environment(self) -> dict[str, str]:
        # Nothing of ours: PGDATA, PGPORT and a locale of the user's would all be heeded.
        return {"PATH": os.defpath, "LC_ALL": "C", "TZ": "UTC"}

    @staticmethod
    def _name_of(user_id: int) -> str:
        return pwd.getpwuid(user_id).pw_name

    def _ask_to_stop(self, *_: object) -> None:
        self.stopping = True

    def _say(self, message: str) -> None:
        self.log.write(f"keeper: {message}\n".encode())
        self.log.flush()


def _serves(process: int, cluster: Path) -> bool:
    """Whether a process is alive and PostgreSQL on this cluster."""
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        pass
    status = Path(f"/proc/{process}/stat")
    if not status.parent.parent.joinpath("self").exists():
        shown = subprocess.run(  # noqa: S603 - fixed words and a number
            ["/bin/ps", "-o", "state=,comm=", "-p", str(process)], capture_output=True, text=True, check=False
        ).stdout
        return "postgres" in shown and not shown.lstrip().startswith("Z")
    try:
        name, _, rest = status.read_text(encoding="utf-8").rpartition(")")
    except OSError:
        return False
    if "postgres" not in name or rest.split()[0] in {"Z", "X"}:
        return False
    try:
        return Path(f"/proc/{process}/cwd").readlink() == cluster
    except OSError:  # not ours to look at: rather wait for it than start a second one
        return True


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def main() -> None:
    """Run with one argument, the JSON that `embedded` passes."""
    os.umask(0o077)
    order = json.loads(sys.argv[1])
    keeper = Keeper(
        Path(order["directory"]),
        Path(order["binaries"]),
        order["account"],
        disposable=order["disposable"],
    )
    try:
        keeper.run()
    except SystemExit as error:
        keeper._say(str(error))  # noqa: SLF001 - the same module
        sys.exit(1)


if __name__ == "__main__":
    main()
