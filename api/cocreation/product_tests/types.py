"""Product tests as GraphQL shows them: variants, what the viewer did about them, and what all did."""

from __future__ import annotations

from datetime import datetime
from enum import Enum
from typing import TYPE_CHECKING, Annotated

import strawberry

from api.cocreation.product_tests.forecast_sources import latest_forecast
from api.cocreation.product_tests.forecast_types import ProductForecast
from api.cocreation.product_tests.sources import (
    FEWEST_TOLD,
    VariantOrder,
    funnel_of,
    insights,
    may_take_part,
    own_favourite,
    own_pre_order,
    own_vote,
    participant_count,
    priced,
    seconds_each,
    totals_of,
    variants_of,
    voted_variant,
)
from api.money import Money
from api.node import Node
from api.reading.fields import (
    Argument,
    column,
    derived,
    embedded,
    entity,
    expression,
    object_type,
    reference,
    rows,
)
from community.cocreation.product_tests.lifecycle import MOST_VARIANTS
from community.cocreation.product_tests.tables import product_tests, variants
from community.cocreation.product_tests.visibility import visible_product_tests, visible_variants

if TYPE_CHECKING:
    from api.discussions.space_types import Space
    from api.discussions.types import Comment, Post

LazySpace = Annotated["Space", strawberry.lazy("api.discussions.space_types")]
LazyPost = Annotated["Post", strawberry.lazy("api.discussions.types")]
LazyComment = Annotated["Comment", strawberry.lazy("api.discussions.types")]
LazyProductTest = Annotated["ProductTest", strawberry.lazy("api.cocreation.product_tests.types")]


@strawberry.enum(description="How far a product test has come.")
class ProductTestState(Enum):
    """How far a product test has come."""

    DRAFT = strawberry.enum_value("DRAFT", description="It is being prepared; few see it.")
    OPEN = strawberry.enum_value("OPEN", description="Members look, favour, vote and pre-order.")
    CLOSED = strawberry.enum_value("CLOSED", description="Nobody can take part any more. Purchases are still recorded.")


@object_type
class VariantTotals:
    """What all members together did about a variant."""

    favourites: int = column("favourites", "Whose favourite it is.")
    votes: int = column("votes", "How many would have it made rather than the test's others.")
    pre_orders: int = column("pre_orders", "How many members would buy it.")
    pieces_pre_ordered: int = column("pre_ordered", "How many pieces they would buy.")


@object_type
class VariantFunnel(VariantTotals):
    """How far members came with a variant, from seeing it to buying it. For who may see insights."""

    exposed: int = column("exposed", "To how many members it was shown.")
    visitors: int = column(
        "visitors", "To how many visits of people signed out; these cannot pre-order, so forecasts leave them out."
    )
    viewings: float = column("viewings", "How often it was shown, to members and visitors.")
    seconds_per_viewing: float | None = expression(
        seconds_each, "How long it was on the screen in a viewing, on average; null if it was never shown."
    )
    comments: int = column("comments", "How many replies its discussion has.")
    purchases: int = column("purchases", "How many order lines of it are recorded.")
    pieces_purchased: float = column("purchased", "How many pieces they are.")


@object_type
class VariantCosts:
    """What making a variant comes to. For who may see insights."""

    unit_cost: Money | None = derived(priced("unit_cost"), "What making one costs.")
    salvage: Money | None = derived(
        priced("salvage"), "What one that is left over brings; below 0 what getting rid of it costs."
    )
    minimum_lot: int | None = column("minimum_lot", "Fewer cannot be made, but for none.")


@entity("variant", variants, visible_variants)
class Variant(Node):
    """One of the things that might be made."""

    product_test: LazyProductTest | None = reference(
        lambda scope: scope.row.c.product_test_id, "The test that it is in."
    )
    title: str = column("title", "What it is called.")
    body: str = column("body", "What it is, as Markdown.")
    body_html: str = column("body_html", "The same as safe HTML.")
    image_url: str | None = column("image_url", "Where there is a picture of it; an https address.")
    price: Money | None = derived(priced("price"), "What it would be sold for.")
    discussion: LazyComment | None = reference(
        lambda scope: scope.row.c.comment_id,
        "The comment on the test's post whose replies discuss this variant; null where it is not, or not to be seen.",
    )
    viewer_has_favourited: bool = expression(own_favourite, "Whether it is one of the viewer's favourites.")
    viewer_has_voted: bool = expression(own_vote, "Whether the viewer's vote is for it.")
    viewer_pre_order: int | None = expression(own_pre_order, "How many the viewer would buy; null for none.")
    totals: VariantTotals | None = derived(
        totals_of,
        f"What all did about it; null unless the test shows totals and at least {FEWEST_TOLD} members took part.",
    )
    costs: VariantCosts | None = embedded(
        "What making it comes to; null but for who may see insights.", exists=insights
    )
    funnel: VariantFunnel | None = derived(funnel_of, "From seeing it to buying it; null but for who may see insights.")


@entity("product_test", product_tests, visible_product_tests)
class ProductTest(Node):
    """Variants of a product, shown to members: what they do about them says which to make, and how many."""

    space: LazySpace | None = reference(lambda scope: scope.row.c.space_id, "Where it is shown.", inherits=True)
    post: LazyPost | None = reference(
        lambda scope: scope.row.c.post_id,
        "The post under which it is discussed; null where it is not, before it is opened, or not to be seen.",
    )
    title: str = column("title", "What it is about.")
    body: str = column("body", "What there is to say about it, as Markdown.")
    body_html: str = column("body_html", "The same as safe HTML.")
    state: ProductTestState = column("state", "How far it has come.")
    show_totals: bool = column("show_totals", "Whether members see what all did.")
    created_at: datetime = column("created_at", "When it was made.")
    opened_at: datetime | None = column("opened_at", "When it was opened.")
    closed_at: datetime | None = column("closed_at", "When it was closed.")
    variants: list[Variant] = rows(
        variants_of,
        "What might be made.",
        limit=MOST_VARIANTS,
        arguments={"order": Argument(VariantOrder, "In which order.", VariantOrder.LISTED)},
    )
    participant_count: int = expression(participant_count, "How many members favoured, voted or pre-ordered.", cost=5)
    viewer_can_take_part: bool = expression(may_take_part, "Whether the viewer may favour, vote and pre-order now.")
    viewer_vote: Variant | None = reference(voted_variant, "Which variant the viewer votes for; null for none.")
    forecast: ProductForecast | None = reference(
        latest_forecast,
        "The latest forecast; null before `forecastProductTest` made one, and but for who may see insights.",
        inherits=True,
    )
