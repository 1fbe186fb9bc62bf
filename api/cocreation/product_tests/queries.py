"""Where reading about product tests begins."""

from __future__ import annotations

import strawberry
from sqlalchemy import BigInteger

from api.cocreation.product_tests.forecast_sources import accuracy
from api.cocreation.product_tests.forecast_types import ForecastAccuracy
from api.cocreation.product_tests.types import ProductTest, ProductTestState
from api.cocreation.sources import latest
from api.node import id_of
from api.reading.connections import Connection
from api.reading.fields import Argument, connection, derived, object_type, reference
from community.cocreation.product_tests.tables import product_tests


@strawberry.input(description="Which product tests. All that is given must hold.")
class ProductTestFilter:
    """Which product tests. All that is given must hold."""

    space: strawberry.ID | None = strawberry.field(default=strawberry.UNSET, description="In this space.")
    state: ProductTestState | None = strawberry.field(default=strawberry.UNSET, description="That have come so far.")


@object_type
class ProductTestQueries:
    """Where reading about product tests begins."""

    product_test: ProductTest | None = reference(
        lambda scope: scope.arguments.value("id", BigInteger(), lambda written: id_of("product_test", written)),
        "The product test with this id.",
        arguments={"id": Argument(strawberry.ID, "A product test's id.")},
    )
    product_tests: Connection[ProductTest] = connection(
        latest(product_tests),
        "Product tests, the latest first.",
        arguments={"filter": Argument(ProductTestFilter | None, "Which of them.", None)},
    )
    product_forecast_accuracy: ForecastAccuracy | None = derived(
        accuracy,
        "How right the last forecasts were of all product tests whose sales are over; null but for who may see insights.",
        cost=100,
    )
