"""How many connections that last one client may hold open: each costs memory, a task, and a look at every event."""

from __future__ import annotations

from collections import Counter
from contextlib import contextmanager
from typing import TYPE_CHECKING

from api.errors import RequestError
from community.foundation.networks import network_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from community.foundation.settings import Settings


class OpenConnections:
    """The WebSockets and event streams that are open to this process, counted by the network they come from."""

    def __init__(self, most: int) -> None:
        """Let each network hold so many."""
        self._most = most
        self._held: Counter[str] = Counter()

    @classmethod
    def of(cls, settings: Settings) -> OpenConnections:
        """Return what the settings ask for."""
        return cls(settings.connections_per_address)

    @contextmanager
    def one_more(self, address: str) -> Iterator[None]:
        """Count a connection of an address while it lasts.

        Raises:
            RequestError: with 429, if its network holds as many as it may.
        """
        network = network_of(address)
        if self._held[network] >= self._most:
            raise RequestError(
                f"Your network address holds {self._most} connections open. Close one first.",
                "TOO_MANY_CONNECTIONS",
                429,
            )
        self._held[network] += 1
        try:
            yield
        finally:
            self._held[network] -= 1
            # Nothing is remembered of who is gone.
            if not self._held[network]:
                del self._held[network]

    def __len__(self) -> int:
        """Return how many are open."""
        return self._held.total()
