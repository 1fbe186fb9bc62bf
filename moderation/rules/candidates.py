"""What a rule may look at: a text, who wrote it, and what was written lately. Nothing else decides."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from types import MappingProxyType


class Kind(StrEnum):
    """What is written."""

    POST = "POST"
    COMMENT = "COMMENT"
    PROFILE = "PROFILE"
    """What a member says of themselves: their name, and a text."""
    AMENDMENT = "AMENDMENT"
    """Another wording of somebody's idea, or why it is not taken."""
    OPTION = "OPTION"
    """What a member would have others vote on."""
    SPACE = "SPACE"
    """What a space is called, and says of itself."""
    ANSWER = "ANSWER"
    """What a member answers to a survey in their own words."""


CONTENT = frozenset({Kind.POST, Kind.COMMENT})


@dataclass(frozen=True, slots=True)
class Author:
    """What is known of whoever wrote it, at the moment of writing."""

    joined_at: datetime
    written: int
    """How many posts and comments they had before that were not removed."""
    trust: int | None = None
    """Percentile of reputation, 0 to 100; None before any scoring."""
    level: int | None = None
    """1 to 4; None before any scoring."""
    is_staff: bool = False


@dataclass(frozen=True, slots=True)
class Earlier:
    """Something written before.

    To be given are all of the author's own within the longest time that a rule asks for, and of others' whatever shares a
    band with the candidate (`near_duplicates.band_keys`).
    """

    written_at: datetime
    by_author: bool
    signature: bytes | None = None
    """See `near_duplicates.signature`; None for a text too short to have one."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """What is about to be posted, or was."""

    body: str
    """As readers see it, without mark-up (`Rendered.text`), so that no mark-up hides a word."""
    author: Author
    written_at: datetime
    title: str = ""
    kind: Kind = Kind.POST
    space: int | None = None
    links: tuple[str, ...] = ()
    """Where its links lead (`Rendered.links`), which its text need not show."""
    besides: str = ""
    """What is written besides: tags, why it was edited. It is searched, and not compared with what others wrote."""
    mentions: int = 0
    """How many members it calls."""
    earlier: tuple[Earlier, ...] = ()
    image_hashes: tuple[int, ...] = ()
    """Perceptual hashes of its pictures, of 64 bits."""
    scores: Mapping[str, float] = field(default_factory=lambda: MappingProxyType({}))
    """What a classifier says of it, 0 to 1, by label."""
    external: float | None = None
    """What the operator's own classifier says of it, 0 to 1; None where it was not asked, or did not answer."""
