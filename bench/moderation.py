"""How long the moderators' queue takes over a million cases, for each who asks and each way to ask. Ends by itself.

python -m bench.moderation [--cases 1000000] [--rounds 20] [--write docs/moderation_benchmarks.md]
"""

from __future__ import annotations

import argparse
import asyncio
import os
import platform
import statistics
import tempfile
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple

import orjson
from pydantic import SecretStr

from api.app import Server
from api.context import Context
from api.document import Documents
from api.limits import DocumentLimits
from community.discussions.viewers import load_viewer
from community.foundation import embedded
from community.foundation.database import Database
from community.foundation.settings import Settings
from community.members.principals import ALL_SCOPES, Principal
from migrations import upgrade
from moderation.cases.urgency import sql

AIMED_AT = 20.0
"""Milliseconds for a first page, the median."""
SPACES, MEMBERS, TEAMS = 200, 20_000, 10
OVERSEER, OF_THREE = 1, 2
"""Members: one oversees the community, one moderates three of its spaces."""

HEAD = """\
# Benchmarks of the moderators' queue

One command measures and writes this page; it takes some minutes:

    python -m bench.moderation --write docs/moderation_benchmarks.md

{cases:,} cases, {open:,} of them open, in {spaces} spaces and {teams} teams, about {members:,} members; {megabytes:.0f} MB with
indexes. A first page of twenty cases, each with its reason, whom it is about, its space, its team and who looks at it: one
statement, through the whole API but the socket. Milliseconds of {rounds} rounds, after one
that is left out; a median of {aim:.0f} is aimed
at. PostgreSQL and Python on one machine of {cores} cores, {system}, Python {python}, on {day}. Load average {load:.2f} before.

| who asks | for | cases | median | slowest | |
|---|---|---:|---:|---:|---|
"""
DOCUMENT = """query($filter: CaseFilter, $sort: CaseSort) { cases(first: 20, filter: $filter, sort: $sort) { pageInfo { hasNextPage endCursor } nodes {
  id kind severity priority reportCount version openedAt respondBy overdue claimedUntil
  reason { name } member { handle } space { slug } team { name } claimedBy { handle } assignedTo { handle } } } }"""

_MEMBERS = """
    INSERT INTO member (handle, handle_skeleton, display_name)
    SELECT 'm' || n, 'm' || n, 'm' || n FROM generate_series(1, $1::int) AS n
"""
_SPACES = "INSERT INTO space (slug, name) SELECT 's' || n, 's' || n FROM generate_series(1, $1::int) AS n"
_TEAMS = "INSERT INTO moderation_team (name) SELECT 'team ' || n FROM generate_series(1, $1::int) AS n"
# A twentieth is of no space; four in five are decided, as after some years; what is grave is rare, as what is reported often.
_CASES = f"""
    INSERT INTO moderation_case (
        kind, subject_kind, subject_id, member_id, space_id, reason_id, severity, reach, weight, report_count, urgency,
        opened_at, closed_at, team_id, assigned_to, claimed_by, claimed_until, respond_by
    )
    SELECT
        (ARRAY['REPORTED', 'REPORTED', 'REPORTED', 'REPORTED', 'HELD', 'NEW_MEMBER', 'NOTICED', 'FRAUD'])[
            1 + floor(8 * random())
        ],
        'post', n, 3 + floor(random() * ($2 - 2)), CASE WHEN random() < 0.95 THEN 1 + floor(random() * $3) END,
        1 + floor(15 * random()), severity, reach, weight, 1 + floor(9 * random()),
        {sql("severity", "reach", "weight", "opened_at")}, opened_at,
        CASE WHEN random() < 0.8 THEN opened_at + interval '1 hour' END, 1 + floor(random() * $4),
        CASE WHEN assigned < 0.02 THEN 1 + floor(40 * random()) END, CASE WHEN looked_at < 0.002 THEN 1 + floor(40 * random()) END,
        CASE WHEN looked_at < 0.002 THEN now() + interval '1 hour' END, opened_at + severity * interval '100 days'
    FROM (
        SELECT n, (1 + 4 * power(random(), 3))::smallint AS severity, (1 + 5 * random())::real AS reach,
            (1 + 20 * power(random(), 4))::real AS weight, now() - n * interval '30 seconds' AS opened_at,
            random() AS assigned, random() AS looked_at
        FROM generate_series(1, $1::bigint) AS n
    ) AS made
"""  # noqa: S608 - made of an expression of ours


class Row(NamedTuple):
    """What was measured."""

    who: str
    what: str
    cases: int
    """On the page: what is found fast because there is none says little."""
    milliseconds: list[float]

    def __str__(self) -> str:
        """Return a line of the table."""
        middle = statistics.median(self.milliseconds)
        held = "" if middle < AIMED_AT else "**missed**"
        return f"| {self.who} | {self.what} | {self.cases} | {middle:.1f} | {max(self.milliseconds):.1f} | {held} |\n"


def main(arguments: Sequence[str] | None = None) -> str:
    """Measure, print, and write the page; return it."""
    parser = argparse.ArgumentParser(prog="python -m bench.moderation", description="Pages of the moderators' queue.")
    parser.add_argument("--cases", type=int, default=1_000_000)
    parser.add_argument("--rounds", type=int, default=20)
    parser.add_argument("--write", type=Path, help="the page to write the tables to")
    options = parser.parse_args(arguments)
    load = os.getloadavg()[0]
    with tempfile.TemporaryDirectory(prefix="teahouse-bench-") as name:
        directory = Path(name)
        directory.chmod(0o755)  # PostgreSQL may run from another account
        with embedded.start(directory / "postgresql", disposable=True) as server:
            upgrade(server.url)
            rows, found = asyncio.run(_measured(server.url, directory, options.cases, options.rounds))
            server.close(wait_within=60)
    text = HEAD.format(
        **found,
        spaces=SPACES,
        teams=TEAMS,
        members=MEMBERS,
        rounds=options.rounds,
        aim=AIMED_AT,
        cores=os.cpu_count(),
        system=f"{platform.system()} {platform.release()}",
        python=platform.python_version(),
        day=datetime.now(UTC).date(),
        load=load,
    ) + "".join(str(row) for row in rows)
    print(text)
    if options.write:
        options.write.write_text(text, encoding="utf-8")
    return text


def _asked() -> list[tuple[str, dict[str, Any], str | None]]:
    return [
        ("all that is open", {}, None),
        ("a kind", {"kind": "REPORTED"}, None),
        ("a rare kind", {"kind": "FRAUD"}, None),
        ("a kind that there is none of", {"kind": "IDENTITY"}, None),
        ("one of their spaces", {"space": "space_1"}, None),
        ("a member", {"member": "member_7"}, None),
        ("a team", {"team": "team_1"}, None),
        ("a team and a kind", {"team": "team_1", "kind": "HELD"}, None),
        ("what is theirs to answer", {"assignedTo": f"member_{OVERSEER}"}, None),
        ("what they look at", {"claimed": True}, None),
        ("what nobody looks at", {"claimed": False}, None),
        ("what is overdue", {"overdue": True}, None),
        ("what is overdue of a team", {"overdue": True, "team": "team_1"}, None),
        ("what is due first", {}, "DUE"),
        ("what is due first of a rare kind", {"kind": "FRAUD"}, "DUE"),
        ("what is due first of a team", {"team": "team_1"}, "DUE"),
        ("what is due first in one of their spaces", {"space": "space_1"}, "DUE"),
        ("what came last", {}, "LATEST"),
        ("what came last of a rare kind", {"kind": "FRAUD"}, "LATEST"),
        ("what came last of a team", {"team": "team_1"}, "LATEST"),
        ("what is decided", {"closed": True}, None),
        ("what is decided of a kind", {"closed": True, "kind": "FRAUD"}, None),
        ("what is decided of a kind that there is none of", {"closed": True, "kind": "IDENTITY"}, None),
        ("what is decided about a member", {"closed": True, "member": "member_7"}, None),
        ("what is decided in one of their spaces", {"closed": True, "space": "space_1"}, None),
        ("what a team decided", {"closed": True, "team": "team_1"}, None),
    ]


async def _measured(url: str, directory: Path, cases: int, rounds: int) -> tuple[list[Row], dict[str, Any]]:
    database = await Database.connect(url, maximum=2, statement_within=0, idle_in_transaction_within=0)
    try:
        found = await _filled(database, cases)
        server = Server(Settings(database_url=SecretStr(url), data_directory=directory / "data"))
        async with server._lifespan(None):  # type: ignore[arg-type] # noqa: SLF001 - as it is started without a socket
            application = server.application
            assert application is not None
            await asyncio.sleep(0)  # a task that has not begun cannot be cancelled quietly
            await application.background.stop()
            operation = Documents(application.executor.schema, DocumentLimits(), suggestions=False).operation(
                DOCUMENT, None
            )
            rows = []
            for who, member_id in (("an overseer", OVERSEER), ("a moderator of three spaces", OF_THREE)):
                principal = Principal(member_id, ALL_SCOPES)
                async with database.reading() as connection:
                    context = Context(application, principal, await load_viewer(connection, principal))
                for what, given, sort in _asked():
                    variables = operation.coerce({"filter": given, "sort": sort})
                    taken, data = [], b""
                    for _ in range(rounds + 1):
                        began = time.perf_counter()
                        data = await application.executor.query(context, operation, variables)
                        taken.append(1000 * (time.perf_counter() - began))
                    rows.append(Row(who, what, len(orjson.loads(data)["cases"]["nodes"]), taken[1:]))
    finally:
        await database.close()
    return rows, found


async def _filled(database: Database, cases: int) -> dict[str, Any]:
    async with database.writing() as connection:
        raw = connection.raw
        await raw.execute("SET LOCAL statement_timeout = 0")
        await raw.execute(_MEMBERS, MEMBERS)
        await raw.execute(_SPACES, SPACES)
        await raw.execute(_TEAMS, TEAMS)
        await raw.execute("INSERT INTO role_grant (member_id, role) VALUES ($1, 'MODERATOR')", OVERSEER)
        await raw.execute(
            "INSERT INTO role_grant (member_id, role, space_id) SELECT $1, 'MODERATOR', n FROM generate_series(1, 3) AS n",
            OF_THREE,
        )
        await raw.execute(_CASES, cases, MEMBERS, SPACES, TEAMS)
    async with database.reading() as connection:
        await connection.raw.execute("VACUUM ANALYZE")
        size = await connection.raw.fetchval("SELECT pg_total_relation_size('moderation_case')")
        waiting = await connection.raw.fetchval("SELECT count(*) FROM moderation_case WHERE closed_at IS NULL")
    return {"cases": cases, "open": waiting, "megabytes": size / 1e6}


if __name__ == "__main__":
    main()
