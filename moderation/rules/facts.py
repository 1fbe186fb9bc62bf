"""What is found in a candidate, each thing once however many rules ask for it, and only if one does."""

from __future__ import annotations

from enum import StrEnum
from functools import cached_property
from typing import NamedTuple

from moderation.rules.candidates import Candidate
from moderation.rules.conditions import Whose
from moderation.rules.folding import Folded, fold
from moderation.rules.keywords import KeywordIndex
from moderation.rules.links import links_in
from moderation.rules.unmasking import unmasked


class Place(StrEnum):
    """Which text of a candidate."""

    TITLE = "TITLE"
    BODY = "BODY"
    BESIDES = "BESIDES"


class Span(NamedTuple):
    """A part of what was written, to be shown as it stands there."""

    place: Place
    start: int
    end: int


class Reading(NamedTuple):
    """One way in which a text is read: plain, or without disguise."""

    place: Place
    original: str
    folded: Folded

    def span(self, start: int, end: int) -> Span:
        """Return what a part of the folded text stands for."""
        return Span(self.place, *self.folded.origin(start, end))


class Outward(NamedTuple):
    """A link, and where it stands if its text shows it."""

    domain: str
    span: Span | None


class Facts:
    """What rules ask of one candidate."""

    def __init__(self, candidate: Candidate, keywords: KeywordIndex) -> None:
        """Keep what is asked about; nothing is looked for yet."""
        self.candidate = candidate
        self._keywords = keywords

    @cached_property
    def plain(self) -> tuple[Reading, ...]:
        """The folded title, if there is one, the folded body, and what is written besides."""
        texts = (
            (Place.TITLE, self.candidate.title),
            (Place.BODY, self.candidate.body),
            (Place.BESIDES, self.candidate.besides),
        )
        return tuple([Reading(place, text, fold(text)) for place, text in texts if text])

    @cached_property
    def readings(self) -> tuple[Reading, ...]:
        """The plain texts, and what they read as without disguise where they wear one."""
        bare = [
            Reading(place, original, folded)
            for place, original, plain in self.plain
            for folded in unmasked(original, plain)
        ]
        return (*self.plain, *bare)

    @cached_property
    def keywords(self) -> dict[int, dict[Span, str]]:
        """By the number of a condition, where a keyword of it is, and which."""
        found: dict[int, dict[Span, str]] = {}
        for reading in self.readings:
            for owner, word, start, end in self._keywords.find(reading.folded):
                found.setdefault(owner, {}).setdefault(reading.span(start, end), word)
        return found

    @cached_property
    def links(self) -> tuple[Outward, ...]:
        """All links, those that no text shows last."""
        shown = [
            Outward(link.domain, reading.span(link.start, link.end))
            for reading in self.plain
            for link in links_in(reading.folded)
        ]
        domains = {link.domain for link in shown}
        # A link without a host leads to another page of the community.
        told = [link.domain for written in self.candidate.links for link in links_in(fold(written)) if ":" in written]
        return (*shown, *[Outward(domain, None) for domain in told if domain not in domains])

    @cached_property
    def whole(self) -> str:
        """The title and the body, folded."""
        return " ".join([reading.folded.text for reading in self.plain if reading.place is not Place.BESIDES])

    @cached_property
    def signs(self) -> int:
        """How many letters and digits there are."""
        return sum(map(str.isalnum, self.whole))

    @cached_property
    def signature(self) -> bytes | None:
        """See `near_duplicates.signature`."""
        from moderation.rules.near_duplicates import signature  # what it needs takes half a second to import

        return signature(self.whole)

    @cached_property
    def likenesses(self) -> tuple[tuple[float, float, bool], ...]:
        """Of each earlier text with a signature: how like it is, how many seconds ago, whether it is the author's."""
        from moderation.rules.near_duplicates import likeness

        mine, now = self.signature, self.candidate.written_at
        if mine is None:
            return ()
        return tuple(
            [
                (likeness(mine, one.signature), (now - one.written_at).total_seconds(), one.by_author)
                for one in self.candidate.earlier
                if one.signature is not None
            ]
        )

    def alike(self, least: float, within: float, whose: Whose) -> int:
        """Return how many earlier texts are so like this one."""
        return sum(
            like >= least and 0 <= ago <= within and (by_author or whose is Whose.ANYBODY)
            for like, ago, by_author in self.likenesses
        )

    def written_within(self, seconds: float) -> int:
        """Return how many texts the author wrote within some time, this one included."""
        now = self.candidate.written_at
        return 1 + sum(
            one.by_author and 0 <= (now - one.written_at).total_seconds() <= seconds for one in self.candidate.earlier
        )
