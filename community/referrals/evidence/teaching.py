"""Learning of decisions by which numbers referrals are judged: a new version each time that there is enough that is new.

What has been decided, and what was granted long ago and not complained of, is parted by who brought the referral, so that
nobody's friends are on two sides: half of it is learned of, a quarter sets from where on to hold and to reject, and a quarter
took no part and measures what came of it.

It is made to be led astray by nobody soon. Weights begin at what is shipped and hold on to it (`fraud.learning`), and keep
their signs. One decision in twenty is taken to be wrong, so that one which says the opposite of overwhelming evidence counts
for as much as it is likely to be right [1]: forty grants of what is plainly a farm would turn all weights otherwise. Of one
moderator a few hundred decisions count, however many they make; of those who were brought or did bring, none; and from where
on to hold and to reject is moved within bounds alone.

Sources:
    1. Lawrence, Schölkopf: Estimating a kernel Fisher discriminant in the presence of label noise. ICML 2001. One step of
       it, from what is shipped.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from community.referrals.fraud.learning import exact_bounds, learned, with_thresholds
from community.referrals.fraud.score import SHIPPED, Judging, probabilities
from community.referrals.fraud.signals import NAMES, WEIGHTS

if TYPE_CHECKING:
    import asyncpg

    from community.foundation.database import Connection

LEAST_DECISIONS = 20
"""Of fewer nothing is learned."""
MORE = 1.2
"""Times as many decisions as at the last time, and it is learned anew."""
LONG_AGO = 60
"""Days since it was granted, after which a referral that nobody complained of is taken to be honest ..."""
UNOPPOSED = 0.1
"""... and how much it counts beside one that somebody has looked at."""
MOST_UNOPPOSED = 20_000
"""Of them the latest; decided ones are then too large a part of all, which errs to the careful side."""
MOST_OF_ONE = 300
"""Decisions that all those of one moderator together count at most."""
WRONG = 0.05
"""Of decisions, how many are taken to be wrong."""
HOLD_WITHIN = (0.35, 0.8)
REJECT_WITHIN = (0.9, 0.995)
QUARTERS = 4

_LATEST = (
    "SELECT id, intercept, weights, hold_from, reject_from, decisions FROM referral_judging ORDER BY id DESC LIMIT 1"
)
_COUNT = "SELECT count(DISTINCT referral_id) FROM referral_decision WHERE strengths IS NOT NULL"
# The last that was decided of a referral counts, by somebody whom it does not concern.
_DECIDED = """
    SELECT DISTINCT ON (referral_id) referrer_id, strengths, decision <> 'GRANTED' AS fraud, decided_by
    FROM referral_decision JOIN referral ON referral.id = referral_id
    WHERE strengths IS NOT NULL AND decided_by <> referral.member_id AND decided_by IS DISTINCT FROM referrer_id
    ORDER BY referral_id, referral_decision.id DESC
"""
_UNOPPOSED = """
    SELECT referrer_id, strengths, false AS fraud, NULL::bigint AS decided_by
    FROM referral_verdict AS verdict JOIN referral ON referral.id = verdict.referral_id
    WHERE verdict.band = 'GRANT' AND referrer_id IS NOT NULL
        AND NOT EXISTS (SELECT FROM referral_decision AS made WHERE made.referral_id = verdict.referral_id)
        AND (
            SELECT bool_and(state = 'GRANTED' AND granted_at < now() - $1 * interval '1 day') FROM reward
            WHERE cause_kind = 'referral' AND cause_id = verdict.referral_id
        )
    ORDER BY verdict.referral_id DESC LIMIT $2
"""
_SHARES = ("precision", "recall", "false_positives")
_KEEP = f"""
    INSERT INTO referral_judging (intercept, weights, hold_from, reject_from, decisions, frauds, unopposed, tried,
        {", ".join(f"{name}, {name}_low, {name}_high" for name in _SHARES)})
    VALUES ({", ".join(f"${place}" for place in range(1, 9 + 3 * len(_SHARES)))}) RETURNING id
"""  # noqa: S608 - names of ours


class Kept(NamedTuple):
    """By which numbers referrals are judged now: the version's id, or None for what is shipped."""

    id: int | None
    judging: Judging
    decisions: int = 0


class Cases(NamedTuple):
    """Referrals of which it is known what they are, or taken to be."""

    strengths: NDArray[np.float64]
    fraud: NDArray[np.bool_]
    importance: NDArray[np.float64]
    decided: NDArray[np.bool_]
    """By somebody; else by nobody's complaining."""
    quarter: NDArray[np.int64]
    """All of a referrer's in one."""

    def where(self, which: NDArray[np.bool_]) -> Cases:
        """Return some of them."""
        return Cases(
            self.strengths[which],
            self.fraud[which],
            self.importance[which],
            self.decided[which],
            self.quarter[which],
        )


class Share(NamedTuple):
    """So many of so many, with bounds at 95%; None of none."""

    value: float | None
    low: float | None
    high: float | None


async def latest_judging(connection: Connection) -> Kept:
    """Return by which numbers referrals are judged now. A signal that was not known when they were learned has its own."""
    row = await connection.raw.fetchrow(_LATEST)
    if row is None:
        return Kept(None, SHIPPED)
    weights = np.array([row["weights"].get(name, weight) for name, weight in zip(NAMES, WEIGHTS, strict=True)])
    return Kept(row["id"], Judging(row["intercept"], weights, row["hold_from"], row["reject_from"]), row["decisions"])


async def learn_if_due(connection: Connection) -> Kept:
    """Learn anew if there is enough that is new; return by which numbers referrals are judged from now on."""
    now = await latest_judging(connection)
    if await connection.raw.fetchval(_COUNT) < max(LEAST_DECISIONS, MORE * now.decisions):
        return now
    decided = await connection.raw.fetch(_DECIDED)
    if len(decided) < max(LEAST_DECISIONS, MORE * now.decisions):
        return now
    cases = cases_of([*decided, *await connection.raw.fetch(_UNOPPOSED, LONG_AGO, MOST_UNOPPOSED)])
    judging, tried = taught(cases)
    judging_id: int = await connection.raw.fetchval(
        _KEEP,
        *(judging.intercept, dict(zip(NAMES, judging.weights.tolist(), strict=True))),
        *(judging.hold_from, judging.reject_from),
        *(len(decided), int(cases.fraud.sum()), int((~cases.decided).sum()), int(tried.decided.sum())),
        *(number for share in measured_shares(tried, judging) for number in share),
    )
    return Kept(judging_id, judging, len(decided))


def cases_of(rows: Sequence[asyncpg.Record | Mapping[str, Any]]) -> Cases:
    """Return what is known of some referrals, as arrays."""
    made = Counter(row["decided_by"] for row in rows)
    importance = [
        UNOPPOSED if row["decided_by"] is None else min(1.0, MOST_OF_ONE / made[row["decided_by"]]) for row in rows
    ]
    strengths = np.array([[row["strengths"].get(name, 0.0) for name in NAMES] for row in rows], float)
    strengths = strengths.reshape(-1, len(NAMES))
    fraud = np.array([row["fraud"] for row in rows], bool)
    return Cases(
        strengths,
        fraud,
        np.array(importance) * likely_right(strengths, fraud),
        np.array([row["decided_by"] is not None for row in rows], bool),
        np.array([_quarter(row["referrer_id"]) for row in rows], np.int64),
    )


def likely_right(strengths: NDArray[np.float64], fraud: NDArray[np.bool_]) -> NDArray[np.float64]:
    """Return how likely each decision is right, given what is shipped: (1 - e) q / ((1 - e) q + e (1 - q)).

    q is the probability of what was decided, by what is shipped; e is how many decisions are wrong.
    """
    likely = probabilities(strengths)
    agrees = (1 - WRONG) * np.where(fraud, likely, 1 - likely)
    return agrees / (agrees + WRONG * np.where(fraud, 1 - likely, likely))


def taught(cases: Cases) -> tuple[Judging, Cases]:
    """Return what half of the cases teach, with thresholds by a quarter, and the quarter that took no part."""
    first, second, tried = (cases.where(which) for which in _parts(cases.quarter))
    judging = learned(first.strengths, first.fraud, importance=first.importance)
    judging = with_thresholds(judging, probabilities(second.strengths, judging), second.fraud)
    hold = float(np.clip(judging.hold_from, *HOLD_WITHIN))
    reject = float(np.clip(judging.reject_from, *REJECT_WITHIN))
    return judging._replace(hold_from=hold, reject_from=reject), tried


def measured_shares(tried: Cases, judging: Judging) -> tuple[Share, Share, Share]:
    """Return precision and recall among decided cases, and how many of all honest ones are held or rejected.

    Fraud that nobody held was decided by nobody: of it nothing is known, and recall does not tell.
    """
    caught = probabilities(tried.strengths, judging) >= judging.hold_from
    decided = tried.decided
    return (
        _share(caught & tried.fraud & decided, caught & decided),
        _share(caught & tried.fraud & decided, tried.fraud & decided),
        _share(caught & ~tried.fraud, ~tried.fraud),
    )


def _share(part: NDArray[np.bool_], whole: NDArray[np.bool_]) -> Share:
    found, trials = int(part.sum()), int(whole.sum())
    return Share(found / trials, *exact_bounds(found, trials)) if trials else Share(None, None, None)


def _parts(quarter: NDArray[np.int64]) -> tuple[NDArray[np.bool_], NDArray[np.bool_], NDArray[np.bool_]]:
    return quarter < QUARTERS // 2, quarter == QUARTERS // 2, quarter > QUARTERS // 2


def _quarter(referrer_id: int | None) -> int:
    # Numbers in a row would put those who joined on the same day into different parts in turn; a hash does so by chance.
    return hashlib.blake2b(str(referrer_id).encode(), digest_size=1).digest()[0] % QUARTERS
