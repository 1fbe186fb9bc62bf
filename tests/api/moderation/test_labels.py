"""What readers are told before they read: put on by a decision, in both languages, and taken off exactly."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from community.members.roles import Role
from tests.api.moderation.moderating import codes, decide
from tests.factories.contents import contents
from tests.factories.discussions import make_acting, make_comment, make_post, make_space

if TYPE_CHECKING:
    from community.foundation.database import Database
    from community.members.acting import Acting
    from tests.api.conftest import Client

LABEL = 'label { kind en: text zh: text(locale: "zh-CN") blursMedia coversText }'


@pytest.mark.parametrize("kind", ["post", "comment"])
async def test_a_label_is_shown_to_everybody_and_undone_exactly(graphql: Client, database: Database, kind: str) -> None:
    moderator, author = await make_acting(database, roles=(Role.MODERATOR,)), await make_acting(database)
    post = await make_post(database, author, await make_space(database))
    number = post if kind == "post" else await make_comment(database, author, post)
    subject = f"{kind}_{number}"
    document = f"query($id: ID!) {{ node(id: $id) {{ ... on {kind.title()} {{ {LABEL} }} }} }}"
    await graphql.token(moderator)
    before = await contents(database)

    first = await decide(
        graphql, moderator, {"action": "LABEL", "label": "GRAPHIC"}, subject=subject, reason="VIOLENCE"
    )
    second = await decide(graphql, moderator, {"action": "LABEL", "label": "SPOILER"}, subject=subject, reason="OTHER")
    seen = await graphql(document, {"id": subject})
    overlaid = await undo(graphql, moderator, first)
    undone = await undo(graphql, moderator, second)
    between = await graphql(document, {"id": subject})
    await decide(graphql, moderator, "IGNORE", case=undone["case"]["id"])
    last = await undo(graphql, moderator, first)

    assert codes(first) == codes(second) == []
    expected = {"kind": "SPOILER", "en": "Spoiler", "zh": "含剧透", "blursMedia": False, "coversText": True}
    assert seen["node"]["label"] == expected
    assert codes(overlaid) == ["DECISION_OVERLAID"]
    assert between["node"]["label"]["zh"] == "图片可能令人不适"
    assert codes(undone) == codes(last) == []
    assert (await graphql(document, {"id": subject}))["node"]["label"] is None
    after = await contents(database)
    untouched = ("post", "comment", "post_activity", "member", "space", "strike")
    assert {name for name in untouched if before[name] != after[name]} == set()


async def undo(graphql: Client, moderator: Acting, decided: Any) -> Any:
    return await graphql.change(
        "undoDecision", "case { id }", as_=moderator, decision=decided["decision"]["id"], because="取消 lifted"
    )


async def test_a_label_by_itself_is_no_strike_and_with_more_it_is(graphql: Client, database: Database) -> None:
    moderator, author = await make_acting(database, roles=(Role.MODERATOR,)), await make_acting(database)
    post = f"post_{await make_post(database, author, await make_space(database))}"
    label = {"action": "LABEL", "label": "ADVERTISING"}
    own = "{ viewer { strikes { points } } }"

    alone = await decide(graphql, moderator, label, subject=post, reason="SPAM")
    without = await graphql(own, as_=author)
    warned = await decide(graphql, moderator, label, "WARN", subject=post, reason="SPAM")

    assert codes(alone) == codes(warned) == []
    assert without["viewer"]["strikes"] == []
    assert (await graphql(own, as_=author))["viewer"]["strikes"] == [{"points": 1}]


async def test_labels_are_those_of_the_community(graphql: Client, database: Database) -> None:
    moderator, author = await make_acting(database, roles=(Role.MODERATOR,)), await make_acting(database)
    post = f"post_{await make_post(database, author, await make_space(database))}"
    member = f"member_{author.member_id}"

    offered = await graphql('{ community { contentLabels { kind text(locale: "zh") retired } } }')
    unknown = await decide(graphql, moderator, {"action": "LABEL", "label": "茶"}, subject=post, reason="SPAM")
    missing = await decide(graphql, moderator, "LABEL", subject=post, reason="SPAM")
    on_member = await decide(graphql, moderator, {"action": "LABEL", "label": "SPOILER"}, subject=member, reason="SPAM")

    labels = offered["community"]["contentLabels"]
    assert {"kind": "GENERATED", "text": "内容由人工智能生成", "retired": False} in labels
    assert codes(unknown) == ["LABEL_UNKNOWN"]
    assert codes(missing) == ["INVALID"]
    assert codes(on_member) == ["ACTION_NOT_POSSIBLE"]
