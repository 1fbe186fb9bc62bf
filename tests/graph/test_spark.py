"""The same scores as Spark DataFrames, held to those that are worked out in one process."""

from __future__ import annotations

import asyncio
import importlib.util
import math
import os
import shutil
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from community.foundation.database import Database
from graph.adjacency import Adjacency, from_pairs, transposed
from graph.measures import trust as trusting
from graph.measures.components import weak_components
from graph.measures.rank import pagerank
from graph.snapshot import unpack
from graph.storing import load_packed
from tests.factories.graph import make_circle, score

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(importlib.util.find_spec("pyspark") is None, reason="pyspark is not installed"),
    pytest.mark.skipif(shutil.which("java") is None, reason="Java is not installed"),
    # pyspark leaves the socket to its Java to the garbage collector.
    pytest.mark.filterwarnings("ignore::ResourceWarning", "ignore::pytest.PytestUnraisableExceptionWarning"),
]

TOP = Path(__file__).parents[2]
JDBC_DRIVER = Path("/usr/share/java/postgresql.jar")
"""Where Debian's libpostgresql-jdbc-java has it."""
MEMBERS = 400
FIRST_ID = 1_000
ALIKE = 1e-6


@pytest.fixture(scope="module")
def spark() -> Iterator[Any]:
    """Give a Spark of one process."""
    from pyspark.sql import SparkSession

    os.environ.setdefault("PYSPARK_PYTHON", sys.executable)
    session = (
        SparkSession.builder.master("local[2]")
        .config("spark.sql.shuffle.partitions", "2")
        .config("spark.ui.enabled", "false")
        .config("spark.sql.session.timeZone", "UTC")
        .config("spark.driver.bindAddress", "127.0.0.1")
        .config("spark.driver.host", "127.0.0.1")
        .config("spark.jars", str(JDBC_DRIVER) if JDBC_DRIVER.exists() else "")
        .getOrCreate()
    )
    yield session
    session.stop()


def drawn(seed: int) -> Adjacency:
    """Return random ties in which some members attend to nobody, and some stand alone."""
    random = np.random.default_rng(seed)
    rows = random.integers(0, MEMBERS // 2, 900)
    columns = (MEMBERS * 0.8 * random.random(900) ** 2).astype(np.int64)
    return from_pairs(
        MEMBERS, rows.astype(np.uint32), columns.astype(np.uint32), random.random(900).astype(np.float32) + 0.1
    )


def in_spark(spark: Any, out: Adjacency) -> Any:
    """Return the same ties there, by ids."""
    from graph.spark import SparkGraph

    rows = np.repeat(np.arange(out.size), out.degrees()) + FIRST_ID
    ties = zip(rows.tolist(), (out.neighbours.astype(np.int64) + FIRST_ID).tolist(), out.weights.tolist(), strict=True)
    members = [(place + FIRST_ID,) for place in range(out.size)]
    return SparkGraph(
        spark.createDataFrame(list(ties), "source bigint, target bigint, weight double"),
        spark.createDataFrame(members, "member bigint"),
    )


def weighed(spark: Any, values: NDArray[Any]) -> Any:
    found = [(place + FIRST_ID, float(value)) for place, value in enumerate(values) if value]
    return spark.createDataFrame(found, "member bigint, weight double")


def by_place(frame: Any, column: str = "score") -> NDArray[Any]:
    found = {row["member"]: row[column] for row in frame.collect()}
    assert len(found) == MEMBERS
    return np.array([found[place + FIRST_ID] for place in range(MEMBERS)])


def seeds() -> NDArray[np.float64]:
    values = np.zeros(MEMBERS)
    values[[0, 3, 10, 50]] = [1, 1, 2, 0.5]
    return values


@pytest.mark.parametrize("teleport", [None, seeds()], ids=["to everybody", "to some"])
def test_rank_is_that_of_one_process(spark: Any, teleport: NDArray[np.float64] | None) -> None:
    out = drawn(1)
    expected = pagerank(out, transposed(out), teleport=teleport).scores

    found = in_spark(spark, out).rank(teleport=None if teleport is None else weighed(spark, teleport))

    np.testing.assert_allclose(by_place(found), expected, rtol=ALIKE, atol=1e-12)


def test_components_are_those_of_one_process(spark: Any) -> None:
    random = np.random.default_rng(2)
    # Paths and little else: the longest way that a label has to go.
    rows = np.flatnonzero(random.random(MEMBERS - 1) < 0.97)
    out = from_pairs(MEMBERS, rows.astype(np.uint32), (rows + 1).astype(np.uint32), np.ones(len(rows), np.float32))

    found = by_place(in_spark(spark, out).components(), "component")

    expected = weak_components(out)
    assert len(set(zip(found.tolist(), expected.tolist(), strict=True))) == len(set(expected.tolist()))
    assert found.min() == FIRST_ID


@pytest.mark.parametrize("distrusting", [False, True])
def test_a_walk_is_that_of_one_process(spark: Any, *, distrusting: bool) -> None:
    out, distrusted = drawn(3), np.zeros(MEMBERS, np.bool_)
    distrusted[[3, 7, 20]] = distrusting
    walked = getattr(trusting, "walked", trusting.trust)
    expected = walked(out, seeds(), steps=6, distrusted=distrusted)

    found = in_spark(spark, out).walked(
        weighed(spark, seeds()), steps=6, distrusted=weighed(spark, distrusted) if distrusting else None
    )

    np.testing.assert_allclose(by_place(found), expected, rtol=ALIKE, atol=1e-12)


@pytest.mark.skipif(not hasattr(trusting, "believed"), reason="trust in one process is the walk alone")
@pytest.mark.parametrize("distrusting", [False, True])
def test_trust_is_that_of_one_process(spark: Any, *, distrusting: bool) -> None:
    out, distrusted = drawn(4), np.zeros(MEMBERS, np.bool_)
    distrusted[[3, 7, 20]] = distrusting
    expected = trusting.trust(out, seeds(), distrusted=distrusted)

    found = in_spark(spark, out).trust(
        weighed(spark, seeds()), distrusted=weighed(spark, distrusted) if distrusting else None
    )

    np.testing.assert_allclose(by_place(found), expected, rtol=ALIKE, atol=1e-12)


def test_ties_are_made_of_interactions_as_in_one_process(spark: Any) -> None:
    from graph.spark import weighted_ties

    as_of = datetime(2026, 3, 1, tzinfo=UTC)
    done = [
        (1, 2, 3, as_of - timedelta(days=90)),
        (1, 2, 3, as_of),
        (1, 2, 5, as_of - timedelta(days=60)),
        (2, 2, 3, as_of),
        (2, 1, 3, as_of + timedelta(days=1)),
        (3, None, 1, as_of),
        (2, 3, 4, as_of),
    ]
    interactions = spark.createDataFrame(done, "actor_id bigint, target_id bigint, kind int, occurred_at timestamp")
    kinds = spark.createDataFrame(
        [(1, 3.0, 90.0), (3, 2.0, 90.0), (4, 0.0, 90.0), (5, 1.0, 60.0)],
        "id int, weight double, half_life_days double",
    )

    [tie] = weighted_ties(interactions, kinds, as_of).collect()

    assert (tie["source"], tie["target"]) == (1, 2), "what weighs nothing, is later, or is towards oneself makes no tie"
    assert tie["weight"] == pytest.approx(2 * math.log1p(1.5) + math.log1p(0.5))


def test_seeds_that_are_none_are_refused(spark: Any) -> None:
    graph = in_spark(spark, drawn(5))

    with pytest.raises(ValueError, match="zero everywhere"):
        graph.walked(weighed(spark, np.zeros(MEMBERS)))
    with pytest.raises(ValueError, match="damping"):
        graph.rank(damping=1.0)


@asynccontextmanager
async def over_tcp(database: Database) -> AsyncIterator[int]:
    """Let the server be reached over loopback, as Java speaks to no other; yield the port."""
    async with database.reading() as connection:
        folder = await connection.raw.fetchval("SELECT split_part(current_setting('unix_socket_directories'), ',', 1)")
        port = await connection.raw.fetchval("SELECT current_setting('port')")

    async def pipe(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while data := await reader.read(65_536):
            writer.write(data)
            await writer.drain()
        writer.close()

    async def relay(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        from_server, to_server = await asyncio.open_unix_connection(f"{folder}/.s.PGSQL.{port}")
        await asyncio.gather(pipe(reader, to_server), pipe(from_server, writer), return_exceptions=True)

    async with await asyncio.start_server(relay, "127.0.0.1", 0) as server:
        yield server.sockets[0].getsockname()[1]


@pytest.mark.skipif(not JDBC_DRIVER.exists(), reason="PostgreSQL's JDBC driver is not installed")
async def test_the_lines_of_the_documentation_read_from_postgresql(spark: Any, database: Database) -> None:
    await make_circle(database)
    await score(database)
    async with database.reading() as connection:
        packed = await load_packed(connection)
        named = await connection.raw.fetchrow("SELECT current_database() AS name, current_user AS who")
    assert packed is not None
    assert named is not None
    snapshot = unpack(packed)
    [lines] = [
        block.partition("```")[0]
        for block in (TOP / "docs/scale_out.md").read_text(encoding="utf-8").split("```python\n")
        if "def read(" in block
    ]
    found: dict[str, Any] = {"spark": spark}
    async with over_tcp(database) as port:
        url = f"jdbc:postgresql://127.0.0.1:{port}/{named['name']}?user={named['who']}"
        lines = lines.replace("jdbc:postgresql://replica/teahouse?user=...", url)

        def run() -> tuple[dict[tuple[int, int], float], dict[int, float]]:
            exec(compile(lines, "docs/scale_out.md", "exec"), found)  # noqa: S102 - our own documentation
            ties = {(row["source"], row["target"]): row["weight"] for row in found["ties"].collect()}
            return ties, {row["member"]: row["score"] for row in found["graph"].rank().collect()}

        ties, ranks = await asyncio.to_thread(run)

    out = snapshot.out
    actors = np.repeat(snapshot.members, out.degrees()).tolist()
    expected = dict(
        zip(zip(actors, snapshot.members[out.neighbours].tolist(), strict=True), out.weights.tolist(), strict=True)
    )
    assert expected
    assert ties == pytest.approx(expected, rel=1e-4)  # the seconds between the two count
    in_process = pagerank(out, snapshot.into).scores
    assert ranks == pytest.approx(dict(zip(snapshot.members.tolist(), in_process.tolist(), strict=True)), rel=1e-3)
