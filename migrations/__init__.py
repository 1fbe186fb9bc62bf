"""The database's history: `upgrade` and `downgrade` bring a database to where it should be."""

from __future__ import annotations

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection

DIRECTORY = Path(__file__).parent


def configuration(url: str | None = None) -> Config:
    """Return Alembic's configuration, for the database at a URL."""
    config = Config()
    config.set_main_option("script_location", str(DIRECTORY).replace("%", "%%"))
    if url is not None:
        config.attributes["url"] = url
    return config


def upgrade(url: str, revision: str = "head") -> None:
    """Bring a database up to a revision. Two processes may do so at once: the second waits, then finds it done.

    Runs an event loop of its own: from a coroutine, call it in a thread; from one thread at a time, as Alembic wants.
    """
    command.upgrade(configuration(url), revision)


def downgrade(url: str, revision: str) -> None:
    """Bring a database down to a revision, `base` for empty."""
    command.downgrade(configuration(url), revision)


def head() -> str:
    """Return the newest revision."""
    found = ScriptDirectory.from_config(configuration()).get_current_head()
    if found is None:
        raise LookupError(f"there is no migration in {DIRECTORY / 'versions'}")
    return found


def current(connection: Connection) -> str | None:
    """Return the revision that a database is at; None when it has none."""
    return MigrationContext.configure(connection).get_current_revision()
