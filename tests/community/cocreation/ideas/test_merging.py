"""Votes and follows through merges and their undoing, against a model and with everything at once."""

from __future__ import annotations

import asyncio
import random
from collections import defaultdict
from contextlib import suppress
from dataclasses import dataclass, field

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from community.cocreation.ideas.errors import IdeaClosed
from community.cocreation.ideas.merging import merge_ideas, undo_merge
from community.cocreation.ideas.support import follow_idea, unfollow_idea, vote_for_idea, withdraw_idea_vote
from community.foundation.database import Database
from community.foundation.errors import Refusal
from community.members.acting import Acting
from community.members.roles import Role
from tests.factories.discussions import make_acting, make_space
from tests.factories.ideas import idea_differences, make_board, make_idea, make_merge
from tests.waiting import until

IDEAS, MEMBERS = 4, 4
SUPPORT = {"vote": vote_for_idea, "withdraw": withdraw_idea_vote, "follow": follow_idea, "unfollow": unfollow_idea}
STEPS = st.lists(
    st.one_of(
        st.tuples(st.sampled_from(sorted(SUPPORT)), st.integers(0, IDEAS - 1), st.integers(0, MEMBERS - 1)),
        st.tuples(st.just("merge"), st.integers(0, IDEAS - 1), st.integers(0, IDEAS - 1)),
        st.tuples(st.just("undo"), st.integers(0, 3), st.just(0)),
    ),
    min_size=6,
    max_size=24,
)


@dataclass
class Model:
    """What should be, by what each vote and follow stands on: the member's own doing, or merges that carry it."""

    into: dict[int, int] = field(default_factory=dict)
    merges: dict[int, tuple[int, int]] = field(default_factory=dict)
    votes: dict[int, dict[int, set[object]]] = field(default_factory=lambda: defaultdict(dict))
    follows: dict[int, dict[int, set[object]]] = field(default_factory=lambda: defaultdict(dict))
    unfollowed: set[tuple[int, int]] = field(default_factory=set)

    def made_of(self, idea: int) -> list[int]:
        return [idea, *(each for source, into in self.into.items() if into == idea for each in self.made_of(source))]

    def support(self, verb: str, idea: int, member: int) -> bool:
        if idea in self.into:
            return False
        if verb == "vote" and member not in self.votes[idea]:
            self.votes[idea][member] = {"own"}
            if member not in self.follows[idea] and (idea, member) not in self.unfollowed:
                self.follows[idea][member] = {"own"}
        elif verb == "withdraw" and member in self.votes[idea]:
            for each in self.made_of(idea):
                self.votes[each].pop(member, None)
        elif verb == "follow" and member not in self.follows[idea]:
            self.follows[idea][member] = {"own"}
            self.unfollowed.discard((idea, member))
        elif verb == "unfollow" and member in self.follows[idea]:
            for each in self.made_of(idea):
                if self.follows[each].pop(member, None) is not None:
                    self.unfollowed.add((each, member))
        return True

    def merge(self, source: int, into: int, merge_id: int) -> None:
        for member in self.votes[source]:
            self.votes[into].setdefault(member, set()).add(merge_id)
        for member in self.follows[source]:
            if (into, member) not in self.unfollowed:
                self.follows[into].setdefault(member, set()).add(merge_id)
        self.into[source] = into
        self.merges[merge_id] = source, into

    def undo(self, merge_id: int) -> bool:
        source, into = self.merges[merge_id]
        if into in self.into:
            return False
        for rows in (self.votes[into], self.follows[into]):
            for member in list(rows):
                rows[member].discard(merge_id)
                if not rows[member]:
                    del rows[member]
        del self.merges[merge_id], self.into[source]
        return True


async def rows_of(database: Database) -> dict[str, set[tuple[object, ...]]]:
    """Return all that votes and follows are, and where ideas stand."""
    async with database.reading() as connection:
        return {
            name: {tuple(row.values()) for row in await connection.raw.fetch(query)}
            for name, query in (
                ("votes", "SELECT idea_id, member_id, created_at, merge_id FROM idea_vote"),
                ("follows", "SELECT idea_id, member_id, following, created_at, merge_id FROM idea_follow"),
                ("ideas", "SELECT id, stage, stage_since, merged_into, vote_count, follower_count FROM idea"),
                ("locks", "SELECT id, locked_at FROM post"),
            )
        }


async def make_ideas(database: Database, amount: int) -> tuple[Acting, Acting, list[int]]:
    staff, author = await make_acting(database, roles=(Role.ADMIN,)), await make_acting(database)
    board = await make_board(database, staff, await make_space(database))
    return staff, author, [await make_idea(database, author, board) for _ in range(amount)]


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(steps=STEPS)
async def test_whatever_is_voted_merged_and_undone_is_what_it_should_be(
    database: Database, steps: list[tuple[str, int, int]]
) -> None:
    staff, author, ideas = await make_ideas(database, IDEAS)
    members = [await make_acting(database) for _ in range(MEMBERS)]
    model = Model()
    for place in range(IDEAS):
        model.follows[place][-1] = {"own"}  # the author
    for verb, first, second in steps:
        if verb in SUPPORT:
            try:
                await SUPPORT[verb](database.autocommit, members[second], ideas[first])
                done = True
            except IdeaClosed:
                done = False
            assert done == model.support(verb, first, second)
        elif verb == "merge":
            if first != second and first not in model.into and second not in model.into:
                model.merge(first, second, await make_merge(database, staff, [ideas[first]], ideas[second]))
        elif first < len(model.merges):
            merge_id = sorted(model.merges)[first]
            try:
                await database.transact(lambda c, merge_id=merge_id: undo_merge(c, staff, merge_id, answer="不"))  # type: ignore[misc] # bound now
                done = True
            except Refusal:
                done = False
            assert done == model.undo(merge_id)

    numbers = {member.member_id: place for place, member in enumerate(members)} | {author.member_id: -1}
    found = await rows_of(database)
    votes = {(ideas.index(row[0]), numbers[row[1]]) for row in found["votes"] if row[0] in ideas}  # type: ignore[index] # numbers
    follows = {(ideas.index(row[0]), numbers[row[1]]) for row in found["follows"] if row[0] in ideas and row[2]}  # type: ignore[index] # the same
    assert votes == {(idea, member) for idea, rows in model.votes.items() for member in rows}
    assert follows == {(idea, member) for idea, rows in model.follows.items() for member in rows}
    assert await idea_differences(database) == []


@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    supported=st.lists(
        st.tuples(st.sampled_from(sorted(SUPPORT)), st.integers(0, 2), st.integers(0, MEMBERS - 1)), max_size=20
    ),
    both=st.booleans(),
)
async def test_to_merge_and_undo_is_to_do_nothing(
    database: Database, supported: list[tuple[str, int, int]], *, both: bool
) -> None:
    staff, _, ideas = await make_ideas(database, 3)
    members = [await make_acting(database) for _ in range(MEMBERS)]
    for verb, idea, member in supported:
        await SUPPORT[verb](database.autocommit, members[member], ideas[idea])
    before = await rows_of(database)

    merge_id = await make_merge(database, staff, ideas[:2] if both else ideas[:1], ideas[2])
    assert await rows_of(database) != before
    await database.transact(lambda c: undo_merge(c, staff, merge_id, answer="不"))

    assert await rows_of(database) == before


async def test_votes_during_merges_are_neither_lost_nor_doubled(database: Database) -> None:
    staff, _, ideas = await make_ideas(database, 4)
    *sources, into = ideas
    members = [await make_acting(database) for _ in range(20)]
    random_ = random.Random(20)
    counted: dict[int, set[int]] = defaultdict(set)

    async def votes(member: Acting) -> None:
        for idea in random_.sample(ideas, len(ideas)):
            await asyncio.sleep(random_.uniform(0, 0.01))
            with suppress(IdeaClosed):
                await vote_for_idea(database.autocommit, member, idea)
                counted[idea].add(member.member_id)

    async def merges() -> None:
        for source in sources:
            await asyncio.sleep(0.01)
            await database.transact(lambda c, source=source: merge_ideas(c, staff, [source], into, answer="一样"))  # type: ignore[misc] # bound now

    await asyncio.gather(merges(), *(votes(member) for member in members))

    rows = (await rows_of(database))["votes"]
    for idea in ideas:
        assert {row[1] for row in rows if row[0] == idea} >= counted[idea], "what was acknowledged is there"
    assert {row[1] for row in rows if row[0] == into} == set().union(*counted.values())
    assert await idea_differences(database) == []


async def test_votes_taken_back_during_merges_and_undoings_do_not_come_back(database: Database) -> None:
    staff, _, ideas = await make_ideas(database, 3)
    *sources, into = ideas
    members = [await make_acting(database) for _ in range(12)]
    for idea in ideas:
        for member in members:
            await vote_for_idea(database.autocommit, member, idea)
    random_ = random.Random(7)

    async def leaves(member: Acting) -> None:
        await asyncio.sleep(random_.uniform(0, 0.05))
        # A source may be merged just now: then it is in the other, whose vote goes too.
        for idea in (*sources, into, *sources, into):
            with suppress(IdeaClosed):
                await withdraw_idea_vote(database.autocommit, member, idea)

    async def merges() -> None:
        for _ in range(4):
            merge_id = await database.transact(lambda c: merge_ideas(c, staff, sources, into, answer="一样"))
            await database.transact(lambda c, merge_id=merge_id: undo_merge(c, staff, merge_id, answer="不"))  # type: ignore[misc] # bound now

    await asyncio.gather(merges(), *(leaves(member) for member in members[:6]))
    for member in members[:6]:
        for idea in ideas:
            await withdraw_idea_vote(database.autocommit, member, idea)

    rows = (await rows_of(database))["votes"]
    expected = {(idea, member.member_id) for idea in ideas for member in members[6:]}
    assert {row[:2] for row in rows} == expected
    assert await idea_differences(database) == []


async def test_merging_both_ways_at_once_merges_one_way(database: Database) -> None:
    staff, _, (one, other) = await make_ideas(database, 2)

    async def attempt(source: int, into: int) -> bool:
        try:
            await database.transact(lambda c: merge_ideas(c, staff, [source], into, answer="一样"))
        except Refusal:
            return False
        return True

    done = await asyncio.gather(attempt(one, other), attempt(other, one))

    assert sorted(done) == [False, True]
    async with database.reading() as connection:
        assert await connection.raw.fetchval("SELECT count(*) FROM idea WHERE stage = 'MERGED'") == 1
    assert await idea_differences(database) == []


async def test_what_two_merges_carry_stays_until_both_are_undone(database: Database) -> None:
    staff, _, (one, other, into) = await make_ideas(database, 3)
    member = await make_acting(database)
    for idea in (one, other):
        await vote_for_idea(database.autocommit, member, idea)
    before = await rows_of(database)
    first, second = [await make_merge(database, staff, [source], into) for source in (one, other)]

    async def holds(table: str) -> bool:
        query = f"SELECT EXISTS (SELECT FROM {table} WHERE idea_id = $1 AND member_id = $2)"
        async with database.reading() as connection:
            return bool(await connection.raw.fetchval(query, into, member.member_id))

    await database.transact(lambda c: undo_merge(c, staff, first, answer="不"))
    assert (await holds("idea_vote"), await holds("idea_follow")) == (True, True)
    await database.transact(lambda c: undo_merge(c, staff, second, answer="不"))

    assert (await holds("idea_vote"), await holds("idea_follow")) == (False, False)
    assert await rows_of(database) == before


async def test_a_vote_taken_back_while_a_merge_is_committed_is_taken_back_of_both(database: Database) -> None:
    staff, _, (source, into) = await make_ideas(database, 2)
    member = await make_acting(database)
    for idea in (source, into):
        await vote_for_idea(database.autocommit, member, idea)

    async def waits() -> bool:
        async with database.reading() as connection:
            return bool(await connection.raw.fetchval("SELECT EXISTS (SELECT FROM pg_locks WHERE NOT granted)"))

    async with database.writing() as connection:
        await merge_ideas(connection, staff, [source], into, answer="一样")
        leaving = asyncio.create_task(withdraw_idea_vote(database.autocommit, member, into))
        unfollowing = asyncio.create_task(unfollow_idea(database.autocommit, member, into))
        await until(waits)
    assert await leaving
    assert await unfollowing

    found = await rows_of(database)
    assert not {row for row in found["votes"] if row[1] == member.member_id}
    assert not {row for row in found["follows"] if row[1] == member.member_id and row[2]}
    assert await idea_differences(database) == []
