"""Two accounts that are one person's: how it comes up, what is done about it, and that all of it can be undone."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING, Any

import pytest

from community.foundation.errors import Refusal
from community.members.errors import MergeNotPossible
from community.members.relations import block_member, follow_member, unfollow_member
from community.members.roles import Role
from community.rewards.moving import hold_for_review
from community.rewards.promises import Cause, PointsOf, Promise, promise
from moderation.decisions.deciding import decide as decide_case
from moderation.decisions.judgement import Judgement
from moderation.decisions.ruling import Measure
from moderation.identities.proposing import propose_identity_merge
from moderation.intake import intake_reader
from tests.api.moderation.letters import letters, token_in
from tests.api.moderation.moderating import codes, decide, queue, report
from tests.factories.discussions import differences, make_acting, make_post, make_space, value
from tests.factories.events import read_all
from tests.factories.ideas import make_board, make_idea, make_votes
from tests.factories.members import PASSWORD, make_member
from tests.factories.notifications import catch_up, kinds_told
from tests.factories.referrals import claim, make_code, make_program
from tests.factories.rewards import make_budget
from tests.factories.rounds import make_ballot, make_round

if TYPE_CHECKING:
    from community.foundation.database import Database
    from community.members.acting import Acting
    from tests.api.conftest import Client

WHY = "同一部手机，同一写法 the same phone, the same words"
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


async def propose(graphql: Client, moderator: Acting, member: int, into: int, reason: str = WHY) -> Any:
    return await graphql.change(
        "proposeIdentityMerge",
        "case { id kind member { handle } other { handle } memberHistory { strikePoints } otherHistory { strikePoints } "
        "contents(first: 1) { nodes { body } } notes(first: 3) { nodes { body } } }",
        as_=moderator,
        member=f"member_{member}",
        into=f"member_{into}",
        reason=reason,
    )


async def merge(graphql: Client, moderator: Acting, member: int, into: int) -> str:
    """Merge two accounts; return the decision."""
    proposed = await propose(graphql, moderator, member, into)
    assert codes(proposed) == [], proposed
    decided = await decide(graphql, moderator, "MERGE", case=proposed["case"]["id"], facts="同一人 one person")
    assert codes(decided) == [], decided
    decision: str = decided["decision"]["id"]
    return decision


async def undo(graphql: Client, moderator: Acting, decision: str) -> Any:
    return await graphql.change(
        "undoDecision", "case { id closedAt }", as_=moderator, decision=decision, because="认错人了 not one person"
    )


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


async def test_a_member_who_proves_both_accounts_asks_for_it(
    graphql: Client, database: Database, moderator: Acting
) -> None:
    old, new, other = [await make_acting(database) for _ in range(3)]
    void = (await graphql.change("createMergeCode", "code expiresAt", as_=old))["code"]
    code = (await graphql.change("createMergeCode", "code expiresAt", as_=old))["code"]

    async def request(member: Acting, given: str) -> list[str]:
        return codes(await graphql.change("requestAccountMerge", "requested", as_=member, code=given))

    assert await request(new, void) == ["MERGE_CODE_INVALID"]
    assert await request(new, "thm_nothing") == ["MERGE_CODE_INVALID"]
    assert await request(old, code) == ["NOT_ONESELF"], "and the code is as good as before"
    assert await request(new, code) == []
    assert await request(other, code) == ["MERGE_CODE_INVALID"]
    assert code not in str(
        await value(database, "SELECT jsonb_agg(to_jsonb(one_time_token))::text FROM one_time_token")
    )

    (case,) = await queue(graphql, moderator, kind="IDENTITY")
    assert case["member"] is not None
    assert "两个账号" in case["contents"]["nodes"][0]["body"]
    decided = await decide(graphql, moderator, "MERGE", case=case["id"])
    assert codes(decided) == []
    assert await value(database, "SELECT detection FROM decision") == "REPORT"


async def test_a_code_that_is_too_old_proves_nothing(graphql: Client, database: Database) -> None:
    old, new = await make_acting(database), await make_acting(database)
    code = (await graphql.change("createMergeCode", "code", as_=old))["code"]
    async with database.writing() as connection:
        await connection.raw.execute("UPDATE one_time_token SET expires_at = now()")

    refused = await graphql.change("requestAccountMerge", "requested", as_=new, code=code)

    assert codes(refused) == ["MERGE_CODE_INVALID"]
    assert await value(database, "SELECT count(*) FROM moderation_case") == 0


async def test_what_is_asked_twice_is_one_case(graphql: Client, database: Database, moderator: Acting) -> None:
    one, other, third = [(await make_acting(database)).member_id for _ in range(3)]
    first = await propose(graphql, moderator, one, other)

    again = await propose(graphql, moderator, one, other, "还有 more")
    turned = await propose(graphql, moderator, other, one)
    elsewhere = await propose(graphql, moderator, one, third)

    assert again["case"]["id"] == turned["case"]["id"] == first["case"]["id"]
    assert [note["body"] for note in again["case"]["notes"]["nodes"]] == ["还有 more"]
    assert codes(elsewhere) == ["IDENTITY_CASE_OPEN"]


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


async def test_what_a_referral_between_the_two_earned_waits_for_somebody_to_look(
    graphql: Client, database: Database, moderator: Acting
) -> None:
    staff = await make_acting(database, roles=(Role.ADMIN,))
    old, new = await make_acting(database), await make_acting(database)
    referral = await claim(database, old, await make_code(database, new, await make_program(database, staff)))
    budget = await make_budget(database, staff)
    async with database.writing() as connection:
        cause = Cause("referral", referral, "first post", "REFERRER")
        reward = await promise(connection, Promise(new.member_id, cause, PointsOf(70), budget))

    await merge(graphql, moderator, old.member_id, new.member_id)

    assert await value(database, "SELECT review_since IS NOT NULL FROM reward WHERE id = $1", reward)
    await read_all(database, intake_reader())
    (case,) = await queue(graphql, moderator, kind="FRAUD")
    assert "one person" in case["contents"]["nodes"][0]["body"]


_SEEN = "INSERT INTO referral_sighting (member_id, network, device, sign_up) VALUES ($1, $2, $3, true)"
_PAID = """
    INSERT INTO referral_purchase (external_id, member_id, amount, currency, purchased_at, instrument)
    VALUES (gen_random_uuid()::text, $1, 100, 'EUR', now(), $2)
"""
_UNTHINKABLE = 7777777777777777
"""A hash: nobody is ever to read it."""


async def _suspected(database: Database, *, device: bool = False, instrument: bool = False) -> tuple[int, int]:
    """Return who was brought and who brought them: their reward is under review, and they share what is said."""
    staff = await make_acting(database, roles=(Role.ADMIN,))
    brought, referrer = await make_acting(database), await make_acting(database)
    referral = await claim(database, brought, await make_code(database, referrer, await make_program(database, staff)))
    budget = await make_budget(database, staff)
    async with database.writing() as connection:
        for number, member in enumerate((brought, referrer)):
            # All are on one network: that alone says little.
            await connection.raw.execute(_SEEN, member.member_id, 5, _UNTHINKABLE + (0 if device else number))
            await connection.raw.execute(_PAID, member.member_id, _UNTHINKABLE + (0 if instrument else number))
        cause = Cause("referral", referral, "first post", "REFERRER")
        reward = await promise(connection, Promise(referrer.member_id, cause, PointsOf(70), budget))
        await hold_for_review(connection, reward, "LOOKS_MADE_UP: 可疑")
    return brought.member_id, referrer.member_id


@pytest.mark.parametrize("shared", [("device",), ("instrument",), ("device", "instrument")])
async def test_what_both_have_and_a_doubtful_referral_bring_up_the_question_and_no_hash_is_shown(
    graphql: Client, database: Database, moderator: Acting, shared: tuple[str, ...]
) -> None:
    brought, _ = await _suspected(database, **dict.fromkeys(shared, True))

    await read_all(database, intake_reader())
    await read_all(database, intake_reader())

    (case,) = await queue(graphql, moderator, kind="IDENTITY")
    body = case["contents"]["nodes"][0]["body"]
    assert f"Seen on the same devices: {int('device' in shared)}" in body
    assert f"使用过的相同付款方式：{int('instrument' in shared)} 个" in body
    assert str(_UNTHINKABLE) not in str(case)
    assert case["subject"]["id"] == f"member_{brought}"
    assert codes(await decide(graphql, moderator, "MERGE", case=case["id"])) == []
    assert await value(database, "SELECT detection FROM decision") == "AUTOMATED"


async def test_who_shares_nothing_but_a_network_is_not_asked_about(
    graphql: Client, database: Database, moderator: Acting
) -> None:
    await _suspected(database)

    await read_all(database, intake_reader())

    assert await queue(graphql, moderator, kind="IDENTITY") == []
    assert len(await queue(graphql, moderator, kind="FRAUD")) == 1


async def test_of_who_was_found_to_be_two_people_evidence_does_not_ask_again_until_that_is_undone(
    graphql: Client, database: Database, moderator: Acting
) -> None:
    brought, referrer = await _suspected(database, device=True)
    proposed = await propose(graphql, moderator, referrer, brought)
    decided = await decide(graphql, moderator, "APPROVE", case=proposed["case"]["id"], facts="夫妻 a couple")

    await read_all(database, intake_reader())

    assert await value(database, "SELECT count(*) FROM moderation_case WHERE kind = 'IDENTITY'") == 1
    await undo(graphql, moderator, decided["decision"]["id"])
    assert len(await queue(graphql, moderator, kind="IDENTITY")) == 1
