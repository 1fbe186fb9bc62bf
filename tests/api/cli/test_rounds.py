"""Counting a round that stands in a file, as whoever doubts a result does."""

from __future__ import annotations

from pathlib import Path

import orjson
import pytest
from typer.testing import CliRunner

from api.cli import application
from community.cocreation.rounds.methods import METHODS
from tests.conftest import run_sql
from tests.shared_data import SHARED

DEBIAN = SHARED / "preflib_debian"
TENNESSEE = """\
# TITLE: 首府 capital of Tennessee
# DATA TYPE: soc
# NUMBER ALTERNATIVES: 4
# ALTERNATIVE NAME 1: Memphis
# ALTERNATIVE NAME 2: Nashville
# ALTERNATIVE NAME 3: Chattanooga
# ALTERNATIVE NAME 4: Knoxville
42: 1,2,3,4
26: 2,3,4,1
15: 3,4,2,1
17: 4,3,2,1
"""
BUDGET = """\
META
key;value
description;茶馆 budget
budget;100
vote_type;approval
num_projects;3
num_votes;4
rule;greedy
PROJECTS
project_id;cost;name
a;60;Kettle
b;50;茶壶
c;40;Cups
VOTES
voter_id;vote
1;a,b
2;a
3;a,c
4;b
"""


def count(file: Path, *options: str) -> dict[str, object]:
    result = CliRunner().invoke(application, ["round", "result", str(file), "--json", *options])
    assert result.exit_code == 0, result.output
    found: dict[str, object] = orjson.loads(result.stdout)
    return found


@pytest.mark.parametrize(
    ("method", "winner"),
    [
        ("PLURALITY", "Memphis"),
        ("INSTANT_RUNOFF", "Knoxville"),
        ("BORDA", "Nashville"),
        ("SCHULZE", "Nashville"),
        ("RANKED_PAIRS", "Nashville"),
        ("SINGLE_TRANSFERABLE_VOTE", "Knoxville"),
    ],
)
def test_each_rule_has_its_own_capital_of_tennessee(tmp_path: Path, method: str, winner: str) -> None:
    file = tmp_path / "capital.soc"
    file.write_text(TENNESSEE, encoding="utf-8")

    found = count(file, "--method", method)

    assert (found["winners"], found["ties"]) == ([winner], [])


def test_a_budget_is_spent_as_its_file_says(tmp_path: Path) -> None:
    file = tmp_path / "budget.pb"
    file.write_text(BUDGET, encoding="utf-8")

    assert count(file)["winners"] == ["Kettle", "Cups"]
    assert set(count(file, "--method", "BUDGET_EQUAL_SHARES")["winners"]) == {"Kettle", "Cups"}  # type: ignore[call-overload]


def test_a_result_is_shown_to_people(tmp_path: Path) -> None:
    file = tmp_path / "capital.soc"
    file.write_text(TENNESSEE, encoding="utf-8")

    result = CliRunner().invoke(application, ["round", "result", str(file)])

    assert result.exit_code == 0
    assert "首府 capital of Tennessee: 100 ballots, 4 options" in result.stdout
    assert "Nashville" in result.stdout


@pytest.mark.parametrize("method", METHODS)
def test_any_method_counts_or_says_why_not(tmp_path: Path, method: str) -> None:
    file = tmp_path / "capital.soc"
    file.write_text(TENNESSEE, encoding="utf-8")

    result = CliRunner().invoke(application, ["round", "result", str(file), "--method", method])

    if result.exit_code:
        assert result.exit_code == 1
        assert method in result.output


@pytest.mark.parametrize(
    ("name", "text", "reason"),
    [
        ("capital.soc", TENNESSEE.replace("42:", "many:"), "line 8: a ballot reads"),
        ("capital.txt", TENNESSEE, "ends in none of .soc"),
        ("budget.pb", BUDGET.replace("a;60", "a;sixty"), "line 11: "),
        ("budget.pb", "", "line 1: "),
    ],
)
def test_what_is_wrong_with_a_file_is_said(tmp_path: Path, name: str, text: str, reason: str) -> None:
    file = tmp_path / name
    file.write_text(text, encoding="utf-8")

    result = CliRunner().invoke(application, ["round", "result", str(file)])

    assert result.exit_code == 1
    assert reason in result.output


def test_an_unknown_method_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "capital.soc"
    file.write_text(TENNESSEE, encoding="utf-8")

    result = CliRunner().invoke(application, ["round", "result", str(file), "--method", "acclamation"])

    assert result.exit_code == 2
    assert "SCHULZE" in result.output
    missing = CliRunner().invoke(application, ["round", "result", str(tmp_path / "nothing.soc")])
    assert missing.exit_code == 1


@pytest.mark.skipif(not DEBIAN.is_dir(), reason="the shared data is not here")
@pytest.mark.parametrize(("number", "winner"), [("1", "Bdale Garbee"), ("7", "Stefano Zacchiroli"), ("8", "Swirl")])
@pytest.mark.parametrize("method", ["SCHULZE", "RANKED_PAIRS"])
def test_debian_chose_whom_its_ballots_choose(number: str, winner: str, method: str) -> None:
    assert count(DEBIAN / f"00002-0000000{number}.soi", "--method", method)["winners"] == [winner]


@pytest.fixture
def space(database_url: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> str:
    monkeypatch.setenv("DATABASE_URL", database_url)
    monkeypatch.setenv("TEAHOUSE_DATA_DIR", str(tmp_path / "data"))
    run_sql(database_url, "TRUNCATE space CASCADE")
    run_sql(database_url, "INSERT INTO space (slug, name) VALUES ('teaware', '茶具')")
    return "teaware"


@pytest.mark.parametrize(
    ("name", "text", "winners"),
    [("capital.soc", TENNESSEE, ["Nashville"]), ("budget.pb", BUDGET, ["Kettle", "Cups"])],
)
def test_a_round_is_brought_in_and_written_as_it_was(
    tmp_path: Path, space: str, name: str, text: str, winners: list[str]
) -> None:
    file = tmp_path / name
    file.write_text(text, encoding="utf-8")
    brought = CliRunner().invoke(application, ["round", "import", str(file), "--space", space])
    assert brought.exit_code == 0, brought.output
    round_id = brought.stdout.split()[-1]

    if name == "budget.pb":
        few = CliRunner().invoke(application, ["round", "export", round_id, str(tmp_path)])
        assert few.exit_code == 0, "whoever brings a round in has its ballots already"
    exported = CliRunner().invoke(application, ["round", "export", round_id, str(tmp_path)])

    assert exported.exit_code == 0, exported.output
    assert count(Path(exported.stdout.split()[-1]))["winners"] == winners
    assert count(Path(exported.stdout.split()[-1]))["steps"] == count(file)["steps"]


def test_what_cannot_be_brought_in_leaves_nothing(tmp_path: Path, space: str, database_url: str) -> None:
    file = tmp_path / "capital.soc"
    file.write_text(TENNESSEE, encoding="utf-8")
    run = CliRunner().invoke

    assert run(application, ["round", "import", str(file), "--space", "nowhere"]).exit_code == 1
    assert run(application, ["round", "import", str(file), "--space", space, "--method", "SCORE"]).exit_code == 1
    assert run(application, ["round", "export", "round_999", str(tmp_path)]).exit_code == 1
    assert run(application, ["round", "export", "post_1", str(tmp_path)]).exit_code == 2
    run_sql(database_url, "DO $$ BEGIN IF EXISTS (SELECT FROM round) THEN RAISE 'a round is left'; END IF; END $$")
