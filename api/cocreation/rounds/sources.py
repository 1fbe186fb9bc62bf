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
    select,
)
from sqlalchemy.dialects.postgresql import JSONB, aggregate_order_by

from api.reading.cursors import by_number, by_text, by_time
from api.reading.json_sql import literal
from api.reading.readings import Scope, Source
from community.cocreation.rounds.tables import ballots, round_options, round_segments
from community.members.tables import members

if TYPE_CHECKING:
    from sqlalchemy import ColumnElement


def options_of(scope: Scope) -> Source:
    """Draw on a round's options, in the order of its ballots."""
    option = scope.enter(round_options)
    return Source(option, (by_number(option.c.position),), "position", where=[option.c.round_id == scope.row.c.id])


def tallies_of(scope: Scope) -> Source:
    """Draw on what each option was last counted to have."""
    option = scope.enter(round_options)
    found = scope.enter(
        select(option.c.id.label("option_id"), option.c.position.label("position"), option.c.tally.label("count"))
        .select_from(option.source)
        .where(option.c.round_id == scope.row.c.id, option.c.tally.is_not(None))
        .subquery()
    )
    return Source(found, (by_number(found.c.position),), "position")


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


def groups_of(scope: Scope) -> Source:
    """Draw on the groups of members who see things alike, the largest first."""
    query = _elements(
        scope.row.c.result.op("->")(literal("groups")),
        size=("size", Integer()),
        statements=("statements", JSONB()),
        own=("own", JSONB()),
    )
    group = scope.enter(query.subquery())
    return Source(group, (by_number(group.c.place),), "group")


def statements_of(scope: Scope) -> Source:
    """Draw on what a group thinks of each statement."""
    query = _elements(
        scope.row.c.statements,
        option_id=("option", BigInteger()),
        agreed=("agreed", Integer()),
        disagreed=("disagreed", Integer()),
        passed=("passed", Integer()),
    )
    statement = scope.enter(query.subquery())
    return Source(statement, (by_number(statement.c.place),), "statement")


def own_statements_of(scope: Scope) -> Source:
    """Draw on the statements that tell a group from the others, the most telling first."""
    query = _elements(
        scope.row.c.own, option_id=("option", BigInteger()), agrees=("agrees", Boolean()), share=("share", Double())
    )
    statement = scope.enter(query.subquery())
    return Source(statement, (by_number(statement.c.place),), "statement")


def segments_of(scope: Scope) -> Source:
    """Draw on how parts of the voters voted, the largest of each kind first."""
    segment = scope.enter(round_segments)
    keys = (
        by_text(segment.c.segmentation),
        by_number(segment.c.ballot_count, descending=True),
        by_number(segment.c.id),
    )
    where = [segment.c.round_id == scope.row.c.id]
    if (by := scope.arguments.shape("by")) is not None:
        where.append(segment.c.segmentation == literal(by.value))
    return Source(segment, keys, "segment", where=where)


def segment_tribe(scope: Scope) -> ColumnElement[Any]:
    """Return the id of the tribe that a part of the voters is."""
    row = scope.row.c
    return case((row.segmentation == literal("TRIBE"), cast(row.segment, BigInteger)))


def segment_tallies(scope: Scope) -> Source:
    """Draw on what each option had among a part of the voters."""
    option = scope.enter(round_options)
    tally = scope.row.c.tallies[option.c.position + literal_column("1")]
    found = scope.enter(
        select(option.c.id.label("option_id"), option.c.position.label("position"), tally.label("count"))
        .select_from(option.source)
        .where(option.c.round_id == scope.row.c.round_id, tally.is_not(None))
        .subquery()
    )
    return Source(found, (by_number(found.c.position),), "position")


def segment_winners(scope: Scope) -> Source:
    """Draw on the options that would win among a part of the voters, the first first."""
    option = scope.enter(round_options)
    place = func.array_position(scope.row.c.winners, option.c.id, type_=Integer())
    return Source(option, (by_number(place),), "won", where=[option.c.id == func.any(scope.row.c.winners)])


def signs_of(scope: Scope) -> Source:
    """Draw on the signs that were found when a round closed."""
    query = _elements(
        scope.row.c.examination.op("->")(literal("signs")),
        kind=("kind", Text()),
        ballots=("ballots", Integer()),
        share=("share", Double()),
        threshold=("threshold", Double()),
        members=("members", JSONB()),
    )
    sign = scope.enter(query.subquery())
    return Source(sign, (by_number(sign.c.place),), "sign")


def members_named(scope: Scope) -> Source:
    """Draw on the members that a sign is about."""
    member = scope.enter(members)
    ids = select(cast(func.jsonb_array_elements_text(scope.row.c.members), BigInteger)).scalar_subquery()
    return Source(member, (by_number(member.c.id),), "member", where=[member.c.id.op("IN", is_comparison=True)(ids)])


def voided_of(scope: Scope) -> Source:
    """Draw on the ballots of a round that were voided, the latest first, without what they say."""
    ballot = ballots.alias()
    found = scope.enter(
        select(
            ballot.c.id.label("id"),
            ballot.c.member_id.label("member_id"),
            ballot.c.voided_at.label("voided_at"),
            ballot.c.voided_by.label("voided_by"),
            ballot.c.void_reason.label("void_reason"),
        )
        .where(ballot.c.round_id == scope.row.c.id, ballot.c.voided_at.is_not(None))
        .subquery()
    )
    keys = by_time(found.c.voided_at, descending=True), by_number(found.c.id, descending=True)
    return Source(found, keys, "voided")


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


def receipt_counted(scope: Scope) -> ColumnElement[Any]:
    """Return whether there is a ballot with a receipt: once the round is closed none is added or changed, only voided."""
    ballot = ballots.alias()
    receipt = scope.arguments.value("receipt", Text())
    found: Any = select(literal_column("1")).where(
        ballot.c.round_id == scope.row.c.id, ballot.c.receipt == receipt, ballot.c.voided_at.is_(None)
    )
    return found.exists()  # type: ignore[no-any-return] # SQLAlchemy's own


def exported_ballots(scope: Scope) -> ColumnElement[Any]:
    """Return all that counting again takes, as the file that `community.cocreation.rounds.files.ballots` reads."""
    round_, ballot, option = scope.row.c, ballots.alias(), round_options.alias()
    newline: ColumnElement[Any] = literal_column("E'\\n'", Text)
    merged = (
        select(ballot.c.marks.label("said"), func.count().label("amount"))
        .where(ballot.c.round_id == round_.id, ballot.c.voided_at.is_(None))
        .group_by(ballot.c.marks)
        .subquery()
    )
    line = func.concat(merged.c.amount, literal(": "), func.array_to_string(merged.c.said, literal(",")), newline)
    cast_: Any = select(func.string_agg(line, aggregate_order_by(literal_column("''"), merged.c.said))).select_from(
        merged
    )
    cost = case((round_.budget.is_not(None), func.concat(option.c.cost, literal("; "))), else_=literal(""))
    named = func.concat(literal("# OPTION: "), cost, option.c.title, newline)
    options: Any = select(func.string_agg(named, aggregate_order_by(literal_column("''"), option.c.position))).where(
        option.c.round_id == round_.id
    )
    header = [
        case((value.is_not(None), func.concat(literal(f"# {name}: "), value, newline)), else_=literal(""))
        for name, value in (
            ("METHOD", round_.method),
            ("TITLE", round_.title),
            ("SEED", round_.seed),
            ("SEATS", round_.winners),
            ("CREDITS", round_.credits),
            ("BUDGET", round_.budget),
        )
    ]
    told = and_(
        *(
            cast(round_.result.op("->>")(literal(name)), Boolean).is_not(literal_column("true"))
            for name in ("withheld", "detailsWithheld")
        )
    )
    return case((told, func.concat(*header, options.scalar_subquery(), cast_.scalar_subquery())))
