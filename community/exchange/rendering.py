"""Texts made ready in other processes, since rendering is most of the work of an import."""

import asyncio
import multiprocessing
import os
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor

from community.discussions.texts import clean_body
from community.exchange.html_to_markdown import to_markdown
from community.foundation.errors import Invalid

Body = tuple[str, str, str, list[int] | None]
"""body, body_html, body_text, body_breaks."""

FEW = 60
"""So few are rendered on the spot."""
WORKERS = min(2, os.cpu_count() or 1)


def render_many(bodies: Sequence[str], *, from_html: bool) -> list[Body | str]:
    """Return each body's forms, or why it may not be one."""
    done: list[Body | str] = []
    for body in bodies:
        try:
            columns, _ = clean_body(to_markdown(body) if from_html else body)
        except Invalid as refusal:
            done.append(f"body: {refusal.fields['reason']}")
        else:
            done.append((columns["body"], columns["body_html"], columns["body_text"], columns["body_breaks"]))
    return done


class Renderer:
    """Processes that render; they begin with the first large batch, and end with `close`."""

    def __init__(self) -> None:
        """Begin none yet."""
        self._pool: ProcessPoolExecutor | None = None

    async def render(self, bodies: Sequence[str], *, from_html: bool) -> list[Body | str]:
        """Render bodies, in parallel where it is worth it."""
        if len(bodies) <= FEW:
            return render_many(bodies, from_html=from_html)
        self.warm_up()
        loop = asyncio.get_running_loop()
        size = -(-len(bodies) // (WORKERS * 4))
        parts = await asyncio.gather(
            *(
                loop.run_in_executor(self._pool, _render_part, bodies[first : first + size], from_html)
                for first in range(0, len(bodies), size)
            )
        )
        return [body for part in parts for body in part]

    def warm_up(self) -> None:
        """Begin the processes, without waiting for them."""
        if self._pool is None:
            self._pool = ProcessPoolExecutor(WORKERS, mp_context=multiprocessing.get_context("spawn"))
            for _ in range(WORKERS):
                self._pool.submit(render_many, (), from_html=False)

    def close(self) -> None:
        """End the processes."""
        if self._pool is not None:
            self._pool.shutdown(cancel_futures=True)


def _render_part(bodies: Sequence[str], from_html: bool) -> list[Body | str]:  # noqa: FBT001 - executors pass by position
    return render_many(bodies, from_html=from_html)
