"""Waiting for what another task, process or the database does in its own time."""

import asyncio
import inspect
from collections.abc import Awaitable, Callable

LONGEST = 40.0  # seconds; another test may hold the log back for some
STEP = 0.005


async def until(condition: Callable[[], bool | Awaitable[bool]], longest: float = LONGEST) -> None:
    """Wait until a condition holds.

    Raises:
        AssertionError: if it does not come to hold.
    """
    for _ in range(round(longest / STEP)):
        holds = condition()
        if await holds if inspect.isawaitable(holds) else holds:
            return
        await asyncio.sleep(STEP)
    raise AssertionError(f"waited {longest} seconds in vain")
