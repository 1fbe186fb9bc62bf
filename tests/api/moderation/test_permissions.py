"""The whole matrix of who may do what, over the API; and that what is denied leaves a trace and nothing else."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import pytest

from community.members.access_tokens import create_access_token
from community.members.principals import ALL_SCOPES, Principal
from community.members.roles import Role
from moderation.appeals.appealing import appeal
from moderation.audit.denying import EACH_UP_TO
from moderation.audit.sealing import audit_reader
from moderation.audit.verifying import verify_log
from moderation.intake import intake_reader
from tests.api.moderation.matrix import ACTIONS, COMMUNITY, REFERRALS, ROLES, RULES, TOKENS, table
from tests.api.moderation.moderating import REASON, decide, report
from tests.factories.contents import contents
from tests.factories.discussions import make_acting, make_post, make_space, value
from tests.factories.events import read_all, settle
from tests.factories.notifications import catch_up
from tests.factories.referrals import referral_under_review

if TYPE_CHECKING:
    from community.foundation.database import Database
    from community.members.acting import Acting
    from tests.api.conftest import Client

TARGETS = ("a", "b", "wide", "own")
TRACES = {"event", "audit_entry", "access_token"}
"""What a refusal leaves: that it was, and when a token was last used."""
UNTIL = (datetime.now(UTC) + timedelta(days=2)).isoformat()
WARN, SUSPEND, BAN = {"action": "WARN"}, {"action": "SUSPEND", "until": UNTIL}, {"action": "BAN"}


@dataclass
class Target:
    """A case, what was decided about it, and the appeal against that."""

    case: str
    decision: str = ""
    appeal: str = ""


@pytest.mark.parametrize("who", ROLES)
@pytest.mark.parametrize("action", ACTIONS)
async def test_who_may_do_what_to_which_case(graphql: Client, database: Database, action: str, who: str) -> None:
    expected = table(ACTIONS[action])[who]
    acting, targets = await _world(graphql, database, who, action)
    for name in TARGETS:
        await _quiet(database)
        before = await contents(database)
        code = await _attempt(graphql, acting, action, targets[name])
        assert code == expected[name], f"{who} {action} {name}"
        if code is not None:
            await _only_traced(database, before, acting, action.split(maxsplit=1)[0], code)


@pytest.mark.parametrize("who", ROLES)
@pytest.mark.parametrize("action", table(COMMUNITY)["member"])
async def test_who_may_do_what_that_is_no_cases(graphql: Client, database: Database, action: str, who: str) -> None:
    acting = await _acting(graphql, database, who)
    one, other = [f"member_{(await make_acting(database)).member_id}" for _ in range(2)]
    given: dict[str, Any] = {
        "createSavedReply": {"name": "谢谢", "textEn": "Thanks.", "textZh": "谢谢。"},
        "createTeam": {"name": "团队"},
        "proposeIdentityMerge": {"member": one, "into": other, "reason": "同一人 one person"},
        "saveReportReason": REASON,
        "updateStrikePolicies": {"policies": []},
        "updateLevelPolicy": {"level": 0, "links": 1},
    }[action]
    await _quiet(database)
    before = await contents(database)
    payload = await graphql.change(action, "clientMutationId", as_=acting, **given)
    code = payload["userErrors"][0]["code"] if payload["userErrors"] else None
    assert code == table(COMMUNITY)[who][action]
    if code is not None:
        await _only_traced(database, before, acting, action, code)


@pytest.mark.parametrize("who", ROLES)
@pytest.mark.parametrize("action", RULES)
async def test_who_may_write_switch_and_try_which_rules(
    graphql: Client, database: Database, action: str, who: str
) -> None:
    acting, admin = await _acting(graphql, database, who), await make_acting(database, roles=(Role.ADMIN,))
    condition = '{"keywords": {"words": ["加微信"]}}'
    places: dict[str, dict[str, Any]] = {"everywhere": {}}
    for name in ("a", "b"):
        space = await make_space(database, moderators=(acting,) if who == f"of_{name}" else ())
        places[name] = {"space": f"space_{space}"}
    for name, place in places.items():
        given = {"name": "茶", "condition": condition, "action": "HOLD", "reason": "SPAM", **place}
        if action == "setRuleState":
            saved = await graphql.change("saveRule", "rule { id }", as_=admin, **given)
            given = {"rule": saved["rule"]["id"], "state": "SHADOW"}
        elif action == "testRule":
            given = {"condition": condition, **place}
        await _quiet(database)
        before = await contents(database)
        payload = await graphql.change(action, "clientMutationId", as_=acting, **given)
        code = payload["userErrors"][0]["code"] if payload["userErrors"] else None
        assert code == table(RULES[action])[who][name], f"{who} {action} {name}"
        if code is not None:
            await _only_traced(database, before, acting, action, code)


@pytest.mark.parametrize("who", ROLES)
@pytest.mark.parametrize("action", ["APPROVE", "REMOVE", "IGNORE", "undo"])
async def test_who_may_decide_on_what_a_referral_earned(
    graphql: Client, database: Database, action: str, who: str
) -> None:
    acting, admin = await _acting(graphql, database, who), await make_acting(database, roles=(Role.ADMIN,))
    await referral_under_review(database)
    await read_all(database, intake_reader())
    case = f"case_{await value(database, 'SELECT max(id) FROM moderation_case')}"
    decision, verb = "", "undoDecision" if action == "undo" else "decide"
    if action == "undo":
        made = await decide(graphql, admin, "APPROVE", case=case)
        decision = made["decision"]["id"]
    await _quiet(database)
    before = await contents(database)

    if action == "undo":
        payload = await graphql.change(verb, "clientMutationId", as_=acting, decision=decision, because="错了")
    else:
        payload = await decide(graphql, acting, action, case=case, law="刑法第二百六十六条")

    code = payload["userErrors"][0]["code"] if payload["userErrors"] else None
    assert code == table(REFERRALS)[who][action]
    if code is not None:
        await _only_traced(database, before, acting, verb, code)


async def test_who_is_not_signed_in_is_nobody_to_trace(graphql: Client, database: Database) -> None:
    payload = await graphql.change("claimCase", "case { id }", as_=None, case="case_1")
    assert payload["userErrors"][0]["code"] == "UNAUTHENTICATED"
    assert await value(database, "SELECT count(*) FROM event WHERE kind = 'AttemptDenied'") == 0


async def test_what_was_denied_is_in_the_audit_log_with_what_was_asked(graphql: Client, database: Database) -> None:
    member, auditor = await make_acting(database), await make_acting(database, roles=(Role.AUDITOR,))
    asked = {"case": "case_7", "body": "给我看 let me see"}
    await graphql.change("noteCase", "note { id }", as_=member, **asked)
    await read_all(database, audit_reader)

    data = await graphql("{ auditLog(first: 5) { nodes { kind actor { handle } data } } }", as_=auditor)

    (entry,) = data["auditLog"]["nodes"]
    assert (entry["kind"], entry["actor"] is None) == ("AttemptDenied", False)
    assert "case_7" in entry["data"]
    assert "给我看" not in entry["data"], "what they wrote is theirs"
    async with database.reading() as connection:
        assert (await verify_log(connection)).wrong == ""


async def test_of_many_refusals_the_log_keeps_the_first_and_that_there_were_more(
    graphql: Client, database: Database
) -> None:
    member, other = [await make_acting(database) for _ in range(2)]
    asked = 5 * EACH_UP_TO

    for number in range(asked):
        await graphql.change("noteCase", "note { id }", as_=member, case=f"case_{number + 1}", body="给我看")
    await graphql.change("claimCase", "case { id }", as_=member, case="case_1")
    await graphql.change("noteCase", "note { id }", as_=other, case="case_1", body="x")

    async with database.reading() as connection:
        rows = await connection.raw.fetch("SELECT actor_id, data FROM event WHERE kind = 'AttemptDenied' ORDER BY id")
    of_many = [
        row["data"]["count"]
        for row in rows
        if row["actor_id"] == member.member_id and row["data"]["operation"] == "noteCase"
    ]
    assert of_many == [*range(1, EACH_UP_TO + 1), 2 * EACH_UP_TO, 4 * EACH_UP_TO]
    assert len(rows) == len(of_many) + 2, "another's, and those of another kind, are counted by themselves"
    counted = "SELECT count FROM denied_attempts WHERE member_id = $1 AND operation = 'noteCase'"
    assert await value(database, counted, member.member_id) == asked

    async with database.writing() as connection:
        await connection.raw.execute("UPDATE denied_attempts SET hour = hour - interval '1 hour'")
    await graphql.change("noteCase", "note { id }", as_=member, case="case_7", body="x")
    latest = "SELECT data ->> 'count' FROM event WHERE kind = 'AttemptDenied' ORDER BY id DESC LIMIT 1"
    assert await value(database, latest) == "1", "each hour begins anew"


async def test_refusals_at_once_are_each_counted(graphql: Client, database: Database) -> None:
    member = await make_acting(database)
    await graphql.token(member)

    await asyncio.gather(
        *(graphql.change("claimCase", "case { id }", as_=member, case=f"case_{n + 1}") for n in range(EACH_UP_TO))
    )

    assert await value(database, "SELECT count FROM denied_attempts") == EACH_UP_TO
    told = "SELECT array_agg((data ->> 'count')::int ORDER BY (data ->> 'count')::int) FROM event WHERE kind = 'AttemptDenied'"
    assert await value(database, told) == list(range(1, EACH_UP_TO + 1))


async def _acting(graphql: Client, database: Database, who: str) -> Acting:
    acting = await make_acting(database, roles=ROLES[who])
    if who in TOKENS:
        session = Principal(acting.member_id, ALL_SCOPES, session_id=uuid4())
        async with database.writing() as connection:
            _, token = await create_access_token(connection, session, name="机器人", scopes=list(TOKENS[who]))
        graphql.bear(acting, token)
    await graphql.token(acting)
    return acting


async def _world(graphql: Client, database: Database, who: str, action: str) -> tuple[Acting, dict[str, Target]]:
    acting = await _acting(graphql, database, who)
    author, reporter = [await make_acting(database) for _ in range(2)]
    others = await make_acting(database, roles=(Role.ADMIN,))
    a = await make_space(database, moderators=(acting,) if who == "of_a" else ())
    b = await make_space(database, moderators=(acting,) if who == "of_b" else ())
    subjects = {
        "a": f"post_{await make_post(database, author, a)}",
        "b": f"post_{await make_post(database, author, b)}",
        "wide": f"member_{author.member_id}",
        "own": f"post_{await make_post(database, acting, a)}",
    }
    targets = {}
    for name, subject in subjects.items():
        await report(graphql, reporter, subject, "ABUSE")
        targets[name] = Target(f"case_{await value(database, 'SELECT max(id) FROM moderation_case')}")
    if not action.startswith("undoDecision") and action != "decideAppeal":
        return acting, targets
    for name, target in targets.items():
        # Who is suspended asks for nothing, so it is not who acts; and one suspension is over before the next.
        measures = [SUSPEND] if action.endswith("SUSPEND") and name != "own" else [WARN]
        made = await decide(graphql, others, *measures, case=target.case)
        assert made["userErrors"] == []
        target.decision = made["decision"]["id"]
        await _let_back(database)
        if action == "decideAppeal":
            target.appeal = await _appeal(database, acting if name == "own" else author, target.decision)
    return acting, targets


async def _let_back(database: Database) -> None:
    """Have everybody take part, whatever was decided: a suspended member is not who this is about."""
    async with database.writing() as connection:
        await connection.raw.execute(
            "UPDATE member SET state = 'ACTIVE', suspended_until = NULL, suspension_reason = NULL"
            " WHERE state = 'SUSPENDED'"
        )


async def _appeal(database: Database, appellant: Acting, decision: str) -> str:
    async with database.writing() as connection:
        return f"appeal_{await appeal(connection, appellant, int(decision.split('_')[1]), body='不对')}"


async def _attempt(graphql: Client, acting: Acting, action: str, target: Target) -> str | None:
    verb = action.split(maxsplit=1)[0]
    measure = SUSPEND if action == "decide SUSPEND" else BAN if action == "decide BAN" else WARN
    by_verb: dict[str, dict[str, Any]] = {
        "claimCase": {"case": target.case},
        "releaseCase": {"case": target.case},
        "noteCase": {"case": target.case, "body": "看看"},
        "assignCase": {"case": target.case, "member": f"member_{acting.member_id}"},
        "previewDecision": {"case": target.case, "measures": [measure]},
        "decide": {"case": target.case, "measures": [measure]},
        "decideMany": {"cases": [{"case": target.case}], "measures": [measure]},
        "undoDecision": {"decision": target.decision, "because": "错了"},
        "decideAppeal": {"appeal": target.appeal, "granted": False, "answer": "规则如此"},
    }
    selection = "refused { code }" if verb == "decideMany" else "clientMutationId"
    payload = await graphql.change(verb, selection, as_=acting, **by_verb[verb])
    refused = payload["userErrors"] or payload.get("refused")
    code: str | None = refused[0]["code"] if refused else None
    return code


async def _quiet(database: Database) -> None:
    """Wait until nothing that was done before has anything more to do."""
    await catch_up(database)
    await settle(database)


async def _only_traced(database: Database, before: dict[str, str], acting: Acting, operation: str, code: str) -> None:
    after = await contents(database)
    moved = {name for name, rows in after.items() if rows != before[name]} - TRACES
    assert moved == set()
    async with database.reading() as connection:
        last = await connection.raw.fetchrow("SELECT kind, actor_id, data FROM event ORDER BY id DESC LIMIT 1")
    assert last is not None
    said = last["data"]
    assert (last["kind"], last["actor_id"], said["operation"], said["code"]) == (
        "AttemptDenied",
        acting.member_id,
        operation,
        code,
    )
