"""Who may see product tests, their variants and what is forecast of them.

What members did about variants is read of the viewer's own alone, and in totals, so its tables have no rows to show.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import literal_column, or_

from community.cocreation.product_tests.tables import product_forecasts, product_tests
from community.foundation.visibility import Visible
from community.members.viewer import any_of, seen

if TYPE_CHECKING:
    from sqlalchemy import ColumnElement

    from community.members.viewer import ViewerTerms

_DRAFT: ColumnElement[Any] = literal_column("'DRAFT'")
NOTHING: ColumnElement[Any] = literal_column("false")


def visible_product_tests(test: Any, viewer: ViewerTerms) -> Visible:
    """Show tests in readable spaces; drafts to who made them, and to who may see insights."""
    kind = viewer.kind
    known: list[ColumnElement[Any]] = [test.c.state != _DRAFT]
    if kind.signed_in:
        known.append(test.c.created_by == viewer.member_id)
    return Visible(
        inherited=lambda: () if kind.oversees else (test.c.space_id == any_of(viewer.readable_spaces),),
        always=() if kind.sees_insights else (or_(*known),),
    )


def visible_variants(variant: Any, viewer: ViewerTerms) -> Visible:
    """Show the variants of tests that the viewer may see."""
    return Visible(inherited=lambda: (seen(product_tests, visible_product_tests, variant.c.product_test_id, viewer),))


def visible_product_forecasts(forecast: Any, viewer: ViewerTerms) -> Visible:
    """Show forecasts of tests that they may see to who may see insights."""
    if not viewer.kind.sees_insights:
        return Visible(always=(NOTHING,))
    return Visible(inherited=lambda: (seen(product_tests, visible_product_tests, forecast.c.product_test_id, viewer),))


def visible_variant_forecasts(forecast: Any, viewer: ViewerTerms) -> Visible:
    """Show what a forecast says of a variant to who may see the forecast."""
    if not viewer.kind.sees_insights:
        return Visible(always=(NOTHING,))
    key = forecast.c.product_forecast_id
    return Visible(inherited=lambda: (seen(product_forecasts, visible_product_forecasts, key, viewer),))
