"""The words of ideas: stages, states, sorts and filters."""

from __future__ import annotations

from enum import Enum
from typing import Any

import strawberry


@strawberry.enum(description="How far an idea has come.")
class IdeaStage(Enum):
    """How far an idea has come."""

    SUBMITTED = strawberry.enum_value("SUBMITTED", description="A member proposed it; members vote and refine it.")
    UNDER_REVIEW = strawberry.enum_value("UNDER_REVIEW", description="The brand looks into it.")
    PLANNED = strawberry.enum_value("PLANNED", description="The brand means to make it.")
    IN_THE_MAKING = strawberry.enum_value("IN_THE_MAKING", description="It is being made.")
    SHIPPED = strawberry.enum_value("SHIPPED", description="It is there. Nothing is voted on or amended any more.")
    DECLINED = strawberry.enum_value("DECLINED", description="It will not be made; it can be taken up again.")
    MERGED = strawberry.enum_value("MERGED", description="It went into another idea: see `mergedInto`.")


@strawberry.enum(description="What became of an amendment.")
class AmendmentState(Enum):
    """What became of an amendment."""

    OPEN = strawberry.enum_value("OPEN", description="Nobody has decided on it yet.")
    ACCEPTED = strawberry.enum_value("ACCEPTED", description="The idea says so now, or said so until it was edited.")
    DECLINED = strawberry.enum_value("DECLINED", description="It was not taken.")
    WITHDRAWN = strawberry.enum_value("WITHDRAWN", description="Who proposed it took it back.")


@strawberry.enum(description="As what a member is credited for an idea that shipped.")
class ContributorRole(Enum):
    """As what a member is credited for an idea that shipped."""

    AUTHOR = strawberry.enum_value("AUTHOR", description="They proposed it.")
    CO_AUTHOR = strawberry.enum_value("CO_AUTHOR", description="They shared in it.")
    AMENDER = strawberry.enum_value("AMENDER", description="An amendment of theirs was accepted.")
    MERGED_AUTHOR = strawberry.enum_value("MERGED_AUTHOR", description="They proposed an idea that was merged into it.")


@strawberry.enum(description="In which order ideas come.")
class IdeaSort(Enum):
    """In which order ideas come."""

    TOP = strawberry.enum_value("TOP", description="The most votes first.")
    NEWEST = strawberry.enum_value("NEWEST", description="The newest first.")
    ACTIVE = strawberry.enum_value("ACTIVE", description="The one with the newest comment first.")


def _optional(description: str) -> Any:
    return strawberry.field(default=strawberry.UNSET, description=description)


@strawberry.input(description="Which ideas. All that is given must hold.")
class IdeaFilter:
    """Which ideas. All that is given must hold."""

    board: strawberry.ID | None = _optional("On this board.")
    space: strawberry.ID | None = _optional("In this space.")
    stage: IdeaStage | None = _optional("At this stage; if none is given, at any but MERGED.")
    author: strawberry.ID | None = _optional("Proposed by this member.")
    query: str | None = _optional("With these words in title or body, as `search` finds them.")


@strawberry.input(description="Which boards. All that is given must hold.")
class IdeaBoardFilter:
    """Which boards. All that is given must hold."""

    space: strawberry.ID | None = _optional("In this space.")
    open: bool | None = _optional("That take new ideas, or none.")


@strawberry.input(description="Which amendments. All that is given must hold.")
class AmendmentFilter:
    """Which amendments. All that is given must hold."""

    state: AmendmentState | None = _optional("That this became of.")
