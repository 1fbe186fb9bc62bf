import socket
from collections.abc import Iterator
from pathlib import Path

import orjson
import pytest
from typer.testing import CliRunner, Result

from api.cli import application
from tests.conftest import run_sql, with_database


@pytest.fixture(autouse=True)
def _a_good_place(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, database_url: str) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("DATABASE_URL", database_url)
    monkeypatch.setenv("TEAHOUSE_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.setenv("TEAHOUSE_PORT", "0")


@pytest.fixture
def empty_url(server_url: str) -> Iterator[str]:
    run_sql(server_url, "CREATE DATABASE teahouse_doctor")
    yield with_database(server_url, "teahouse_doctor")
    run_sql(server_url, "DROP DATABASE teahouse_doctor WITH (FORCE)")


def examine() -> tuple[Result, dict[str, dict[str, object]]]:
    result = CliRunner().invoke(application, ["doctor", "--json"])
    found = orjson.loads(result.stdout)
    assert found["well"] is (result.exit_code == 0)
    return result, {finding["subject"]: finding for finding in found["findings"]}


def test_all_is_well_where_nothing_is_wrong(tmp_path: Path) -> None:
    result, findings = examine()

    assert result.exit_code == 0, findings
    assert {"Python", "data directory", "secret key", "mail", "port", "database", "migrations", "clock"} == set(
        findings
    )
    assert all(finding["mend"] is None for finding in findings.values())
    assert list(tmp_path.iterdir()) == []


def test_whatever_is_wrong_is_named_with_its_mend(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "a file").touch()
    with socket.socket() as taken, socket.socket() as silent:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        silent.bind(("127.0.0.1", 0))  # bound and not listening: connections are refused
        monkeypatch.setenv("TEAHOUSE_ENV", "production")
        monkeypatch.setenv("TEAHOUSE_DATA_DIR", str(tmp_path / "a file" / "data"))
        monkeypatch.setenv("TEAHOUSE_PORT", str(taken.getsockname()[1]))
        monkeypatch.setenv("TEAHOUSE_MAIL_HOST", "127.0.0.1")
        monkeypatch.setenv("TEAHOUSE_MAIL_PORT", str(silent.getsockname()[1]))
        monkeypatch.setenv("DATABASE_URL", "postgresql://tea:hush@127.0.0.1:1/none")
        result, findings = examine()

    assert result.exit_code == 1
    wrong = {subject: finding["mend"] for subject, finding in findings.items() if not finding["well"]}
    assert set(wrong) == {"data directory", "secret key", "mail", "port", "database"}
    assert all(wrong.values())
    assert "hush" not in result.stdout


def test_a_database_that_was_not_migrated_is_told(monkeypatch: pytest.MonkeyPatch, empty_url: str) -> None:
    monkeypatch.setenv("DATABASE_URL", empty_url)

    before, findings = examine()
    migrated = CliRunner().invoke(application, ["migrate"])
    after, _ = examine()

    assert before.exit_code == 1
    assert "teahouse migrate" in str(findings["migrations"]["mend"])
    assert migrated.exit_code == 0
    assert after.exit_code == 0


def test_people_get_a_table() -> None:
    result = CliRunner().invoke(application, ["doctor"])

    assert result.exit_code == 0
    assert "PostgreSQL" in result.stdout
