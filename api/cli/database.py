"""The database that a command works on: the one that is set, or else the embedded one, started for as long as needed."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from community.foundation import embedded
from community.foundation.settings import Settings


@contextmanager
def database_url(settings: Settings) -> Iterator[str]:
    """Give the database's URL; an embedded server runs at least as long as the block."""
    if settings.database_url is not None:
        yield settings.database_url.get_secret_value()
        return
    with embedded.start(settings.database_directory) as server:
        yield server.url
