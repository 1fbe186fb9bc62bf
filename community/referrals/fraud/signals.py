"""What is looked for, as a table: what each signal measures, from where on it counts, and how much at most."""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from community.referrals.fraud import activity, pace, shared
from community.referrals.fraud.claims import Claims, Numbers


class Signal(NamedTuple):
    """One thing that is looked for.

    Its strength is (measured - start) / (full - start), and 0 below and 1 above; 0 if nothing is known. Where less is
    worse, full is below start.
    """

    weight: float
    """What it adds to the log-odds of fraud at full strength, in nats: above 0 speaks for fraud, below against."""
    start: float
    full: float
    measure: Callable[[Claims], Numbers]
    sentence: str
    """For a moderator, with `measured` filled in."""

    def strength(self, measured: Numbers) -> Numbers:
        """Return how strongly it holds, from 0 to 1: rising with what is measured, or falling where less is worse."""
        within = np.clip(measured, min(self.start, self.full), max(self.start, self.full))
        return np.nan_to_num((within - self.start) / (self.full - self.start), nan=0.0)


SIGNALS: dict[str, Signal] = {
    "SELF": Signal(10.0, 0, 1, shared.itself, "The referrer and the referee are one account."),
    "DEVICE_OF_REFERRER": Signal(0.5, 0, 1, shared.device_of_referrer, "Signed up on a device of the referrer's."),
    "NETWORK_OF_REFERRER": Signal(
        0.1,
        0,
        1,
        shared.network_of_referrer,
        "Signed up on a network of the referrer's, as families and colleagues do.",
    ),
    "MAILBOX_OF_REFERRER": Signal(
        5.5, 0, 1, shared.mailbox_of_referrer, "The mail address reaches the mailbox of the referrer."
    ),
    "PAYMENT_OF_REFERRER": Signal(1.0, 0, 1, shared.payment_of_referrer, "Paid with an instrument of the referrer's."),
    "DEVICE_AMONG_FRIENDS": Signal(
        6.0,
        0,
        4,
        shared.device_among_friends,
        "{measured:.0f} more of the referrer's friends signed up on this device.",
    ),
    "DEVICE_ELSEWHERE": Signal(
        4.0, 0, 4, shared.device_elsewhere, "{measured:.0f} accounts that others brought signed up on this device."
    ),
    "NETWORK_AMONG_FRIENDS": Signal(
        0.5,
        4,
        12,
        shared.network_among_friends,
        "{measured:.0f} more of the referrer's friends are on this network than on one like the others'.",
    ),
    "IDLE_AND_SHARED": Signal(
        0.8,
        7,
        14,
        shared.idle_and_shared,
        "Did nothing in {measured:.0f} days, on a device or network of the referrer's or another friend's.",
    ),
    "MAILBOX_ELSEWHERE": Signal(
        5.0, 0, 2, shared.mailbox_elsewhere, "{measured:.0f} others have an address that reaches the same mailbox."
    ),
    "DOMAIN_AMONG_FRIENDS": Signal(
        0.1,
        2,
        10,
        shared.domain_among_friends,
        "{measured:.0f} more of the referrer's friends have mail at this small domain.",
    ),
    "PAYMENT_ELSEWHERE": Signal(
        2.5, 0, 2, shared.payment_elsewhere, "{measured:.0f} others who were brought paid with the same instrument."
    ),
    "DISPOSABLE_MAIL": Signal(1.4, 0, 1, shared.disposable, "The mail address is a throw-away."),
    "ALIASED_MAIL": Signal(0.2, 0, 1, shared.aliased, "The mail address is another spelling of a mailbox."),
    "CHAIN": Signal(
        3.4, 2, 4, shared.chain, "Is one of {measured:.0f} in a row who each brought one other of the same network."
    ),
    "RING": Signal(
        6.0,
        1,
        6,
        shared.ring,
        "Is one of {measured:.0f} claims by which people bring each other's other accounts, in a ring.",
    ),
    "COMPANY": Signal(
        5.0, 0.2, 0.7, shared.company, "There is hard evidence against {measured:.0%} of those who came with this one."
    ),
    "BURST": Signal(
        1.7,
        0.5,
        2.5,
        pace.burst,
        "The referrer's friends came within an hour by {measured:.1f} doublings more than usual, without breadth.",
    ),
    "EVEN_PACE": Signal(
        4.5,
        1.5,
        3.5,
        pace.even_pace,
        "The referrer's friends come more evenly than people do, by {measured:.1f} deviations.",
    ),
    "HURRY": Signal(0.1, 10, 3, pace.hurry, "{measured:.1f} seconds from the link to having signed up."),
    "IDLE": Signal(0.1, 7, 14, activity.idle, "Did nothing in the {measured:.0f} days since signing up."),
    "IDLE_FRIENDS": Signal(
        0.5,
        1,
        5,
        activity.idle_friends,
        "So few of the referrer's friends became active as happens once in e^{measured:.1f} times at most.",
    ),
    "HURRIED_FRIENDS": Signal(
        5.5,
        1,
        5,
        activity.hurried_friends,
        "So few of the referrer's friends took time to sign up as happens once in e^{measured:.1f} times at most.",
    ),
    "UNVERIFIED": Signal(0.8, 3, 7, activity.unverified, "Did not confirm the mail address in {measured:.0f} days."),
    "BRIEF": Signal(0.1, 3, 1, activity.brief, "Was active on {measured:.0f} days and no more."),
    "ALIKE": Signal(
        3.5,
        2,
        0.8,
        activity.alike,
        "The referrer's friends do all equally much: their variance is {measured:.1f} of their mean.",
    ),
    "UNTRUSTED": Signal(0.4, 0.2, 0.02, activity.untrusted, "Less trusted than all but {measured:.0%} of members."),
    "UNTRUSTED_REFERRER": Signal(
        1.6,
        0.3,
        0.05,
        activity.untrusted_referrer,
        "The referrer is less trusted than all but {measured:.0%} of members.",
    ),
    "UNTRUSTED_FRIENDS": Signal(
        9.0,
        1,
        5,
        activity.untrusted_friends,
        "So few of the referrer's friends came to be trusted as happens once in e^{measured:.1f} times at most.",
    ),
    "LASTING": Signal(-3.0, 2, 12, activity.lasting, "Was active on {measured:.0f} days."),
    "TRUSTED": Signal(-3.5, 0.3, 0.7, activity.trusted, "More trusted than {measured:.0%} of members."),
    "BOUGHT": Signal(-1.0, 0, 1, activity.bought, "Bought something with an instrument of their own."),
}
NAMES = tuple(SIGNALS)
WEIGHTS = np.array([signal.weight for signal in SIGNALS.values()])
INTERCEPT = -4.8
"""The log-odds of fraud where nothing speaks for or against it: one claim in 120."""


class Measured(NamedTuple):
    """What was measured of each claim, and how strong that makes each signal: float64[n, signals] each."""

    values: NDArray[np.float64]
    strengths: NDArray[np.float64]


def measured(claims: Claims) -> Measured:
    """Measure all signals of all claims. O(n log n)."""
    values = np.stack([signal.measure(claims) for signal in SIGNALS.values()], axis=1)
    strengths = np.stack([signal.strength(values[:, place]) for place, signal in enumerate(SIGNALS.values())], axis=1)
    return Measured(values, strengths)
