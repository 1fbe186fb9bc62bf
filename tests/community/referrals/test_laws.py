"""Whatever happens, in whatever order and at once: the laws of referrals hold.

Hypothesis makes histories of claims, clicks, posts, purchases, scorings, codes that are revoked, programmes that are paused
and terms that change. A small model says what each may lead to; the database is compared to it, and to a recount of itself.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from community.foundation.database import Database
from community.foundation.errors import Refusal
from community.members.reputation import keep_reputations
from community.members.roles import Role
from community.referrals.clicks import Click, ClickRecorder
from community.referrals.issuing import revoke_code
from community.referrals.programs import Step, Terms, move_program, update_program
from community.referrals.purchases import Purchase, record_purchases
from community.referrals.tables import GENERATIONS_KEPT
from tests.factories.discussions import make_acting, make_post, make_space
from tests.factories.referrals import (
    claim,
    counts_kept_and_recounted,
    make_code,
    make_program,
    read_log,
    text_of,
)

MEMBERS = 6
FURTHER = (Step("FIRST_POST"), Step("PURCHASE", 500), Step("LEVEL", 2))
ALWAYS = (Step("SIGN_UP"), Step("VERIFIED"))

_members = st.integers(0, MEMBERS - 1)
_claims = st.tuples(_members, st.integers(0, MEMBERS))
OPERATIONS = st.one_of(
    st.tuples(st.just("claim"), st.lists(_claims, min_size=1, max_size=4)),
    st.tuples(st.just("click"), st.lists(st.tuples(st.integers(0, MEMBERS), _members), min_size=1, max_size=5)),
    st.tuples(st.just("post"), _members),
    st.tuples(st.just("buy"), st.tuples(_members, st.sampled_from([499, 500]))),
    st.tuples(st.just("score"), st.tuples(_members, st.integers(1, 3))),
    st.tuples(st.just("revoke"), _members),
    st.tuples(st.just("state"), st.sampled_from(["PAUSED", "ACTIVE"])),
    st.tuples(st.just("terms"), st.sets(st.sampled_from(FURTHER))),
    st.tuples(st.just("read"), st.none()),
)
HISTORY = st.lists(OPERATIONS, min_size=1, max_size=25)
LAWS = settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@dataclass
class Model:
    """What is known of a history beside the database."""

    referrers: dict[int, int | None] = field(default_factory=dict)
    """Who was brought by whom, by their places; None: by the brand."""
    asked: dict[int, tuple[Step, ...]] = field(default_factory=dict)
    """What the terms asked under which each was brought."""
    uses: dict[int, int] = field(default_factory=dict)
    revoked: set[int] = field(default_factory=set)
    active: bool = True
    steps: tuple[Step, ...] = ALWAYS
    posted: set[int] = field(default_factory=set)
    bought: set[int] = field(default_factory=set)
    level: dict[int, int] = field(default_factory=dict)

    def may(self, member: int, code: int) -> bool:
        """Say whether a claim would be right, alone and now."""
        if member in self.referrers or not self.active or code in self.revoked:
            return False
        if code == MEMBERS:
            return self.uses.get(code, 0) < 2  # the campaign's code, for two
        above: int | None = code
        while above is not None:
            if above == member:
                return False
            above = self.referrers.get(above)
        return True

    def brought(self, member: int, code: int) -> None:
        """Take a claim that was accepted."""
        assert self.may(member, code)
        self.referrers[member] = None if code == MEMBERS else code
        self.asked[member] = self.steps
        self.uses[code] = self.uses.get(code, 0) + 1

    def reached(self, member: int) -> set[tuple[str, int]]:
        """Return the steps that a referral must have come to, once the log is read."""
        so = {
            Step("SIGN_UP"): True,
            Step("VERIFIED"): True,
            Step("FIRST_POST"): member in self.posted,
            Step("PURCHASE", 500): member in self.bought,
            Step("LEVEL", 2): self.level.get(member, 0) >= 2,
        }
        return {(step.step, step.threshold) for step in self.asked[member] if so[step]}


class History:
    """A history, as it happens in the database and in the model."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.model = Model()
        self.clicks = ClickRecorder(database)
        self.bought = 0

    async def begin(self) -> None:
        database = self.database
        self.marketer = await make_acting(database, roles=(Role.MARKETER,))
        self.members = [await make_acting(database) for _ in range(MEMBERS)]
        self.space = await make_space(database)
        self.program = await make_program(database, self.marketer, currency="CNY")
        self.codes = [await make_code(database, member, self.program) for member in self.members]
        self.codes.append(
            await make_code(database, self.marketer, self.program, "CAMPAIGN", most_uses=2, channel="海报")
        )
        self.texts = [await text_of(database, code) for code in self.codes]
        await read_log(database)

    async def happen(self, what: str, how: Any) -> None:
        await getattr(self, f"_{what}")(how)

    async def _claim(self, claims: list[tuple[int, int]]) -> None:
        """Claim at once; whichever came first, some order of theirs must explain what was accepted."""

        async def one(member: int, code: int) -> bool:
            try:
                await claim(self.database, self.members[member], self.codes[code])
            except Refusal:
                return False
            return True

        alone = [self.model.may(*each) for each in claims]
        accepted = await asyncio.gather(*(one(*each) for each in claims))
        for each, was_right, done in zip(claims, alone, accepted, strict=True):
            assert was_right or not done, "what was wrong before is wrong after"
            if done:
                self.model.brought(*each)
        for each, done in zip(claims, accepted, strict=True):
            assert done or not self.model.may(*each), "what is refused was wrong by the end"

    async def _click(self, clicks: list[tuple[int, int]]) -> None:
        given = [
            Click(self.texts[code], bytes([visitor]) * 16, visitor == 0, channel="微信") for code, visitor in clicks
        ]
        written = await asyncio.gather(*(self.clicks.record(each) for each in given))
        live = [self.model.active and code not in self.model.revoked for code, _ in clicks]
        assert [each is not None for each in written] == live

    async def _post(self, member: int) -> None:
        await make_post(self.database, self.members[member], self.space)
        self.model.posted.add(member)

    async def _buy(self, bought: tuple[int, int]) -> None:
        member, amount = bought
        self.bought += 1
        purchase = Purchase(str(self.bought), self.members[member].member_id, amount, "CNY", datetime.now(UTC))
        await self._do(lambda connection: record_purchases(connection, self.marketer, [purchase], secret=bytes(32)))
        if amount >= 500:
            self.model.bought.add(member)

    async def _score(self, scored: tuple[int, int]) -> None:
        member, level = scored
        # What was reached stays so: of levels that fall the model knows nothing.
        level = self.model.level[member] = max(level, self.model.level.get(member, 0))
        found = f"SELECT {self.members[member].member_id}::bigint, {level}, 50, NULL::bigint"
        await self._do(lambda connection: keep_reputations(connection, found, only=[self.members[member].member_id]))

    async def _revoke(self, code: int) -> None:
        await self._do(lambda connection: revoke_code(connection, self.marketer, self.codes[code]))
        self.model.revoked.add(code)

    async def _state(self, state: str) -> None:
        await self._do(lambda connection: move_program(connection, self.marketer, self.program, state))
        self.model.active = state == "ACTIVE"

    async def _terms(self, further: set[Step]) -> None:
        terms = Terms(steps=tuple(further), currency="CNY")
        await self._do(lambda connection: update_program(connection, self.marketer, self.program, terms=terms))
        self.model.steps = (*ALWAYS, *further)

    async def _read(self, _: None) -> None:
        await read_log(self.database)

    async def _do(self, action: Any) -> None:
        await self.database.transact(action)

    async def check(self) -> None:
        """Compare all that is kept with the model, and with a recount."""
        await read_log(self.database)
        places = {member.member_id: place for place, member in enumerate(self.members)}
        rows = await self._rows("SELECT id, member_id, referrer_id FROM referral")
        assert {places[row["member_id"]]: places.get(row["referrer_id"]) for row in rows} == self.model.referrers
        uses = await self._rows("SELECT id, uses FROM referral_code")
        assert {row["id"]: row["uses"] for row in uses} == {
            code: self.model.uses.get(place, 0) for place, code in enumerate(self.codes)
        }
        for row in rows:
            steps = await self._rows("SELECT step, threshold FROM referral_step WHERE referral_id = $1", row["id"])
            told = await self._rows(
                "SELECT data FROM event WHERE kind = 'ReferralStepReached' AND subject_id = $1", row["id"]
            )
            expected = self.model.reached(places[row["member_id"]])
            assert {tuple(step) for step in steps} == expected
            assert sorted((each["data"]["step"], each["data"]["threshold"]) for each in told) == sorted(expected)
        kept, counted = await counts_kept_and_recounted(self.database)
        assert kept == counted
        await self._check_tree(places)
        await self._check_qualified(places)

    async def _check_tree(self, places: dict[int, int]) -> None:
        lines = await self._rows("SELECT member_id, ancestor_id, generation FROM referral_line")
        expected = set()
        for member in self.model.referrers:
            above, generation = self.model.referrers[member], 1
            while above is not None and generation <= GENERATIONS_KEPT:
                expected.add((member, above, generation))
                above, generation = self.model.referrers.get(above), generation + 1
        assert {(places[row[0]], places[row[1]], row[2]) for row in lines} == expected

    async def _check_qualified(self, places: dict[int, int]) -> None:
        qualified = await self._rows("SELECT member_id FROM referral WHERE qualified_at IS NOT NULL")
        assert {places[row["member_id"]] for row in qualified} == {
            member for member, asked in self.model.asked.items() if len(asked) == len(self.model.reached(member))
        }
        told = await self._rows("SELECT actor_id FROM event WHERE kind = 'ReferralQualified'")
        assert sorted(row["actor_id"] for row in told) == sorted(row["member_id"] for row in qualified)

    async def _rows(self, sql: str, *values: object) -> list[Any]:
        async with self.database.reading() as connection:
            return await connection.raw.fetch(sql, *values)


async def emptied(database: Database) -> None:
    async with database.reading() as connection:
        await connection.raw.execute("CALL as_migrated.restore()")


@LAWS
@given(history=HISTORY)
@example(history=[("claim", [(0, 1), (1, 0)])])
@example(history=[("claim", [(0, MEMBERS), (1, MEMBERS), (2, MEMBERS), (3, MEMBERS)])])
@example(history=[("claim", [(3, 2)]), ("claim", [(2, 1)]), ("claim", [(1, 0)]), ("claim", [(0, 3), (0, 4)])])
async def test_whatever_happens_the_laws_of_referrals_hold(database: Database, history: list[tuple[str, Any]]) -> None:
    await emptied(database)
    unfolding = History(database)
    await unfolding.begin()

    for what, how in history:
        await unfolding.happen(what, how)

    await unfolding.check()


@LAWS
@given(history=HISTORY)
async def test_the_laws_hold_where_all_of_it_happens_at_once(
    database: Database, history: list[tuple[str, Any]]
) -> None:
    await emptied(database)
    unfolding = History(database)
    await unfolding.begin()
    # Of what happens at once, only a part has an outcome that is known beforehand: who brought whom is read back.
    at_once = [(what, how) for what, how in history if what in {"post", "buy", "score", "read", "claim"}]

    async def happen(what: str, how: Any) -> None:
        if what != "claim":
            await unfolding.happen(what, how)
            return
        for member, code in how:
            try:
                await claim(database, unfolding.members[member], unfolding.codes[code])
            except Refusal:
                continue
            unfolding.model.referrers[member] = None if code == MEMBERS else code
            unfolding.model.asked[member] = ALWAYS
            unfolding.model.uses[code] = unfolding.model.uses.get(code, 0) + 1

    await asyncio.gather(*(happen(what, how) for what, how in at_once))

    await unfolding.check()
    for member in unfolding.model.referrers:
        above, seen = unfolding.model.referrers[member], {member}
        while above is not None:
            assert above not in seen, "nobody stands above themselves"
            seen.add(above)
            above = unfolding.model.referrers.get(above)
