"""Refusals of the demonstration."""

from typing import ClassVar

from community.foundation.errors import Refusal


class CommunityNotEmpty(Refusal):
    """This community has members, spaces or posts already; a demonstration is made in an empty database only."""

    code: ClassVar[str] = "COMMUNITY_NOT_EMPTY"
