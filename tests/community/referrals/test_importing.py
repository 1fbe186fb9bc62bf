"""Past referrals from a file: the same checks, told by line."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from community.foundation.database import Database
from community.foundation.errors import NotFound
from community.members.acting import Acting
from community.members.roles import Role
from community.referrals.importing import BadFile, Imported, import_referrals, lines_of
from tests.factories.discussions import make_acting, suspend
from tests.factories.referrals import (
    claim,
    counts_kept_and_recounted,
    make_code,
    make_program,
    text_of,
)

LONG_AGO = datetime(2020, 3, 1, tzinfo=UTC)


async def joined(database: Database, handle: str, at: datetime = LONG_AGO) -> Acting:
    member = await make_acting(database, handle)
    async with database.writing() as connection:
        await connection.raw.execute("UPDATE member SET joined_at = $2 WHERE id = $1", member.member_id, at)
    return member


async def brought_in(database: Database, program: int, text: str, **options: Any) -> Imported:
    return await import_referrals(database, program, lines_of(text.splitlines(keepends=True)), **options)


async def program_of_old(database: Database) -> tuple[Acting, int]:
    marketer = await make_acting(database, roles=(Role.MARKETER,))
    return marketer, await make_program(database, marketer, starts_at=LONG_AGO - timedelta(days=60))


async def kept(database: Database) -> list[tuple[str, str | None, str, str]]:
    async with database.reading() as connection:
        rows = await connection.raw.fetch(
            """
            SELECT member.handle, referrer.handle, source, referral.channel FROM referral
                JOIN member ON member.id = member_id LEFT JOIN member AS referrer ON referrer.id = referrer_id
            ORDER BY referral.id
            """
        )
    return [tuple(row) for row in rows]


async def test_lines_are_claims_and_what_is_wrong_with_others_is_told_by_line(database: Database) -> None:
    marketer, program = await program_of_old(database)
    for handle in ("小李", "wang", "chen", "zhao", "late"):
        await joined(database, handle)
    await suspend(database, await joined(database, "gone"))
    poster = await make_code(database, marketer, program, "CAMPAIGN", most_uses=1, channel="海报")
    code = await text_of(database, poster)
    text = f"""member,referrer,claimed_at,code,channel,campaign
小李,@wang,2020-03-02T08:00:00Z,,微信,春茶
wang,小李,2020-03-02,,,
nobody,wang,2020-03-02,,,
chen,gone,2020-03-02,,,
late,wang,2020-05-01,,,
chen,wang,2020-02-01,,,
chen,wang,someday,,,
chen,,2020-03-03T08:00:00+08:00,{code.lower()},,
zhao,,2020-03-03,{code},,
zhao,zhao,2020-03-03,,,
小李,chen,2020-03-03,,,
"zhao","chen","2020-03-03","","{"x" * 41}",""
"""

    checked = await brought_in(database, program, text, only_check=True)
    assert await kept(database) == []
    imported = await brought_in(database, program, text)

    assert imported == checked
    assert (imported.claimed, imported.known) == (2, 1)
    assert [line for line, _ in imported.problems] == [3, 4, 5, 6, 7, 8, 10, 11, 13]
    said = dict(imported.problems)
    for line, word in (
        (3, "You brought them"), (4, "no member “nobody”"), (5, "not valid"), (6, "within 30 days"), (7, "before they join"),
        (8, "written as"), (10, "as often"), (11, "themselves"), (13, "40 characters"),
    ):  # fmt: skip
        assert word in said[line], said[line]
    assert await kept(database) == [("小李", "wang", "IMPORTED", "微信"), ("chen", None, "IMPORTED", "海报")]
    counts, counted = await counts_kept_and_recounted(database)
    assert counts == counted
    assert {row[1].isoformat() for row in counts if row[8]} == {"2020-03-02", "2020-03-03"}

    again = await brought_in(database, program, text)
    assert (again.claimed, again.known) == (0, 5), "what stands already is known"
    assert len(await kept(database)) == 2


async def test_many_lines_are_many_transactions_and_all_are_there(database: Database) -> None:
    _, program = await program_of_old(database)
    await joined(database, "host")
    for number in range(450):
        await joined(database, f"guest{number}")
    lines = "".join(f"guest{number},host,2020-03-02\n" for number in range(450))

    imported = await brought_in(database, program, f"member,referrer,claimed_at\n{lines}")

    assert (imported.claimed, imported.problems) == (450, [])
    counts, counted = await counts_kept_and_recounted(database)
    assert counts == counted
    assert [row[8] for row in counts if row[8]] == [450]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "member,referrer\na,b\n",
        "member,referrer,claimed_at,password\n",
        "member,member,referrer,claimed_at\n",
        'member,referrer,claimed_at\n"a,b,c\n',
        "member,referrer,claimed_at\n" + "x" * 200_000 + ",b,c\n",
    ],
)
async def test_what_is_no_such_file_is_refused(database: Database, text: str) -> None:
    _, program = await program_of_old(database)
    with pytest.raises(BadFile):
        await brought_in(database, program, text)


async def test_there_is_a_programme_to_bring_them_into(database: Database) -> None:
    with pytest.raises(NotFound):
        await brought_in(database, 7_777_777, "member,referrer,claimed_at\n")


async def test_who_is_brought_now_and_in_a_file_is_brought_once(database: Database) -> None:
    _, program = await program_of_old(database)
    host, guest = await make_acting(database, "host"), await make_acting(database, "guest")
    await claim(database, guest, await make_code(database, host, program))

    imported = await brought_in(
        database, program, f"member,referrer,claimed_at\nguest,host,{datetime.now(UTC):%Y-%m-%d}\n"
    )

    assert (imported.claimed, imported.known) == (0, 1)
