"""What many do at once, and at the last instant: stock is never oversold, and each pledge is counted or refused."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Coroutine
from datetime import timedelta
from functools import partial

import pytest

from community.cocreation.backing import errands as errands_module
from community.cocreation.backing import settling
from community.cocreation.backing.campaigns import cancel_backing_campaign
from community.cocreation.backing.errors import (
    AlreadyBacking,
    CampaignNotOpen,
    PledgeNotCancellable,
    TierSoldOut,
)
from community.cocreation.backing.payments.port import Order, Outcome
from community.cocreation.backing.payments.simulator import Simulator
from community.cocreation.backing.pledges import Offer, cancel_pledge, make_pledge
from community.foundation.database import Database
from community.foundation.errors import Refusal
from community.members.acting import Acting
from community.members.roles import Role
from tests.factories.backing import (
    CARD,
    all_in_order,
    back,
    errands_of,
    euros,
    make_campaign,
    own_books,
    provider_books,
    reach_deadline,
    settle,
    tiers_of,
)
from tests.factories.discussions import make_acting, make_space, value
from tests.waiting import until


@pytest.fixture
async def marketer(database: Database) -> Acting:
    return await make_acting(database, roles=(Role.MARKETER,))


async def attempted(database: Database, member: Acting, offer: Offer) -> int | type[Refusal]:
    try:
        return await make_pledge(database, member, offer, provider="simulator")
    except Refusal as refusal:
        return type(refusal)


async def test_two_hundred_pledges_at_once_for_a_tier_of_twenty_five_hold_twenty_five(
    database: Database, marketer: Acting
) -> None:
    campaign = await make_campaign(
        database,
        marketer,
        await make_space(database),
        goal=100,
        tiers=[("限量 limited", 2_000, 25), ("一 one", 100, None)],
    )
    limited, plain = await tiers_of(database, campaign)
    members = [await make_acting(database) for _ in range(200)]

    async def pledge(member: Acting) -> int | type[Refusal]:
        made = await attempted(database, member, Offer(campaign, euros(2_000), CARD, limited))
        if isinstance(made, int):
            await errands_of(database).run_for(made)
        return made

    made = await asyncio.gather(*(pledge(member) for member in members))

    assert sum(isinstance(each, int) for each in made) == 25
    assert {each for each in made if not isinstance(each, int)} == {TierSoldOut}
    assert await value(database, "SELECT claimed FROM backing_tier WHERE id = $1", limited) == 25
    assert await value(database, "SELECT claimed FROM backing_tier WHERE id = $1", plain) == 0
    assert await value(database, "SELECT count(*) FROM pledge WHERE state = 'AUTHORISED'") == 25
    assert await own_books(database) == await provider_books(database) == {"held": 50_000, "taken": 0}
    await all_in_order(database)


async def test_stock_that_comes_and_goes_equals_a_recount(database: Database, marketer: Acting) -> None:
    chance = random.Random(7)
    campaign = await make_campaign(database, marketer, await make_space(database), tiers=[("限量 limited", 2_000, 5)])
    [tier] = await tiers_of(database, campaign)
    members = [await make_acting(database) for _ in range(30)]

    async def come_and_go(member: Acting) -> None:
        for _ in range(4):
            token = chance.choice([CARD, CARD, "tok_declined", "tok_action"])
            made = await attempted(database, member, Offer(campaign, euros(2_000), token, tier))
            if not isinstance(made, int):
                continue
            await errands_of(database).run_for(made)
            if chance.random() < 0.7:
                try:
                    await database.transact(partial(cancel_pledge, acting=member, pledge_id=made))
                except PledgeNotCancellable:
                    assert token == "tok_declined"

    await asyncio.gather(*(come_and_go(member) for member in members))

    most = await value(database, "SELECT claimed FROM backing_tier")
    assert isinstance(most, int)
    assert 0 <= most <= 5
    await all_in_order(database)
    await settle(database)
    assert await own_books(database) == await provider_books(database)
    await all_in_order(database)


async def test_a_member_who_pledges_twenty_times_at_once_pledges_once(database: Database, marketer: Acting) -> None:
    campaign = await make_campaign(database, marketer, await make_space(database))
    [tier] = await tiers_of(database, campaign)
    member = await make_acting(database)

    made = await asyncio.gather(
        *(attempted(database, member, Offer(campaign, euros(2_000), CARD, tier)) for _ in range(20))
    )

    assert sorted(map(str, map(type, made))) == sorted([str(int)] + [str(type(AlreadyBacking))] * 19)
    assert await value(database, "SELECT claimed FROM backing_tier") == 1
    await all_in_order(database)


async def test_a_pledge_at_the_last_instant_is_counted_or_refused_and_never_lost(
    database: Database, marketer: Acting
) -> None:
    campaign = await make_campaign(database, marketer, await make_space(database), goal=1_000_000)
    members = [await make_acting(database) for _ in range(60)]
    errands = errands_of(database)

    first, passed = asyncio.Event(), asyncio.Event()

    async def attempt(place: int, member: Acting) -> int | None:
        # The first come before the deadline, the last after it, and all others when they come.
        await (passed.wait() if place >= 55 else asyncio.sleep(0.002 * place))
        made = await attempted(database, member, Offer(campaign, euros(1_000), CARD))
        if made is CampaignNotOpen:
            return None
        assert isinstance(made, int)
        if place >= 5:
            first.set()
        await asyncio.sleep(0.02)  # on its way to the provider while the deadline passes
        await errands.run_for(made)
        return made

    async def end() -> None:
        await first.wait()
        async with database.reading() as connection:
            await connection.raw.execute("UPDATE backing_campaign SET deadline = clock_timestamp()")
        passed.set()
        while await value(database, "SELECT state FROM backing_campaign") == "OPEN":
            await settling.see_to(errands)
            await asyncio.sleep(0.002)

    made, _ = await asyncio.gather(
        asyncio.gather(*(attempt(place, member) for place, member in enumerate(members))), end()
    )
    await settle(database)

    counted = sum(each is not None for each in made)
    assert 0 < counted < len(members), "some came in time, and some did not"
    assert await value(database, "SELECT raised_at_end FROM backing_campaign") == 1_000 * counted
    assert await value(database, "SELECT count(*) FROM pledge") == counted
    assert await own_books(database) == await provider_books(database) == {"held": 0, "taken": 0}
    await all_in_order(database)


async def test_of_taking_back_and_taking_at_once_one_wins(database: Database, marketer: Acting) -> None:
    space = await make_space(database)
    outcomes = set()
    for number in range(24):
        campaign = await make_campaign(database, marketer, space, goal=100)
        member = await make_acting(database)
        pledge = await back(database, member, campaign)

        async def take_back(member: Acting = member, pledge: int = pledge) -> bool:
            try:
                await database.transact(lambda connection: cancel_pledge(connection, member, pledge))
            except PledgeNotCancellable:
                return False
            return True

        async def take(campaign: int = campaign, wait: float = 0.0004 * number) -> None:
            await asyncio.sleep(wait)
            await reach_deadline(database, campaign)
            await settling.see_to(errands_of(database))

        taken_back, _ = await asyncio.gather(take_back(), take())
        await settle(database)

        state = await value(database, "SELECT state FROM pledge WHERE id = $1", pledge)
        assert state == ("CANCELLED" if taken_back else "CAPTURED")
        outcomes.add(state)
    assert await own_books(database) == await provider_books(database)
    await all_in_order(database)
    assert "CANCELLED" in outcomes


async def test_calling_off_while_the_money_is_being_taken_gives_all_of_it_back(
    database: Database, marketer: Acting
) -> None:
    campaign = await make_campaign(database, marketer, await make_space(database), goal=100)
    for _ in range(20):
        await back(database, await make_acting(database), campaign)
    await reach_deadline(database, campaign)

    async def call_off() -> None:
        await asyncio.sleep(0.03)
        await database.transact(lambda connection: cancel_backing_campaign(connection, marketer, campaign))

    await asyncio.gather(call_off(), *(settling.see_to(errands_of(database)) for _ in range(4)))
    await settle(database)

    assert await value(database, "SELECT state FROM backing_campaign") == "CANCELLED"
    assert await value(database, "SELECT count(*) FROM pledge WHERE state IN ('CANCELLED', 'REFUNDED')") == 20
    assert await value(database, "SELECT settled_at IS NOT NULL FROM backing_campaign") is True
    assert await own_books(database) == await provider_books(database) == {"held": 0, "taken": 0}
    await all_in_order(database)


async def test_a_pledge_taken_back_while_the_provider_is_asked_ends_with_nothing_held(
    database: Database, marketer: Acting
) -> None:
    space = await make_space(database)
    for token in (CARD, "tok_timeout", "tok_action", "tok_declined"):
        campaign = await make_campaign(database, marketer, space)
        member = await make_acting(database)
        pledge = await make_pledge(database, member, Offer(campaign, euros(2_000), token), provider="simulator")
        errands = errands_of(database)

        async def take_back(member: Acting = member, pledge: int = pledge) -> None:
            try:
                await database.transact(lambda connection: cancel_pledge(connection, member, pledge))
            except PledgeNotCancellable:
                assert token == "tok_declined"  # noqa: B023 - run within the loop

        await asyncio.gather(errands.run_for(pledge), take_back(), errands.run_for(pledge))
        await settle(database)

        state = await value(database, "SELECT (state, due) FROM pledge WHERE id = $1", pledge)
        assert state in {("CANCELLED", None), ("FAILED", None)}
    assert await own_books(database) == await provider_books(database) == {"held": 0, "taken": 0}
    await all_in_order(database)


async def test_what_a_provider_that_is_away_left_open_is_done_when_it_is_back(
    database: Database, marketer: Acting
) -> None:
    campaign = await make_campaign(database, marketer, await make_space(database), goal=100, ends_in=timedelta(days=3))
    pledge = await back(database, await make_acting(database), campaign, token="tok_timeout")
    assert await value(database, "SELECT state FROM pledge") == "PENDING"
    assert await value(database, "SELECT due_at > now() + interval '20 seconds' FROM pledge") is True, "after a pause"

    await settle(database)

    assert await value(database, "SELECT state FROM pledge WHERE id = $1", pledge) == "AUTHORISED"
    assert await value(database, "SELECT payment_token FROM pledge") is None, "kept no longer than it is needed"
    await reach_deadline(database, campaign)
    await settle(database)
    assert await own_books(database) == await provider_books(database) == {"held": 0, "taken": 2_000}
    assert await value(database, "SELECT count(*) FROM simulated_move WHERE what = 'CAPTURED'") == 1


class Silent(Simulator):
    """A provider that does what it is asked, and never answers."""

    async def authorise(self, order: Order) -> Outcome:
        await super().authorise(order)
        await asyncio.Event().wait()
        raise AssertionError


async def test_a_provider_that_never_answers_holds_nobody_up(
    database: Database, marketer: Acting, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(errands_module, "WAITED_FOR", 0.2)
    campaign = await make_campaign(database, marketer, await make_space(database))
    member = await make_acting(database)
    pledge = await make_pledge(database, member, Offer(campaign, euros(2_000), CARD), provider="simulator")

    await errands_of(database, Silent(database)).run_for(pledge)

    assert await value(database, "SELECT (state, due) FROM pledge") == ("PENDING", "AUTHORISE")
    await settle(database)
    assert await value(database, "SELECT state FROM pledge") == "AUTHORISED"
    assert await own_books(database) == await provider_books(database) == {"held": 2_000, "taken": 0}


async def _true(database: Database, sql: str) -> bool:
    return await value(database, sql) is True


async def ended_meanwhile(database: Database, campaign: int, attempt: Coroutine[object, object, object]) -> object:
    """Let an attempt begin while a campaign is being decided; return what came of it once that is done."""
    async with database.writing() as deciding:
        await deciding.raw.execute("SELECT FROM backing_campaign WHERE id = $1 FOR UPDATE", campaign)
        attempting = asyncio.ensure_future(attempt)
        waits = "SELECT EXISTS (SELECT FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND query LIKE '%pledge%')"
        await until(lambda: _true(database, waits))
        await deciding.raw.execute(
            "UPDATE backing_campaign SET state = 'SUCCEEDED', ended_at = now(), raised_at_end = raised WHERE id = $1",
            campaign,
        )
    [outcome] = await asyncio.gather(attempting, return_exceptions=True)
    return outcome


async def test_a_pledge_that_begins_while_its_campaign_is_decided_waits_and_is_refused(
    database: Database, marketer: Acting
) -> None:
    campaign = await make_campaign(database, marketer, await make_space(database))
    [tier] = await tiers_of(database, campaign)
    offer = Offer(campaign, euros(2_000), CARD, tier)

    outcome = await ended_meanwhile(
        database, campaign, make_pledge(database, await make_acting(database), offer, provider="simulator")
    )

    assert isinstance(outcome, CampaignNotOpen)
    assert await value(database, "SELECT count(*) FROM pledge") == 0
    await all_in_order(database)


async def test_a_pledge_is_not_taken_back_while_its_campaign_is_decided(database: Database, marketer: Acting) -> None:
    campaign = await make_campaign(database, marketer, await make_space(database), goal=100)
    member = await make_acting(database)
    pledge = await back(database, member, campaign)

    outcome = await ended_meanwhile(
        database, campaign, database.transact(lambda connection: cancel_pledge(connection, member, pledge))
    )
    await settle(database)

    assert isinstance(outcome, PledgeNotCancellable)
    assert await value(database, "SELECT state FROM pledge") == "CAPTURED"
    await all_in_order(database)
