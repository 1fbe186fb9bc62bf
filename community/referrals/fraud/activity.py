"""What referees do once they are there, and what others make of them."""

import numpy as np

from community.referrals.fraud.claims import DAY, Claims, Flags, Numbers
from community.referrals.fraud.groups import Groups, sharing_anywhere
from community.referrals.fraud.surprise import shortfall

DUE = 7.0
"""Days after which who means to take part has begun."""
SETTLED = 14.0
"""Days after which it can be seen how somebody takes part, and whether others trust them."""
SOME_TRUST = 0.3
"""What share of members is below who has some."""
IN_A_HURRY = 10.0
"""Seconds from the link to having signed up, below which no form is filled in by hand."""
ALIKE_FROM = 5
"""Active friends from which on it tells something that they do equally much."""
EVERYBODY = 1.0
"""Added to the friends that were and to those that were not, so that no usual rate is 0 or 1."""


def idle(claims: Claims) -> Numbers:
    """Return the days since sign-up of who never did anything, 0 of who did; NaN where no sign-up is known."""
    days = (claims.now - claims.signed_up_at) / DAY
    return np.where(np.isfinite(claims.active_at), 0.0, days)


def unverified(claims: Claims) -> Numbers:
    """Return the days since sign-up of who never showed that the mail address is theirs, 0 of who did."""
    days = (claims.now - claims.signed_up_at) / DAY
    return np.where(np.isfinite(claims.verified_at), 0.0, days)


def idle_friends(claims: Claims) -> Numbers:
    """Return how surprising it is that so few of the referrer's friends became active, in nats (`surprise.shortfall`).

    Of those who came a week ago or before; usual is the share of what other referrers brought.
    """
    return _surprise(claims, np.isfinite(claims.active_at), claims.old(DUE))


def untrusted_friends(claims: Claims) -> Numbers:
    """Return how surprising it is that so few of the referrer's friends came to be trusted, in nats.

    Made-up accounts can do all that members do, but not have members rely on them. Of those whose trust is known, who
    came two weeks ago or before.
    """
    return _surprise(claims, claims.trust >= SOME_TRUST, claims.old(SETTLED) & np.isfinite(claims.trust))


def hurried_friends(claims: Claims) -> Numbers:
    """Return how surprising it is that so few of the referrer's friends took their time to sign up, in nats.

    Where one signs up with a tap, many are quick, and it surprises little.
    """
    seconds = claims.signed_up_at - claims.clicked_at
    return _surprise(claims, seconds >= IN_A_HURRY, seconds >= 0)


def _surprise(claims: Claims, did: Flags, asked: Flags) -> Numbers:
    referrers = claims.by_referrer
    trials = referrers.sums(asked)
    found = referrers.sums(did & asked)
    usual = (found.sum() - found + EVERYBODY) / (trials.sum() - trials + 2 * EVERYBODY)
    return shortfall(found, trials, usual)[referrers.place]


def idle_excess(claims: Claims, groups: Groups) -> Numbers:
    """Return by how much the share of a group that never was active is above that of all who were due; 0 if below."""
    due = claims.old(DUE)
    never = due & ~np.isfinite(claims.active_at)
    trials = groups.sums(due)
    share = np.divide(groups.sums(never), trials, out=np.zeros(groups.count), where=trials > 0)
    return np.maximum(share - float(never.sum()) / max(float(due.sum()), 1.0), 0)


def brief(claims: Claims) -> Numbers:
    """Return the days on which the referee was active, of who was at all and came two weeks ago or before; else NaN."""
    asked = claims.old(SETTLED) & np.isfinite(claims.active_at)
    return np.where(asked, claims.active_days, np.nan)


def alike(claims: Claims) -> Numbers:
    """Return the variance / mean of what the referrer's active friends do; NaN of fewer than five.

    Low is alike.

    Fisher's index of dispersion: 1 if everybody does equally much but for chance, far more among people [1], of whom a
    few do most. Of those who came two weeks ago or before.

    Sources:
        1. Fisher, Thornton, Mackenzie: The accuracy of the plating method of estimating the density of bacterial
           populations. Annals of Applied Biology 9, 1922.
    """
    asked = claims.old(SETTLED) & (claims.acts > 0)
    acts = np.where(asked, claims.acts, 0)
    referrers = claims.by_referrer
    count = referrers.sums(asked)
    mean = np.divide(referrers.sums(acts), count, out=np.zeros(referrers.count), where=count > 0)
    squares = referrers.sums(np.where(asked, (acts - mean[referrers.place]) ** 2, 0))
    enough = (count >= ALIKE_FROM) & (mean > 0)
    dispersion: Numbers = np.divide(squares, (count - 1) * mean, out=np.full(referrers.count, np.nan), where=enough)
    of_referrer: Numbers = dispersion[referrers.place]
    return of_referrer


def untrusted(claims: Claims) -> Numbers:
    """Return the trust of who came two weeks ago or before, else NaN."""
    return np.where(claims.old(SETTLED), claims.trust, np.nan)


def untrusted_referrer(claims: Claims) -> Numbers:
    """Return the trust of the referrer."""
    return claims.referrer_trust


def lasting(claims: Claims) -> Numbers:
    """Return on how many days the referee was active."""
    return claims.active_days


def trusted(claims: Claims) -> Numbers:
    """Return the trust of the referee."""
    return claims.trust


def bought(claims: Claims) -> Numbers:
    """Return 1 where the referee bought something with an instrument that nobody else paid with."""
    own: Flags = (
        (claims.payment != 0) & (claims.payment != claims.referrer_payment) & (sharing_anywhere(claims.payment) == 0)
    )
    did: Flags = own & np.isfinite(claims.purchased_at)
    return did.astype(np.float64)
