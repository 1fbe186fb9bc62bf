"""What referrals are worth, as it was computed last: the K-factor, who stays, what they spend, and the forest they are."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any

import strawberry
from sqlalchemy import Integer, Select, func, literal_column, select

from api.reading.connections import Connection
from api.reading.cursors import by_number
from api.reading.fields import column, connection, derived, entity, expression, object_type, reference, rows
from api.reading.readings import Scope, Source
from community.referrals.insight.ages import AGES, HORIZONS, SILENCE
from community.referrals.tables import insights, nodes, retentions, spendings
from community.referrals.visibility import visible_insights

if TYPE_CHECKING:
    from sqlalchemy import ColumnElement, Table

    from api.members.types import Member

LazyMember = Annotated["Member", strawberry.lazy("api.members.types")]
MOST_CURRENCIES = 20


@object_type
class ReferralEstimate:
    """A value and the bounds within which the truth is at 95%; null where there is nothing to tell it from."""

    value: float | None = column("value", "The value.")
    low: float | None = column("low", "The lower bound.")
    high: float | None = column("high", "The upper bound; null also where there is none.")


def _estimate(name: str, description: str) -> Any:
    def query(scope: Scope) -> Select[Any]:
        bounds: ColumnElement[Any] = getattr(scope.row.c, name)
        return select(
            *(
                bounds[literal_column(str(place), Integer)].label(part)
                for place, part in enumerate(("value", "low", "high"), start=1)
            )
        )

    return derived(query, description)


@object_type
class ReferralRetention:
    """Which share of members stays for so long."""

    days: int = column("days", "For how many days after joining.")
    referred: ReferralEstimate = _estimate("referred", "Of who was brought.")
    others: ReferralEstimate = _estimate("others", "Of who came by themselves.")
    difference: ReferralEstimate = _estimate(
        "difference", "Referred less others: above 0, who is brought stays longer."
    )


@object_type
class ReferralLifetimeValue:
    """What members spent on average, those who spent nothing too, in the smallest unit of one currency."""

    currency: str = column("currency", "The currency, by its ISO 4217 code.")
    days: int | None = expression(
        lambda scope: func.nullif(scope.row.c.days, literal_column("0", Integer)),
        "Within how many days of joining, of members alone who have been there for so long; null: so far, of members of "
        "whatever age, which groups of different age are not to be compared by.",
    )
    referred_members: int = column("referred_members", "Of how many who were brought.")
    referred: ReferralEstimate = _estimate("referred", "What those spent.")
    other_members: int = column("other_members", "Of how many who came by themselves.")
    others: ReferralEstimate = _estimate("others", "What those spent.")


@object_type
class ReferralTreeNode:
    """A member in the forest of referrals."""

    member: LazyMember | None = reference(lambda scope: scope.row.c.member_id, "Who.")
    referrer: LazyMember | None = reference(
        lambda scope: scope.row.c.referrer_id, "Who brought them; null: they are a root."
    )
    depth: int = column("depth", "How far from a root; 0: they are one.")
    below: int = column("below", "How many were brought by them, by those, and so on.")
    qualified: bool = column("qualified", "Whether they were brought and have qualified.")


@object_type
class ReferralTree:
    """The forest that referrals are: who was brought by whom, by whom they were brought, and so on."""

    depth: int = expression(
        lambda scope: func.greatest(func.cardinality(scope.row.c.breadths) - literal_column("1"), literal_column("0")),
        "How many generations there are below the roots.",
    )
    breadths: list[int] = column("breadths", "How many members stand so far from a root, the roots first.")
    branching: float | None = column("branching", "How many each one brought of those who brought any.")


def _beside(table: Table, *order: str) -> Callable[[Scope], Source]:
    """Draw on what stands beside the insight, in its order."""

    def source(scope: Scope) -> Source:
        row = scope.enter(table)
        keys = tuple(by_number(getattr(row.c, name)) for name in order)
        return Source(row, keys, order[-1], where=[row.c.insight_id == scope.row.c.id])

    return source


def _spendings(scope: Scope) -> Source:
    row = scope.enter(spendings)
    place = func.row_number().over(order_by=(row.c.currency, row.c.days == literal_column("0"), row.c.days))
    names = ("currency", "days", "referred_members", "referred", "other_members", "others")
    placed = scope.enter(
        select(*(getattr(row.c, name).label(name) for name in names), place.label("place"))
        .select_from(row.source)
        .where(row.c.insight_id == scope.row.c.id)
        .subquery()
    )
    return Source(placed, (by_number(placed.c.place),), "place")


@entity("referral_insight", insights, visible_insights)
class ReferralGrowth:
    """What the referrals of a programme, or of all, are worth, as it was computed last. See docs/referrals.md."""

    computed_at: datetime = column("computed_at", "Of which moment it tells.")
    members: int = column("members", "How many members there were, whoever of them invited somebody.")
    invitations_per_member: ReferralEstimate = _estimate(
        "invitations_per_member",
        "How many people each member invited: who followed their links, or joined by their code without that.",
    )
    conversion: ReferralEstimate = _estimate("conversion", "Which share of those joined.")
    k_factor: ReferralEstimate = _estimate(
        "k_factor",
        "How many members each member has brought so far, the brand's own codes left out: above 1 a community grows by "
        "itself. Who joined lately has brought few yet.",
    )
    generations: float | None = column(
        "generations", "Members in the end for each there is now, if all goes on so: 1 / (1 - K); null from 1 on."
    )
    retention: list[ReferralRetention] = rows(
        _beside(retentions, "days"),
        f"Who stays, of those who joined since the programme began: who was not seen for {SILENCE:.0f} days has left on the "
        "day they were seen last, and who joined lately counts for as long as they were watched.",
        limit=len(HORIZONS),
    )
    lifetime_value: list[ReferralLifetimeValue] = rows(
        _spendings,
        "What those spent who joined since the programme began, as far as `recordReferralPurchases` told.",
        limit=len(AGES) * MOST_CURRENCIES,
    )
    tree: ReferralTree = derived(
        lambda scope: select(scope.row.c.breadths.label("breadths"), scope.row.c.branching.label("branching")),
        "The forest, by its figures.",
    )
    nodes: Connection[ReferralTreeNode] = connection(
        _beside(nodes, "place"),
        "The forest, to be drawn: by depth, so that who brought somebody comes before them.",
    )


def growth_of_all() -> Any:
    """Declare the field that all programmes together are read from."""

    def key(_scope: Scope) -> ColumnElement[Any]:
        of_all = insights.alias()
        return select(of_all.c.id).where(of_all.c.program_id.is_(None)).scalar_subquery()

    return reference(
        key,
        "What the referrals of all programmes together are worth; null until it is computed. For who sees insights.",
        cost=5,
    )
