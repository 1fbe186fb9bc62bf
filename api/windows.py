"""Spans of time, as inputs name them."""

from __future__ import annotations

from datetime import datetime

import strawberry


@strawberry.input(description="A span of time.")
class Window:
    """A span of time."""

    from_: datetime = strawberry.field(name="from", description="From this moment on.")
    to: datetime = strawberry.field(description="Before this moment.")
