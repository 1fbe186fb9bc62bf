"""`teahouse moderation report`, `export-dsa` and `verify-log`, as an operator has them."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from api.cli import application
from community.foundation.database import Database
from community.members.acting import Acting
from community.members.roles import Role
from moderation.audit.sealing import audit_reader
from tests.api.conftest import Client
from tests.api.moderation.moderating import decide, report
from tests.conftest import run_sql
from tests.factories.discussions import make_acting, make_comment, make_post, make_space, value
from tests.factories.events import read_all
from tests.factories.members import make_member
from tests.moderation.transparency.transparency_database import problems

SPAN = ("--from", "2020-01-01", "--to", "2100-01-01")


async def teahouse(*arguments: str) -> Result:
    return await asyncio.to_thread(CliRunner().invoke, application, ["moderation", *arguments])


@pytest.fixture
async def moderator(database: Database, database_url: str, monkeypatch: pytest.MonkeyPatch) -> Acting:
    monkeypatch.setenv("DATABASE_URL", database_url)
    monkeypatch.setenv("COLUMNS", "200")
    return await make_acting(database, "mod.erika", roles=(Role.MODERATOR,))


async def world(graphql: Client, database: Database, moderator: Acting) -> dict[str, Any]:
    """Decide once in every way; return the decisions' ids by what was done."""
    author, reporter = await make_acting(database, "ana.lima"), await make_acting(database, "李小龙")
    space, elsewhere = await make_space(database), await make_space(database)
    text = "这是一段中文内容，卖假货。"
    posts = [f"post_{await make_post(database, author, space, body=text)}" for _ in range(8)]
    comment = f"comment_{await make_comment(database, author, int(posts[0].removeprefix('post_')), body='plain words')}"
    banned = await make_member(database, "evil.bob", email="evil.bob@example.org")
    named = "ana.lima (ana.lima@example.com) 与 李小龙 at https://example.org/ana: sells fakes"
    done: dict[str, Any] = {}

    async def made(name: str, subject: str, *actions: Any, reason: str = "SPAM", **given: Any) -> None:
        decided = await decide(graphql, moderator, *actions, subject=subject, reason=reason, facts=named, **given)
        assert decided["userErrors"] == [], decided
        done[name] = decided["decision"]["id"]

    await made("removed", posts[0], "REMOVE", "WARN", reason="FRAUD", law="§ 263 StGB, as told by ana.lima")
    await made("hidden", comment, "HIDE", reason="HATE", territorialScope=["DE", "CN"])
    await made("edited", posts[1], {"action": "EDIT", "body": "ok"}, "LOCK")
    await made("moved", posts[2], {"action": "MOVE", "space": f"space_{elsewhere}"})
    await made("warned", posts[3], "WARN")
    await made("approved", posts[4], "APPROVE", expectedRevision=0)
    await made("abroad", posts[5], "REMOVE", territorialScope=["CN"])
    await report(graphql, reporter, posts[6], "ILLEGAL")
    cases = await graphql("{ cases(first: 1) { nodes { id } } }", as_=moderator)
    decided = await decide(
        graphql, moderator, "REMOVE", case=cases["cases"]["nodes"][0]["id"], law="§ 86a StGB", facts=named
    )
    done["reported"] = decided["decision"]["id"]
    until = {"action": "SUSPEND", "until": "2090-05-06T07:00:00Z"}
    await made("suspended", f"member_{author.member_id}", until, {"action": "RESET_PROFILE", "fields": ["BIO"]})
    until = {"until": "2031-05-06T07:00:00Z"}
    await made("silenced", f"member_{author.member_id}", {"action": "SILENCE", **until}, {"action": "WARN"})
    await made("labelled", posts[7], {"action": "LABEL", "label": "SPOILER"})
    await made("banned", f"member_{banned.id}", "BAN", reason="MINORS", law="JuSchG")
    return done


async def exported(path: Path, *options: str) -> dict[str, Any]:
    done = await teahouse("export-dsa", *SPAN, str(path), *options)
    assert done.exit_code == 0, done.output
    statements = [json.loads(line) for line in (await asyncio.to_thread(path.read_text, encoding="utf-8")).splitlines()]
    assert f"{len(statements)} statements" in done.output
    return {statement["puid"].replace("-", "_"): statement for statement in statements}


async def test_each_restriction_is_a_statement_as_the_european_database_takes_it(
    graphql: Client, database: Database, moderator: Acting, tmp_path: Path
) -> None:
    done = await world(graphql, database, moderator)
    undone = await graphql.change(
        "undoDecision", "decision { id }", as_=moderator, decision=done["moved"], because="a mistake"
    )
    assert undone["userErrors"] == []

    statements = await exported(tmp_path / "out.jsonl", "--with-facts")

    restricting = {"removed", "hidden", "edited", "moved", "suspended", "banned", "reported", "silenced", "labelled"}
    assert set(statements) == {done[name] for name in restricting}, "no warning, nothing found fine, nothing abroad"
    assert {puid: found for puid, one in statements.items() if (found := problems(one))} == {}
    of = {name: statements[done[name]] for name in restricting}
    assert of["removed"]["decision_visibility"] == ["DECISION_VISIBILITY_CONTENT_REMOVED"]
    assert of["removed"]["illegal_content_legal_ground"] == "§ 263 StGB, as told by […]"
    assert of["removed"]["category"] == "STATEMENT_CATEGORY_SCAMS_AND_FRAUD"
    assert (of["removed"]["content_language"], of["hidden"]["content_language"]) == ("ZH", None)
    assert (of["hidden"]["territorial_scope"], len(of["removed"]["territorial_scope"])) == (["DE"], 30)
    assert of["edited"]["decision_visibility"] == [
        "DECISION_VISIBILITY_CONTENT_INTERACTION_RESTRICTED",
        "DECISION_VISIBILITY_OTHER",
    ]
    assert of["moved"]["end_date_visibility_restriction"] is not None, "it was undone"
    assert of["suspended"]["decision_account"] == "DECISION_ACCOUNT_SUSPENDED"
    assert of["suspended"]["end_date_account_restriction"] == "2038-01-01", "no later day is known there"
    assert of["silenced"]["decision_provision"] == "DECISION_PROVISION_PARTIAL_SUSPENSION"
    assert of["silenced"]["end_date_service_restriction"] == "2031-05-06"
    assert of["labelled"]["decision_visibility"] == ["DECISION_VISIBILITY_CONTENT_LABELLED"]
    assert of["banned"]["decision_account"] == "DECISION_ACCOUNT_TERMINATED"
    assert of["banned"]["end_date_account_restriction"] is None
    assert (of["reported"]["source_type"], of["banned"]["source_type"]) == ("SOURCE_ARTICLE_16", "SOURCE_VOLUNTARY")
    assert {one["automated_decision"] for one in statements.values()} == {"AUTOMATED_DECISION_NOT_AUTOMATED"}


@pytest.mark.parametrize("options", [(), ("--with-facts",)])
async def test_nobody_is_named_in_what_is_exported(
    graphql: Client, database: Database, moderator: Acting, tmp_path: Path, options: tuple[str, ...]
) -> None:
    await world(graphql, database, moderator)

    statements = await exported(tmp_path / "out.jsonl", *options)

    everything = json.dumps(list(statements.values()), ensure_ascii=False)
    for name in ("ana.lima", "李小龙", "evil.bob", "mod.erika", "example.com", "example.org", "卖假货"):
        assert name not in everything
    assert ("sells fakes" in everything) == bool(options), "what moderators wrote is told where it is asked for"


async def test_the_report_tells_what_happened_and_withholds_what_is_small(
    graphql: Client, database: Database, moderator: Acting
) -> None:
    await world(graphql, database, moderator)
    await read_all(database, audit_reader)
    last = await value(database, "SELECT encode(digest, 'hex') FROM audit_entry ORDER BY id DESC LIMIT 1")

    told, exact = await teahouse("report", *SPAN), await teahouse("report", *SPAN, "--exact")

    assert (told.exit_code, exact.exit_code) == (0, 0), told.output + exact.output
    assert "| Decisions | 12 |" in told.stdout
    assert "| Decisions | 12 |" in exact.stdout
    assert "| Members suspended or banned | 2 |" in exact.stdout
    assert "| Members suspended or banned | – |" in told.stdout
    assert "| HATE | 1 |" in exact.stdout
    assert "| HATE | – |" in told.stdout
    assert "| Median time to a decision |" in told.stdout
    assert f"`{last}`" in told.stdout
    assert (await teahouse("report", "--from", "2026-02-01", "--to", "2026-01-01")).exit_code == 2


async def test_the_log_is_verified_and_what_was_changed_is_named(
    graphql: Client, database: Database, database_url: str, moderator: Acting
) -> None:
    await world(graphql, database, moderator)
    await read_all(database, audit_reader)

    good = await teahouse("verify-log")
    await asyncio.to_thread(
        run_sql,
        database_url,
        "SET session_replication_role = replica; UPDATE audit_entry SET actor_id = 777 WHERE id = 3",
    )
    bad = await teahouse("verify-log")

    assert (good.exit_code, bad.exit_code) == (0, 1)
    assert "entries are sound" in good.stdout
    assert "Entry 3 does not follow from those before." in bad.output
