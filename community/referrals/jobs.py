"""The long work of referrals, as jobs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from community.referrals.judging import judge_referrals
from community.referrals.measuring import MEASURING, measure_referrals
from community.referrals.rewarding import JUDGING

if TYPE_CHECKING:
    from community.foundation.jobs import Handler

HANDLERS: Mapping[str, Handler] = {JUDGING: judge_referrals, MEASURING: measure_referrals}
