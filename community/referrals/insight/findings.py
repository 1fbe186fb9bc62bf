"""What a programme's referrals are worth, put together from what is known of each member."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from community.referrals.insight.ages import AGES, HORIZONS, SILENCE
from community.referrals.insight.intervals import Estimate
from community.referrals.insight.invitations import Invitations, invitations
from community.referrals.insight.lifetime_value import lifetime_value
from community.referrals.insight.retention import Retention, retention, watched


class Facts(NamedTuple):
    """What is known of members, one place each, and of their purchases. Times are in days, of any beginning."""

    now: float
    since: float
    """When the programme began: who joined before could not be brought, and is compared with nobody."""
    joined: NDArray[np.float64]
    seen: NDArray[np.float64]
    """When each was seen last."""
    brought: NDArray[np.bool_]
    """By the programme. Who was brought by another one is in neither group."""
    alone: NDArray[np.bool_]
    """Who was brought by nobody."""
    invited: NDArray[np.int64]
    """How many came by each one's links, or claimed without one."""
    brings: NDArray[np.int64]
    """How many of those joined."""
    buyer: NDArray[np.int64]
    """Of each purchase, whose place it is."""
    amount: NDArray[np.int64]
    age: NDArray[np.float64]
    """How long after joining."""
    currency: NDArray[np.str_]


class Spending(NamedTuple):
    """What members spent on average within so many days of joining."""

    currency: str
    days: int
    referred_members: int
    referred: Estimate
    other_members: int
    others: Estimate


class Findings(NamedTuple):
    """All of it."""

    invitations: Invitations
    retentions: tuple[Retention, ...]
    spendings: tuple[Spending, ...]


def findings(facts: Facts, *, seed: int) -> Findings:
    """Return what referrals are worth. O(members log members + purchases) for each horizon and currency.

    Groups of different age are not compared as they are. Both are made of who joined since the programme began. Who
    stays is estimated with everybody counted for as long as they were watched. Spending is compared within the same
    days of life, of those alone who have lived them; only spending so far (0 days) has no such ground, and says how much
    there is rather than who is worth more. The K-factor is of all members so far: who joined lately has brought few yet.
    """
    compared = (facts.brought | facts.alone) & (facts.joined >= facts.since)
    stayed, left = watched(facts.joined, facts.seen, facts.now, SILENCE)
    retentions = tuple(
        retention(stayed[compared], left[compared], facts.brought[compared], horizon) for horizon in HORIZONS
    )
    return Findings(
        invitations(facts.invited, facts.brings),
        retentions,
        tuple(
            spending(facts, compared, str(currency), days, seed)
            for currency in np.unique(facts.currency)
            for days in AGES
        ),
    )


def spending(facts: Facts, compared: NDArray[np.bool_], currency: str, days: int, seed: int) -> Spending:
    """Return what those who were brought and others spent within so many days of joining. O(members + purchases)."""
    lived = compared & (facts.now - facts.joined >= days)
    counts = (facts.currency == currency) & (facts.age >= 0)
    if days:
        counts &= facts.age <= days
    spent = np.zeros(len(facts.joined), np.int64)
    np.add.at(spent, facts.buyer[counts], facts.amount[counts])
    referred, others = spent[lived & facts.brought], spent[lived & facts.alone]
    return Spending(
        currency,
        days,
        len(referred),
        lifetime_value(referred, seed=seed),
        len(others),
        lifetime_value(others, seed=seed),
    )
