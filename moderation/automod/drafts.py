"""What is about to be written, and what the rules say of it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from moderation.rules.candidates import Kind
from moderation.rules.evaluating import Action, Outcome, Verdict, outcome

LONGEST_EXCERPT = 500


@dataclass(frozen=True, slots=True)
class Draft:
    """What is about to be written, and where."""

    kind: Kind
    body: str
    """As Markdown; of a profile, what the member says of themselves."""
    title: str = ""
    """Of a post its title, of a profile the name."""
    besides: str = ""
    """What is written besides, as plain text: tags, why it was edited."""
    space_id: int | None = None
    """Of a new post."""
    post_id: int | None = None
    """The post that a new comment is on, or that is edited."""
    comment_id: int | None = None
    """The comment that is edited."""
    within: tuple[str, int] | None = None
    """By what its space is found where it is no post's and no comment's: a kind of `lookups.SPACE_OF`, and an id."""
    picture: str = ""
    """Of a profile, the address of its picture."""

    @property
    def excerpt(self) -> str:
        """How it begins."""
        return "\n".join(filter(None, (self.title, self.body, self.besides)))[:LONGEST_EXCERPT]


@dataclass(frozen=True)
class Screened:
    """What the rules say of a draft."""

    draft: Draft
    member_id: int | None
    """Who writes it; None: who asks to join, and is nobody yet."""
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

    def reason_of(self, verdict: Verdict) -> int:
        """Return against which rule or law one of the verdicts is."""
        return self.reason_ids[self.verdicts.index(verdict)]
