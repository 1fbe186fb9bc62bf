"""The transparency report, as everybody reads it."""

from __future__ import annotations

from typing import Any

import pytest

from community.foundation.database import Database
from community.members.acting import Acting
from community.members.roles import Role
from moderation.audit.sealing import audit_reader
from tests.api.conftest import Client
from tests.api.moderation.moderating import decide, report
from tests.factories.discussions import make_acting, make_post, make_space, value
from tests.factories.events import read_all

REPORT = """
query($from: DateTime!, $to: DateTime!) {
    transparencyReport(window: {from: $from, to: $to}, locale: "zh") {
        from to reports guestNotices decisions automatedDecisions undone suspended appeals appealsGranted appealsDenied
        byReason { reason label ground count } byVerdict { verdict count } byDetection { detection count }
        byAction { action count } medianHours ninetiethPercentileHours medianAppealHours auditEntries auditDigest
    }
}
"""


@pytest.fixture
async def moderator(database: Database) -> Acting:
    return await make_acting(database, roles=(Role.MODERATOR,))


async def ask(graphql: Client, start: str = "2020-01-05T03:04:05Z", until: str = "2100-01-31T00:00:00Z") -> Any:
    return (await graphql(REPORT, {"from": start, "to": until}))["transparencyReport"]


async def test_everybody_reads_what_was_done_and_of_nobody_in_particular(
    graphql: Client, database: Database, moderator: Acting
) -> None:
    author = await make_acting(database)
    space = await make_space(database)
    for reason, times in (("SPAM", 9), ("ABUSE", 6), ("HATE", 2)):
        for _ in range(times):
            post = f"post_{await make_post(database, author, space)}"
            await report(graphql, await make_acting(database), post, reason)
    cases = await value(database, "SELECT array_agg(id ORDER BY id) FROM moderation_case")
    assert isinstance(cases, list)
    async with database.writing() as connection:
        await connection.raw.execute("UPDATE moderation_case SET opened_at = now() - id * interval '1 hour'")
        await connection.raw.execute(
            "UPDATE moderation_case SET opened_at = now() - interval '2 hours' WHERE id <> $1", cases[0]
        )
    for case in cases:
        assert (await decide(graphql, moderator, "REMOVE", case=f"case_{case}"))["userErrors"] == []
    await read_all(database, audit_reader)

    told = await ask(graphql)

    assert (told["from"], told["to"]) == ("2020-01-01T00:00:00Z", "2100-02-01T00:00:00Z"), "whole months"
    assert (told["decisions"], told["reports"], told["guestNotices"], told["automatedDecisions"]) == (17, 17, 0, 0)
    assert told["byReason"] == [
        {"reason": "SPAM", "label": "垃圾信息", "ground": "RULES", "count": 9},
        {"reason": "ABUSE", "label": "辱骂或骚扰", "ground": "RULES", "count": None},
        {"reason": "HATE", "label": "仇恨言论", "ground": "RULES", "count": None},
    ], "the next smallest is withheld too, or the two would be what is left over"
    assert told["byVerdict"] == [{"verdict": "UPHELD", "count": 17}]
    assert told["byDetection"] == [{"detection": "REPORT", "count": 17}]
    assert told["byAction"] == [{"action": "REMOVE", "count": 17}]
    assert told["medianHours"] == pytest.approx(2, abs=0.05)
    assert (told["appeals"], told["medianAppealHours"]) == (0, None)
    assert told["auditDigest"] == await value(
        database, "SELECT encode(digest, 'hex') FROM audit_entry ORDER BY id DESC LIMIT 1"
    )
    assert told["auditEntries"] > 0


async def test_where_nothing_was_done_nothing_is_told(graphql: Client, database: Database, moderator: Acting) -> None:
    author = await make_acting(database)
    await decide(
        graphql, moderator, "REMOVE", subject=f"post_{await make_post(database, author, await make_space(database))}",
        reason="SPAM",
    )  # fmt: skip

    before = await ask(graphql, "2020-01-01T00:00:00Z", "2020-03-01T00:00:00Z")
    now = await ask(graphql)

    assert (before["decisions"], before["byReason"], before["medianHours"]) == (0, [], None)
    assert (before["to"], before["auditDigest"]) == ("2020-03-01T00:00:00Z", None)
    assert (now["decisions"], now["medianHours"]) == (None, None)
    assert now["byReason"] == [{"reason": "SPAM", "label": "垃圾信息", "ground": "RULES", "count": None}]
