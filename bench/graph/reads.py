"""How long reads of the social graph take in a community of a million members, through the API and in PostgreSQL alone.

    python -m bench.graph.reads --write docs/graph_reads.md

The community is made by `bench.graph.large_town` in a database that is thrown away; with `--directory`, it is kept there
for the next time.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import statistics
import subprocess
import sys
import tempfile
import textwrap
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
from pydantic import SecretStr

from api.app import Server
from api.reading.execute import Read
from bench.graph.large_town import TAGS, WINDOWS, Town, build, town_of
from bench.situation import connected
from community.foundation import embedded
from community.foundation.settings import Settings
from community.members.sessions import begin_session
from community.members.viewer import Viewer

ROUNDS = 9
SLOW = 20.0  # milliseconds of PostgreSQL's time

RANK_AND_MEMBER = "rank member { id displayName }"
SCORE = "value percentile change"
EVERYTHING = f"""
  rank score {{ {SCORE} }} expectedReach {{ estimate low high level }} trust {{ {SCORE} }} bridging {{ {SCORE} }} trend level
  topics(first: 5) {{ name }} tribe {{ id size cohesion tags {{ name }} }}
  topTies(first: 5) {{ other {{ id displayName }} strength given received }} member {{ id displayName handle }}
"""
CAPITAL = " ".join(
    f"{name} {{ {SCORE} }}"
    for name in (
        *("composite", "trustAndSupport", "strongTies", "participation", "brandSupport"),
        *("trust", "support", "bonding", "bridging"),
    )
)
PAGE = """
query($scope: GraphScope, $sort: InfluenceSort! = SCORE, $filter: InfluenceFilter, $after: String) {
  influencers(first: 20, scope: $scope, sort: $sort, filter: $filter, after: $after) {
    pageInfo { endCursor hasNextPage } nodes { FIELDS } } }
"""
RANKING = PAGE.replace("FIELDS", RANK_AND_MEMBER)
RANKING_OF_ALL_FIELDS = PAGE.replace("FIELDS", EVERYTHING)
COUNT = """
query($scope: GraphScope, $sort: InfluenceSort! = SCORE, $filter: InfluenceFilter) {
  influencers(first: 1, scope: $scope, sort: $sort, filter: $filter) { totalCount } }
"""
MEMBER = f"""
query($id: ID!) {{ node(id: $id) {{ ... on Member {{
  influence {{ {EVERYTHING.replace("member { id displayName handle }", "")} }}
  socialCapital {{ {CAPITAL} level core tribe {{ id }} topTies(first: 10) {{ other {{ id }} strength }}
    history(first: 50) {{ asOf composite }} }} }} }} }}
"""
COMPARED = f"""
query($ids: [ID!]!) {{ compareMembers(ids: $ids) {{
  member {{ id displayName }} influence {{ rank score {{ {SCORE} }} }} socialCapital {{ {CAPITAL} level }} }} }}
"""
TRIBES = "{ tribes(first: 20) { nodes { id size cohesion tags { name } bridges { tribe { id } weight ties } } } }"
TRIBE = """
query($id: ID!) { tribe(id: $id) { size tags { name } coreMembers(first: 20) { nodes {
  member { id displayName } composite { percentile } level } } } }
"""
NETWORK = """
query($id: ID!, $first: Int!, $depth: Int!) { node(id: $id) { ... on Member { egoNetwork(depth: $depth, first: $first) {
  nodes { member { id displayName } distance } ties { member { id } other { id } strength } } } } }
"""
PATH = "query($from: ID!, $to: ID!) { path(from: $from, to: $to) { member { id } other { id } strength } }"
PEOPLE = """
{ viewer { peopleYouMayKnow(first: 20) { nodes {
  member { id displayName } commonCount sameTribe reason through { id } } } } }
"""
SPACES = "{ viewer { spacesForYou(first: 20) { nodes { space { id name } commonCount reason through { id } } } } }"
EXPLANATION = """
{ viewer { explainScore { summary place asOf note dimensions { dimension percentile text reasons { code amount text } } } } }
"""
FEED = """
query($space: ID!) { node(id: $space) { ... on Space { posts(first: 20) { nodes {
  id title excerpt createdAt author { id displayName } commentCount reactionCount } } } } }
"""
OBJECTION = """
mutation { objectToProfiling(input: {}) { viewer { objectsToProfiling } userErrors { message } } }
"""


NOTES = """
## What was found, and mended

Statements are planned without their values (`plan_cache_mode = force_generic_plan`), so that one plan has to do for a filter
that all pass and for one that nobody passes. The first measurement found, in milliseconds through the API:

| read | before | why | now |
|---|---:|---|---|
| path between neighbours | 21,213 | each step looked through all ties, as an `OR` of two ends let no index in | the end that keeps the tie is found first |
| path between members far apart | 153 | who was found was sought in arrays, one by one | fronts alone are compared, by hashing (`tie_path`) |
| joinedAfter, nobody passes | 8,587 | the ranking was walked to its end, each member looked up | the few whom a filter lets pass are found first, and by their ids (`api/graph/few.py`) |
| joinedAfter, the last day | 1,163 | the same | the same |
| minTrust, nobody passes, by REACH | 1,139 | the same | the same |
| official | 99 | the same | the same, by an index of the official |
| joinedAfter, the last 30 days | 577 | newcomers stand far down: 150,000 members were looked up | the ranking has the time beside the place |
| explainScore, an ordinary member | 334 | the whole log was read for mentions, all posts for accepted answers | an index for each |
| explainScore, the prolific member | 1,041 | what a member did was read four times | once is enough, and what others did is read without looking members up |
| tribe, the largest, by REACH | 150 | its 48,000 members were sorted | the ranking is walked, as many of a large tribe stand on top |
| level NEWCOMER, by REACH | 62 | the first of them stands behind 110,000 others | what is filtered by stands in the indexes that rankings are walked by, so that only a page's rows are looked at |
| egoNetwork depth 2, first 100 | 17 | ties were unpacked to see whether the other end keeps them too | the arrays are searched |

What stays above 20 ms: the prolific member's explanation, which counts 140,000 interactions one by one; and filters by
two things, each of which thousands pass and hardly anybody both, which walk the ranking's index to its end: 20 ms for a million.
"""


@dataclass(frozen=True, slots=True)
class Question:
    """A read, who asks it, and whether its every run changes something."""

    group: str
    name: str
    document: str
    asker: int
    variables: Mapping[str, Any] = field(default_factory=dict)
    changes: bool = False


def questions(town: Town) -> Iterator[Question]:
    """Yield all that is measured."""
    marketer = town.marketer

    def ranking(name: str, document: str = RANKING, **variables: Any) -> Question:
        return Question("influencers", name, document, marketer, variables)

    yield Question("to compare with", "a space's feed, 20 posts", FEED, marketer, {"space": "space_1"})
    middle = town.members // 2
    yield ranking("first page")
    yield ranking("first page, all fields", RANKING_OF_ALL_FIELDS)
    yield ranking("a page deep down", after=f"score~{middle}~0")
    yield ranking("a page deep down, all fields", RANKING_OF_ALL_FIELDS, after=f"score~{middle}~0")
    for sort, after in (("REACH", "reach~2.5~0"), ("RISING", "rising~0.015~0")):
        yield ranking(f"by {sort}", sort=sort)
        yield ranking(f"by {sort}, deep down", sort=sort, after=after)
    for window in [*WINDOWS][1:]:
        yield ranking(f"window {window}", scope={"window": window})
    yield ranking("space, the largest", scope={"space": "space_1"})
    yield ranking("space, the smallest, by REACH", scope={"space": "space_49"}, sort="REACH")
    yield ranking("tag, the largest, all fields", RANKING_OF_ALL_FIELDS, scope={"tag": "绿茶"})
    yield ranking("tag, the smallest", scope={"tag": f"t{TAGS}"})
    yield ranking("tag that is none", scope={"tag": "t0"})
    yield ranking("tribe, the largest", scope={"tribe": "tribe_1"})
    yield ranking("tribe, a small one, by REACH", scope={"tribe": "tribe_1500"}, sort="REACH")
    yield ranking("tribe, the largest, by REACH", scope={"tribe": "tribe_1"}, sort="REACH")
    yield from _filtered(town, ranking)
    yield ranking("count of all", COUNT)
    yield ranking("count with few", COUNT, filter={"minTrust": 99.99})
    yield ranking("count with none", COUNT, filter={"minTrust": 101})
    yield ranking("count with many", COUNT, filter={"minTrust": 50})
    ids = [f"member_{number}" for number in range(1, 21)]
    yield Question("members", "influence and socialCapital, all fields, 50 of the past", MEMBER, marketer, _one(town))
    yield Question("members", "compareMembers(20)", COMPARED, marketer, {"ids": ids})
    yield Question("tribes", "tribes(first: 20) with tags and bridges", TRIBES, marketer)
    yield Question("tribes", "tribe, the largest, with 20 core members", TRIBE, marketer, {"id": "tribe_1"})
    yield Question("tribes", "the same, asked by a member of it", TRIBE, town.ordinary, {"id": "tribe_1"})
    for depth, first in ((1, 50), (2, 100)):
        given = {**_one(town), "depth": depth, "first": first}
        yield Question("networks", f"egoNetwork depth {depth}, first {first}", NETWORK, marketer, given)
    start, end = (f"member_{number}" for number in town.far)
    near = f"member_{(town.far[0] - 1 + 3 * 387_420_489) % town.members + 1}"
    for name, other in (("next to each other", near), ("far apart", end), ("not connected", f"member_{town.alone}")):
        yield Question("networks", f"path, {name}", PATH, marketer, {"from": start, "to": other})
    yield Question("suggestions", "peopleYouMayKnow, 20", PEOPLE, town.ordinary)
    yield Question("suggestions", "spacesForYou, 20", SPACES, town.ordinary)
    yield Question("explanations", "explainScore, an ordinary member", EXPLANATION, town.ordinary)
    yield Question("explanations", "explainScore, the prolific member", EXPLANATION, town.prolific)
    yield Question("objections", "objectToProfiling", OBJECTION, town.objecting, changes=True)


def _filtered(town: Town, ranking: Any) -> Iterator[Question]:
    del town
    for name, given in (
        ("minTrust 50, half", {"minTrust": 50}),
        ("minTrust 99.9, a thousandth", {"minTrust": 99.9}),
        ("minTrust 99.999, few", {"minTrust": 99.999}),
        ("minTrust 101, none", {"minTrust": 101}),
        ("level PILLAR, 5%", {"level": "PILLAR"}),
        ("level NEWCOMER, half, at the bottom", {"level": "NEWCOMER"}),
        ("tribe, the smallest", {"tribe": "tribe_1990"}),
        ("role MODERATOR, a hundred", {"role": "MODERATOR"}),
        ("role ADMIN, none", {"role": "ADMIN"}),
        ("official, fifty", {"official": True}),
        ("not official, nearly all", {"official": False}),
        ("joinedAfter, half", {"joinedAfter": _ago(2.5 * 365)}),
        ("joinedAfter, the last 30 days", {"joinedAfter": _ago(30)}),
        ("joinedAfter, the last 120 days", {"joinedAfter": _ago(120)}),
        ("joinedAfter, the last day", {"joinedAfter": _ago(1)}),
        ("joinedAfter, none", {"joinedAfter": "2999-01-01T00:00:00Z"}),
        ("joined long ago and trusted, few", {"joinedBefore": _ago(5 * 365 - 2), "minTrust": 99}),
        ("newcomers who joined in the last day", {"joinedAfter": _ago(1), "level": "NEWCOMER"}),
    ):
        yield ranking(f"filter: {name}", filter=given)
    yield ranking("filter: minTrust 101, none, by REACH", filter={"minTrust": 101}, sort="REACH")
    yield ranking("filter: level NEWCOMER by REACH", filter={"level": "NEWCOMER"}, sort="REACH")
    yield ranking("filter: joinedAfter, the last day, by REACH", filter={"joinedAfter": _ago(1)}, sort="REACH")
    both = {"joinedAfter": _ago(30), "level": "PILLAR"}
    for sort in ("SCORE", "REACH", "RISING"):
        yield ranking(f"filter: pillars who joined in the last 30 days, none, by {sort}", filter=both, sort=sort)
    yield ranking("filter: minTrust 90 in a tag", filter={"minTrust": 90}, scope={"tag": "绿茶"})


def _one(town: Town) -> dict[str, Any]:
    return {"id": f"member_{town.prolific}"}


def _ago(days: float) -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() - days * 86_400))


@dataclass(frozen=True, slots=True)
class Measured:
    """What a read took, in milliseconds, and how many pages of 8 kB it touched."""

    question: Question
    median: float
    worst: float
    execution: float
    pages: int
    answer: bytes
    plan: str


def main() -> None:
    """Make the community, ask, and write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--members", type=int, default=1_000_000, help="how many members; a power of ten")
    parser.add_argument("--directory", type=Path, help="where the community is kept for the next time")
    parser.add_argument("--only", default="", help="only questions with this in their name")
    parser.add_argument("--plans", action="store_true", help="show how PostgreSQL ran what was slow")
    parser.add_argument("--write", type=Path, help="where the page goes; without it, to standard output")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="teahouse-reads-") as temporary:
        folder = arguments.directory or Path(temporary)
        folder.mkdir(exist_ok=True)
        folder.chmod(0o755)  # PostgreSQL may run under another account
        with embedded.start(folder / "postgresql", disposable=True) as server:
            environment = {**os.environ, "DATABASE_URL": server.url, "TEAHOUSE_DATA_DIR": str(folder)}
            program = (sys.executable, "-c", "from api.cli import main; main()", "migrate")
            subprocess.run(program, env=environment, check=True)  # noqa: S603 - our own program
            found = asyncio.run(_measure(server.url, folder, arguments.members, arguments.only))
            server.close(wait_within=60)
    if arguments.plans:
        for each in found:
            if each.execution > SLOW:
                print(f"--- {each.question.name}\n{each.answer[:300]!r}\n{each.plan}\n")
    page = "\n".join(_page(found, arguments.members)).rstrip() + "\n"
    if arguments.write:
        arguments.write.write_text(page, encoding="utf-8")
    else:
        print(page)


async def _measure(url: str, folder: Path, members: int, only: str) -> list[Measured]:
    settings = Settings(
        database_url=SecretStr(url),
        data_directory=folder,
        score_every=0,
        log_level="ERROR",
        spending_capacity=2**40,
        database_statement_within=120,
    )
    server = Server(settings)
    async with connected(url) as connection:
        empty = not await connection.raw.fetchval("SELECT EXISTS (SELECT FROM member)")
        town = await build(connection, members) if empty else town_of(members)
        async with server._lifespan(None):  # type: ignore[arg-type] # noqa: SLF001 - no socket is needed to ask
            transport = httpx.ASGITransport(server)
            async with httpx.AsyncClient(transport=transport, base_url="http://teahouse", timeout=300) as client:
                asked = [each for each in questions(town) if only in each.name]
                return [await _timed(server, client, connection.raw, each) for each in asked]


async def _timed(server: Server, client: httpx.AsyncClient, raw: Any, question: Question) -> Measured:
    application = server.application
    assert application is not None  # it has been started
    async with application.database.writing() as writing:
        grant = await begin_session(writing, application.keys, question.asker, client="bench")
    headers = {"authorization": f"Bearer {grant.access_token}"}
    body = {"query": question.document, "variables": question.variables}
    times: list[float] = []
    content = b""
    with _statements() as ran:
        for _ in range(1 if question.changes else ROUNDS + 1):
            began = time.perf_counter()
            response = await client.post("/graphql", json=body, headers=headers)
            times.append((time.perf_counter() - began) * 1000)
            content = response.content
            if sum(times) > 20_000:  # noqa: PLR2004 - milliseconds; nobody learns more by waiting
                break
    if b'"errors"' in content:
        raise RuntimeError(f"{question.name}: {content.decode()}")
    # The first compiles the statement and fills the caches.
    kept = times[1:] or times
    execution, pages, plan = await _explained(raw, *ran[-1])
    print(
        f"{statistics.median(kept):9.1f} {execution:9.1f} ms  {pages:7d}  {question.group}: {question.name}", flush=True
    )
    return Measured(question, statistics.median(kept), max(kept), execution, pages, content, plan)


@contextmanager
def _statements() -> Iterator[list[tuple[str, list[Any]]]]:
    """Note the compiled reads that are run, with their parameters."""
    ran: list[tuple[str, list[Any]]] = []
    values = Read.values

    def noted(read: Read, viewer: Viewer, variables: Mapping[str, Any]) -> list[Any]:
        given = values(read, viewer, variables)
        ran.append((read.sql, given))
        return given

    Read.values = noted  # type: ignore[assignment,method-assign] # its parameters go by other names
    try:
        yield ran
    finally:
        Read.values = values  # type: ignore[method-assign] # as it was


async def _explained(raw: Any, sql: str, values: list[Any]) -> tuple[float, int, str]:
    """Return a statement's milliseconds (the median of three), the pages it touched, and its plan, as the server has it."""
    # Prepared by name, so that the plan is the one that knows no values, as in the server.
    await raw.execute(f"PREPARE asked AS {sql}")
    given = ", ".join(_literal(value) for value in values)
    run = f"EXECUTE asked({given})" if values else "EXECUTE asked"
    found = [(await raw.fetchval(f"EXPLAIN (ANALYZE, BUFFERS, TIMING OFF, FORMAT JSON) {run}"))[0] for _ in range(3)]
    top = found[-1]["Plan"]
    lines = await raw.fetch(f"EXPLAIN (ANALYZE, BUFFERS) {run}") if found[-1]["Execution Time"] > SLOW else []
    await raw.execute("DEALLOCATE asked")
    return (
        statistics.median(each["Execution Time"] for each in found),
        top["Shared Hit Blocks"] + top["Shared Read Blocks"],
        "\n".join(line[0] for line in lines),
    )


def _literal(value: Any) -> str:
    if value is None:
        return "NULL"
    if isinstance(value, list | tuple):
        value = "{" + ",".join(str(each) for each in value) + "}"
    quoted = str(value).replace("'", "''")
    return f"'{quoted}'"


def _page(found: list[Measured], members: int) -> Iterator[str]:
    yield "# Reading the social graph at scale"
    yield ""
    told = (
        f"A made-up community of {members:,} members with 32 kept ties each, 4.4 places in rankings a member, four follows each and a "
        "member with 10,000 posts and 100,000 reactions to them. Asked through the API in process, one request after the "
        f"other, {ROUNDS} times each once the statement is known; and PostgreSQL's own time for the same statement. "
        "Milliseconds, on two cores that others used as well, with the embedded server's settings (256 MB of buffers):"
    )
    yield from textwrap.wrap(told, 118)
    yield ""
    yield "    python -m bench.graph.reads --write docs/graph_reads.md"
    yield ""
    yield "| | read | median | worst | PostgreSQL | pages of 8 kB |"
    yield "|---|---|---:|---:|---:|---:|"
    group = ""
    for each in found:
        shown = each.question.group if each.question.group != group else ""
        group = each.question.group
        name = each.question.name
        yield f"| {shown} | {name} | {each.median:.1f} | {each.worst:.1f} | {each.execution:.1f} | {each.pages:,} |"
    yield NOTES


if __name__ == "__main__":
    main()
