"""What happens in product tests, as the names of the events that tell of it.

`subject_kind` is product_test; data of what members do names the variant. Exposures are in no event: they are too many, and
their table says all that there is to say.
"""

PRODUCT_TEST_CREATED = "ProductTestCreated"
"""A draft is there, which few see."""

PRODUCT_TEST_OPENED = "ProductTestOpened"
"""Members see it and may take part."""

PRODUCT_TEST_CLOSED = "ProductTestClosed"
"""Nobody can take part any more."""

VARIANT_FAVOURITED = "VariantFavourited"
"""A variant is one of actor_id's favourites."""

VARIANT_UNFAVOURITED = "VariantUnfavourited"
"""It is no more."""

VARIANT_VOTED_FOR = "VariantVotedFor"
"""actor_id would have this variant made, and none of the test's others."""

PRE_ORDER_PLACED = "PreOrderPlaced"
"""actor_id says that they will buy, or says another number."""

PRE_ORDER_CANCELLED = "PreOrderCancelled"
"""actor_id will not buy."""

PURCHASES_RECORDED = "PurchasesRecorded"
"""The shop told of purchases, or corrected them; data says how many."""

PRODUCT_FORECAST_MADE = "ProductForecastMade"
"""There is a new forecast."""
