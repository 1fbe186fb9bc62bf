"""Who is suspended or banned is told why by mail, and appeals by its link; nothing else is theirs to do."""

from __future__ import annotations

from datetime import timedelta

import pytest

from community.foundation.clock import now
from community.foundation.database import Database
from community.members.acting import Acting
from community.members.roles import Role
from moderation.appeals.tokens import AppealToken, sign_token
from tests.api.conftest import Client
from tests.api.moderation.letters import letters, token_in
from tests.api.moderation.moderating import codes, decide, queue
from tests.factories.discussions import make_acting, make_post, make_space, value
from tests.factories.members import make_member


@pytest.fixture
async def moderator(database: Database) -> Acting:
    return await make_acting(database, roles=(Role.MODERATOR,))


async def test_a_suspended_member_appeals_by_the_letter_and_takes_part_again(
    graphql: Client, database: Database, moderator: Acting
) -> None:
    gone = await make_member(database, locale="zh")
    token = await graphql.token(gone)
    until = (now() + timedelta(days=30)).isoformat()
    suspended = await decide(
        graphql,
        moderator,
        {"action": "SUSPEND", "until": until},
        subject=f"member_{gone.id}",
        reason="ILLEGAL",
        law="反电信网络诈骗法 第三十一条",
        facts="多次发布违禁信息",
    )
    assert suspended["userErrors"] == []

    (letter,) = await letters(graphql, database, gone.email)
    assert "您的账号已被暂停" in letter
    assert until[:10] in letter
    assert "违反法律：反电信网络诈骗法 第三十一条" in letter
    assert "多次发布违禁信息" in letter
    assert "您可以采取的救济途径" in letter

    denied = await graphql.ask(
        'mutation { appeal(input: {decision: "decision_1", body: "x"}) { userErrors { code } } }', as_=gone
    )
    assert token
    assert "errors" in denied or denied["data"]["appeal"]["userErrors"][0]["code"] == "ACCOUNT_SUSPENDED"
    appealed = await graphql.change(
        "appealByToken", "clientMutationId", as_=None, token=token_in(letter, "appeal"), body="不是我 it was not me"
    )
    assert codes(appealed) == []
    other = await make_acting(database, roles=(Role.MODERATOR,))
    (waiting,) = await queue(graphql, other, kind="APPEAL")
    assert waiting["member"] == {"handle": gone.handle}
    appeal = f"appeal_{await value(database, 'SELECT id FROM appeal')}"
    granted = await graphql.change(
        "decideAppeal", "appeal { state }", as_=other, appeal=appeal, granted=True, answer="确实不是您"
    )

    assert granted["userErrors"] == []
    assert await value(database, "SELECT state FROM member WHERE id = $1", gone.id) == "ACTIVE"
    _, received, answer = await letters(graphql, database, gone.email)
    assert "不是我 it was not me" in received
    assert "申诉成立" in answer
    assert "确实不是您" in answer


async def test_a_token_is_for_one_decision_and_one_person_and_ends(
    graphql: Client, database: Database, moderator: Acting
) -> None:
    author, stranger = await make_acting(database), await make_acting(database)
    post = f"post_{await make_post(database, author, await make_space(database))}"
    decided = await decide(graphql, moderator, "REMOVE", subject=post, reason="SPAM")
    number = int(decided["decision"]["id"].removeprefix("decision_"))
    key, later = graphql.application.keys.appeal, now() + timedelta(days=1)

    async def appeal(token: str) -> list[str]:
        return codes(await graphql.change("appealByToken", "clientMutationId", as_=None, token=token, body="why"))

    own = sign_token(key, AppealToken(number, author.member_id, later))
    flipped = own[:-2] + ("A" if own[-2] != "A" else "B") + own[-1]
    assert await appeal(flipped) == ["APPEAL_LINK_INVALID"]
    assert await appeal("") == await appeal("茶") == await appeal("A" * 500) == ["APPEAL_LINK_INVALID"]
    assert await appeal(sign_token(key, AppealToken(number, author.member_id, now()))) == ["APPEAL_LINK_INVALID"]
    assert await appeal(sign_token(b"another" * 5, AppealToken(number, author.member_id, later))) == [
        "APPEAL_LINK_INVALID"
    ]
    assert await appeal(sign_token(key, AppealToken(number, stranger.member_id, later))) == ["NOT_FOUND"]
    assert await appeal(sign_token(key, AppealToken(number, author.member_id, later, guest=True))) == ["NOT_FOUND"]
    assert await appeal(own) == []


async def test_an_address_that_was_never_shown_to_be_theirs_gets_no_letter(
    graphql: Client, database: Database, moderator: Acting
) -> None:
    unverified = await make_member(database, verified=False)

    decided = await decide(graphql, moderator, "WARN", subject=f"member_{unverified.id}", reason="ABUSE")

    assert decided["userErrors"] == []
    assert await letters(graphql, database, unverified.email) == []
