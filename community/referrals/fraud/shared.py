"""What a referee shares: with the referrer, with the referrer's other friends, with anybody."""

import numpy as np

from community.referrals.fraud.activity import idle
from community.referrals.fraud.claims import Claims, Flags, Hashes, Numbers
from community.referrals.fraud.groups import place_of, sharing, sharing_anywhere
from community.referrals.fraud.shapes import chain_lengths, ring_sizes

ACCOUNTS_OF_A_FARM = 3
CHAIN_OF_ONE = 3
FEW_FRIENDS = 2.0
"""Friends without evidence that are added to each referrer's, so that one of two does not count as half of all."""


def itself(claims: Claims) -> Numbers:
    """Return 1 where somebody says they brought themselves."""
    return _flagged(claims.referrer == claims.referee)


def device_of_referrer(claims: Claims) -> Numbers:
    """Return 1 where the referee signed up on a device of the referrer's."""
    return _with(claims.device, claims.referrer_device)


def network_of_referrer(claims: Claims) -> Numbers:
    """Return 1 where the referee signed up on a network of the referrer's, as families and colleagues do."""
    return _with(claims.network, claims.referrer_network)


def mailbox_of_referrer(claims: Claims) -> Numbers:
    """Return 1 where both addresses reach one mailbox."""
    return _with(claims.mailbox, claims.referrer_mailbox)


def payment_of_referrer(claims: Claims) -> Numbers:
    """Return 1 where both paid with one instrument."""
    return _with(claims.payment, claims.referrer_payment)


def _with(own: Hashes, others: Hashes) -> Numbers:
    return _flagged((own != 0) & (own == others))


def _flagged(holds: Flags) -> Numbers:
    return holds.astype(np.float64)


def device_among_friends(claims: Claims) -> Numbers:
    """Return how many more of the referrer's friends signed up on the same device."""
    return sharing(claims.by_referrer, claims.device).astype(np.float64)


def device_elsewhere(claims: Claims) -> Numbers:
    """Return how many that others brought signed up on the same device."""
    return sharing_anywhere(claims.device) - device_among_friends(claims)


def idle_and_shared(claims: Claims) -> Numbers:
    """Return the days in which a referee did nothing who shares the referrer's device or network, or a friend's device.

    Families and colleagues share these as well, but take part as others do.
    """
    shares = (device_of_referrer(claims) > 0) | (network_of_referrer(claims) > 0) | (device_among_friends(claims) > 0)
    return np.where(shares, idle(claims), 0)


def network_among_friends(claims: Claims) -> Numbers:
    """Return how many more of the referrer's friends are on the same network than of others' friends would be.

    k - n * share: k others among n on it, and the share it has of what other referrers brought. So the network of a
    mobile carrier, behind which half a town is, says nothing.
    """
    referrers = claims.by_referrer
    own = sharing(referrers, claims.network) + 1.0
    friends = referrers.sizes()[referrers.place]
    elsewhere = sharing_anywhere(claims.network) + 1.0 - own
    usual = elsewhere / np.maximum(len(claims) - friends, 1)
    return np.where(claims.network != 0, np.maximum(own - 1 - usual * friends, 0), 0)


def mailbox_elsewhere(claims: Claims) -> Numbers:
    """Return how many others who were brought have an address that reaches the same mailbox."""
    return sharing_anywhere(claims.mailbox).astype(np.float64)


def domain_among_friends(claims: Claims) -> Numbers:
    """Return how many more of the referrer's friends have mail at the same small domain, as colleagues do."""
    return sharing(claims.by_referrer, claims.domain).astype(np.float64)


def payment_elsewhere(claims: Claims) -> Numbers:
    """Return how many others who were brought paid with the same instrument."""
    return sharing_anywhere(claims.payment).astype(np.float64)


def disposable(claims: Claims) -> Numbers:
    """Return 1 where the mail address is a throw-away."""
    return claims.disposable.astype(np.float64)


def aliased(claims: Claims) -> Numbers:
    """Return 1 where the mail address is another spelling of a mailbox."""
    return claims.aliased.astype(np.float64)


def chain(claims: Claims) -> Numbers:
    """Return how many only children of one network or device are in a row."""
    return chain_lengths(claims).astype(np.float64)


def ring(claims: Claims) -> Numbers:
    """Return how many claims are in a ring of people who bring each other's other accounts."""
    return ring_sizes(claims).astype(np.float64)


def company(claims: Claims) -> Numbers:
    """Return the share k / (n + 2) of those who came with a referee that has hard evidence against it.

    Itself not counted. Those who came with one are the referrer's other friends; for who was brought by a member who
    was brought, that member and the others so brought count as well, and so a chain is seen as one. Hard is: a device,
    mailbox or payment of the referrer's, a device of a farm, mailbox or payment of others', throw-away mail, a ring, a
    long chain.
    """
    hard = (
        (itself(claims) > 0)
        | (device_of_referrer(claims) > 0)
        | (mailbox_of_referrer(claims) > 0)
        | (payment_of_referrer(claims) > 0)
        | (device_among_friends(claims) + device_elsewhere(claims) >= ACCOUNTS_OF_A_FARM)
        | (mailbox_elsewhere(claims) > 0)
        | (payment_elsewhere(claims) > 0)
        | claims.disposable
        | (ring(claims) > 0)
        | (chain(claims) >= CHAIN_OF_ONE)
    ).astype(np.float64)
    referrers = claims.by_referrer
    friends = referrers.sizes()[referrers.place] - 1.0
    against = referrers.sums(hard)[referrers.place] - hard
    before = place_of(claims.referrer, claims.referee)
    brought = (before >= 0) & (before != np.arange(len(claims)))
    against += np.where(brought, hard[np.maximum(before, 0)], 0)
    friends += brought
    return against / (friends + FEW_FRIENDS)
