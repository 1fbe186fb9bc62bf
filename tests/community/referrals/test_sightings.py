"""Where members were seen: what is kept of it, of whom, and for how long."""

from __future__ import annotations

from typing import Any

import pytest

from community.foundation.database import Database
from community.foundation.errors import Invalid
from community.members.acting import Acting
from community.members.roles import Role
from community.members.signing import derive_keys
from community.referrals.evidence.sightings import (
    LONGEST_DEVICE,
    MOST_KEPT,
    Sighting,
    forget_sightings,
    note_referrer,
    note_sign_in,
    note_sign_up,
    sighting,
)
from community.referrals.programs import RewardRule, Step
from community.referrals.purchases import Purchase, record_purchases
from community.referrals.steps import reach
from tests.factories.discussions import make_acting, make_post, make_space
from tests.factories.referrals import claim, make_code, make_program

SECRET = bytes(range(32))
HOME, OFFICE = "9.9.9.9", "2606:4700:4700::1111"


async def seen(database: Database, member: Acting) -> list[Any]:
    async with database.reading() as connection:
        return list(
            await connection.raw.fetch(
                "SELECT * FROM referral_sighting WHERE member_id = $1 ORDER BY seen_at", member.member_id
            )
        )


def test_the_same_network_and_device_are_known_again_and_nothing_else_is() -> None:
    first = sighting(SECRET, OFFICE, "小王的手机")
    assert first == sighting(SECRET, "2606:4700:4700::9", "小王的手机"), "one IPv6 network"
    assert first.device != sighting(SECRET, OFFICE, "小李的手机").device
    assert first.network != sighting(SECRET, HOME, "").network
    assert sighting(SECRET, HOME, "").network == sighting(SECRET, "::ffff:9.9.9.9", "").network
    assert sighting(bytes(32), OFFICE, "小王的手机") != first, "by another key they are others"
    keys = derive_keys(SECRET)
    assert len({keys.sighting, keys.visitor, keys.session, keys.touch, keys.openid}) == 5


@pytest.mark.parametrize("address", ["10.0.0.1", "127.0.0.1", "::1", "", "茶", "1" * 10_000, "9.9.9.9\0"])
def test_what_is_no_address_of_the_open_network_is_not_known(address: str) -> None:
    assert sighting(SECRET, address, "") == Sighting()


@pytest.mark.parametrize("device", ["茶" * (LONGEST_DEVICE + 1), "x" * 10**6])
def test_a_device_with_too_long_a_name_is_refused(device: str) -> None:
    with pytest.raises(Invalid):
        sighting(SECRET, HOME, device)


async def test_of_referrers_the_last_few_are_kept_and_of_others_the_sign_up_alone(database: Database) -> None:
    marketer = await make_acting(database, roles=(Role.MARKETER,))
    mei, kai = [await make_acting(database) for _ in range(2)]
    await make_code(database, mei, await make_program(database, marketer))
    for member in (mei, kai):
        await database.transact(lambda c, id_=member.member_id: note_sign_up(c, id_, Sighting(1, 1)))  # type: ignore[misc] # bound now
        for device in range(2, 2 * MOST_KEPT):
            await database.transact(
                lambda c, id_=member.member_id, device=device: note_referrer(c, id_, Sighting(1, device))  # type: ignore[misc] # bound now
            )

    hers, his = await seen(database, mei), await seen(database, kai)

    assert [(row["device"], row["sign_up"]) for row in his] == [(1, True)]
    assert [row["device"] for row in hers if row["sign_up"]] == [1]
    assert [row["device"] for row in hers if not row["sign_up"]] == list(range(MOST_KEPT, 2 * MOST_KEPT))


async def test_who_joins_by_signing_in_is_seen_where_they_joined(database: Database) -> None:
    new, old = [await make_acting(database) for _ in range(2)]
    async with database.writing() as connection:
        await connection.raw.execute(
            "UPDATE member SET joined_at = now() - interval '1 day' WHERE id = $1", old.member_id
        )
        for _ in range(2):
            await note_sign_in(connection, new.member_id, Sighting(5, 6))
        await note_sign_in(connection, old.member_id, Sighting(5, 6))
        await note_sign_in(connection, new.member_id, Sighting())
    assert [(row["network"], row["device"], row["sign_up"]) for row in await seen(database, new)] == [(5, 6, True)]
    assert await seen(database, old) == []


async def test_hashes_are_thrown_away_in_time_but_not_while_a_reward_waits(database: Database) -> None:
    marketer = await make_acting(database, roles=(Role.MARKETER,))
    mei, kai, lin = [await make_acting(database) for _ in range(3)]
    step = Step("FIRST_POST")
    rule = RewardRule(step, "REFERRER", "POINTS", 100)
    program = await make_program(database, marketer, steps=(step,), rewards=(rule,))
    await claim(database, kai, await make_code(database, mei, program))
    await make_post(database, kai, await make_space(database))
    async with database.writing() as connection:
        for member in (mei, kai, lin):
            await note_sign_up(connection, member.member_id, Sighting(1, member.member_id))
        at = await connection.raw.fetchval("SELECT now()")
        bought = [
            Purchase(f"购 {member.member_id}", member.member_id, 500, "CNY", at, "fingerprint 卡")
            for member in (kai, lin)
        ]
        await record_purchases(connection, marketer, bought, secret=SECRET)
        await connection.raw.execute("UPDATE referral_sighting SET seen_at = now() - interval '200 days'")
        await connection.raw.execute("UPDATE referral_purchase SET recorded_at = now() - interval '200 days'")

    await database.transact(lambda c: reach(c, [kai.member_id]))

    await database.transact(forget_sightings)
    waiting = [len(await seen(database, member)) for member in (mei, kai, lin)]
    assert waiting == [1, 1, 0]
    assert await instruments(database) == {kai.member_id}

    async with database.writing() as connection:
        await connection.raw.execute(
            "UPDATE reward SET state = 'REJECTED', ended_at = now() WHERE cause_kind = 'referral'"
        )
    await database.transact(forget_sightings)
    assert [len(await seen(database, member)) for member in (mei, kai, lin)] == [0, 0, 0]
    assert await instruments(database) == set()


async def test_of_who_is_erased_nothing_is_left(database: Database) -> None:
    marketer = await make_acting(database, roles=(Role.MARKETER,))
    kai = await make_acting(database)
    async with database.writing() as connection:
        await note_sign_up(connection, kai.member_id, Sighting(3, 4))
        at = await connection.raw.fetchval("SELECT now()")
        await record_purchases(connection, marketer, [Purchase("1", kai.member_id, 5, "CNY", at, "卡")], secret=SECRET)
    assert await instruments(database) == {kai.member_id}

    async with database.writing() as connection:
        await connection.raw.execute("UPDATE member SET state = 'ERASED' WHERE id = $1", kai.member_id)

    assert await seen(database, kai) == []
    assert await instruments(database) == set()


async def instruments(database: Database) -> set[int]:
    async with database.reading() as connection:
        rows = await connection.raw.fetch("SELECT member_id FROM referral_purchase WHERE instrument IS NOT NULL")
    return {row["member_id"] for row in rows}
