"""Two accounts that are one person's: what is done about it, and that all of it can be undone."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING, Any

import pytest

from community.foundation.errors import Refusal
from community.members.errors import MergeNotPossible
from community.members.relations import block_member, follow_member, unfollow_member
from community.members.roles import Role
from moderation.decisions.deciding import decide as decide_case
from moderation.decisions.judgement import Judgement
from moderation.decisions.ruling import Measure
from moderation.identities.proposing import propose_identity_merge
from tests.api.moderation.letters import letters, token_in
from tests.api.moderation.merging import WHY, merge, propose, undo
from tests.api.moderation.moderating import codes, decide, queue, report
from tests.factories.discussions import differences, make_acting, make_post, make_space, value
from tests.factories.ideas import make_board, make_idea, make_votes
from tests.factories.members import PASSWORD, make_member
from tests.factories.notifications import catch_up, kinds_told
from tests.factories.rounds import make_ballot, make_round

if TYPE_CHECKING:
    from community.foundation.database import Database
    from community.members.acting import Acting
    from tests.api.conftest import Client

_STATE = """
    SELECT 'member' AS of, to_jsonb(member) AS row FROM member
    UNION ALL SELECT 'follow', to_jsonb(follow) FROM follow
    UNION ALL SELECT 'ballot', to_jsonb(ballot) FROM ballot
    UNION ALL SELECT 'idea', to_jsonb(idea) - 'search' FROM idea
    UNION ALL SELECT 'idea_vote', to_jsonb(idea_vote) FROM idea_vote
    UNION ALL SELECT 'carried', to_jsonb(carried_follow) FROM carried_follow
"""


@pytest.fixture
async def moderator(database: Database) -> Acting:
    return await make_acting(database, roles=(Role.MODERATOR,))


async def state(database: Database) -> list[str]:
    async with database.reading() as connection:
        rows = await connection.raw.fetch(_STATE)
    return sorted(f"{row['of']} {json.dumps(row['row'], sort_keys=True)}" for row in rows)


async def profile(graphql: Client, handle: str, reader: Acting) -> Any:
    asked = "query($handle: String!) { member(handle: $handle) { handle mergedInto { handle } } }"
    return (await graphql(asked, {"handle": handle}, as_=reader))["member"]


async def test_a_merged_account_is_closed_and_says_who_stands_for_it(
    graphql: Client, database: Database, moderator: Acting
) -> None:
    old, new = await make_member(database, locale="zh"), await make_member(database)
    writer = await make_acting(database)
    post = await make_post(database, writer, await make_space(database))
    await graphql.token(old)
    await graphql.change("addReaction", "clientMutationId", as_=old, subject=f"post_{post}", kind="like")

    decision = await merge(graphql, moderator, old.id, new.id)

    shown = await profile(graphql, old.handle, writer)
    assert shown["mergedInto"] == {"handle": new.handle}
    assert (await profile(graphql, new.handle, writer))["mergedInto"] is None
    refused = await graphql.ask("{ viewer { member { handle } } }", as_=old)
    assert refused.get("errors") or refused["data"]["viewer"] is None
    signed_in = await graphql.change("signIn", "accessToken", as_=None, login=old.handle, password=PASSWORD)
    assert codes(signed_in) == ["ACCOUNT_MERGED"]

    await catch_up(database)
    for member, words in ((old, "两个账号被认定属于同一人"), (new, "Two accounts count as one person's")):
        (letter,) = await letters(graphql, database, member.email)
        assert words in letter
        assert await kinds_told(database, member.id) == ["DECISION"]
    stated = await graphql(
        'query($id: ID!) { node(id: $id) { ... on Decision { statement(locale: "zh") viewerCanAppeal '
        "member { handle } other { handle } } } }",
        {"id": decision},
        as_=new,
    )
    assert "属于同一人" in stated["node"]["statement"]
    assert stated["node"]["viewerCanAppeal"]

    undone = await undo(graphql, moderator, decision)

    assert codes(undone) == []
    assert undone["case"]["closedAt"] is None
    assert (await profile(graphql, old.handle, writer))["mergedInto"] is None
    back = await graphql.change("signIn", "accessToken", as_=None, login=old.handle, password=PASSWORD)
    assert codes(back) == []


async def test_what_was_written_stays_under_the_old_name(
    graphql: Client, database: Database, moderator: Acting
) -> None:
    old, new = await make_acting(database), await make_acting(database)
    post = await make_post(database, old, await make_space(database), title="旧号的帖子")

    await merge(graphql, moderator, old.member_id, new.member_id)

    found = await graphql(
        "query($id: ID!) { node(id: $id) { ... on Post { title author { __typename } } } }",
        {"id": f"post_{post}"},
        as_=new,
    )
    assert found["node"]["title"] == "旧号的帖子"
    assert await value(database, "SELECT author_id FROM post WHERE id = $1", post) == old.member_id
    assert await differences(database) == []


async def test_followers_ballots_and_votes_are_those_of_one_and_all_is_as_before_once_undone(
    graphql: Client, database: Database, moderator: Acting
) -> None:
    staff = await make_acting(database, roles=(Role.ADMIN,))
    old, new, both, one, blocked = [await make_acting(database) for _ in range(5)]
    for follower, member in ((both, old), (both, new), (one, old), (blocked, old), (new, old)):
        await database.transact(lambda c, f=follower, m=member: follow_member(c, f.member_id, m.member_id))  # type: ignore[misc] # bound now
    await database.transact(lambda c: block_member(c, new.member_id, blocked.member_id))
    space = await make_space(database)
    twice, once = [await make_round(database, staff, space) for _ in range(2)]
    for round_, member in ((twice, old), (twice, new), (once, old)):
        await make_ballot(database, member, round_, 0)
    board = await make_board(database, staff, space)
    shared, alone = [await make_idea(database, staff, board) for _ in range(2)]
    await make_votes(database, shared, old, new)
    await make_votes(database, alone, old)
    before = await state(database)

    decision = await merge(graphql, moderator, old.member_id, new.member_id)

    followers = "SELECT array_agg(follower_id ORDER BY follower_id) FROM follow WHERE member_id = $1"
    assert await value(database, followers, new.member_id) == [both.member_id, one.member_id]
    assert await value(database, "SELECT follower_count FROM member WHERE id = $1", new.member_id) == 2
    counted = "SELECT array_agg(member_id ORDER BY member_id) FROM ballot WHERE round_id = $1 AND voided_at IS NULL"
    assert await value(database, counted, twice) == [new.member_id]
    assert await value(database, counted, once) == [new.member_id]
    votes = "SELECT array_agg(member_id ORDER BY member_id) FROM idea_vote WHERE idea_id = $1"
    assert await value(database, votes, shared) == [new.member_id]
    assert await value(database, votes, alone) == [new.member_id]
    assert await value(database, "SELECT vote_count FROM idea WHERE id = $1", shared) == 1
    assert await differences(database) == []

    await undo(graphql, moderator, decision)

    assert await state(database) == before
    assert await differences(database) == []


async def test_undoing_leaves_alone_what_was_done_since(graphql: Client, database: Database, moderator: Acting) -> None:
    staff = await make_acting(database, roles=(Role.ADMIN,))
    old, new, left, came = [await make_acting(database) for _ in range(4)]
    for follower in (left, came):
        await database.transact(lambda c, f=follower: follow_member(c, f.member_id, old.member_id))  # type: ignore[misc] # bound now
    space = await make_space(database)
    open_, closed = [await make_round(database, staff, space) for _ in range(2)]
    await make_ballot(database, old, open_, 0)
    for member in (old, new):
        await make_ballot(database, member, closed, 1)
    decision = await merge(graphql, moderator, old.member_id, new.member_id)
    await database.transact(lambda c: unfollow_member(c, left.member_id, new.member_id))
    await database.transact(lambda c: unfollow_member(c, came.member_id, new.member_id))
    await database.transact(lambda c: follow_member(c, came.member_id, new.member_id))
    await make_ballot(database, new, open_, 1)
    async with database.writing() as connection:
        await connection.raw.execute("UPDATE round SET state = 'CLOSED', closed_at = now() WHERE id = $1", closed)

    await undo(graphql, moderator, decision)

    followers = "SELECT array_agg(follower_id) FROM follow WHERE member_id = $1"
    assert await value(database, followers, new.member_id) == [came.member_id], "who follows by themselves goes on"
    owner = "SELECT array_agg(member_id) FROM ballot WHERE round_id = $1 AND voided_at IS NULL"
    assert await value(database, owner, open_) == [new.member_id], "what was cast anew is the other's own"
    assert await value(database, owner, closed) == [new.member_id], "what is closed stays as it is"
    assert await differences(database) == []


async def test_nobody_sees_or_judges_a_case_about_either_of_their_accounts(
    graphql: Client, database: Database, moderator: Acting
) -> None:
    old, new = [await make_acting(database, roles=(Role.MODERATOR,)) for _ in range(2)]
    proposed = await propose(graphql, moderator, old.member_id, new.member_id)

    for own in (old, new):
        assert await queue(graphql, own, kind="IDENTITY") == []
        assert codes(await decide(graphql, own, "APPROVE", case=proposed["case"]["id"])) == ["NOT_FOUND"]
        assert codes(await propose(graphql, own, old.member_id, new.member_id)) == ["NOT_ONESELF"]
        given = {"case": proposed["case"]["id"], "member": f"member_{own.member_id}"}
        assert codes(await graphql.change("assignCase", "clientMutationId", as_=moderator, **given)) == [
            "CANNOT_ANSWER"
        ]
    assert [case["id"] for case in await queue(graphql, moderator, kind="IDENTITY")] == [proposed["case"]["id"]]


async def test_whoever_has_an_account_in_it_is_not_told_as_one_of_the_team(
    graphql: Client, database: Database, moderator: Acting
) -> None:
    admin = await make_acting(database, roles=(Role.ADMIN,))
    old = await make_acting(database)
    new, other = [await make_acting(database, roles=(Role.MODERATOR,)) for _ in range(2)]
    team = await graphql.change(
        "createTeam",
        "team { id }",
        as_=admin,
        name="账号 accounts",
        members=[f"member_{each.member_id}" for each in (new, other)],
    )
    proposed = await propose(graphql, moderator, old.member_id, new.member_id)

    given = {"case": proposed["case"]["id"], "team": team["team"]["id"]}
    assert codes(await graphql.change("assignCase", "clientMutationId", as_=moderator, **given)) == []

    await catch_up(database)
    assert await kinds_told(database, other.member_id) == ["CASE_ASSIGNED"]
    assert await kinds_told(database, new.member_id) == []


async def test_a_preview_shows_what_merging_would_do_and_does_nothing(
    graphql: Client, database: Database, moderator: Acting
) -> None:
    old, new = [await make_acting(database) for _ in range(2)]
    await database.transact(lambda c: follow_member(c, moderator.member_id, old.member_id))
    proposed = await propose(graphql, moderator, old.member_id, new.member_id)
    before = await state(database)

    seen = await graphql.change(
        "previewDecision",
        "preview { verdict standingBefore standingAfter hiddenPosts told { kind members } }",
        as_=moderator,
        case=proposed["case"]["id"],
        measures=[{"action": "MERGE"}],
    )

    assert codes(seen) == [], seen
    assert (seen["preview"]["standingBefore"], seen["preview"]["standingAfter"]) == ("ACTIVE", "MERGED")
    assert {"kind": "DECISION", "members": 2} in seen["preview"]["told"]
    assert await state(database) == before


async def test_nobody_judges_what_an_account_did_that_they_stand_for(
    graphql: Client, database: Database, moderator: Acting
) -> None:
    old, new = await make_acting(database), await make_acting(database, roles=(Role.MODERATOR,))
    post = await make_post(database, old, await make_space(database))
    await report(graphql, await make_acting(database), f"post_{post}")
    assert len(await queue(graphql, new)) == 1

    await merge(graphql, moderator, old.member_id, new.member_id)

    (case,) = await queue(graphql, moderator)
    assert await queue(graphql, new) == []
    assert codes(await decide(graphql, new, "APPROVE", case=case["id"], expectedRevision=0)) == ["NOT_FOUND"]
    assert codes(await decide(graphql, new, "WARN", subject=f"post_{post}", reason="SPAM")) == ["NOT_FOUND"]


async def test_two_people_learn_nothing_of_what_was_only_asked(
    graphql: Client, database: Database, moderator: Acting
) -> None:
    one, other = await make_member(database), await make_member(database)
    proposed = await propose(graphql, moderator, one.id, other.id)

    decided = await decide(graphql, moderator, "APPROVE", case=proposed["case"]["id"], facts="两个人 two people")

    assert codes(decided) == []
    assert await letters(graphql, database, one.email) == await letters(graphql, database, other.email) == []
    seen = await graphql("query($id: ID!) { node(id: $id) { id } }", {"id": decided["decision"]["id"]}, as_=other)
    assert seen["node"] is None


async def test_either_account_appeals_and_neither_judges_it(
    graphql: Client, database: Database, moderator: Acting
) -> None:
    old, new = await make_member(database), await make_acting(database, roles=(Role.MODERATOR,))
    decision = await merge(graphql, moderator, old.id, new.member_id)
    (letter,) = await letters(graphql, database, old.email)

    by_letter = await graphql.change(
        "appealByToken", "clientMutationId", as_=None, token=token_in(letter, "appeal"), body="我们是两个人 two people"
    )
    assert codes(by_letter) == []
    signed_in = await graphql.change(
        "appeal", "appeal { id }", as_=new, decision=decision, body="我们是两个人 we are two"
    )
    assert codes(signed_in) == []
    assert await queue(graphql, new, kind="APPEAL") == []
    other = await make_acting(database, roles=(Role.MODERATOR,))
    assert len(await queue(graphql, other, kind="APPEAL")) == 2
    judged = await graphql.change(
        "decideAppeal",
        "appeal { state }",
        as_=other,
        appeal=signed_in["appeal"]["id"],
        granted=True,
        answer="是两个人 two people",
    )
    assert codes(judged) == []
    assert (await profile(graphql, old.handle, other))["mergedInto"] is None


async def test_there_are_no_chains_no_rings_and_no_merging_of_the_suspended(
    graphql: Client, database: Database, moderator: Acting
) -> None:
    first, second, third, suspended = [(await make_acting(database)).member_id for _ in range(4)]
    await merge(graphql, moderator, first, second)
    async with database.writing() as connection:
        await connection.raw.execute("UPDATE member SET state = 'SUSPENDED' WHERE id = $1", suspended)

    for member, into in ((third, first), (second, third), (first, third), (second, first), (suspended, third)):
        assert codes(await propose(graphql, moderator, member, into)) == ["MERGE_NOT_POSSIBLE"], (member, into)
    assert codes(await propose(graphql, moderator, third, third)) == ["NOT_ONESELF"]
    assert codes(await propose(graphql, moderator, third, 10**12)) == ["NOT_FOUND"]


async def test_merge_is_for_cases_of_identity_alone(graphql: Client, database: Database, moderator: Acting) -> None:
    member = await make_acting(database)

    decided = await decide(graphql, moderator, "MERGE", subject=f"member_{member.member_id}", reason="OTHER")

    assert codes(decided) == ["ACTION_NOT_POSSIBLE"]
    assert await value(database, "SELECT count(*) FROM moderation_case") == 0


async def test_of_two_merges_into_each_other_at_once_one_wins(database: Database) -> None:
    moderators = [await make_acting(database, roles=(Role.MODERATOR,)) for _ in range(2)]
    for _ in range(10):
        one, other = [(await make_acting(database)).member_id for _ in range(2)]
        cases: list[int] = []
        for member, into in ((one, other), (other, one)):
            async with database.writing() as connection:
                # As if each had been opened before the other was there.
                await connection.raw.execute("UPDATE moderation_case SET closed_at = now() WHERE id = ANY($1)", cases)
                cases.append(await propose_identity_merge(connection, moderators[0], member, into, reason=WHY))
        async with database.writing() as connection:
            await connection.raw.execute("UPDATE moderation_case SET closed_at = NULL WHERE id = ANY($1)", cases)

        async def decides(moderator: Acting, case: int) -> type[Exception] | None:
            judgement = Judgement([Measure("MERGE")])
            try:
                await database.transact(lambda connection: decide_case(connection, moderator, case, judgement))
            except Refusal as refusal:
                return type(refusal)
            return None

        outcomes = await asyncio.gather(*map(decides, moderators, cases))

        assert sorted(map(str, outcomes)) == sorted([str(None), str(MergeNotPossible)])
        merged = "SELECT count(*) FROM member WHERE state = 'MERGED' AND id IN ($1, $2)"
        assert await value(database, merged, one, other) == 1
