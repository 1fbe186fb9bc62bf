"""Writing rules, switching them and trying them on the past, as moderators do."""

from __future__ import annotations

import pytest

from community.foundation.database import Database
from community.members.acting import Acting
from community.members.roles import Role
from moderation.audit.sealing import audit_reader
from tests.api.conftest import Client
from tests.api.moderation.moderating import codes, decide
from tests.api.moderation.ruling import (
    SELLS,
    make_rule,
    save_rule,
    seen_by,
    set_state,
    write_comment,
    write_post,
)
from tests.factories.discussions import (
    make_acting,
    make_post,
    make_space,
    value,
)
from tests.factories.events import read_all

TEXTS = ("要便宜手表请加薇信 abc", "Cheap   WATCHES here")
HARMLESS = ("今天的茶很香", "This tea is lovely")


@pytest.fixture
async def moderator(database: Database) -> Acting:
    return await make_acting(database, roles=(Role.MODERATOR,))


async def test_each_manages_the_rules_of_their_own_spaces(
    graphql: Client, database: Database, moderator: Acting
) -> None:
    member = await make_acting(database)
    mine, other = await make_space(database), await make_space(database)
    warden = await make_acting(database)
    async with database.writing() as connection:
        await connection.raw.execute(
            "INSERT INTO role_grant (member_id, role, space_id) VALUES ($1, 'MODERATOR', $2)", warden.member_id, mine
        )
    for_all = await make_rule(graphql, moderator, state="SHADOW", action="REPORT")

    refused = [
        await save_rule(graphql, member, space=f"space_{mine}"),
        await save_rule(graphql, warden, space=f"space_{other}"),
        await save_rule(graphql, warden, rule=for_all),
        await set_state(graphql, warden, for_all, "OFF"),
        await graphql.change("testRule", "trial { caught }", as_=warden, rule=for_all),
        await graphql.change(
            "testRule", "trial { caught }", as_=warden, condition='{"links": {}}', space=f"space_{other}"
        ),
    ]
    not_for_all = await save_rule(graphql, warden)
    own = await make_rule(graphql, warden, space=f"space_{mine}")

    assert [codes(payload) for payload in refused] == [["NOT_FOUND"]] * len(refused)
    assert codes(not_for_all) == ["NOT_PERMITTED"]
    listed = "{ rules(first: 50) { nodes { id } } }"
    assert [each["id"] for each in (await graphql(listed, as_=warden))["rules"]["nodes"]] == [own]
    assert {own, for_all} <= {each["id"] for each in (await graphql(listed, as_=moderator))["rules"]["nodes"]}
    assert (await graphql(listed, as_=member))["rules"]["nodes"] == []
    here = await write_post(graphql, member, mine, TEXTS[0])
    there = await write_post(graphql, member, other, TEXTS[0])
    assert (here["post"]["moderation"], there["post"]["moderation"]) == ("HELD", "VISIBLE")
    in_mine = await make_post(database, member, mine)
    in_other = await make_post(database, member, other)
    assert (await write_comment(graphql, member, in_mine, TEXTS[1]))["comment"]["moderation"] == "HELD"
    assert (await write_comment(graphql, member, in_other, TEXTS[1]))["comment"]["moderation"] == "VISIBLE"
    assert (await write_comment(graphql, warden, in_mine, TEXTS[1]))["comment"]["moderation"] == "VISIBLE", "staff"
    parts = {
        rule: await graphql(
            "query($id: ID!) { node(id: $id) { ... on Rule { version { id } matches(first: 1) { nodes { id } } } } }",
            {"id": rule},
            as_=moderator,
        )
        for rule in (own, for_all)
    }
    for rule, readers in ((own, {warden.member_id, moderator.member_id}), (for_all, {moderator.member_id})):
        await graphql.application.screening.matches.flush()
        for part in (rule, parts[rule]["node"]["version"]["id"]):
            seen = {who.member_id for who in (member, warden, moderator) if await seen_by(graphql, part, who)}
            assert seen == readers, part
    (match,) = parts[own]["node"]["matches"]["nodes"]
    assert [await seen_by(graphql, match["id"], who) for who in (member, warden)] == [False, True]


HOSTILE: tuple[tuple[str, list[str]], ...] = (
    ("{", ["condition"]),
    ("[]", ["condition"]),
    ("9" * 6_000, ["condition"]),
    ('{"any": [' * 4_000, ["condition"]),
    ('{"all": [{"links": {}}, {"pattern": {"pattern": "(a"}}]}', ["condition", "all", "1", "pattern", "pattern"]),
    ('{"all": [{"links": {}}, {"pattern": {"pattern": "(?=x)"}}]}', ["condition", "all", "1", "pattern", "pattern"]),
    ('{"keywords": {"words": ["加微信", 7]}}', ["condition", "keywords", "words"]),
    ('{"not": {"velocity": {"times": true, "within": 60}}}', ["condition", "not", "velocity", "times"]),
    ('{"score": {"label": "spam", "at_least": 1e400}}', ["condition"]),
    ('{"keywords": {"words": ["\\ud800"]}}', ["condition"]),
    ('{"keywords": {"words": ["a\\u0000b"]}}', ["condition", "keywords", "words"]),
    ('{"nothing": {}}', ["condition"]),
    ('{"near_duplicates": {"within": 31536000}}', ["condition"]),
)


@pytest.mark.parametrize(("condition", "path"), HOSTILE)
async def test_a_rule_that_cannot_be_asked_is_refused_by_the_place_that_is_wrong(
    graphql: Client, database: Database, moderator: Acting, condition: str, path: list[str]
) -> None:
    payload = await save_rule(graphql, moderator, condition)

    assert [(error["code"], error["path"]) for error in payload["userErrors"]] == [("INVALID", ["input", *path])]


async def test_versions_follow_each_other_and_none_is_changed(
    graphql: Client, database: Database, moderator: Acting
) -> None:
    author, space = await make_acting(database), await make_space(database)
    rule = await make_rule(graphql, moderator)

    saved = await save_rule(graphql, moderator, {"keywords": {"words": ["优惠券"]}}, rule=rule, expectedVersion=1)
    late = await save_rule(graphql, moderator, SELLS, rule=rule, expectedVersion=1)
    late_switch = await set_state(graphql, moderator, rule, "OFF", expectedVersion=1)
    undoable = await save_rule(graphql, moderator, SELLS, "LABEL", rule=rule, label="茶")

    assert [version["number"] for version in saved["rule"]["versions"]["nodes"]] == [2, 1]
    assert (codes(late), codes(late_switch), codes(undoable)) == (
        ["RULE_CHANGED"],
        ["RULE_CHANGED"],
        ["LABEL_UNKNOWN"],
    )
    assert (await write_post(graphql, author, space, TEXTS[0]))["post"]["moderation"] == "VISIBLE"
    assert (await write_post(graphql, author, space, "送优惠券"))["post"]["moderation"] == "HELD"
    with pytest.raises(Exception, match="followed by another version"):
        async with database.writing() as connection:
            await connection.raw.execute("UPDATE rule_version SET action = 'REPORT'")


async def test_who_changed_rules_stands_in_the_audit_log(
    graphql: Client, database: Database, moderator: Acting
) -> None:
    rule = await make_rule(graphql, moderator)
    await set_state(graphql, moderator, rule, "LIVE")
    await set_state(graphql, moderator, rule, "OFF")

    await read_all(database, audit_reader)

    admin = await make_acting(database, roles=(Role.ADMIN,))
    log = await graphql("{ auditLog(first: 10) { nodes { kind actor { id } } } }", as_=admin)
    kinds = [entry["kind"] for entry in log["auditLog"]["nodes"]]
    assert kinds.count("RuleSaved") == 1
    assert kinds.count("RuleStateSet") == 2, "to be as it is already is no change"


async def test_a_rule_is_tried_on_the_past(graphql: Client, database: Database, moderator: Acting) -> None:
    author, space = await make_acting(database), await make_space(database)
    caught = [await make_post(database, author, space, body=text) for text in TEXTS]
    await make_post(database, author, space, body=HARMLESS[0])
    removed, approved = caught
    for post, action in ((removed, "REMOVE"), (approved, "APPROVE")):
        given = {} if action == "REMOVE" else {"expectedRevision": 0}
        decided = await decide(graphql, moderator, action, subject=f"post_{post}", reason="SPAM", **given)
        assert decided["userErrors"] == []

    payload = await graphql.change(
        "testRule",
        "trial { lookedAt caught precision { found of share low high } recall { found of } "
        "examples { subject excerpt wasWrong reasons } }",
        as_=moderator,
        condition='{"keywords": {"words": ["加微信", "cheap watches"], "variants": {"薇信": "微信"}}}',
        locale="zh-CN",
    )

    trial = payload["trial"]
    assert (trial["lookedAt"], trial["caught"]) == (3, 2)
    assert trial["precision"] == {
        "found": 1, "of": 2, "share": 0.5, "low": pytest.approx(0.0126, abs=1e-3), "high": pytest.approx(0.9874, abs=1e-3)
    }  # fmt: skip
    assert trial["recall"] == {"found": 1, "of": 1}
    assert [(each["subject"], each["wasWrong"]) for each in trial["examples"]] == [
        (f"post_{approved}", False), (f"post_{removed}", True)
    ]  # fmt: skip
    assert trial["examples"][1]["reasons"] == ["出现了「加薇信」。"]
    assert await value(database, "SELECT count(*) FROM rule_match") == 0
