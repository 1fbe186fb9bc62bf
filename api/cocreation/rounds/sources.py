"""What the lists and connections of rounds draw on."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    Double,
    Integer,
    Text,
    and_,
    case,
    cast,
    func,
    literal_column,
    not_,
    or_,
    select,
)
from sqlalchemy.dialects.postgresql import JSONB, aggregate_order_by

from api.node import id_of
from api.reading.cursors import by_number, by_time
from api.reading.json_sql import literal
from api.reading.readings import Scope, Source
from community.cocreation.rounds.methods import APPROVING, CHOOSING, RANKING, SCORING, UNRANKED, UNRATED
from community.cocreation.rounds.tables import ballots, round_options, rounds
from community.discussions.tables import space_members
from community.members.tables import members

if TYPE_CHECKING:
    from sqlalchemy import ColumnElement


def all_rounds(scope: Scope) -> Source:
    """Draw on rounds, the latest first."""
    round_ = scope.enter(rounds)
    given = scope.arguments.shape("filter") or {}
    where: list[ColumnElement[Any]] = []
    if given.get("space") is not None:
        space = scope.arguments.value("filter.space", BigInteger(), lambda id_: id_of("space", id_))
        where.append(round_.c.space_id == space)
    if given.get("state") is not None:
        where.append(round_.c.state == literal(given["state"].value))
    keys = by_time(round_.c.created_at, descending=True), by_number(round_.c.id, descending=True)
    return Source(round_, keys, "new", where=where)


def options_of(scope: Scope) -> Source:
    """Draw on a round's options, in the order of its ballots."""
    option = scope.enter(round_options)
    return Source(option, (by_number(option.c.position),), "position", where=[option.c.round_id == scope.row.c.id])


def winners_of(scope: Scope) -> Source:
    """Draw on the options that won, the first first."""
    option = scope.enter(round_options)
    where = [option.c.round_id == scope.row.c.id, option.c.won_as.is_not(None)]
    return Source(option, (by_number(option.c.won_as),), "won", where=where)


def _elements(value: ColumnElement[Any], **columns: tuple[str, Any]) -> Any:
    """Return a query of the elements of a JSON array, numbered by `place`, with what stands under some names in each."""
    each = (
        func.jsonb_array_elements(value).table_valued("value", with_ordinality="place", name="element").render_derived()
    )
    element = cast(each.c.value, JSONB)
    picked = [
        (
            element.op("->")(literal(name)) if isinstance(kind, JSONB) else cast(element.op("->>")(literal(name)), kind)
        ).label(label)
        for label, (name, kind) in columns.items()
    ]
    return select(cast(each.c.place, BigInteger).label("place"), *picked)


def steps_of(scope: Scope) -> Source:
    """Draw on the steps of a count."""
    query = _elements(
        scope.row.c.result.op("->")(literal("steps")),
        what=("what", Text()),
        options=("options", JSONB()),
        tally=("tally", JSONB()),
    )
    step = scope.enter(query.subquery())
    return Source(step, (by_number(step.c.place),), "step")


def ties_of(scope: Scope) -> Source:
    """Draw on the ties that were broken by lot."""
    query = _elements(
        scope.row.c.result.op("->")(literal("ties")),
        at=("where", Text()),
        options=("between", JSONB()),
        chosen=("chosen", BigInteger()),
    )
    tie = scope.enter(query.subquery())
    return Source(tie, (by_number(tie.c.place),), "tie")


def options_named(scope: Scope) -> Source:
    """Draw on the options that a step or a tie is about."""
    option = scope.enter(round_options)
    named = scope.row.c.options.op("@>", is_comparison=True)(func.to_jsonb(option.c.id))
    # Only looked for among those it names: an id in JSON finds no index.
    ids = select(cast(func.jsonb_array_elements_text(scope.row.c.options), BigInteger)).scalar_subquery()
    return Source(
        option,
        (by_number(option.c.position),),
        "position",
        where=[named, option.c.id.op("IN", is_comparison=True)(ids)],
    )


def tally_of(scope: Scope) -> Source:
    """Draw on what each option had in a step."""
    query = _elements(
        scope.row.c.tally, option_id=("option", BigInteger()), count=("count", Double()), exactly=("exactly", Text())
    )
    count = scope.enter(query.subquery())
    return Source(count, (by_number(count.c.place),), "option")


def choices_of(scope: Scope) -> Source:
    """Draw on what a ballot says: a row for each option that it says anything of."""
    option, round_ = scope.enter(round_options), scope.enter(rounds)
    mark = scope.row.c.marks[option.c.position + literal_column("1")]
    kind = round_.c.ballot_kind
    # A score of 0 says something, and the best rank is kept as 0.
    nothing = case(
        (kind == literal(RANKING), mark == literal_column(str(UNRANKED))),
        (kind == literal(SCORING), mark == literal_column(str(UNRATED))),
        else_=mark == literal_column("0"),
    )
    value = case(
        (kind == literal(RANKING), mark + literal_column("1")),
        (kind.op("IN", is_comparison=True)(literal_column(f"('{APPROVING}', '{CHOOSING}')")), literal_column("NULL")),
        else_=mark,
    )
    said = scope.enter(
        select(option.c.id.label("option_id"), option.c.position.label("position"), cast(value, Integer).label("value"))
        .select_from(option.source.join(round_.source, round_.c.id == option.c.round_id))
        .where(option.c.round_id == scope.row.c.round_id, not_(nothing))
        .subquery()
    )
    return Source(said, (by_number(said.c.position),), "position")


def may_vote(scope: Scope) -> ColumnElement[Any]:
    """Return whether the viewer can cast a ballot now."""
    viewer, round_ = scope.viewer, scope.row.c
    if not (viewer.kind.signed_in and viewer.kind.writes):
        return literal_column("false")
    member, joined = members.alias(), space_members.alias()
    in_time: Any = select(member.c.joined_at < round_.joined_before).where(member.c.id == viewer.member_id)
    belongs: Any = select(literal_column("1")).where(
        joined.c.space_id == round_.space_id, joined.c.member_id == viewer.member_id
    )
    return and_(
        round_.state == literal("OPEN"),
        func.clock_timestamp() < round_.closes_at,
        or_(round_.joined_before.is_(None), in_time.scalar_subquery()),
        or_(~round_.space_members_only, belongs.exists()),
    )


def receipt_counted(scope: Scope) -> ColumnElement[Any]:
    """Return whether there is a ballot with a receipt: none is added or changed once the round is closed."""
    ballot = ballots.alias()
    receipt = scope.arguments.value("receipt", Text())
    found: Any = select(literal_column("1")).where(ballot.c.round_id == scope.row.c.id, ballot.c.receipt == receipt)
    return found.exists()  # type: ignore[no-any-return] # SQLAlchemy's own


def exported_ballots(scope: Scope) -> ColumnElement[Any]:
    """Return the ballots without who cast them: a line for each that differs, with how many cast it; null if withheld."""
    ballot = ballots.alias()
    merged = (
        select(ballot.c.marks.label("said"), func.count().label("amount"))
        .where(ballot.c.round_id == scope.row.c.id)
        .group_by(ballot.c.marks)
        .subquery()
    )
    line = (
        cast(merged.c.amount, Text).op("||")(literal(": ")).op("||")(func.array_to_string(merged.c.said, literal(",")))
    )
    lines = func.string_agg(line, aggregate_order_by(literal_column("E'\\n'"), merged.c.said))
    told = cast(scope.row.c.result.op("->>")(literal("withheld")), Boolean).is_(False)
    return case((told, select(lines).select_from(merged).scalar_subquery()))
