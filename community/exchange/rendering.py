"""Processes that render, since rendering is much of the work of an import."""

import asyncio
import os
import pickle
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import Sequence

from community.exchange.bodies import LENGTH, Body, Render

FEW = 60
"""So few are rendered on the spot."""
WORKERS = min(2, os.cpu_count() or 1)
PART = 250
"""So many are sent at once, so that no process waits long for the others."""


class Renderer:
    """Processes that render; they begin with the first large batch, and end with `close`."""

    def __init__(self) -> None:
        """Begin none yet."""
        self._processes: list[Process] = []

    async def render(self, render: Render, texts: Sequence[str], *, from_html: bool) -> list[Body | str]:
        """Render texts, in parallel where it is worth it."""
        if len(texts) <= FEW:
            return render(texts, from_html=from_html)
        await self.warm_up()
        firsts = iter(range(0, len(texts), PART))
        done: dict[int, list[Body | str]] = {}

        async def work(process: Process) -> None:
            for first in firsts:
                done[first] = await _ask(process, pickle.dumps((render, texts[first : first + PART], from_html)))

        await asyncio.gather(*(work(process) for process in self._processes))
        return [each for first in sorted(done) for each in done[first]]

    async def warm_up(self) -> None:
        """Begin the processes, without waiting for them to be ready."""
        while len(self._processes) < WORKERS:
            self._processes.append(
                await asyncio.create_subprocess_exec(
                    *(sys.executable, "-m", "community.exchange.rendering_process"),
                    stdin=PIPE,
                    stdout=PIPE,
                    env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
                )
            )

    async def close(self) -> None:
        """End the processes."""
        for process in self._processes:
            if process.returncode is None:
                process.kill()
            # Reading to the end lets go of the pipes.
            await process.communicate()


async def _ask(process: Process, message: bytes) -> list[Body | str]:
    assert process.stdin is not None
    assert process.stdout is not None
    process.stdin.write(LENGTH.pack(len(message)) + message)
    await process.stdin.drain()
    (length,) = LENGTH.unpack(await process.stdout.readexactly(LENGTH.size))
    answer: list[Body | str] = pickle.loads(await process.stdout.readexactly(length))  # noqa: S301 - from a process of ours
    return answer
