"""Reading the event log for a viewer: one statement, each event entered through what it happened to.

A stretch of the log is read, so many rows at most, whatever the viewer may see of them: a cursor from the log's
beginning, or a filter that nothing passes, asks for no more work than any other.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    Integer,
    Text,
    and_,
    case,
    cast,
    func,
    literal_column,
    or_,
    select,
    tuple_,
)
from sqlalchemy.dialects.postgresql import ARRAY, aggregate_order_by

from api.node import id_of
from api.notifications.visibility import visible_notifications
from api.reading.fields import Argument
from api.reading.json_sql import Part, glue, members
from api.reading.pages import in_order
from api.reading.readings import Row, Scope
from api.updates.types import (
    EVENTS,
    KIND,
    LAST_ALONE,
    OF_INSIGHTS,
    OF_MODERATORS,
    OF_THE_VIEWER,
    UpdateFilter,
    cursor_text,
)
from community.cocreation.ideas.tables import ideas
from community.cocreation.ideas.visibility import visible_ideas
from community.cocreation.rounds.tables import rounds
from community.cocreation.rounds.visibility import visible_rounds
from community.discussions.tables import comments, posts
from community.discussions.visibility import visible_comments, visible_posts
from community.foundation.event_readers import OLDEST_RUNNING, BadEventCursor, decode_cursor
from community.foundation.tables import events, jobs
from community.members.viewer import any_of, seen
from community.notifications.tables import notifications
from graph.visibility import visible_jobs
from moderation.cases.tables import cases
from moderation.visibility import visible_cases

if TYPE_CHECKING:
    from sqlalchemy import ColumnElement

    from api.reading.compile import Compiler
    from api.reading.plan import Selection

SCANNED = 1_000
"""How many rows of the log one statement looks at."""

LONGEST_BATCH = 100
_END_OF_TRANSACTION = 2**63 - 1
_COLUMNS = ("id", "transaction_id", "occurred_at", "member_id", "subject_kind", "subject_id", "post_id")
_TYPES = {**{name: events.c[name].type for name in _COLUMNS}, KIND: Text(), "shown": Boolean(), "place": Integer()}

Bound = tuple["ColumnElement[Any]", "ColumnElement[Any]"]


def batch_parts(compiler: Compiler, selection: Selection, scope: Scope) -> list[Part]:
    """Return an `UpdateBatch` as JSON text."""
    cursor = scope.arguments.value
    after = (
        cursor("cursor", BigInteger(), lambda written: _position(written).transaction_id),
        cursor("cursor", BigInteger(), lambda written: _position(written).event_id),
    )
    size = cursor("first", Integer(), _checked_size)
    stretch = Stretch(compiler, scope, after, None, size)
    pairs: list[tuple[str, list[Part]]] = []
    for part in selection.of("UpdateBatch"):
        match part.name:
            case "updates":
                pairs.append((part.key, stretch.told(part)))
            case "endCursor":
                pairs.append((part.key, ['"', stretch.end(), '"']))
            case "hasMore":
                pairs.append((part.key, [cast(stretch.goes_on(), Text)]))
            case _:
                pairs.append((part.key, ['"UpdateBatch"']))
    return [stretch.around(glue(members(pairs)))]


def stream_parts(compiler: Compiler, selection: Selection, scope: Scope) -> list[Part]:
    """Return what a subscription tells next, as JSON text: updates, the cursor after them, whether there are more."""
    from api.updates.stream import AFTER_EVENT, AFTER_TRANSACTION, UP_TO_EVENT, UP_TO_TRANSACTION, leaf

    def bound(transaction: str, event: str) -> Bound:
        bind = compiler.parameters.bind
        return (
            bind(leaf(transaction), BigInteger(), None, transaction),
            bind(leaf(event), BigInteger(), None, event),
        )

    stretch = Stretch(
        compiler,
        scope,
        bound(AFTER_TRANSACTION, AFTER_EVENT),
        bound(UP_TO_TRANSACTION, UP_TO_EVENT),
        literal_column(str(LONGEST_BATCH), Integer),
    )
    pairs: list[tuple[str, list[Part]]] = [
        ("updates", stretch.told(selection)),
        ("endCursor", ['"', stretch.end(), '"']),
        ("hasMore", [cast(stretch.goes_on(), Text)]),
    ]
    return [stretch.around(glue(members(pairs)))]


class Stretch:
    """A stretch of the log while it is compiled."""

    def __init__(
        self,
        compiler: Compiler,
        scope: Scope,
        after: Bound,
        up_to: Bound | None,
        size: ColumnElement[Any],
    ) -> None:
        """Begin after a place, end at another (or where the log is settled), and tell so many updates at most."""
        self._compiler = compiler
        self._scope = scope
        self._after = after
        self._up_to = up_to
        self._size = size
        self.row = Row(compiler.new_alias(), _TYPES)

    def told(self, selection: Selection) -> list[Part]:
        """Return the updates as a JSON array."""
        node = glue(self._compiler.variants(selection, self.row))
        joined = func.string_agg(node, in_order(literal_column("','"), self.row.c.place))
        return [
            "[",
            func.coalesce(joined.filter(self.row.c.shown, self.row.c.place <= self._size), literal_column("''", Text)),
            "]",
        ]

    def goes_on(self) -> ColumnElement[Any]:
        """Return whether there is more to read after :meth:`end`."""
        return or_(self._cut_off(), func.count() >= literal_column(str(SCANNED)))

    def end(self) -> ColumnElement[Any]:
        """Return the cursor of the last update told, or of the last row looked at, or where the log is settled."""
        row = self.row
        cursor = cursor_text(row.c.transaction_id, row.c.id)
        last_told = func.max(cursor).filter(row.c.shown, row.c.place == self._size)
        latest: Any = func.array_agg(
            aggregate_order_by(cursor, row.c.transaction_id.desc(), row.c.id.desc()),
            type_=ARRAY(Text),
        )
        settled = (
            cursor_text(literal_column(f"({OLDEST_RUNNING} - 1)"), literal_column(str(_END_OF_TRANSACTION)))
            if self._up_to is None
            else cursor_text(*self._up_to)
        )
        return case(
            (self._cut_off(), last_told),
            (func.count() >= literal_column(str(SCANNED)), latest[1]),
            else_=settled,
        )

    def _cut_off(self) -> ColumnElement[Any]:
        return func.coalesce(func.max(self.row.c.place) > self._size, literal_column("false"))

    def around(self, text: ColumnElement[Any]) -> ColumnElement[Any]:
        """Put the stretch of the log under what is shown of it."""
        seen_rows = self._window()
        alias = self._compiler.new_alias()
        named = Row(alias, _TYPES)
        # Of several changes to the reactions of one post, or of one job, the last tells of them all.
        later = func.lead(named.c.id).over(
            partition_by=[getattr(named.c, KIND), named.c.subject_kind, named.c.subject_id],
            order_by=[named.c.transaction_id, named.c.id],
        )
        last = and_(
            named.c.shown,
            or_(getattr(named.c, KIND).op("NOT IN", is_comparison=True)(_names(sorted(LAST_ALONE))), later.is_(None)),
        )
        columns = ", ".join(f"{alias}.{name}" for name in (*_COLUMNS, KIND))
        thinned: Any = select(literal_column(columns), last.label("shown")).select_from(seen_rows.alias(alias))
        outer = self._compiler.new_alias()
        counted = Row(outer, _TYPES)
        place = func.count().filter(counted.c.shown).over(order_by=[counted.c.transaction_id, counted.c.id])
        numbered: Any = select(literal_column(f"{outer}.*"), place.label("place")).select_from(thinned.alias(outer))
        return select(text).select_from(numbered.alias(self.row.alias)).scalar_subquery()

    def _window(self) -> Any:
        event = self._compiler.enter(events)
        place = tuple_(event.c.transaction_id, event.c.id)
        bounds: list[Any] = [
            place > tuple_(*self._after),
            event.c.transaction_id < literal_column(OLDEST_RUNNING),
        ]
        if self._up_to is not None:
            bounds.append(place <= tuple_(*self._up_to))
        told_as = _told_as(event)
        shown = and_(*_wanted(self._scope, event, told_as), self._visible(event, told_as))
        columns = ", ".join(f"{event.alias}.{name}" for name in _COLUMNS)
        return (
            select(
                literal_column(columns),
                told_as.label(KIND),
                func.coalesce(shown, literal_column("false")).label("shown"),
            )
            .select_from(event.source)
            .where(*bounds)
            .order_by(event.c.transaction_id, event.c.id)
            .limit(literal_column(str(SCANNED)))
        )

    def _visible(self, event: Row, told_as: ColumnElement[Any]) -> ColumnElement[Any]:
        """Return whether the viewer may see now what an event happened to."""
        viewer = self._scope.viewer
        branches: list[tuple[Any, Any]] = []
        if viewer.kind.signed_in:
            mine = event.c.member_id == viewer.member_id
            notification = seen(notifications, visible_notifications, event.c.subject_id, viewer)
            branches = [
                (told_as == literal_column("'NotificationReceived'"), and_(mine, notification)),
                (told_as == literal_column("'NotificationsRead'"), mine),
                (told_as == literal_column("'CaseChanged'"), seen(cases, visible_cases, event.c.subject_id, viewer)),
                (told_as == literal_column("'JobChanged'"), seen(jobs, visible_jobs, event.c.subject_id, viewer)),
            ]
        space: Any = (
            literal_column("true") if viewer.kind.oversees else event.c.space_id == any_of(viewer.readable_spaces)
        )
        if viewer.kind.hides_members and not viewer.kind.oversees:
            shown = ~viewer.hides(event.c.member_id)
            if viewer.kind.moderates:
                shown = or_(shown, event.c.space_id == any_of(viewer.moderated_spaces))
            space = and_(space, shown)
        return case(
            *branches,
            (told_as == literal_column("'ContentRemoved'"), space),
            (told_as == literal_column("'PostChanged'"), seen(posts, visible_posts, event.c.post_id, viewer)),
            (
                event.c.subject_kind == literal_column("'post'"),
                seen(posts, visible_posts, event.c.subject_id, viewer),
            ),
            (
                event.c.subject_kind == literal_column("'comment'"),
                seen(comments, visible_comments, event.c.subject_id, viewer),
            ),
            (
                event.c.subject_kind == literal_column("'round'"),
                seen(rounds, visible_rounds, event.c.subject_id, viewer),
            ),
            (
                event.c.subject_kind == literal_column("'idea'"),
                seen(ideas, visible_ideas, event.c.subject_id, viewer),
            ),
            else_=literal_column("false"),
        )


def _told_as(event: Row) -> ColumnElement[Any]:
    """Return as which type of update an event is told; NULL for what is not told."""
    branches: list[tuple[Any, Any]] = [
        (event.c.kind.op("IN", is_comparison=True)(_names(kinds)), literal_column(f"'{update}'"))
        for update, kinds in EVENTS.items()
    ]
    return case(*branches, else_=literal_column("NULL", Text))


def _wanted(scope: Scope, event: Row, told_as: ColumnElement[Any]) -> list[Any]:
    """Return a filter's conditions."""
    given = scope.arguments.shape("filter") or {}
    value = scope.arguments.value
    conditions: list[Any] = [told_as.is_not(None)]
    if not scope.viewer.kind.signed_in:
        conditions.append(
            told_as.op("NOT IN", is_comparison=True)(_names(sorted(OF_THE_VIEWER | OF_INSIGHTS | OF_MODERATORS)))
        )
    if given.get("space") is not None:
        conditions.append(event.c.space_id == value("filter.space", BigInteger(), lambda id_: id_of("space", id_)))
    if given.get("post") is not None:
        conditions.append(event.c.post_id == value("filter.post", BigInteger(), lambda id_: id_of("post", id_)))
    if given.get("mine"):
        conditions.append(event.c.member_id == scope.viewer.member_id)
    if given.get("kinds") is not None:
        names = sorted({kind.value for kind in given["kinds"]} & EVENTS.keys())
        conditions.append(
            told_as.op("IN", is_comparison=True)(_names(names)) if names else literal_column("false"),
        )
    return conditions


def _names(names: Any) -> ColumnElement[Any]:
    return literal_column("(" + ", ".join(f"'{name}'" for name in names) + ")")


def _position(written: object) -> Any:
    try:
        return decode_cursor(written)
    except BadEventCursor as error:
        message = "is not a cursor of the log."
        raise ValueError(message) from error


def _checked_size(size: Any) -> int:
    if not isinstance(size, int) or not 1 <= size <= LONGEST_BATCH:
        message = f"asks for {size}; give 1 to {LONGEST_BATCH}."
        raise ValueError(message)
    return size


FILTER = {"filter": Argument(UpdateFilter | None, "Which updates.", None)}


def updates_cursor(scope: Scope) -> ColumnElement[Any]:
    """Return where the log is settled, as this very statement sees it."""
    del scope
    end: ColumnElement[Any] = cursor_text(
        literal_column(f"({OLDEST_RUNNING} - 1)"), literal_column(str(_END_OF_TRANSACTION))
    )
    return end
