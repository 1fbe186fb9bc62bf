"""What runs beside the requests: loops that live as long as the server, and work that outlives its request.

A loop that ends with an error is begun again, after a pause that doubles up to a minute, so that a database that is
away for a while ends nothing for good. All of it is cancelled when the server stops.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable, Callable, Coroutine
from datetime import timedelta
from typing import Any

import structlog

from community.foundation.errors import Overloaded

FIRST_PAUSE = 0.5  # seconds
LONGEST_PAUSE = 60.0
# A loop that ran for so long was well: its next failure is a first one again.
WELL_AFTER = 60.0
MOST_ATTEMPTS = 8

Work = Callable[[], Awaitable[object]]

_log = structlog.get_logger(__name__)


class Background:
    """The tasks of one server process."""

    def __init__(self) -> None:
        """Begin with none."""
        self._tasks: set[asyncio.Task[None]] = set()

    def forever(self, name: str, work: Work) -> None:
        """Run what should never end, and begin it again if it does."""
        _ = self._start(name, _supervised(name, work))

    def every(self, period: timedelta, name: str, work: Work) -> None:
        """Run something at once, and then once a period."""

        async def repeat() -> None:
            while True:
                await work()
                # Spread a little, so that many processes that started together do not stay together.
                await asyncio.sleep(period.total_seconds() * random.uniform(0.9, 1.1))  # noqa: S311 - guards nothing

        self.forever(name, repeat)

    def once(self, name: str, work: Work) -> asyncio.Task[None]:
        """Run something beside the requests, a few times over if it fails."""
        return self._start(name, _supervised(name, work, attempts=MOST_ATTEMPTS))

    async def stop(self) -> None:
        """Cancel all, and wait until they have ended."""
        tasks = list(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def _start(self, name: str, running: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        task = asyncio.create_task(running, name=name)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task


async def _supervised(name: str, work: Work, attempts: int | None = None) -> None:
    """Run work until it is done (where attempts are counted) or cancelled (where they are not)."""
    pause = FIRST_PAUSE
    clock = asyncio.get_running_loop().time
    while True:
        began = clock()
        try:
            await work()
        except Overloaded as busy:
            # Nothing is wrong with the work: requests come first, and it is begun again.
            _log.warning("background.waits", task=name, reason=str(busy))
        except Exception:  # noqa: BLE001 - whatever it was, it is logged, and the work goes on
            _log.exception("background.failed", task=name)
        else:
            if attempts is not None:
                return
        if attempts is not None:
            attempts -= 1
            if attempts == 0:
                _log.error("background.given_up", task=name)
                return
        if clock() - began > WELL_AFTER:
            pause = FIRST_PAUSE
        await asyncio.sleep(pause)
        pause = min(2 * pause, LONGEST_PAUSE)
