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
AT_ONCE = 2
"""Parts that a process has at most: it begins the next while its answer to the last is still being read."""
READ_AT_ONCE = 1_000_000
"""Bytes of an answer."""
PART = 125
"""So many are sent at once, so that no process waits long for the others."""


class Renderer:
    """Processes that render; they begin with the first large batch, and end with `close`."""

    def __init__(self) -> None:
        """Begin none yet."""
        self._processes: list[Process] = []
        self._free: asyncio.Queue[tuple[Process, asyncio.Lock]] = asyncio.Queue()
        self._beginning = asyncio.Lock()

    async def render(self, render: Render, texts: Sequence[str], *, from_html: bool) -> list[Body | str]:
        """Render texts, in parallel where it is worth it."""
        if len(texts) <= FEW:
            return render(texts, from_html=from_html)
        await self.warm_up()
        parts = [texts[first : first + PART] for first in range(0, len(texts), PART)]
        rendered = await asyncio.gather(*(self._render_part(render, part, from_html=from_html) for part in parts))
        return [each for part in rendered for each in part]

    async def _render_part(self, render: Render, texts: Sequence[str], *, from_html: bool) -> list[Body | str]:
        """Have a part rendered by the first process that is free; who asked first is served first."""
        process, answers = await self._free.get()
        try:
            return await _ask(process, answers, pickle.dumps((render, texts, from_html)))
        finally:
            self._free.put_nowait((process, answers))

    async def warm_up(self) -> None:
        """Begin the processes, without waiting for them to be ready."""
        async with self._beginning:
            begun: list[tuple[Process, asyncio.Lock]] = []
            while len(self._processes) < WORKERS:
                process = await asyncio.create_subprocess_exec(
                    *(sys.executable, "-m", "community.exchange.rendering_process"),
                    stdin=PIPE,
                    stdout=PIPE,
                    limit=READ_AT_ONCE,
                    env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
                )
                self._processes.append(process)
                begun.append((process, asyncio.Lock()))
            for each in AT_ONCE * begun:
                self._free.put_nowait(each)

    async def close(self) -> None:
        """End the processes."""
        for process in self._processes:
            if process.returncode is None:
                process.kill()
            # Reading to the end lets go of the pipes.
            await process.communicate()


async def _ask(process: Process, answers: asyncio.Lock, message: bytes) -> list[Body | str]:
    """Ask a process; its answers come in the order of the questions, which is that of the turns for the lock."""
    assert process.stdin is not None
    assert process.stdout is not None
    process.stdin.write(LENGTH.pack(len(message)) + message)
    async with answers:
        await process.stdin.drain()
        (length,) = LENGTH.unpack(await process.stdout.readexactly(LENGTH.size))
        rendered = await process.stdout.readexactly(length)
    answer: list[Body | str] = pickle.loads(rendered)  # noqa: S301 - from a process of ours
    return answer
