"""Asking the rules of what is about to be written, in memory, and of the database only where a rule depends on it.

The rules are loaded once a process and dropped when an event says that they changed: at once by the process that changed
them, and by every other when it reads the event. Most texts are nobody's business: a rule that asks for the author, or for
what was written before, is first asked weakened to the text alone (`sieve`), and only where it may hold is one statement
run. Members who are new to no rule are remembered for a minute, so that it is not run for them again and again.
"""

from __future__ import annotations

import asyncio
import time
from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from types import MappingProxyType
from typing import TYPE_CHECKING, NamedTuple, TypeVar

import structlog

from community.foundation.clock import now
from community.foundation.markdown import LONGEST, render
from moderation.automod.book import Book, load_book
from moderation.automod.drafts import Draft, Screened
from moderation.automod.events import CHANGING_RULES
from moderation.automod.lookups import Found, image_hashes, look_up
from moderation.automod.matches import MatchBuffer
from moderation.automod.outside import Unasked
from moderation.classifier.external import External, Score
from moderation.rules.candidates import Author, Candidate, Kind
from moderation.rules.evaluating import Verdict

if TYPE_CHECKING:
    from community.foundation.database import Connection, Database
    from community.members.viewer import Viewer

logger = structlog.get_logger(__name__)

T = TypeVar("T")

LONG = 4_000
"""Signs from which on rules are asked in a thread: the longest post may take 70 ms, in which others would wait."""
KEPT_AUTHORS = 50_000
KEPT_FOR = 60.0
"""Seconds for which a member is remembered who is new to no rule."""

NO_ANSWERS: Mapping[str, Score] = MappingProxyType({})
NOT_SET = Score(None, hold=False)
"""What becomes of a text where there is no such classifier: it is let through, as there is no setting that says otherwise."""

_NOBODY = Author(datetime.fromtimestamp(0, UTC), 0)


class _Known(NamedTuple):
    """A member who is new to no rule, as they were found."""

    author: Author
    until: float


class Screening:
    """The rules that one process knows, and whom it need not look up."""

    def __init__(
        self, database: Database, external: External | None = None, clock: Callable[[], float] = time.monotonic
    ) -> None:
        """Begin with nothing loaded; `external` is the operator's own classifier, if one is set."""
        self.external = external
        self.matches = MatchBuffer(database)
        self._book: Book | None = None
        self._changes = 0
        self._loading = asyncio.Lock()
        self._known: OrderedDict[int, _Known] = OrderedDict()
        self._clock = clock

    def apply(self, kind: str) -> None:
        """Drop what an event has made untrue."""
        if kind in CHANGING_RULES:
            self.forget()

    def forget(self) -> None:
        """Drop all that is known; the next who writes has it loaded."""
        self._changes += 1
        self._book = None
        self._known.clear()

    async def screen(
        self, connection: Connection, draft: Draft, viewer: Viewer, answers: Mapping[str, Score] = NO_ANSWERS
    ) -> Screened:
        """Return what the rules say of what a member is about to write. Nothing is written down, and nothing done.

        `answers` are what the operator's own classifier has said of texts.

        Raises:
            Unasked: if the rules depend on what it says of this one, and that is not among them.
        """
        unsaid = Screened(draft, viewer.member_id)
        book = self._book or await self._load(connection)
        if book.is_empty or len(draft.body) > LONGEST:
            return unsaid
        candidate, shown = await _off_loop(draft, lambda: _candidate(book, draft, viewer))
        if book.asks_images:
            candidate = replace(candidate, image_hashes=await image_hashes(connection, [*shown, draft.picture]))
        places = await _off_loop(draft, lambda: book.at_sight.may_hold(candidate))
        places = _concerned(book, places, draft, viewer)
        if not places:
            return unsaid
        if (found := await self._found(connection, book, draft, candidate, places, viewer)) is None:
            return unsaid
        whole = replace(
            candidate,
            author=replace(found.author, is_staff=_is_staff(viewer, found.space_id)),
            space=found.space_id,
            earlier=found.earlier,
        )
        verdicts = await _off_loop(draft, lambda: _verdicts(book, whole, places, answers))
        return Screened(draft, viewer.member_id, verdicts, _reasons(book, verdicts), found.space_id)

    async def ask_external(self, text: str) -> Score:
        """Ask the operator's own classifier, where no transaction is open; never raises."""
        if self.external is None:
            return NOT_SET
        (score,) = await self.external.scores([text])
        return score

    async def _found(
        self,
        connection: Connection,
        book: Book,
        draft: Draft,
        candidate: Candidate,
        places: set[int],
        viewer: Viewer,
    ) -> Found | None:
        """Return what the rules at some places need to know; None if none of them can hold."""
        if viewer.member_id is None:
            # Who asks to join: nobody is newer.
            return Found(Author(now(), 0), draft.space_id, ())
        asks_author, asks_earlier = bool(places & book.of_author), bool(places & book.of_earlier)
        known = self._known_author(viewer.member_id) if asks_author or asks_earlier else None
        if known is not None and asks_author:
            candidate = replace(candidate, author=known)
            places &= await _off_loop(draft, lambda: book.knowing_author.may_hold(candidate, places))
            if not places:
                return None
            asks_earlier = bool(places & book.of_earlier)
        if not asks_earlier and (known is not None or not asks_author) and _knows_place(book, places, draft, viewer):
            return Found(known or _NOBODY, draft.space_id, ())
        since = now() - book.longest if asks_earlier else None
        found = await look_up(connection, draft, candidate, viewer.member_id, since)
        if found is not None:
            self._remember(book, viewer.member_id, found.author)
        return found

    async def _load(self, connection: Connection) -> Book:
        async with self._loading:
            if self._book is not None:
                return self._book
            changes = self._changes
            book = await load_book(connection)
            if book.outside is not None and self.external is None:
                logger.warning("moderation.classifier_not_set", rules=len(book.outside.places))
            # An event that came while the rules were on their way may not be in them: then they serve this text alone.
            if changes == self._changes:
                self._book = book
            return book

    def _known_author(self, member_id: int) -> Author | None:
        known = self._known.get(member_id)
        return known.author if known is not None and self._clock() < known.until else None

    def _remember(self, book: Book, member_id: int, author: Author) -> None:
        settled = author.written >= book.settled_from and now() - author.joined_at >= book.settled_after
        if settled:
            self._known[member_id] = _Known(author, self._clock() + KEPT_FOR)
            self._known.move_to_end(member_id)
            if len(self._known) > KEPT_AUTHORS:
                self._known.popitem(last=False)


def _candidate(book: Book, draft: Draft, viewer: Viewer) -> tuple[Candidate, tuple[str, ...]]:
    """Return what is asked about, and the addresses of the images in it."""
    rendered = render(draft.body)
    text = f"{draft.title}\n{rendered.text}" if draft.title else rendered.text
    candidate = Candidate(
        rendered.text,
        replace(_NOBODY, is_staff=_is_staff(viewer, draft.space_id)),
        now(),
        title=draft.title,
        besides=draft.besides,
        kind=draft.kind,
        space=draft.space_id,
        links=rendered.links,
        mentions=len(rendered.mentions),
        scores={label: float(model.probabilities([text])[0]) for label, model in book.models.items()},
    )
    return candidate, rendered.images


def _verdicts(book: Book, candidate: Candidate, places: set[int], answers: Mapping[str, Score]) -> tuple[Verdict, ...]:
    """Return which of the rules at some places hold of what is known in full but for what is asked outside."""
    asking = book.outside.depending(candidate, places) if book.outside is not None else frozenset[int]()
    if book.outside is None or not asking:
        return book.whole.verdicts(candidate, among=places)
    text = "\n".join(filter(None, (candidate.title, candidate.body, candidate.besides)))
    score = answers.get(text)
    if score is None:
        raise Unasked(text)
    if score.probability is None:
        return book.outside.without_answer(book.whole, candidate, places, asking, hold=score.hold)
    return book.whole.verdicts(replace(candidate, external=score.probability), among=places)


def _concerned(book: Book, places: set[int], draft: Draft, viewer: Viewer) -> set[int]:
    """Leave out the rules of other spaces, where it is known in which the text will stand, and for staff those of members."""
    if _is_staff(viewer, draft.space_id):
        places = {place for place in places if book.rules[place].scope.staff}
    if draft.space_id is None and draft.kind is not Kind.PROFILE:
        return places
    here = frozenset() if draft.space_id is None else frozenset({draft.space_id})
    return {place for place in places if not book.rules[place].scope.spaces or book.rules[place].scope.spaces & here}


def _knows_place(book: Book, places: set[int], draft: Draft, viewer: Viewer) -> bool:
    """Say whether it makes no difference in which space it stands, or that is known."""
    if draft.space_id is not None or draft.kind is Kind.PROFILE:
        return True
    moderates = bool(viewer.moderated_spaces) and not viewer.kind.oversees
    scopes = [book.rules[place].scope for place in places]
    return not any(scope.spaces or (moderates and not scope.staff) for scope in scopes)


def _is_staff(viewer: Viewer, space_id: int | None) -> bool:
    return viewer.kind.oversees or (space_id is not None and space_id in viewer.moderated_spaces)


def _reasons(book: Book, verdicts: tuple[Verdict, ...]) -> tuple[int, ...]:
    reasons = {rule.id: reason_id for rule, reason_id in zip(book.rules, book.reason_ids, strict=True)}
    return tuple(reasons[verdict.rule.id] for verdict in verdicts)


async def _off_loop(draft: Draft, ask: Callable[[], T]) -> T:
    """Ask what may take long in a thread, and the rest here: to change threads costs more than most texts take."""
    return await asyncio.to_thread(ask) if len(draft.body) > LONG else ask()
