"""What can be changed about product tests, and how members take part."""

from __future__ import annotations

from api.changing import Change, Returns, change, payload
from api.cocreation.product_tests.inputs import (
    CreateProductTestInput,
    ForecastProductTestInput,
    PreOrderVariantInput,
    ProductTestInput,
    RecordExposureInput,
    RecordPurchasesInput,
    VariantDesignInput,
    VariantInput,
)
from api.cocreation.product_tests.types import ProductTest, Variant
from api.graph.job_types import Job
from api.ids import number_of
from api.money import MoneyInput, minor_units
from api.reading.fields import object_type, returned
from community.cocreation.product_tests import exposures, forecasting, lifecycle, marks, purchases
from community.cocreation.product_tests.exposures import Exposure
from community.cocreation.product_tests.forecasting import Sale
from community.cocreation.product_tests.lifecycle import Design, Money, Showing
from community.cocreation.product_tests.purchases import Purchase
from community.foundation import rate_limits
from community.foundation.errors import Invalid
from community.foundation.networks import network_of
from community.members.principals import Scope
from community.members.restrictions import Deed

MOST_BY_VISITORS, VISITORS_PER_SECOND = 2_000.0, 2.0
"""Exposures from one network that may come at once, and how many more each second: signed out, anybody is many."""


@payload
class CreateProductTestPayload(Returns):
    """What `createProductTest` answers."""

    product_test: ProductTest | None = returned("The draft.")


@payload
class OpenProductTestPayload(Returns):
    """What `openProductTest` answers."""

    product_test: ProductTest | None = returned("The test, open now.")


@payload
class CloseProductTestPayload(Returns):
    """What `closeProductTest` answers."""

    product_test: ProductTest | None = returned("The test, closed now.")


@payload
class FavouriteVariantPayload(Returns):
    """What `favouriteVariant` answers."""

    variant: Variant | None = returned("The variant.")


@payload
class UnfavouriteVariantPayload(Returns):
    """What `unfavouriteVariant` answers."""

    variant: Variant | None = returned("The variant.")


@payload
class VoteForVariantPayload(Returns):
    """What `voteForVariant` answers."""

    variant: Variant | None = returned("The variant.")


@payload
class PreOrderVariantPayload(Returns):
    """What `preOrderVariant` answers."""

    variant: Variant | None = returned("The variant.")


@payload
class CancelPreOrderPayload(Returns):
    """What `cancelPreOrder` answers."""

    variant: Variant | None = returned("The variant.")


@payload
class RecordExposurePayload(Returns):
    """What `recordExposure` answers."""

    counted: int | None = returned(
        "How many variants it was news of; those of an earlier batch, of no open test or not to be seen count for nothing."
    )


@payload
class RecordPurchasesPayload(Returns):
    """What `recordPurchases` answers."""

    added: int | None = returned("How many lines were new.")
    corrected: int | None = returned("How many replaced what was said before.")
    unchanged: int | None = returned("How many said what was said before.")


@payload
class ForecastProductTestPayload(Returns):
    """What `forecastProductTest` answers."""

    product_test: ProductTest | None = returned("The test, with the forecast that it has until the new one is made.")
    job: Job | None = returned("The job that makes the forecast; ask for it again until it is done.")


def _design(given: VariantDesignInput, place: int) -> Design:
    def money(name: str, amount: MoneyInput | None) -> Money | None:
        if amount is None:
            return None
        return Money(minor_units(amount, ("variants", str(place), name)), amount.currency)

    return Design(
        title=given.title,
        body=given.body,
        image_url=given.image_url,
        price=money("price", given.price),
        unit_cost=money("unitCost", given.unit_cost),
        salvage=money("salvage", given.salvage),
        minimum_lot=given.minimum_lot,
    )


@object_type
class ProductTestMutations:
    """Changes to product tests."""

    @change
    async def create_product_test(info: Change, input: CreateProductTestInput) -> CreateProductTestPayload:
        """Prepare a product test, as a draft. For who runs campaigns."""
        acting = await info.acting(Scope.MODERATE)
        showing = Showing(
            title=input.title,
            body=input.body,
            variants=[_design(each, place) for place, each in enumerate(input.variants)],
            show_totals=input.show_totals,
            discussed=input.discussed,
        )
        space_id = number_of("space", input.space)
        test_id = await lifecycle.create_product_test(info.connection, acting, space_id, showing)
        return CreateProductTestPayload.of(product_test=test_id)

    @change
    async def open_product_test(info: Change, input: ProductTestInput) -> OpenProductTestPayload:
        """Show a test to members, and let them take part. For who runs campaigns."""
        test_id = number_of("product_test", input.product_test)
        await lifecycle.open_product_test(info.connection, await info.acting(Scope.MODERATE), test_id)
        return OpenProductTestPayload.of(product_test=test_id)

    @change
    async def close_product_test(info: Change, input: ProductTestInput) -> CloseProductTestPayload:
        """Let nobody take part any more. Purchases can still be recorded. For who runs campaigns."""
        test_id = number_of("product_test", input.product_test)
        await lifecycle.close_product_test(info.connection, await info.acting(Scope.MODERATE), test_id)
        return CloseProductTestPayload.of(product_test=test_id)

    @change(single=True, deed=Deed.VOTE)
    async def favourite_variant(info: Change, input: VariantInput) -> FavouriteVariantPayload:
        """Make a variant one of one's favourites, while its test is open."""
        variant_id = number_of("variant", input.variant)
        await marks.favourite_variant(info.connection, info.caller(), variant_id)
        return FavouriteVariantPayload.of(variant=variant_id)

    @change(single=True, deed=Deed.OWN)
    async def unfavourite_variant(info: Change, input: VariantInput) -> UnfavouriteVariantPayload:
        """Make a variant none of one's favourites, while its test is open."""
        variant_id = number_of("variant", input.variant)
        await marks.unfavourite_variant(info.connection, info.caller(), variant_id)
        return UnfavouriteVariantPayload.of(variant=variant_id)

    @change(single=True, deed=Deed.VOTE)
    async def vote_for_variant(info: Change, input: VariantInput) -> VoteForVariantPayload:
        """Say which variant should be made: one in a test, and another in its place while the test is open."""
        variant_id = number_of("variant", input.variant)
        await marks.vote_for_variant(info.connection, info.caller(), variant_id)
        return VoteForVariantPayload.of(variant=variant_id)

    @change(single=True, deed=Deed.VOTE)
    async def pre_order_variant(info: Change, input: PreOrderVariantInput) -> PreOrderVariantPayload:
        """Say how many of a variant one would buy, or another number. Nothing is paid, and nothing is owed."""
        variant_id = number_of("variant", input.variant)
        await marks.pre_order_variant(info.connection, info.caller(), variant_id, input.quantity)
        return PreOrderVariantPayload.of(variant=variant_id)

    @change(single=True, deed=Deed.OWN)
    async def cancel_pre_order(info: Change, input: VariantInput) -> CancelPreOrderPayload:
        """Take back that one would buy a variant, while its test is open."""
        variant_id = number_of("variant", input.variant)
        await marks.cancel_pre_order(info.connection, info.caller(), variant_id)
        return CancelPreOrderPayload.of(variant=variant_id)

    @change(single=True, deed=Deed.OWN)
    async def record_exposure(info: Change, input: RecordExposureInput) -> RecordExposurePayload:
        """Say which variants were on the screen and how long, signed in or not. See docs/product_tests.md."""
        seen = [Exposure(number_of("variant", each.variant), each.dwell_ms, each.at) for each in input.exposures]
        if info.context.principal is not None:
            counted = await exposures.record_exposures(info.connection, info.caller(), input.viewing, seen)
            return RecordExposurePayload.of(counted=counted)
        if input.visit is None:
            raise Invalid(field="visit", reason="Sign in, or give this visit a name made by chance.")
        await rate_limits.spend(
            info.database,
            f"exposures:{network_of(info.context.address)}",
            amount=min(len(seen), exposures.MOST_EXPOSURES),
            capacity=MOST_BY_VISITORS,
            leak_per_second=VISITORS_PER_SECOND,
        )
        counted = await exposures.record_visitor_exposures(info.connection, input.visit, input.viewing, seen)
        return RecordExposurePayload.of(counted=counted)

    @change
    async def record_purchases(info: Change, input: RecordPurchasesInput) -> RecordPurchasesPayload:
        """Record what was bought in the brand's shop. For who runs campaigns, and their access tokens that may moderate."""
        acting = await info.acting(Scope.MODERATE)
        lines = [
            Purchase(
                each.external_id,
                number_of("variant", each.variant),
                each.quantity,
                each.bought_at,
                None if each.member is None else number_of("member", each.member),
            )
            for each in input.purchases
        ]
        done = await purchases.record_purchases(info.connection, acting, lines)
        return RecordPurchasesPayload.of(added=done.added, corrected=done.corrected, unchanged=done.unchanged)

    @change
    async def forecast_product_test(info: Change, input: ForecastProductTestInput) -> ForecastProductTestPayload:
        """Forecast how many of each variant will be bought, and say how many to make. For who runs campaigns."""
        acting = await info.acting(Scope.MODERATE)
        sale = Sale(input.market, input.sales_until, input.service_level, input.learn_from_purchases)
        test_id = number_of("product_test", input.product_test)
        job_id = await forecasting.forecast_product_test(info.connection, acting, test_id, sale)
        return ForecastProductTestPayload.of(product_test=test_id, job=job_id)
