"""Responses written into a file from the command line."""

from __future__ import annotations

from pathlib import Path

import pytest
from typer.testing import CliRunner

from api.cli import application
from tests.conftest import run_sql


@pytest.fixture
def surveys(database_url: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Make an anonymous survey of each kind: 1 is closed with five responses, 2 is open."""
    monkeypatch.setenv("DATABASE_URL", database_url)
    monkeypatch.setenv("TEAHOUSE_DATA_DIR", str(tmp_path / "data"))
    numbers = ("space", "survey", "survey_question")
    restarted = [f"SELECT setval(pg_get_serial_sequence('{table}', 'id'), 1, false)" for table in numbers]
    run_sql(database_url, "CALL as_migrated.restore()", *restarted)
    run_sql(
        database_url,
        """
        INSERT INTO space (slug, name) VALUES ('teaware', '茶具');
        INSERT INTO survey (space_id, title, anonymous, smallest_result, state, opened_at, closes_at, closed_at)
        VALUES (1, '茶', true, 5, 'CLOSED', now(), now(), now()), (1, '茶', true, 5, 'OPEN', now(), now(), NULL);
        INSERT INTO survey_question (survey_id, position, kind, title, required, longest) VALUES (1, 0, 'TEXT', '说什么？', true, 9);
        INSERT INTO survey_response (survey_id, numbers, chosen, texts)
        SELECT 1, '{2}', '{}', ARRAY['好茶'] FROM generate_series(1, 5);
        """,
    )


@pytest.mark.usefixtures("surveys")
def test_responses_are_written_as_utf_8(tmp_path: Path) -> None:
    done = CliRunner().invoke(application, ["survey", "export", "survey_1", str(tmp_path)])

    assert done.exit_code == 0, done.output
    assert Path(done.stdout.strip()) == tmp_path / "survey_1.csv"
    text = (tmp_path / "survey_1.csv").read_bytes()
    assert text == "\ufeff1. 说什么？\r\n".encode() + "好茶\r\n".encode() * 5


@pytest.mark.usefixtures("surveys")
def test_what_is_not_to_be_had_leaves_no_file(tmp_path: Path) -> None:
    run = CliRunner().invoke

    assert run(application, ["survey", "export", "survey_2", str(tmp_path)]).exit_code == 1
    assert run(application, ["survey", "export", "survey_999", str(tmp_path)]).exit_code == 1
    assert run(application, ["survey", "export", "post_1", str(tmp_path)]).exit_code == 2
    assert list(tmp_path.glob("*.csv")) == []
