"""Whatever happens, and whoever dies at whichever statement: each reward is earned once, none is lost, every account adds up.

Hypothesis makes histories of claims, posts, purchases, events that come again, judgings, the clock, gifts, redemptions,
decisions, reversals and expiry. Any of them may die at a statement: by an error, by a connection that the server ends, or by
an answer to COMMIT that never comes. Whoever died does the same again, as clients, readers and the clock do, and after each
attempt all laws are asked.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings

from community.foundation import jobs
from community.foundation.database import Connection, Database
from community.foundation.errors import Refusal
from community.foundation.event_readers import BEGINNING, read_events
from community.members.roles import Role
from community.referrals import steps
from community.referrals.attribution import Brought, claim_referral
from community.referrals.evidence.decisions import GRANTED, REJECTED
from community.referrals.jobs import HANDLERS
from community.referrals.purchases import Purchase, record_purchases
from community.referrals.reviewing import review_referral
from community.referrals.rewarding import ask_for_judging
from community.rewards import granting
from community.rewards.budgets import Budget, create_reward_budget
from community.rewards.items import Item, create_reward_item
from community.rewards.redemptions import Redeeming, cancel_redemption, fulfil_redemption, redeem_reward
from community.rewards.staff import Gift, grant_points, reverse_reward
from community.rewards.vouchers import import_vouchers
from tests.community.referrals.reward_histories import (
    ASKED_AGAIN,
    BEGINNING_WITH,
    BOUGHT,
    BROUGHT_BY_ONE,
    EARNED,
    HISTORY,
    MEMBERS,
    OUT_OF_VOUCHERS,
    POOL,
    POST,
    RULES,
    TAKEN_BACK,
    Happening,
)
from tests.factories.crashing import Crashing, Fate
from tests.factories.discussions import make_acting, make_post, make_space
from tests.factories.events import settle
from tests.factories.referrals import make_code, make_program
from tests.factories.reward_laws import broken

Action = Callable[[Database], Awaitable[Any]]


class History:
    """A history, as it happens in a database in which anybody may die."""

    def __init__(self, database: Database, crashing: Crashing) -> None:
        self.database, self.crashing = database, crashing
        self.referrers: dict[int, int | None] = {}
        self.gifts: dict[str, int] = {}
        self.redemptions: dict[tuple[int, str], int] = {}

    async def begin(self) -> None:
        database = self.database
        self.staff = await make_acting(database, roles=(Role.MARKETER,))
        self.members = [await make_acting(database) for _ in range(MEMBERS)]
        await self._age()
        self.space = await make_space(database)
        self.program = await make_program(
            database, self.staff, steps=(POST, BOUGHT), rewards=RULES, currency="CNY", budget=170, rewarded_each=2
        )
        self.codes = [await make_code(database, member, self.program) for member in self.members]
        self.codes.append(await make_code(database, self.staff, self.program, "CAMPAIGN", most_uses=2))
        async with database.writing() as connection:
            await import_vouchers(connection, self.staff, POOL, ["茶-1", "茶-2"])
            pool = await import_vouchers(connection, self.staff, "兑换券", ["兑-1", "兑-2"])
            self.budget = await create_reward_budget(connection, self.staff, Budget("谢礼", "POINTS", 500, 200))
            made = Item("茶杯 cup", 30, stock=3, per_member=2), Item("券 code", 20, "VOUCHER", pool_id=pool.pool_id)
            self.items = [await create_reward_item(connection, self.staff, item, webhook=False) for item in made]

    async def _age(self) -> None:
        """Let members have joined hours after each other some days ago, as honest ones have."""
        async with self.database.writing() as connection:
            for hours, member in enumerate(self.members):
                await connection.raw.execute(
                    "UPDATE member SET joined_at = now() - interval '9 days' + $2 * interval '7 hours' WHERE id = $1",
                    *(member.member_id, hours),
                )
                await connection.raw.execute(
                    "UPDATE account SET email_verified_at = now() - interval '8 days' + $2 * interval '7 hours' "
                    "WHERE member_id = $1",
                    *(member.member_id, hours),
                )

    async def happen(self, what: str, how: Any, fate: Fate | None) -> None:
        """Let something happen, until whoever does it does not die of it; and ask the laws after each attempt."""
        self.crashing.let(None if fate is None else Fate(fate.statement, fate.how))
        action: Action = getattr(self, f"_{what}")(how)
        try:
            await action(self.crashing)
        except Exception as error:
            if not self.crashing.forgives(error):
                raise
            await self.check()
            self.crashing.let(None)
            await action(self.database)
        self.crashing.let(None)
        await self.check()

    def _claim(self, how: tuple[int, int]) -> Action:
        member, code = how

        async def claimed(connection: Connection) -> None:
            member_id = self.members[member].member_id
            await claim_referral(connection, member_id, Brought(self.codes[code]))
            await steps.reach(connection, [member_id])

        return self._refused_or(claimed)

    def _post(self, member: int) -> Action:
        async def post(_: Database) -> None:
            await make_post(self.database, self.members[member], self.space)

        return post

    def _buy(self, member: int) -> Action:
        bought = Purchase(f"订单 {member}", self.members[member].member_id, 500, "CNY", datetime.now(UTC))
        return self._refused_or(lambda connection: record_purchases(connection, self.staff, [bought], secret=bytes(32)))

    def _read(self, _: None) -> Action:
        async def read(database: Database) -> None:
            await steps.referrals_reader.begin(database)
            await settle(self.database)
            while await steps.referrals_reader.advance(database, 7):
                pass

        return read

    def _hear_again(self, places: list[int]) -> Action:
        async def hear(connection: Connection) -> None:
            known = await read_events(connection, BEGINNING, 1_000)
            if known:
                await steps.apply(connection, [known[place % len(known)] for place in places])

        return lambda database: database.transact(hear)

    def _judge(self, _: None) -> Action:
        async def judge(database: Database) -> None:
            await database.transact(ask_for_judging)
            await jobs.work(database, HANDLERS)

        return judge

    def _clock(self, at_once: int) -> Action:
        async def clock(database: Database) -> None:
            ended = await asyncio.gather(
                granting.see_to(database),
                *(granting.see_to(self.database) for _ in range(at_once - 1)),
                return_exceptions=True,
            )
            for each in ended:
                if isinstance(each, BaseException):
                    raise each

        return clock

    def _decide(self, how: tuple[int, bool]) -> Action:
        place, granted = how

        async def decide(connection: Connection) -> None:
            found = await connection.raw.fetch("SELECT id FROM referral ORDER BY id")
            if found:
                referral = found[place % len(found)]["id"]
                decision = GRANTED if granted else REJECTED
                await review_referral(connection, self.staff, referral, decision, reason="看过 looked at")

        return self._refused_or(decide)

    def _give(self, how: tuple[int, int, int]) -> Action:
        member, amount, key = how
        last = timedelta(days=1) if key % 2 else None
        gift = Gift(self.members[member].member_id, amount, self.budget, "谢谢 thanks", f"礼 {key}", last)

        async def give(database: Database) -> None:
            try:
                reward = await database.transact(lambda connection: grant_points(connection, self.staff, gift))
            except Refusal:
                return
            assert self.gifts.setdefault(gift.key, reward) == reward, "the same key is the same gift"

        return give

    def _reverse(self, place: int) -> Action:
        return self._staff_on(
            "SELECT id FROM reward WHERE state = 'GRANTED' ORDER BY id",
            place,
            lambda connection, reward: reverse_reward(connection, self.staff, reward, reason="错 wrong"),
        )

    def _redeem(self, how: tuple[int, int, int]) -> Action:
        member, item, number = how
        key = f"愿 {number}"

        async def redeem(database: Database) -> None:
            wanted = Redeeming(self.items[item], key)
            try:
                done = await database.transact(lambda c: redeem_reward(c, self.members[member], wanted))
            except Refusal:
                return
            assert self.redemptions.setdefault((member, key), done) == done, "the same key is the same redemption"

        return redeem

    def _redeem_at_once(self, how: tuple[int, int]) -> Action:
        member, amount = how

        async def redeem(database: Database) -> None:
            one = self._refused_or(lambda c: redeem_reward(c, self.members[member], Redeeming(self.items[0])))
            ended = await asyncio.gather(
                one(database), *(one(self.database) for _ in range(amount)), return_exceptions=True
            )
            for each in ended:
                if isinstance(each, BaseException):
                    raise each

        return redeem

    def _cancel(self, place: int) -> Action:
        return self._staff_on(
            "SELECT id FROM redemption ORDER BY id",
            place,
            lambda connection, found: cancel_redemption(connection, self.staff, found, reason="没货 none left"),
        )

    def _fulfil(self, place: int) -> Action:
        return self._staff_on(
            "SELECT id FROM redemption ORDER BY id",
            place,
            lambda connection, found: fulfil_redemption(connection, self.staff, found, note="寄出 sent"),
        )

    def _lapse(self, member: int) -> Action:
        async def lapse(database: Database) -> None:
            async with self.database.writing() as connection:
                await connection.raw.execute(
                    "UPDATE point_lot SET expires_at = granted_at WHERE expires_at IS NOT NULL AND member_id = $1",
                    self.members[member].member_id,
                )
            await granting.see_to(database)

        return lapse

    def _staff_on(self, rows: str, place: int, action: Callable[[Connection, int], Awaitable[Any]]) -> Action:
        async def act(connection: Connection) -> None:
            found = await connection.raw.fetch(rows)
            if found:
                await action(connection, found[place % len(found)]["id"])

        return self._refused_or(act)

    def _refused_or(self, action: Callable[[Connection], Awaitable[Any]]) -> Action:
        async def act(database: Database) -> None:
            try:
                await database.transact(action)
            except Refusal as refusal:
                if type(refusal).__module__ == "community.foundation.errors" and self.crashing.forgives(refusal):
                    raise

        return act

    async def check(self) -> None:
        """Ask all laws; and that who was brought by whom is what it was, and what was acknowledged is there."""
        async with self.database.reading() as connection:
            assert await broken(connection) == []
            referrers = await connection.raw.fetch("SELECT member_id, referrer_id FROM referral")
            gifts = await connection.raw.fetch("SELECT rule, id FROM reward WHERE cause_kind = 'STAFF'")
            kept = await connection.raw.fetch("SELECT id FROM redemption WHERE key IS NOT NULL")
        now = {row["member_id"]: row["referrer_id"] for row in referrers}
        assert now.items() >= self.referrers.items(), "who brought whom is settled once"
        self.referrers = now
        assert dict(map(tuple, gifts)).items() >= self.gifts.items(), "what was acknowledged is there"
        assert {row["id"] for row in kept} >= set(self.redemptions.values())
        for member in now:
            above, seen = now.get(member), {member}
            while above is not None:
                assert above not in seen, "nobody stands above themselves"
                seen.add(above)
                above = now.get(above)

    async def come_to_rest(self) -> None:
        """Let all follow that follows by itself, and see that nothing was left on its way."""
        for _ in range(2):
            for what in ("read", "judge", "clock"):
                await self.happen(what, 1 if what == "clock" else None, None)
        async with self.database.reading() as connection:
            waiting = await connection.raw.fetch(
                "SELECT id, state FROM reward WHERE state = 'PENDING' OR state = 'HELD' AND review_since IS NULL"
            )
        assert waiting == []


@pytest.fixture
async def crashing(database: Database, database_url: str) -> AsyncIterator[Crashing]:
    made = await Crashing.connect(database_url, maximum=4, acquire_within=10)
    made.killer = database
    yield made
    await made.close()


@settings(
    max_examples=25,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(brought=BEGINNING_WITH, history=HISTORY)
@example(brought=BROUGHT_BY_ONE, history=EARNED)
@example(brought=BROUGHT_BY_ONE, history=TAKEN_BACK)
@example(brought=[], history=ASKED_AGAIN)
@example(brought=[], history=OUT_OF_VOUCHERS)
async def test_whoever_dies_rewards_are_earned_once_and_none_is_lost(
    database: Database,
    crashing: Crashing,
    brought: list[tuple[int, int]],
    history: list[Happening],
) -> None:
    async with database.reading() as connection:
        await connection.raw.execute("CALL as_migrated.restore()")
    unfolding = History(database, crashing)
    await unfolding.begin()
    for member, code in brought:
        await unfolding.happen("claim", (member, code), None)
        await unfolding.happen("post", member, None)

    for (what, how), fate in history:
        await unfolding.happen(what, how, fate)

    await unfolding.come_to_rest()
