"""Texts made ready in other processes, since rendering is much of the work of an import."""

import asyncio
import os
import pickle
import struct
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import Callable, Sequence

from community.discussions.texts import clean_body, clean_text
from community.exchange.html_to_markdown import to_markdown
from community.foundation.errors import Invalid
from community.foundation.markdown import render

Body = tuple[str, str, str, list[int] | None]
"""body, body_html, body_text, body_breaks."""
Render = Callable[..., list[Body | str]]

FEW = 60
"""So few are rendered on the spot."""
WORKERS = min(2, os.cpu_count() or 1)
PART = 250
"""So many are sent at once, so that no process waits long for the others."""
LENGTH = struct.Struct("<Q")
"""What stands before each message between the processes."""

LONGEST_BIO = 2_000


def render_bodies(bodies: Sequence[str], *, from_html: bool) -> list[Body | str]:
    """Return each body's forms, or why it may not be one."""
    return [_tried(_body, to_markdown(body) if from_html else body, "body") for body in bodies]


def render_bios(bios: Sequence[str], *, from_html: bool) -> list[Body | str]:
    """Return the forms of what members say of themselves, or why they may not; nothing at all is fine."""
    return [_tried(_bio, to_markdown(bio)[:LONGEST_BIO] if from_html else bio, "bio") for bio in bios]


def _tried(make: Callable[[str], Body], written: str, field: str) -> Body | str:
    try:
        return make(written)
    except Invalid as refusal:
        return f"{field}: {refusal.fields['reason']}"


def _bio(written: str) -> Body:
    bio = clean_text(written, "bio", LONGEST_BIO)
    return (bio, render(bio).html, "", None) if bio else ("", "", "", None)


def _body(written: str) -> Body:
    columns, _ = clean_body(written)
    return columns["body"], columns["body_html"], columns["body_text"], columns["body_breaks"]


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
