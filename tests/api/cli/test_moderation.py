"""Making a model of a file of labelled texts, and asking it about others."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest
from typer.testing import CliRunner

from api.cli import application
from tests.conftest import run_sql
from tests.moderation.classifier.made_up import make_examples


def write(path: Path, rows: list[tuple[str, str]], columns: tuple[str, str] = ("text", "label")) -> Path:
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        csv.writer(file).writerows([columns, *rows])
    return path


def test_a_model_is_made_and_says_what_it_thinks_and_why(tmp_path: Path) -> None:
    rows = [(example.text, "是" if example.positive else "0") for example in make_examples(600)]
    file, out = write(tmp_path / "a.csv", rows, ("正文", "垃圾")), tmp_path / "spam.model"
    options = ["--text-column", "正文", "--label-column", "垃圾", "--label", "spam", "--out", str(out)]

    made = CliRunner().invoke(application, ["moderation", "train", "--labelled", str(file), *options])
    assert made.exit_code == 0, made.output
    assert "600 texts, 300 of them spam" in made.stdout

    texts = "加微信 免费领取 click here\n昨天 泡了 this tea 香气\n"
    said = CliRunner().invoke(application, ["moderation", "score", "-", "--model", str(out)], input=texts)
    assert said.exit_code == 0, said.output
    pitch, talk = (line.split("\t") for line in said.stdout.splitlines())
    assert float(pitch[0]) > 0.9
    assert float(talk[0]) < 0.1
    assert pitch[1] == "加微信 免费领取 click here"
    assert "+" in pitch[2]

    (tmp_path / "texts.txt").write_text(texts, encoding="utf-8")
    again = CliRunner().invoke(application, ["moderation", "score", str(tmp_path / "texts.txt"), "--model", str(out)])
    assert again.stdout == said.stdout


@pytest.mark.parametrize(
    ("rows", "columns", "problem"),
    [
        ([("茶", "1")], ("text", "other"), "no column label"),
        ([("茶", "perhaps")], ("text", "label"), "'perhaps' is no label"),
        ([("茶", "1")], ("text", "label"), "there must be 20 of each"),
    ],
)
def test_a_file_that_cannot_be_learned_from_is_refused_in_a_sentence(
    tmp_path: Path, rows: list[tuple[str, str]], columns: tuple[str, str], problem: str
) -> None:
    file, out = write(tmp_path / "a.csv", rows, columns), tmp_path / "a.model"

    said = CliRunner().invoke(application, ["moderation", "train", "--labelled", str(file), "--out", str(out)])

    assert said.exit_code == 1
    assert problem in said.stderr
    assert not out.exists()


def test_a_file_that_is_no_model_is_refused_in_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "a.model").write_bytes(b"PK\x03\x04 something else entirely")

    said = CliRunner().invoke(
        application, ["moderation", "score", "-", "--model", str(tmp_path / "a.model")], input="茶"
    )

    assert said.exit_code == 1
    assert "no model" in said.stderr


def test_what_moderators_decided_is_learned_and_kept_where_rules_ask(
    database_url: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("DATABASE_URL", database_url)
    monkeypatch.setenv("TEAHOUSE_DATA_DIR", str(tmp_path / "data"))
    decided = [example for example in make_examples(200) if example.text]
    texts = ", ".join(
        f"({number}, '{'UPHELD' if each.positive else 'DECLINED'}', '{each.text}')"
        for number, each in enumerate(decided, 1)
    )
    run_sql(
        database_url,
        f"""
        WITH said (number, verdict, body) AS (VALUES {texts}), made AS (
            INSERT INTO moderation_case
                (kind, subject_kind, subject_id, reason_id, severity, reach, weight, urgency, respond_by, closed_at)
            SELECT 'REPORTED', 'comment', number, 1, 1, 1, 1, 0, now(), now() FROM said RETURNING id, subject_id
        ), kept AS (
            INSERT INTO moderation_case_content (case_id, revision, content)
            SELECT id, 0, jsonb_build_object('body', body) FROM made JOIN said ON number = subject_id
        )
        INSERT INTO decision (case_id, verdict, reason_id, undone_at, undone_because)
        SELECT id, verdict, 1, CASE WHEN number > 190 THEN now() END, CASE WHEN number > 190 THEN '错了' END
        FROM made JOIN said ON number = subject_id
        """,
    )
    rows = [(example.text, "1" if example.positive else "0") for example in make_examples(60, seed=1)]
    file = write(tmp_path / "a.csv", rows)

    made = CliRunner().invoke(application, ["moderation", "train", "--label", "spam", "--labelled", str(file)])
    again = CliRunner().invoke(application, ["moderation", "train", "--label", "spam"])
    none = CliRunner().invoke(application, ["moderation", "train", "--label", "hate"])

    assert made.exit_code == 0, made.output
    assert "spam, version 1: 250 texts, 125 of them spam" in made.stdout
    assert "spam, version 2: 190 texts" in again.stdout
    assert none.exit_code == 1
    assert "there must be 20 of each" in none.stderr
