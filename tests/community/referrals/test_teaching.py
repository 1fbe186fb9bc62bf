"""What decisions teach, and what they cannot."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
import pytest

from community.foundation.database import Database
from community.referrals.evidence.known import read_claims
from community.referrals.evidence.teaching import (
    HOLD_WITHIN,
    LEAST_DECISIONS,
    MOST_OF_ONE,
    Cases,
    cases_of,
    latest_judging,
    learn_if_due,
    measured_shares,
    taught,
)
from community.referrals.evidence.verdicts import keep_verdicts
from community.referrals.fraud.learning import quality
from community.referrals.fraud.score import SHIPPED, Band, Judging, judged, probabilities
from community.referrals.fraud.signals import NAMES, WEIGHTS, measured
from community.referrals.judging import verdicts_of
from tests.community.referrals.generator import World, world
from tests.community.referrals.planted import plant
from tests.factories.discussions import make_acting

MODERATORS = 5


def untrusting(seed: int, size: int = 1_500) -> World:
    """Return a programme where no scoring run has been, for which what is shipped is worst."""
    return world(seed, size=size, trusted=False)


def decided(worlds: Iterable[World], amount: int, random: np.random.Generator) -> list[dict[str, Any]]:
    """Return right decisions on so many claims of each programme."""
    return [
        {
            "referrer_id": number * 10**7 + int(made.claims.referrer[place]),
            "strengths": dict(zip(NAMES, strengths[place].tolist(), strict=True)),
            "fraud": bool(made.fraud[place]),
            "decided_by": int(random.integers(MODERATORS)),
        }
        for number, made in enumerate(worlds)
        for strengths in [measured(made.claims).strengths]
        for place in random.choice(len(made.fraud), amount, replace=False)
    ]


def found(made: World, judging: Judging) -> Any:
    """Return how good a judging is on a programme."""
    return quality(probabilities(measured(made.claims).strengths, judging), made.fraud, judging)


def test_right_decisions_find_more_of_what_is_made_up_and_hold_few_who_are_honest() -> None:
    random = np.random.default_rng(4)
    cases = cases_of(decided([untrusting(seed) for seed in range(12)], 120, random))

    judging, tried = taught(cases)

    fresh = [untrusting(seed) for seed in range(100, 110)]
    before, after = ([found(made, each) for made in fresh] for each in (SHIPPED, judging))
    assert np.mean([each.recall for each in after]) > np.mean([each.recall for each in before]) + 0.02
    assert np.mean([each.false_positives for each in after]) < 0.015
    precision, recall, false_positives = measured_shares(tried, judging)
    for share in (precision, recall, false_positives):
        assert share.low is not None
        assert share.high is not None
        assert share.value is not None
        assert share.low <= share.value <= share.high


def test_nobody_s_friends_are_learned_of_and_measured_by() -> None:
    rows = decided([untrusting(1)], 400, np.random.default_rng(0))
    cases = cases_of(rows)
    by_referrer: dict[int, set[int]] = {}
    for row, quarter in zip(rows, cases.quarter.tolist(), strict=True):
        by_referrer.setdefault(row["referrer_id"], set()).add(quarter)
    assert all(len(quarters) == 1 for quarters in by_referrer.values())
    assert set(cases.quarter.tolist()) == {0, 1, 2, 3}


@pytest.mark.parametrize("amount", [40, 1_000])
def test_a_moderator_who_grants_every_farm_lets_few_through(amount: int) -> None:
    # Given a moderator who grants what is as good as certainly made up, beside honest cases by the hundred
    made = world(11, size=2_000)
    strengths = measured(made.claims).strengths
    farms = np.flatnonzero(np.isin(made.kinds, ("farm", "self", "star")))
    honest = np.flatnonzero(~made.fraud)[:1_500]
    rows = [
        {
            "referrer_id": number,
            "strengths": dict(zip(NAMES, strengths[place].tolist(), strict=True)),
            "fraud": False,
            "decided_by": 1 if number < amount else None,
        }
        for number, place in enumerate([*np.resize(farms, amount), *honest])
    ]

    judging, _ = taught(cases_of(rows))

    assert HOLD_WITHIN[0] <= judging.hold_from <= HOLD_WITHIN[1]
    assert (np.sign(judging.weights) * np.sign(WEIGHTS) >= 0).all()
    others = world(12, size=1_000)
    bands = judged(others.claims, judging).bands
    caught = np.mean(bands[np.isin(others.kinds, ("farm", "self", "star"))] != Band.GRANT)
    # As many as one likes do some harm.
    assert caught > (0.9 if amount < MOST_OF_ONE else 0.75), caught


def test_of_one_moderator_so_many_decisions_count_and_no_more() -> None:
    row = {"referrer_id": 1, "strengths": {}, "fraud": True, "decided_by": 7}
    cases = cases_of([row] * (10 * MOST_OF_ONE))
    assert 0 < cases.importance.sum() <= MOST_OF_ONE


def test_of_nothing_nothing_is_said() -> None:
    none = cases_of([])
    assert isinstance(none, Cases)
    assert all(share.value is None for share in measured_shares(none, SHIPPED))


async def test_decisions_are_kept_learned_of_and_judge_from_then_on(database: Database) -> None:
    # Given a programme that was judged, and moderators who decided on some of it
    made = untrusting(3, 400)
    planted = await plant(database, made)
    moderators = [(await make_acting(database)).member_id for _ in range(3)]
    async with database.writing() as connection:
        verdicts = verdicts_of(
            await read_claims(connection, planted.program_id), set(planted.referral_ids.tolist()), SHIPPED
        )
        await keep_verdicts(connection, judging_id=None, verdicts=list(verdicts.values()))
        assert (await learn_if_due(connection)).id is None, "nobody has decided anything"

    async def decide(places: Iterable[int], by: int) -> None:
        async with database.writing() as connection:
            await connection.raw.executemany(
                "INSERT INTO referral_decision (referral_id, decided_by, decision, strengths) "
                "SELECT $1, $2, $3, strengths FROM referral_verdict WHERE referral_id = $1",
                [
                    (int(planted.referral_ids[place]), by, "REJECTED" if made.fraud[place] else "GRANTED")
                    for place in places
                ],
            )

    await decide(range(LEAST_DECISIONS - 1), moderators[0])
    async with database.writing() as connection:
        assert (await learn_if_due(connection)).id is None, "of too few nothing is learned"
    await decide(range(LEAST_DECISIONS - 1, 100), moderators[1])

    # When it is due
    async with database.writing() as connection:
        first = await learn_if_due(connection)
        again = await learn_if_due(connection)
        kept = await latest_judging(connection)

    # Then there is a version, once, and it is what counts
    assert first.id is not None
    assert again.id == first.id == kept.id
    assert np.allclose(kept.judging.weights, first.judging.weights)
    assert not np.allclose(kept.judging.weights, WEIGHTS)
    async with database.reading() as connection:
        row = await connection.raw.fetchrow("SELECT * FROM referral_judging")
    assert row is not None
    assert (row["decisions"], row["frauds"]) == (100, int(made.fraud[:100].sum()))
    assert 0 < row["tried"] < 100


async def test_who_is_concerned_teaches_nothing(database: Database) -> None:
    made = untrusting(3, 300)
    planted = await plant(database, made)
    async with database.writing() as connection:
        verdicts = verdicts_of(
            await read_claims(connection, planted.program_id), set(planted.referral_ids.tolist()), SHIPPED
        )
        await keep_verdicts(connection, judging_id=None, verdicts=list(verdicts.values()))
        await connection.raw.execute(
            "INSERT INTO referral_decision (referral_id, decided_by, decision, strengths) "
            "SELECT referral.id, CASE WHEN referral.id % 2 = 0 THEN member_id ELSE referrer_id END, 'GRANTED', strengths "
            "FROM referral JOIN referral_verdict AS verdict ON verdict.referral_id = referral.id"
        )
        assert (await learn_if_due(connection)).id is None
