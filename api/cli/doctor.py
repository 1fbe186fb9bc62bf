"""`teahouse doctor`: is everything as it should be, and if not, what mends it."""

from __future__ import annotations

import asyncio
import os
import socket
import sys
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import asyncpg
import orjson
import typer
from rich.table import Table
from sqlalchemy import select, text
from sqlalchemy.sql.expression import column, table

import migrations
from api.cli.database import database_url
from api.cli.terminal import output
from community.foundation.clock import now
from community.foundation.database import Connection, Database
from community.foundation.embedded_binaries import OLDEST_SUPPORTED, EmbeddedServerFailed
from community.foundation.errors import DatabaseUnavailable
from community.foundation.settings import SecretKeyMissing, Settings

OLDEST_PYTHON = (3, 11)
MOST_CLOCK_DIFFERENCE = 2.0  # seconds between this machine's clock and the database's
# No clock of a machine that can run this version stands before the day it was written.
NOT_BEFORE = datetime(2026, 1, 1, tzinfo=UTC)
CONNECT_WITHIN = 3.0


@dataclass(frozen=True)
class Finding:
    """What was looked at, and what was found; `mend` says what to do when it is not well."""

    subject: str
    well: bool
    found: str
    mend: str | None = None


def register(application: typer.Typer) -> None:
    """Add the command."""
    application.command("doctor")(doctor)


def doctor(*, json: Annotated[bool, typer.Option("--json", help="Print the findings as JSON.")] = False) -> None:
    """Look at everything that the server needs, and say what is wrong and how to mend it."""
    settings = Settings()
    findings = examine(settings)
    well = all(finding.well for finding in findings)
    if json:
        output.out(
            orjson.dumps(
                {"well": well, "findings": [asdict(finding) for finding in findings]},
                option=orjson.OPT_INDENT_2,
            ).decode(),
            highlight=False,
        )
    else:
        shown = Table("", "What", "Found")
        for finding in findings:
            sign = "[green]ok[/]" if finding.well else "[bold red]wrong[/]"
            shown.add_row(sign, finding.subject, "\n".join(filter(None, (finding.found, finding.mend))))
        output.print(shown)
    raise typer.Exit(0 if well else 1)


def examine(settings: Settings) -> list[Finding]:
    """Make all examinations; none changes anything but that the embedded database is started and stopped."""
    simple: tuple[Callable[[Settings], Finding], ...] = (
        examine_python,
        examine_data_directory,
        examine_secret_key,
        examine_mail,
        examine_port,
    )
    return [*(examination(settings) for examination in simple), *examine_database(settings)]


def examine_python(_settings: Settings) -> Finding:
    """See that Python is new enough."""
    found = ".".join(map(str, sys.version_info[:3]))
    well = sys.version_info >= OLDEST_PYTHON
    return Finding("Python", well, found, None if well else "Install Python 3.11 or newer.")


def examine_data_directory(settings: Settings) -> Finding:
    """See that the data directory, or the folder that it will be made in, can be written to."""
    wanted = settings.data_directory.resolve()
    nearest = next(folder for folder in (wanted, *wanted.parents) if folder.exists())
    well = nearest.is_dir() and os.access(nearest, os.W_OK | os.X_OK)
    return Finding(
        "data directory",
        well,
        f"{wanted}" if nearest == wanted else f"{wanted}, to be made in {nearest}",
        None if well else f"{nearest} cannot be written to. Set TEAHOUSE_DATA_DIR to a folder that can.",
    )


def examine_secret_key(settings: Settings) -> Finding:
    """See that production has a secret key."""
    if settings.secret_key is None and settings.in_production:
        return Finding("secret key", well=False, found="not set", mend=str(SecretKeyMissing()))
    return Finding(
        "secret key", well=True, found="set" if settings.secret_key else "made and kept in the data directory"
    )


def examine_mail(settings: Settings) -> Finding:
    """See that the mail server answers."""
    if settings.mail_host is None:
        return Finding(
            "mail",
            well=not settings.in_production,
            found="no mail server is set",
            mend="Set TEAHOUSE_MAIL_HOST: members cannot verify an address or reset a password without mail."
            if settings.in_production
            else None,
        )
    where = f"{settings.mail_host}:{settings.mail_port}"
    try:
        socket.create_connection((settings.mail_host, settings.mail_port), CONNECT_WITHIN).close()
    except OSError as error:
        return Finding(
            "mail",
            well=False,
            found=f"{where} does not answer: {error}",
            mend="Look at TEAHOUSE_MAIL_HOST and TEAHOUSE_MAIL_PORT, and at what stands between.",
        )
    return Finding("mail", well=True, found=where)


def examine_port(settings: Settings) -> Finding:
    """See that the port to listen on is free."""
    where = f"{settings.host}:{settings.port}"
    try:
        [(family, kind, protocol, _, address), *_] = socket.getaddrinfo(
            settings.host,
            settings.port,
            type=socket.SOCK_STREAM,
            flags=socket.AI_PASSIVE,
        )
        with socket.socket(family, kind, protocol) as probe:
            # As the server will: a connection that was just closed is in nobody's way.
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(address)
    except OSError as error:
        return Finding(
            "port",
            well=False,
            found=f"{where} cannot be listened on: {error.strerror or error}",
            mend="Stop what listens there, or set TEAHOUSE_HOST and TEAHOUSE_PORT to another place.",
        )
    return Finding("port", well=True, found=f"{where} is free")


def examine_database(settings: Settings) -> list[Finding]:
    """See that the database answers, is new enough, is at the newest revision, and agrees about the time."""
    try:
        with database_url(settings) as url:
            return asyncio.run(_look_at_database(url))
    except (EmbeddedServerFailed, DatabaseUnavailable, asyncpg.PostgresError, ValueError) as error:
        mend = (
            "Look at DATABASE_URL, and whether the server runs and lets you in."
            if settings.database_url
            else "What stands above says what to do; the whole log is "
            f"{Path(settings.database_directory).resolve() / 'server.log'}."
        )
        return [Finding("database", well=False, found=str(error), mend=mend)]


async def _look_at_database(url: str) -> list[Finding]:
    database = await Database.connect(url, acquire_within=CONNECT_WITHIN)
    try:
        async with database.reading() as connection:
            return [
                await _look_at_version(connection),
                await _look_at_revision(connection),
                await _look_at_clock(connection),
            ]
    finally:
        await database.close()


async def _look_at_version(connection: Connection) -> Finding:
    found = await connection.fetch_value(text("SHOW server_version"))
    well = connection.raw.get_server_version().major >= OLDEST_SUPPORTED
    mend = None if well else f"Use PostgreSQL {OLDEST_SUPPORTED} or newer."
    return Finding("database", well, f"PostgreSQL {found}", mend)


async def _look_at_revision(connection: Connection) -> Finding:
    newest = migrations.head()
    mend = "Run `teahouse migrate`; `teahouse serve` does so by itself."
    if await connection.fetch_value(text("SELECT to_regclass('alembic_version') IS NULL")):
        return Finding("migrations", well=False, found=f"the database is empty; the newest is {newest}", mend=mend)
    current = await connection.fetch_value(select(column("version_num")).select_from(table("alembic_version")))
    well = current == newest
    return Finding("migrations", well, f"at {current}, the newest is {newest}", None if well else mend)


async def _look_at_clock(connection: Connection) -> Finding:
    before = time.monotonic()
    theirs = await connection.fetch_value(text("SELECT clock_timestamp()"))
    ours = now()
    # The answer was on its way for some of this; it cannot be told how much.
    difference = max(0.0, abs((ours - theirs).total_seconds()) - (time.monotonic() - before))
    well = difference <= MOST_CLOCK_DIFFERENCE and ours >= NOT_BEFORE
    return Finding(
        "clock",
        well,
        f"{ours:%Y-%m-%d %H:%M:%S} UTC, {difference:.1f} s from the database's",
        None if well else "Let both machines take their time from a time server (NTP).",
    )
