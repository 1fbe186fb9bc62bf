"""One walk for all worlds: what is compiled for one is ready for the next."""

from collections.abc import Iterator

import pytest

from api.app import Server
from tests.api.canaries.expansion import Walk
from tests.conftest import run_sql

# The pool finds them gone, and opens others.
_LET_GO = """
    SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity
    WHERE datname = current_database() AND application_name = 'teahouse' AND state = 'idle' AND pid <> pg_backend_pid()
"""


@pytest.fixture(scope="session")
def walk(server: Server) -> Walk:
    """Give the walk of this worker's server."""
    assert server.application is not None
    return Walk(server.application)


@pytest.fixture(scope="package", autouse=True)
def _let_go(database_url: str) -> Iterator[None]:
    """Have no connection keep what was prepared here: documents that ask for everything take it a gigabyte."""
    yield
    run_sql(database_url, _LET_GO)
