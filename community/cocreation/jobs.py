"""The long work of co-creation, as jobs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from community.cocreation.product_tests.forecasting import FORECASTING, make_forecast
from community.cocreation.rounds.counting import count_round, take_tallies
from community.cocreation.rounds.lifecycle import COUNTING
from community.cocreation.rounds.tallies import TALLYING

if TYPE_CHECKING:
    from community.foundation.jobs import Handler

HANDLERS: Mapping[str, Handler] = {
    COUNTING: count_round,
    TALLYING: take_tallies,
    FORECASTING: make_forecast,
}
