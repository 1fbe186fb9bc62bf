"""Forecasts on the command line, and a shop's sales from a file: all of it or, with what is wrong by line, nothing."""

from __future__ import annotations

from pathlib import Path

import orjson
import pytest
from typer.testing import CliRunner, Result

from api.cli import application
from tests.conftest import run_sql

HEADING = "external_id,variant,quantity,bought_at,member\n"


def teahouse(*arguments: str) -> Result:
    return CliRunner().invoke(application, ["product-test", *arguments])


@pytest.fixture
def shop(database_url: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> str:
    """A database with an open test of two variants, of which members pre-ordered."""
    monkeypatch.setenv("DATABASE_URL", database_url)
    monkeypatch.setenv("TEAHOUSE_DATA_DIR", str(tmp_path / "data"))
    for statement in (
        "CALL as_migrated.restore()",
        *(
            f"SELECT setval(pg_get_serial_sequence('{table}', 'id'), 1, false)"
            for table in ("member", "product_test", "variant")
        ),
        "INSERT INTO space (slug, name) VALUES ('cups', 'Cups')",
        """
        INSERT INTO product_test (space_id, title, currency, state, opened_at)
        SELECT id, '做哪一款 Which [bold]one', 'CNY', 'OPEN', now() FROM space WHERE slug = 'cups'
        """,
        """
        INSERT INTO variant (product_test_id, position, title, price, unit_cost)
        SELECT product_test.id, place, each.title, 12900, 4000 FROM product_test,
            (VALUES (0, '青花'), (1, 'W[b]')) AS each (place, title)
        """,
        """
        INSERT INTO member (handle, handle_skeleton, display_name)
        SELECT 'm' || number, 'm' || number, 'M' FROM generate_series(1, 40) AS number
        """,
        "INSERT INTO exposure (variant_id, member_id, dwell_ms, recent) SELECT variant.id, member.id, 2000, '' FROM variant, member",
        """
        INSERT INTO pre_order (variant_id, member_id, quantity)
        SELECT variant.id, member.id, 1 FROM variant, member WHERE handle_skeleton LIKE 'm1%' AND position = 0
        """,
    ):
        run_sql(database_url, statement)
    return database_url


def test_a_forecast_is_made_and_shown_and_shown_again(shop: str) -> None:
    missing = teahouse("forecast", "product_test_1")
    made = teahouse("forecast", "product_test_1", "--market", "10000", "--until", "2027-06-01")
    again = teahouse("forecast", "product_test_1", "--json")

    assert missing.exit_code == 1
    assert "no forecast yet" in missing.stderr
    assert made.exit_code == 0, made.output
    for word in ("做哪一款 Which [bold]one", "青花", "W[b]", "a guess", "10,000 people", "CNY"):
        assert word in made.stdout
    found = orjson.loads(again.stdout)
    first, second = found["variants"]
    assert (first["exposed"], first["ordering"], second["ordering"]) == (40, 11, 0)
    assert first["demand"]["low"] > second["demand"]["estimate"]
    assert first["quantity"] > second["quantity"]


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (("product_tests_1",), 2, "not the id"),
        (("product_test_1", "--market", "5"), 2, "together"),
        (("product_test_1", "--market", "5", "--until", "2001-01-01"), 1, "The sale is over"),
        (("product_test_777", "--market", "5", "--until", "2027-06-01"), 1, "no product test"),
    ],
)
def test_what_cannot_be_forecast_is_said(shop: str, arguments: tuple[str, ...], code: int, said: str) -> None:
    result = teahouse("forecast", *arguments)

    assert result.exit_code == code
    assert said in result.stderr


def test_sales_are_brought_in_and_corrected_by_the_same_file_again(shop: str, tmp_path: Path) -> None:
    file = tmp_path / "sales.csv"
    file.write_text(
        "\ufeff"
        + HEADING
        + '1001/1,variant_1,2,2026-01-02T03:04:05+08:00,member_1\n"单号,二",variant_2,1,2026-01-03,\n',
        encoding="utf-8",
    )
    first, again = teahouse("purchases", str(file)), teahouse("purchases", str(file))
    file.write_text(HEADING + "1001/1,variant_2,3,2026-01-02T03:04:05+08:00,\n", encoding="utf-8")
    corrected = teahouse("purchases", str(file))

    assert first.exit_code == again.exit_code == corrected.exit_code == 0, first.output
    assert "added: 2; corrected: 0; as they were: 0" in first.stdout
    assert "added: 0; corrected: 0; as they were: 2" in again.stdout
    assert "added: 0; corrected: 1; as they were: 0" in corrected.stdout
    run_sql(
        shop,
        """
        DO $$ BEGIN
            IF (SELECT string_agg(external_id || ' ' || variant_id || ' ' || quantity, '; ' ORDER BY id) FROM purchase)
                IS DISTINCT FROM '1001/1 2 3; 单号,二 2 1' THEN RAISE 'something else was brought in'; END IF;
        END $$
        """,
    )


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("external_id,variant\n", ["quantity, bought_at"]),
        ("", ["heading lacks"]),
        (
            HEADING
            + "1,variant_1,1,2026-01-02,\n2,variant_x,-1,yesterday,someone\n3,variant_1\n4,variant_1,１,2026-01-02,\n",
            [
                "Line 3, variant",
                "Line 3, quantity",
                "Line 3, bought_at",
                "Line 3, member",
                "Line 4, columns",
                "Line 5, quantity",
            ],
        ),
        (HEADING + "1,variant_1,1,2026-01-02,\n1,variant_1,1,2026-01-02,\n", ["Line 3, externalId: It is there twice"]),
        (HEADING + '"two\nlines",variant_1,1,2026-01-02,\n,variant_1,1,2026-01-02,\n', ["Line 4, externalId"]),
        (HEADING + "1,variant_1,1,2026-01-02,\n2,variant_999,1,2026-01-02,\n", ["Line 3, variant"]),
        (HEADING + "1,variant_1,1,2999-01-02,\n", ["Line 2, boughtAt"]),
        (HEADING + "1,variant_1,1,2026-01-02,member_999\n", ["Line 2, member"]),
        (HEADING + '1,"variant_1,1,2026-01-02,\n', ["unexpected end"]),
    ],
)
def test_a_file_with_anything_wrong_in_it_brings_nothing_in(
    shop: str, tmp_path: Path, written: str, said: list[str]
) -> None:
    file = tmp_path / "sales.csv"
    file.write_text(written, encoding="utf-8")

    result = teahouse("purchases", str(file))

    assert result.exit_code == 1
    for part in said:
        assert part in result.stderr
    assert "Lines added" not in result.stdout
    run_sql(shop, "DO $$ BEGIN IF EXISTS (SELECT FROM purchase) THEN RAISE 'something was brought in'; END IF; END $$")
