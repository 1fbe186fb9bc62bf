"""Rows out of PostgreSQL and back in, as arrays."""

import numpy as np
import pytest

from community.foundation.database import Database
from graph.copying import BIGINT, INTEGER, REAL, SMALLINT, copy_arrays, gathered, without_nulls


async def test_rows_come_out_as_native_arrays_however_many(database: Database) -> None:
    query = "SELECT n::bigint, (n % 7)::smallint, (n / 4.0)::real FROM generate_series(1, 300000) AS n"
    async with database.reading() as connection:
        found = await gathered(connection, query, (("n", BIGINT), ("seventh", SMALLINT), ("quarter", REAL)))
        nothing = await gathered(connection, "SELECT 1::bigint WHERE false", (("n", BIGINT),))

    expected = np.arange(1, 300_001)
    assert np.array_equal(found["n"], expected)
    assert np.array_equal(found["seventh"], expected % 7)
    assert np.array_equal(found["quarter"], (expected / 4).astype(np.float32))
    assert found["n"].dtype == np.int64
    assert nothing["n"].shape == (0,)


@pytest.mark.parametrize(
    "query", ["SELECT null::bigint", "SELECT 1::bigint UNION ALL SELECT null", "SELECT 1::integer"]
)
async def test_columns_that_are_null_or_of_another_type_are_refused(database: Database, query: str) -> None:
    async with database.reading() as connection:
        with pytest.raises(ValueError, match=r"n is null|make no row"):
            await gathered(connection, query, (("n", BIGINT),))


async def test_arrays_go_in_as_rows_with_their_nulls(database: Database) -> None:
    columns = [
        ("id", BIGINT, np.array([1, 2, 3])),
        ("change", REAL, np.array([0.5, 0, -0.25])),
        ("tribe", INTEGER, np.array([7, 8, 0])),
    ]
    missing = {"change": np.array([False, True, False]), "tribe": np.array([False, False, True])}
    async with database.writing() as connection:
        await connection.raw.execute(
            "CREATE TEMPORARY TABLE found (id bigint, change real, tribe integer) ON COMMIT DROP"
        )

        await copy_arrays(connection, "found", without_nulls(columns, missing))

        rows = await connection.raw.fetch("SELECT * FROM found ORDER BY id")
    assert [tuple(row) for row in rows] == [(1, 0.5, 7), (2, None, 8), (3, -0.25, None)]


async def test_rows_of_arrays_go_in_as_array_columns(database: Database) -> None:
    def group(ids: list[int], length: int) -> list[tuple[str, str, np.ndarray[tuple[int, ...], np.dtype[np.float64]]]]:
        values = np.arange(len(ids) * length).reshape(len(ids), length)
        return [("id", BIGINT, np.array(ids)), ("others", BIGINT, values), ("weights", REAL, values / 2)]

    async with database.writing() as connection:
        await connection.raw.execute(
            "CREATE TEMPORARY TABLE listed (id bigint, others bigint[], weights real[]) ON COMMIT DROP"
        )

        await copy_arrays(connection, "listed", [group([1, 2], 3), group([3], 1)])
        await copy_arrays(connection, "listed", [])

        rows = await connection.raw.fetch("SELECT * FROM listed ORDER BY id")
    assert [tuple(row) for row in rows] == [
        (1, [0, 1, 2], [0, 0.5, 1]),
        (2, [3, 4, 5], [1.5, 2, 2.5]),
        (3, [0], [0]),
    ]
