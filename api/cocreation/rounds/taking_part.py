"""What of a round is the viewer's: what they may do in it now, and what their ballot says."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import Integer, Select, Text, and_, case, cast, func, literal_column, not_, or_, select

from api.members.deeds import free_to
from api.reading.cursors import by_number
from api.reading.json_sql import literal
from api.reading.readings import Row, Scope, Source
from community.cocreation.rounds.methods import (
    APPROVING,
    CHOOSING,
    COMPARING,
    OPINING,
    RANKING,
    SCORING,
    UNRANKED,
    UNRATED,
)
from community.cocreation.rounds.tables import ballots, round_options, rounds
from community.eligibility.rules import is_eligible
from community.eligibility.tables import eligibilities
from community.members.restrictions import Deed

if TYPE_CHECKING:
    from sqlalchemy import ColumnElement

PAIRS_AT_ONCE = 10

_ONE = literal_column("1", Integer)
_FALSE: ColumnElement[Any] = literal_column("false")


def phase_of(scope: Scope) -> ColumnElement[Any]:
    """Return what is done in a round now, by the database's clock; null for a draft."""
    round_, now = scope.row.c, func.clock_timestamp()
    return case(
        (round_.state == literal("DRAFT"), literal_column("NULL", Text)),
        (or_(round_.state == literal("CLOSED"), now >= round_.closes_at), literal("RESULT")),
        (now < round_.proposals_until, literal("PROPOSE")),
        (now < round_.voting_from, literal("DISCUSS")),
        else_=literal("VOTE"),
    )


def may_vote(scope: Scope) -> ColumnElement[Any]:
    """Return whether the viewer can cast a ballot now."""
    ballot = ballots.alias()
    void: Any = select(_ONE).where(
        ballot.c.round_id == scope.row.c.id,
        ballot.c.member_id == scope.viewer.member_id,
        ballot.c.voided_at.is_not(None),
    )
    return _may(scope, "VOTE", scope.row.c.voters_id, ~void.exists(), free_to(scope, Deed.VOTE))


def may_propose(scope: Scope) -> ColumnElement[Any]:
    """Return whether the viewer can propose an option now."""
    left = proposals_left(scope) > literal_column("0")
    return _may(scope, "PROPOSE", scope.row.c.proposers_id, left, free_to(scope, Deed.SHOWN))


def proposals_left(scope: Scope) -> ColumnElement[Any]:
    """Return how many options the viewer may still propose, as far as their number goes."""
    if not scope.viewer.kind.signed_in:
        return literal_column("0", Integer)
    option = round_options.alias()
    own: Any = select(cast(func.count(), Integer)).where(
        option.c.round_id == scope.row.c.id, option.c.proposed_by == scope.viewer.member_id
    )
    left: ColumnElement[Any] = scope.row.c.proposals_each - own.scalar_subquery()
    return left


def _may(scope: Scope, phase: str, rule_id: ColumnElement[Any], *also: ColumnElement[Any]) -> ColumnElement[Any]:
    if not (scope.viewer.kind.signed_in and scope.viewer.kind.writes):
        return _FALSE
    rule = eligibilities.alias()
    asked: Any = select(is_eligible(lambda name: rule.c[name], scope.viewer.member_id)).where(rule.c.id == rule_id)
    return and_(
        func.coalesce(phase_of(scope) == literal(phase), _FALSE),
        or_(rule_id.is_(None), asked.scalar_subquery()),
        *also,
    )


def vote_budget(scope: Scope) -> Select[Any]:
    """Return what the viewer's ballot costs, of what it may; nothing where votes cost nothing."""
    ballot, round_ = ballots.alias(), scope.row.c
    vote = func.unnest(ballot.c.marks).table_valued("mark", name="vote").render_derived()
    cost: Any = (
        select(cast(func.coalesce(func.sum(vote.c.mark * vote.c.mark), literal_column("0")), Integer))
        .select_from(ballot.join(vote, literal_column("true")))
        .where(ballot.c.round_id == round_.id, ballot.c.member_id == scope.viewer.member_id)
    )
    spent = cost.scalar_subquery() if scope.viewer.kind.signed_in else literal_column("0", Integer)
    shown = round_.credits.is_not(None) if scope.viewer.kind.signed_in else _FALSE
    return select(round_.credits.label("credits"), spent.label("spent")).where(shown)


def choices_of(scope: Scope) -> Source:
    """Draw on what a ballot says: a row for each option that it says anything of."""
    option, round_ = scope.enter(round_options), scope.enter(rounds)
    mark = scope.row.c.marks[option.c.position + _ONE]
    kind = round_.c.ballot_kind
    # A score of 0 says something, and so does an opinion; the best rank is kept as 0.
    nothing = case(
        (kind == literal(RANKING), mark == literal_column(str(UNRANKED))),
        (_one_of(kind, SCORING, OPINING), mark == literal_column(str(UNRATED))),
        else_=mark == literal_column("0"),
    )
    value = case(
        (kind == literal(RANKING), mark + _ONE),
        (_one_of(kind, APPROVING, CHOOSING), literal_column("NULL")),
        else_=mark,
    )
    said = scope.enter(
        select(option.c.id.label("option_id"), option.c.position.label("position"), cast(value, Integer).label("value"))
        .select_from(option.source.join(round_.source, round_.c.id == option.c.round_id))
        .where(option.c.round_id == scope.row.c.round_id, not_(nothing), kind != literal(COMPARING))
        .subquery()
    )
    return Source(said, (by_number(said.c.position),), "position")


def judgements_of(scope: Scope) -> Source:
    """Draw on what a ballot that compares says: a row for each two options that it judged."""
    pair = _pairs(scope, scope.row.c.round_id)
    mark = scope.row.c.marks[pair.c.place]
    first_better = mark == _ONE
    said = scope.enter(
        select(
            pair.c.place.label("place"),
            case((first_better, pair.c.first_id), else_=pair.c.second_id).label("better_id"),
            case((first_better, pair.c.second_id), else_=pair.c.first_id).label("worse_id"),
        )
        .select_from(pair.source)
        .where(mark.op("IN", is_comparison=True)(literal_column("(1, -1)")))
        .subquery()
    )
    return Source(said, (by_number(said.c.place),), "place")


def next_pairs(scope: Scope) -> Source:
    """Draw on pairs that the viewer has not judged yet, in an order that is theirs: so all are judged about as often."""
    ballot, pair = ballots.alias(), _pairs(scope, scope.row.c.id)
    viewer = scope.viewer.member_id if scope.viewer.kind.signed_in else literal_column("0")
    judged: Any = select(ballot.c.marks).where(ballot.c.round_id == scope.row.c.id, ballot.c.member_id == viewer)
    mark = func.coalesce(judged.scalar_subquery()[pair.c.place], literal_column("0"))
    drawn = func.md5(func.concat(viewer, literal("/"), pair.c.first_id, literal("/"), pair.c.second_id))
    numbered = (
        select(
            pair.c.first_id.label("first_id"),
            pair.c.second_id.label("second_id"),
            func.row_number().over(order_by=drawn).label("place"),
        )
        .select_from(pair.source)
        .where(mark == literal_column("0"), scope.row.c.ballot_kind == literal(COMPARING))
        .subquery()
    )
    found = scope.enter(select(numbered).where(numbered.c.place <= literal_column(str(PAIRS_AT_ONCE))).subquery())
    return Source(found, (by_number(found.c.place),), "drawn")


def _pairs(scope: Scope, round_id: ColumnElement[Any]) -> Row:
    """Return each two options of a round, and the place of their mark on a ballot, from 1 (see `methods.pair_place`)."""
    first, second = round_options.alias(), round_options.alias()
    later = (
        select(func.count()).select_from(third := round_options.alias()).where(third.c.round_id == round_id)
    ).scalar_subquery()
    low, high, two = first.c.position, second.c.position, literal_column("2", Integer)
    place = low * (two * later - low - _ONE) / two + high - low
    return scope.enter(
        select(first.c.id.label("first_id"), second.c.id.label("second_id"), cast(place, Integer).label("place"))
        .select_from(first.join(second, second.c.round_id == first.c.round_id))
        .where(first.c.round_id == round_id, low < high)
        .subquery()
    )


def _one_of(kind: ColumnElement[Any], *kinds: str) -> ColumnElement[Any]:
    return kind.op("IN", is_comparison=True)(literal_column("(" + ", ".join(f"'{each}'" for each in kinds) + ")"))
