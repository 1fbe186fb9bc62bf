"""One walk for all worlds: what is compiled for one is ready for the next."""

import pytest

from api.app import Server
from tests.api.canaries.expansion import Walk


@pytest.fixture(scope="session")
def walk(server: Server) -> Walk:
    """Give the walk of this worker's server."""
    assert server.application is not None
    return Walk(server.application)
