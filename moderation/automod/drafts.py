"""What is about to be written, and what the rules say of it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from moderation.rules.candidates import Kind
from moderation.rules.evaluating import Action, Outcome, Verdict, outcome


@dataclass(frozen=True, slots=True)
class Draft:
    """What is about to be written, and where."""

    kind: Kind
    body: str
    """As Markdown; of a profile, what the member says of themselves."""
    title: str = ""
    """Of a post its title, of a profile the name."""
    space_id: int | None = None
    """Of a new post."""
    post_id: int | None = None
    """The post that a new comment is on, or that is edited."""
    comment_id: int | None = None
    """The comment that is edited."""
    picture: str = ""
    """Of a profile, the address of its picture."""


@dataclass(frozen=True)
class Screened:
    """What the rules say of a draft."""

    draft: Draft
    member_id: int
    verdicts: tuple[Verdict, ...] = ()
    reason_ids: tuple[int, ...] = ()
    """Against which rule or law each is."""
    space_id: int | None = None

    @cached_property
    def outcome(self) -> Outcome:
        """What is to be done."""
        return outcome(self.verdicts)

    @property
    def is_held(self) -> bool:
        """Whether nobody shall see it until a moderator has."""
        return self.outcome.action is Action.HOLD

    @property
    def is_acted_on(self) -> bool:
        """Whether anything is to be done: what runs in shadow is only written down."""
        return self.outcome.action is not None

    @property
    def reason_id(self) -> int:
        """Against which rule or law the decisive verdict is."""
        decisive = self.outcome.decisive
        assert decisive is not None  # asked where something is to be done
        return self.reason_ids[self.verdicts.index(decisive)]
