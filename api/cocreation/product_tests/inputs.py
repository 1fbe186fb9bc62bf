"""What clients give to change product tests."""

from __future__ import annotations

from datetime import datetime

import strawberry

from api.ids import MUTATION_ID
from api.money import MoneyInput
from community.cocreation.product_tests import exposures, forecasting, lifecycle, purchases
from community.cocreation.product_tests.tables import MOST_PIECES


@strawberry.input(description="One of the things that might be made.")
class VariantDesignInput:
    """One of the things that might be made."""

    title: str = strawberry.field(description=f"What it is called, 1 to {lifecycle.LONGEST_TITLE} characters.")
    body: str = strawberry.field(description="What it is, as Markdown.", default="")
    image_url: str | None = strawberry.field(
        description="Where there is a picture of it; an https address.", default=None
    )
    price: MoneyInput | None = strawberry.field(description="What it would be sold for.", default=None)
    unit_cost: MoneyInput | None = strawberry.field(
        description="What making one costs; with the price it says how many to make. Members do not see it.",
        default=None,
    )
    salvage: MoneyInput | None = strawberry.field(
        description="What one that is left over brings, less than it cost; below 0 what getting rid of it costs. "
        "Otherwise 0. Members do not see it.",
        default=None,
    )
    minimum_lot: int | None = strawberry.field(
        description="Fewer cannot be made, but for none. Members do not see it.", default=None
    )


@strawberry.input(description="Variants of a product to show to members.")
class CreateProductTestInput:
    """Variants of a product to show to members."""

    space: strawberry.ID = strawberry.field(description="Where it is shown.")
    title: str = strawberry.field(description=f"What it is about, 1 to {lifecycle.LONGEST_TITLE} characters.")
    body: str = strawberry.field(description="What there is to say about it, as Markdown.", default="")
    variants: list[VariantDesignInput] = strawberry.field(
        description=f"What might be made, {lifecycle.FEWEST_VARIANTS} to {lifecycle.MOST_VARIANTS}; prices and costs in "
        "one currency."
    )
    show_totals: bool = strawberry.field(
        description="Whether members see what all did. Who sees what others choose chooses less by themselves.",
        default=False,
    )
    discussed: bool = strawberry.field(
        description="Whether opening it also posts it in its space, with a comment for each variant to discuss it under.",
        default=True,
    )
    client_mutation_id: str | None = strawberry.field(description=MUTATION_ID, default=None)


@strawberry.input(description="Which product test.")
class ProductTestInput:
    """Which product test."""

    product_test: strawberry.ID = strawberry.field(description="The product test's id.")
    client_mutation_id: str | None = strawberry.field(description=MUTATION_ID, default=None)


@strawberry.input(description="Which variant.")
class VariantInput:
    """Which variant."""

    variant: strawberry.ID = strawberry.field(description="The variant's id.")
    client_mutation_id: str | None = strawberry.field(description=MUTATION_ID, default=None)


@strawberry.input(description="How many of which variant one would buy.")
class PreOrderVariantInput:
    """How many of which variant one would buy."""

    variant: strawberry.ID = strawberry.field(description="The variant's id.")
    quantity: int = strawberry.field(description=f"How many, 1 to {MOST_PIECES}.", default=1)
    client_mutation_id: str | None = strawberry.field(description=MUTATION_ID, default=None)


@strawberry.input(description="A variant that was on the screen.")
class ExposureInput:
    """A variant that was on the screen."""

    variant: strawberry.ID = strawberry.field(description="The variant's id.")
    dwell_ms: int = strawberry.field(
        description=f"For how many milliseconds; more than {exposures.LONGEST_DWELL:,} count as that many."
    )
    at: datetime | None = strawberry.field(
        description="Since when; now, if nothing is said. Longer ago than a week counts as a week.", default=None
    )


@strawberry.input(description="What somebody was shown.")
class RecordExposureInput:
    """What somebody was shown."""

    viewing: str = strawberry.field(
        description="A name that the client makes by chance for this batch, such as a UUID, and gives again when it sends "
        f"the batch again: then it counts once. At most {exposures.LONGEST_NAME} characters."
    )
    exposures: list[ExposureInput] = strawberry.field(
        description=f"What was on the screen, 1 to {exposures.MOST_EXPOSURES} entries."
    )
    visit: str | None = strawberry.field(
        description="For who is signed out: a name that the client makes by chance for this visit and keeps while it "
        "lasts. Its hash is kept. Not needed when signed in.",
        default=None,
    )
    client_mutation_id: str | None = strawberry.field(description=MUTATION_ID, default=None)


@strawberry.input(description="A line of an order in the brand's shop.")
class PurchaseInput:
    """A line of an order in the brand's shop."""

    external_id: str = strawberry.field(
        description=f"What the shop calls the line, such as 1001/2, at most {purchases.LONGEST_NAME} characters. Told "
        "again it is the same line; told otherwise it replaces what was said before."
    )
    variant: strawberry.ID = strawberry.field(description="Which variant was bought.")
    quantity: int = strawberry.field(description="How many; 0 for a line that was cancelled or sent back.")
    bought_at: datetime = strawberry.field(description="When.")
    member: strawberry.ID | None = strawberry.field(description="Who bought, where that is known.", default=None)


@strawberry.input(description="What was bought.")
class RecordPurchasesInput:
    """What was bought."""

    purchases: list[PurchaseInput] = strawberry.field(
        description=f"The lines, 1 to {purchases.MOST_PURCHASES:,}, each once. All are recorded, or none."
    )
    client_mutation_id: str | None = strawberry.field(description=MUTATION_ID, default=None)


@strawberry.input(description="What a forecast is made for.")
class ForecastProductTestInput:
    """What a forecast is made for."""

    product_test: strawberry.ID = strawberry.field(description="The product test's id.")
    market: int = strawberry.field(
        description="How many people each variant will be shown to from now until the end of sales, "
        f"1 to {forecasting.LARGEST_MARKET:,}: your own guess, which no model can make for you."
    )
    sales_until: datetime = strawberry.field(
        description="The end of sales, within two years: what is bought until then is forecast, and then scored."
    )
    service_level: float | None = strawberry.field(
        description="With what probability at least nobody is to go away without, 0.01 to 0.99, whatever that earns; needed "
        "to say how many to make where prices and costs are not known.",
        default=None,
    )
    learn_from_purchases: bool = strawberry.field(
        description="Whether what members bought so far tells how many of those who would buy do. Only where whoever was "
        "shown a variant has had the time to buy it.",
        default=False,
    )
    client_mutation_id: str | None = strawberry.field(description=MUTATION_ID, default=None)
