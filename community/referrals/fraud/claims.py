"""What is known of each referral that is claimed: one column a fact, one row a referee."""

from dataclasses import dataclass, fields
from functools import cached_property
from typing import Any, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray

from community.referrals.fraud.groups import Groups, grouped

Members = NDArray[np.int64]
Hashes = NDArray[np.int64]
"""Keyed hashes, never what they stand for; 0 is not known."""
Times = NDArray[np.float64]
"""Seconds since 1970; NaN is never, or not known."""
Numbers = NDArray[np.float64]
"""NaN is not known."""
Flags = NDArray[np.bool_]

DAY = 86_400.0
"""Seconds."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Claims:
    """All claims of one programme: who says they brought whom, and what both were seen to do.

    Columns are of one length n. What is not known says nothing, for or against. Signals compare claims with each other,
    so give all of a programme's, decided ones too, and judge the open ones of them.
    """

    referrer: Members
    referee: Members
    clicked_at: Times
    signed_up_at: Times
    verified_at: Times
    active_at: Times
    """When the referee first did anything that others see."""
    purchased_at: Times
    device: Hashes
    network: Hashes
    """Of the referee, at sign-up."""
    mailbox: Hashes
    """Of `mails.MailSigns.key`."""
    domain: Hashes
    """Of the mail's domain where it is somebody's own; 0 where millions have it."""
    payment: Hashes
    """The instrument that the referee paid with."""
    disposable: Flags
    aliased: Flags
    acts: Numbers
    """Posts, comments, reactions and votes of the referee."""
    active_days: Numbers
    """Days on which the referee did any of them."""
    trust: Numbers
    """Of the referee, from 0 (least of all members) to 1."""
    referrer_trust: Numbers
    referrer_device: Hashes
    referrer_network: Hashes
    referrer_mailbox: Hashes
    referrer_payment: Hashes
    now: float
    """The time at which all this was known."""

    def __post_init__(self) -> None:
        """Check the columns.

        Raises:
            ValueError: if two differ in length, one is of another type, or there is no time.
        """
        if not np.isfinite(self.now):
            raise ValueError(f"{self.now} is no time")
        for name, kind in COLUMNS.items():
            column = getattr(self, name)
            if column.shape != self.referrer.shape or column.ndim != 1:
                raise ValueError(f"{name} has the shape {column.shape}, and referrer {self.referrer.shape}")
            if column.dtype != kind:
                raise ValueError(f"{name} is of {column.dtype}, not {np.dtype(kind)}")

    def __len__(self) -> int:
        return len(self.referrer)

    @classmethod
    def made(cls, *, now: float, referrer: ArrayLike, referee: ArrayLike, **known: ArrayLike) -> Self:
        """Return claims of the columns that are known; the others are unknown for everybody.

        Raises:
            ValueError: if a column does not fit.
            TypeError: if there is no such column.
        """
        size = len(np.atleast_1d(np.asarray(referrer)))
        given: dict[str, ArrayLike] = {"referrer": referrer, "referee": referee, **known}
        unknown = {np.int64: 0, np.float64: np.nan, np.bool_: False}
        columns: dict[str, NDArray[Any]] = {
            name: np.full(size, unknown[kind], kind)
            if name not in given
            else np.atleast_1d(np.asarray(given.pop(name), kind))
            for name, kind in COLUMNS.items()
        }
        if given:
            raise TypeError(f"claims have no {', '.join(sorted(given))}")
        return cls(now=now, **columns)

    @cached_property
    def by_referrer(self) -> Groups:
        """Claims grouped by who brought them."""
        return grouped(self.referrer)

    def old(self, days: float) -> Flags:
        """Return which claims' referees have been there for so many days."""
        return self.signed_up_at <= self.now - days * DAY


COLUMNS: dict[str, Any] = {
    one.name: {Flags: np.bool_, Members: np.int64, Times: np.float64}[one.type]  # type: ignore[index]
    for one in fields(Claims)
    if one.name != "now"
}
"""The type of each column's values."""
