"""What each member and each address may spend: leaky buckets in this process's memory.

They bound how busy one client can keep one process, so they need not agree between processes, and cost no query. Limits
that must hold over all processes (sign-ins, posts an hour) are in `community.foundation.rate_limits`.
"""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from community.foundation.settings import Settings

MOST_BUCKETS = 50_000


@dataclass(slots=True)
class BucketState:
    """A bucket after an attempt to spend."""

    allowed: bool
    remaining: float
    capacity: float
    leaks_per_second: float
    retry_after: float
    """Seconds after which the same attempt would pass, if it can ever."""


class Buckets:
    """The buckets of one process; the one used longest ago is forgotten when there are too many."""

    def __init__(
        self,
        capacity: float,
        leaks_per_second: float = 500.0,
        *,
        most: int = MOST_BUCKETS,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Begin with all buckets empty. `clock` gives seconds that only go forward."""
        self._capacity = capacity
        self._leaks_per_second = leaks_per_second
        self._most = most
        self._clock = clock
        self._held: OrderedDict[str, tuple[float, float]] = OrderedDict()

    @classmethod
    def of(cls, settings: Settings) -> Buckets:
        """Return the buckets that the settings ask for."""
        # What one operation may cost must fit, or its retry would never pass.
        return cls(max(settings.spending_capacity, settings.operation_cost), settings.spending_per_second)

    def spend(self, key: str, cost: float) -> BucketState:
        """Pour a cost into the bucket of a member or an address; what would make it overflow is not poured."""
        now = self._clock()
        level, at = self._held.get(key, (0.0, now))
        level = max(0.0, level - (now - at) * self._leaks_per_second)
        allowed = level + cost <= self._capacity
        overflow = level + cost - self._capacity
        if allowed:
            level += cost
            retry_after = 0.0
        else:
            retry_after = overflow / self._leaks_per_second
        self._held[key] = level, now
        self._held.move_to_end(key)
        if len(self._held) > self._most:
            self._held.popitem(last=False)
        return BucketState(allowed, self._capacity - level, self._capacity, self._leaks_per_second, retry_after)

    def __len__(self) -> int:
        """Return how many buckets are held."""
        return len(self._held)
