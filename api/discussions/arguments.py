"""How lists of posts and comments are sorted and filtered."""

from __future__ import annotations

from datetime import datetime
from enum import Enum
from typing import Any

import strawberry


@strawberry.enum(description="In which order posts come.")
class PostSort(Enum):
    """In which order posts come."""

    NEWEST = strawberry.enum_value("NEWEST", description="The newest post first.")
    ACTIVE = strawberry.enum_value("ACTIVE", description="The post with the newest comment first.")
    TOP = strawberry.enum_value("TOP", description="The most reactions and comments first; see the filter's `window`.")


@strawberry.enum(description="How far back a ranking looks.")
class TopWindow(Enum):
    """How far back a ranking looks."""

    DAY = strawberry.enum_value("DAY", description="The last 24 hours.")
    WEEK = strawberry.enum_value("WEEK", description="The last 7 days.")
    MONTH = strawberry.enum_value("MONTH", description="The last 30 days.")
    YEAR = strawberry.enum_value("YEAR", description="The last 365 days.")
    ALL = strawberry.enum_value("ALL", description="From the beginning.")


@strawberry.enum(description="In which order comments come.")
class CommentSort(Enum):
    """In which order comments come."""

    OLDEST = strawberry.enum_value("OLDEST", description="As the talk went.")
    NEWEST = strawberry.enum_value("NEWEST", description="The newest first.")
    TOP = strawberry.enum_value("TOP", description="The most reactions first.")


@strawberry.enum(description="In which order spaces come.")
class SpaceSort(Enum):
    """In which order spaces come."""

    MEMBERS = strawberry.enum_value("MEMBERS", description="The most members first.")
    NEWEST = strawberry.enum_value("NEWEST", description="The newest first.")
    NAME = strawberry.enum_value("NAME", description="By name.")


@strawberry.enum(description="In which order tags come.")
class TagSort(Enum):
    """In which order tags come."""

    POPULAR = strawberry.enum_value("POPULAR", description="The most posts first.")
    NAME = strawberry.enum_value("NAME", description="By name.")


@strawberry.enum(description="Who may read a space.")
class SpaceAccess(Enum):
    """Who may read a space."""

    PUBLIC = strawberry.enum_value("PUBLIC", description="Everyone, signed in or not.")
    MEMBERS = strawberry.enum_value("MEMBERS", description="Every member of the community.")
    PRIVATE = strawberry.enum_value("PRIVATE", description="Those who were invited and joined.")


def _optional(description: str) -> Any:
    return strawberry.field(default=strawberry.UNSET, description=description)


@strawberry.input(description="Which posts. All that is given must hold.")
class PostFilter:
    """Which posts. All that is given must hold."""

    official: bool | None = _optional("The brand's own, or all but those.")
    answered: bool | None = _optional("With an accepted answer, or without.")
    pinned: bool | None = _optional("Pinned in their space, or not.")
    author: strawberry.ID | None = _optional("Written by this member.")
    tag: str | None = _optional("With this tag.")
    created_after: datetime | None = _optional("Written at this time or later.")
    created_before: datetime | None = _optional("Written before this time.")
    window: TopWindow | None = _optional("Written within this window, up to now.")
    any: list[PostFilter] | None = _optional("At least one of these filters must hold as well.")


@strawberry.input(description="Which comments. All that is given must hold.")
class CommentFilter:
    """Which comments. All that is given must hold."""

    top_level: bool | None = _optional("Only those that answer the post itself, not another comment.")


@strawberry.input(description="Which spaces. All that is given must hold.")
class SpaceFilter:
    """Which spaces. All that is given must hold."""

    access: SpaceAccess | None = _optional("With this access.")
    archived: bool | None = _optional("Read-only, or open.")
    joined: bool | None = _optional("Joined by the viewer, or not.")
