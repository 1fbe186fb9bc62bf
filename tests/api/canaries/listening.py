"""Listening to all updates, as several at once, while things happen."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from community.discussions.reactions import add_reaction, remove_reaction

if TYPE_CHECKING:
    from collections.abc import Iterable

    from api.application import Application
    from api.updates.stream import Stream
    from tests.api.canaries.expansion import Walk
    from tests.api.canaries.walking import Community

END = b"ReactionsChanged"
"""What is told at the end, and not before."""
WITHIN = 60  # seconds


class Listening:
    """What some hear from when they begin until all has been told."""

    def __init__(self, application: Application, community: Community) -> None:
        """Listen to what a server tells of a community."""
        self._application = application
        self._community = community
        self._streams: dict[str, Stream] = {}
        self._heard: dict[str, bytearray] = {}
        self._tasks: list[asyncio.Task[None]] = []

    async def begin(self, walk: Walk, roles: Iterable[str]) -> None:
        """Begin, each as who they are now."""
        operation = walk.subscription("updates")
        for role in roles:
            reader = await walk.reader(self._community.people[role])
            self._streams[role] = self._application.live.open(reader, operation, {})
            self._heard[role] = bytearray()
            self._tasks.append(asyncio.create_task(self._listen(role)))

    async def _listen(self, role: str) -> None:
        async for told in self._streams[role].updates():
            self._heard[role] += told
            if END in told:
                return

    async def end(self) -> dict[str, bytes]:
        """Wait until each has heard what happens last, of which nothing is left; return what each has heard."""
        host, member = self._community.posts["host"], self._community.people["insider"]
        assert member is not None
        async with self._application.database.writing() as connection:
            await add_reaction(connection, member, kind="like", post_id=host)
        self._application.live.nudge()
        async with asyncio.timeout(WITHIN):
            await asyncio.gather(*self._tasks)
        for stream in self._streams.values():
            self._application.live.close(stream)
        async with self._application.database.writing() as connection:
            await remove_reaction(connection, member, kind="like", post_id=host)
        return {role: bytes(heard) for role, heard in self._heard.items()}
