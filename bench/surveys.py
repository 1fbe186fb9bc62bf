"""How often intervals of net promoter scores hold, and how long results of a large survey take. Ends by itself.

python -m bench.surveys [--responses 100000] [--rounds 5] [--write docs/surveys_benchmarks.md]
"""

from __future__ import annotations

import argparse
import asyncio
import math
import os
import platform
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pydantic import SecretStr

from api.app import Server
from api.context import Context
from api.document import Documents
from api.limits import DocumentLimits
from community.cocreation.surveys.asking import AskedChoice, AskedQuestion
from community.cocreation.surveys.intervals import PSEUDO_ANSWERS, adjusted_wald
from community.cocreation.surveys.lifecycle import Asked, close_survey, create_survey, open_survey
from community.discussions.viewers import load_viewer
from community.foundation import embedded
from community.foundation.database import Database
from community.foundation.settings import Settings
from community.members.acting import load_acting
from community.members.principals import ALL_SCOPES, Principal
from migrations import upgrade

SIZES = (5, 10, 20, 50, 100, 300)
SHARES = (
    (0.34, 0.33),
    (0.5, 0.2),
    (0.6, 0.1),
    (0.7, 0.05),
    (0.8, 0.05),
    (0.9, 0.02),
    (0.95, 0.01),
    (0.1, 0.1),
    (0.05, 0.02),
    (0.2, 0.6),
    (0.5, 0.5),
)
"""Of promoters and detractors: from even to nearly all of one mind."""
WAYS: dict[str, Callable[[Any, Any, int], tuple[Any, Any]]] = {
    "Wald, nothing added": lambda up, down, size: _wald(up, down, size, 0, 0),
    "2 added, 1/4 1/2 1/4 (Agresti and Min)": lambda up, down, size: _wald(up, down, size, 2, 0.25),
    "3 added, 1/3 1/3 1/3": lambda up, down, size: _wald(up, down, size, 3, 1 / 3),
    "3 added, 1/4 1/2 1/4": lambda up, down, size: _wald(up, down, size, 3, 0.25),
    "4 added, 1/4 1/2 1/4": lambda up, down, size: _wald(up, down, size, 4, 0.25),
}
CHOSEN = "2 added, 1/4 1/2 1/4 (Agresti and Min)"
Z = 1.959963984540054

HEAD = """\
# Benchmarks of surveys

One command measures and writes this page; it takes a few minutes:

    python -m bench.surveys --write docs/surveys_benchmarks.md

## How often the interval of a net promoter score holds

Of 95% intervals, 95 in 100 should hold what is true. How often they do is worked out exactly: over all that so many answers
can be, weighted by how likely each is. For each number of answers, the mean and the least over {shares} mixtures of promoters,
passives and detractors, from even to 95% promoters; and how wide the intervals are on average, in points of the score. The
mixtures, promoters/detractors: {named}.

"""
TIMES = """
Teahouse adds {added:g} answers, a quarter promoters, half passives, a quarter detractors: of these ways, on average it holds at
least as often as it should however many answered, and is no wider than the other that does. Wald's own interval, with nothing
added, has no width at all where all who answered agree, and is not to be used of few.

## How long results take

{responses:,} responses to {questions} questions, {megabytes:.0f} MB with indexes
({kinds}).
Through the whole API but the socket: one statement, and Python's arithmetic on what it counted. The median of {rounds}
rounds. PostgreSQL and Python on one machine of {cores} cores, {system}, Python {python}, on {day}.
Load average {load:.2f} before.

| what | milliseconds |
|---|---:|
"""


def main(arguments: Sequence[str] | None = None) -> str:
    """Measure, print, and write the page; return it."""
    parser = argparse.ArgumentParser(prog="python -m bench.surveys", description="Intervals, and times of results.")
    parser.add_argument("--responses", type=int, default=100_000)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--write", type=Path, help="the page to write the tables to")
    options = parser.parse_args(arguments)
    named = ", ".join(f"{up:.0%}/{down:.0%}" for up, down in SHARES)
    text = HEAD.format(shares=len(SHARES), named=named) + "".join(_coverages())
    text += _times(options.responses, options.rounds)
    print(text)
    if options.write:
        options.write.write_text(text, encoding="utf-8")
    return text


def _wald(up: Any, down: Any, size: int, added: float, part: float) -> tuple[Any, Any]:
    """Return the bounds of the score's Wald intervals, with so many answers added, a part of them at either end."""
    total = size + added
    high, low = (up + added * part) / total, (down + added * part) / total
    middle = high - low
    reach = Z * np.sqrt(np.maximum(0.0, high + low - middle**2) / total)
    return middle - reach, middle + reach


def _coverages() -> Iterator[str]:
    yield f"| answers added | {' | '.join(f'{size} answers' for size in SIZES)} |\n|---|{'---|' * len(SIZES)}\n"
    # What is measured is what is shipped.
    low, high = WAYS[CHOSEN](np.array(50), np.array(20), 100)
    assert np.allclose((low, high), adjusted_wald(50, 20, 100, PSEUDO_ANSWERS))
    for name, way in WAYS.items():
        cells = []
        for size in SIZES:
            found = [_coverage(way, size, up, down) for up, down in SHARES]
            mean, least = statistics.fmean(each[0] for each in found), min(each[0] for each in found)
            width = statistics.fmean(each[1] for each in found)
            cells.append(f"{mean:.1%}, least {least:.1%}; {width:.0f} points")
        mark = "**" if name == CHOSEN else ""
        yield f"| {mark}{name}{mark} | {' | '.join(cells)} |\n"


def _coverage(
    way: Callable[[Any, Any, int], tuple[Any, Any]], size: int, up: float, down: float
) -> tuple[float, float]:
    """Return how likely an interval of so many answers holds the true score, and its mean width in points."""
    promoters, detractors = _outcomes(size)
    passives = size - promoters - detractors
    chances = [max(share, 1e-300) for share in (up, down, 1 - up - down)]
    logs: Any = math.lgamma(size + 1)
    for count, chance in zip((promoters, detractors, passives), chances, strict=True):
        logs = logs + count * math.log(chance) - _log_factorial(count)
    weight = np.exp(logs)
    low, high = way(promoters, detractors, size)
    holds = (low - 1e-12 <= up - down) & (up - down <= high + 1e-12)
    width = np.minimum(high, 1) - np.maximum(low, -1)
    return float((weight * holds).sum()), float(100 * (weight * width).sum())


def _outcomes(size: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    promoters, detractors = np.meshgrid(np.arange(size + 1), np.arange(size + 1))
    possible = promoters + detractors <= size
    return promoters[possible], detractors[possible]


def _log_factorial(counts: NDArray[np.int64]) -> NDArray[np.float64]:
    known = np.array([math.lgamma(count + 1) for count in range(int(counts.max(initial=0)) + 1)])
    return known[counts]


QUESTIONS = (
    *(AskedQuestion("SINGLE_CHOICE", f"Which? {n}", choices=[AskedChoice(str(c)) for c in range(6)]) for n in range(6)),
    *(
        AskedQuestion("MULTIPLE_CHOICE", f"Many? {n}", choices=[AskedChoice(str(c)) for c in range(8)])
        for n in range(4)
    ),
    *(AskedQuestion("SCALE", f"How? {n}", lowest=1, highest=7) for n in range(4)),
    AskedQuestion("NPS", "Recommend?"),
    AskedQuestion("CSAT", "Satisfied?"),
    *(AskedQuestion("NUMBER", f"Grams? {n}", lowest=0, highest=1_000, whole=False) for n in range(2)),
    *(AskedQuestion("TEXT", f"What? {n}", longest=500) for n in range(2)),
)
_FILL = """
    INSERT INTO survey_response (survey_id, member_id, answered_at, numbers, chosen, texts, mixed)
    SELECT $1, CASE WHEN $3 THEN n END, CASE WHEN $3 THEN now() END, ARRAY[
        floor(6 * random()), floor(6 * random()), floor(6 * random()), floor(6 * random()), floor(6 * random()),
        floor(6 * random()), 2, 2, 2, 2,
        1 + floor(7 * random()), 1 + floor(7 * random()), 1 + floor(7 * random()), 1 + floor(7 * random()),
        floor(11 * random()), 1 + floor(5 * random()), 1000 * random(), round((1000 * random())::numeric),
        CASE WHEN n % 5 = 0 THEN 20 END, CASE WHEN n % 7 = 0 THEN 20 END
    ], ARRAY(
        SELECT choice.id FROM survey_choice AS choice JOIN survey_question AS question ON question.id = question_id
        WHERE survey_id = $1 AND kind = 'MULTIPLE_CHOICE' AND (choice.position + n) % 4 = 0
    ), array_fill(NULL::text, ARRAY[18]) || ARRAY[CASE WHEN n % 5 = 0 THEN repeat('茶', 20) END,
        CASE WHEN n % 7 = 0 THEN repeat('水', 20) END], $3
    FROM generate_series(1, $2::bigint) AS n
"""
INTERVAL = "{ estimate low high }"
RESULTS = f"""query($id: ID!, $by: SurveySegmentationInput) {{ survey(id: $id) {{ results(segmentBy: $by) {{ responseCount
  questions {{ title answers {{ title count share {INTERVAL} }} mean {INTERVAL} median satisfied {INTERVAL}
    netPromoterScore {{ score {INTERVAL} }} }}
  segments {{ title responseCount questions {{ answers {{ count }} mean {{ estimate }} }} }} }} }} }}"""
TEXTS = "query($id: ID!) { survey(id: $id) { questions { texts(first: 50) } } }"


def _times(responses: int, rounds: int) -> str:
    load = os.getloadavg()[0]
    with tempfile.TemporaryDirectory(prefix="teahouse-bench-") as name:
        directory = Path(name)
        directory.chmod(0o755)  # PostgreSQL may run from another account
        with embedded.start(directory / "postgresql", disposable=True) as server:
            upgrade(server.url)
            rows, megabytes = asyncio.run(_measured(server.url, directory, responses, rounds))
            server.close(wait_within=60)
    kinds: dict[str, int] = {}
    for question in QUESTIONS:
        kinds[question.kind] = kinds.get(question.kind, 0) + 1
    return TIMES.format(
        added=PSEUDO_ANSWERS,
        responses=responses,
        questions=len(QUESTIONS),
        kinds=", ".join(f"{amount} {kind}" for kind, amount in kinds.items()),
        megabytes=megabytes,
        rounds=rounds,
        cores=os.cpu_count(),
        system=f"{platform.system()} {platform.release()}",
        python=platform.python_version(),
        day=datetime.now(UTC).date(),
        load=load,
    ) + "".join(f"| {what} | {1000 * seconds:,.0f} |\n" for what, seconds in rows)


async def _measured(url: str, directory: Path, responses: int, rounds: int) -> tuple[list[tuple[str, float]], float]:
    database = await Database.connect(url, maximum=2, statement_within=0, idle_in_transaction_within=0)
    try:
        named, anonymous, marketer = await _filled(database, responses)
        began = time.perf_counter()
        async with database.writing() as connection:
            await close_survey(connection, await load_acting(connection, marketer), anonymous)
        closing = time.perf_counter() - began
        async with database.reading() as connection:
            await connection.raw.execute("VACUUM ANALYZE")
            question = await connection.raw.fetchval("SELECT min(id) FROM survey_question WHERE survey_id = $1", named)
            size = await connection.raw.fetchval("SELECT pg_total_relation_size('survey_response')")
        settings = Settings(database_url=SecretStr(url), data_directory=directory / "data")
        server = Server(settings)
        async with server._lifespan(None):  # type: ignore[arg-type] # noqa: SLF001 - as it is started without a socket
            application = server.application
            assert application is not None
            await asyncio.sleep(0)  # a task that has not begun cannot be cancelled quietly
            await application.background.stop()
            principal = Principal(marketer, ALL_SCOPES)
            async with database.reading() as connection:
                context = Context(application, principal, await load_viewer(connection, principal))
            documents = Documents(application.executor.schema, DocumentLimits(), suggestions=False)

            async def taken(document: str, variables: dict[str, Any]) -> float:
                operation = documents.operation(document, None)
                seconds = []
                for _ in range(rounds + 1):
                    started = time.perf_counter()
                    await application.executor.query(context, operation, operation.coerce(variables))
                    seconds.append(time.perf_counter() - started)
                return statistics.median(seconds[1:])

            id_ = {"id": f"survey_{named}"}
            asked: list[tuple[str, str, dict[str, Any]]] = [
                ("results of an open survey", RESULTS, id_),
                ("results of a closed one, counted when it closed", RESULTS, {"id": f"survey_{anonymous}"}),
                ("by the answer to a question, 6 segments", RESULTS,
                    id_ | {"by": {"by": "ANSWER", "question": f"survey_question_{question}"}}),
                ("by months since joining", RESULTS, id_ | {"by": {"by": "MONTHS_SINCE_JOINING"}}),
                ("by role", RESULTS, id_ | {"by": {"by": "ROLE"}}),
                ("by membership of a space", RESULTS, id_ | {"by": {"by": "SPACE", "space": "space_1"}}),
                ("50 texts of each question", TEXTS, id_),
            ]  # fmt: skip
            rows = [(what, await taken(document, variables)) for what, document, variables in asked]
    finally:
        await database.close()
    return [*rows, ("closing an anonymous survey of as many: all are mixed, and counted", closing)], size / 2 / 1e6


async def _filled(database: Database, responses: int) -> tuple[int, int, int]:
    """Return a survey by name with so many responses, an anonymous one, and who may see what came of them."""
    async with database.writing() as connection:
        await connection.raw.execute("SET LOCAL statement_timeout = 0")
        await connection.raw.execute("INSERT INTO space (slug, name) VALUES ('tea', '茶')")
        await connection.raw.execute(
            """
            INSERT INTO member (handle, handle_skeleton, display_name, joined_at)
            SELECT 'm' || n, 'm' || n, 'm' || n, now() - n % 1000 * interval '1 day'
            FROM generate_series(1, $1::bigint) AS n
            """,
            responses,
        )
        await connection.raw.execute("INSERT INTO role_grant (member_id, role) VALUES (1, 'ADMIN')")
        await connection.raw.execute(
            "INSERT INTO space_member (space_id, member_id) SELECT 1, id FROM member WHERE id % 3 = 0"
        )
        acting = await load_acting(connection, 1)
        surveys = []
        for anonymous in (False, True):
            asked = Asked("茶", QUESTIONS, datetime.now(UTC) + timedelta(days=1), anonymous)
            survey = await create_survey(connection, acting, 1, asked)
            await open_survey(connection, acting, survey)
            await connection.raw.execute(_FILL, survey, responses, not anonymous)
            surveys.append(survey)
    return surveys[0], surveys[1], 1


if __name__ == "__main__":
    main()
