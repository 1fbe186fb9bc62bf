"""Judging as it is done live: by what is read from the tables."""

from __future__ import annotations

import secrets
from collections import defaultdict

import numpy as np
import pytest

from community.foundation.database import Database
from community.referrals.evidence.known import claims_of, read_claims
from community.referrals.fraud.claims import COLUMNS
from community.referrals.fraud.score import Band, judged
from tests.community.referrals.generator import FRAUD, HONEST, world
from tests.community.referrals.planted import plant

HASHES = ("device", "network", "mailbox", "domain", "payment")
WORLDS, SIZE = 90, 800
"""Programmes differ: of sixty, one run in 150 is beyond a bound by chance; of ninety, one in 750 (30,000 draws from 900 programmes)."""


async def test_what_is_read_is_all_that_the_database_can_know(database: Database) -> None:
    # Given a programme in the tables
    planted = await plant(database, world(7, size=300))
    expected = planted.claims

    # When it is read
    async with database.reading() as connection:
        rows = await read_claims(connection, planted.program_id)
    found = claims_of(rows)

    # Then each column is as it was made, but for the numbers that stand for members, addresses and the like
    assert [row["id"] for row in rows] == planted.referral_ids.tolist()
    for name in COLUMNS:
        column, other = getattr(found, name), getattr(expected, name)
        if name in {"referrer", "referee", "mailbox", "referrer_mailbox", "domain"}:
            pairs = np.unique(np.stack([column, other]), axis=1).shape[1]
            assert pairs == len(np.unique(column)) == len(np.unique(other)), name
            assert np.array_equal(column == 0, other == 0), name
        else:
            assert np.allclose(column, other, atol=1e-3, equal_nan=True), name
    assert np.array_equal(found.mailbox == found.referrer_mailbox, expected.mailbox == expected.referrer_mailbox)
    for name in (*(f"referrer_{key}" for key in ("device", "network", "payment")), *HASHES, "active_days", "trust"):
        assert np.count_nonzero(np.nan_to_num(getattr(found, name))), f"nothing is known of {name}"


@pytest.mark.slow
async def test_nine_in_ten_made_up_referrals_are_found_live_and_one_in_a_hundred_honest_ones_held_at_most(
    database: Database,
) -> None:
    # Given programmes that nobody has seen before, in the tables
    seed = secrets.randbelow(2**40) + 1_000_000
    hit: dict[str, int] = defaultdict(int)
    there: dict[str, int] = defaultdict(int)
    differ = 0
    for number in range(WORLDS):
        made = world(seed + number, size=SIZE)
        planted = await plant(database, made)
        # When they are judged by what is read from there
        async with database.reading() as connection:
            found = claims_of(await read_claims(connection, planted.program_id))
        bands = judged(found).bands
        for kind in HONEST + FRAUD:
            hit[kind] += int(np.count_nonzero((bands != Band.GRANT) & (made.kinds == kind)))
            there[kind] += int(np.count_nonzero(made.kinds == kind))
        differ += int(np.count_nonzero(bands != judged(planted.claims).bands))
    # Then
    about = f"seed {seed}: " + ", ".join(f"{kind} {hit[kind]}/{there[kind]}" for kind in there)
    assert sum(hit[kind] for kind in FRAUD) >= 0.9 * sum(there[kind] for kind in FRAUD), about
    assert sum(hit[kind] for kind in HONEST) <= 0.01 * sum(there[kind] for kind in HONEST), about
    # What is a second older by the time that it is read may fall on the other side of a bound.
    assert differ <= 0.001 * sum(there.values()), about
