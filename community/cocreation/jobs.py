"""The long work of co-creation, as jobs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from community.cocreation.product_tests.forecasting import FORECASTING, make_forecast
from community.cocreation.rounds.counting import count_round
from community.cocreation.rounds.lifecycle import COUNTING

if TYPE_CHECKING:
    from community.foundation.jobs import Handler

HANDLERS: Mapping[str, Handler] = {COUNTING: count_round, FORECASTING: make_forecast}
