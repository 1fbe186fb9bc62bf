"""`teahouse import` as an operator runs it: what it prints, how it ends, and what is in the database then."""

import asyncio
from pathlib import Path
from typing import Any

import orjson
import pytest
from typer.testing import CliRunner, Result

from api.cli import application
from community.foundation.database import Database
from tests.factories.discussions import value

AT = "2020-05-01T10:00:00Z"
MEMBER = {"kind": "member", "id": "mei", "handle": "mei", "display_name": "梅", "joined_at": AT}
BAD = {"kind": "member", "id": "lin", "handle": "lin", "display_name": "林", "joined_at": "昨天"}
SPACE = {"kind": "space", "id": "tea", "slug": "茶", "name": "茶", "created_at": AT}
POST = {
    "kind": "post",
    "id": "p",
    "space": "tea",
    "author": "mei",
    "title": "怎么泡？",
    "body": "**水温**",
    "created_at": AT,
}


@pytest.fixture(autouse=True)
def _a_good_place(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, database_url: str) -> None:
    monkeypatch.setenv("DATABASE_URL", database_url)
    monkeypatch.setenv("TEAHOUSE_DATA_DIR", str(tmp_path / "data"))


async def run(*arguments: str) -> Result:
    return await asyncio.to_thread(CliRunner().invoke, application, ["import", *arguments])


async def members(database: Database) -> object:
    return await value(database, "SELECT count(*) FROM member")


def write(file: Path, *records: dict[str, str]) -> None:
    file.write_bytes(b"\n".join(orjson.dumps(record) for record in records))


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """Four records, of which the third is bad."""
    file = tmp_path / "records.jsonl"
    write(file, MEMBER, SPACE, BAD, POST)
    return file


async def test_by_itself_it_stops_at_a_bad_record_says_where_and_how_to_go_on(database: Database, file: Path) -> None:
    for arguments in ((), ("--on-error", "fail"), ("--on-error", "fail", "--json")):
        result = await run("jsonl", str(file), *arguments)

        assert result.exit_code == 1
        assert "records.jsonl, line 3" in " ".join(result.stderr.split())
        assert "joined_at is not a time: 昨天" in " ".join(result.stderr.split())
        assert "--on-error skip" in " ".join(result.stderr.split())
        assert not result.stdout
    assert await value(database, "SELECT count(*) FROM post") == 0


async def test_when_told_to_skip_it_goes_on_and_counts_what_it_left_out(database: Database, file: Path) -> None:
    result = await run("jsonl", str(file), "--on-error", "skip", "--json")

    assert result.exit_code == 0
    summary = orjson.loads(result.stdout)
    assert {name: summary[name] for name in ("read", "created", "updated", "unchanged", "skipped")} == {
        "read": 4,
        "created": 3,
        "updated": 0,
        "unchanged": 0,
        "skipped": 1,
    }
    assert summary["problems"] == ["records.jsonl, line 3: joined_at is not a time: 昨天"]
    assert summary["kinds"]["post"]["created"] == 1
    assert summary["seconds"] > 0
    assert "line 3" in result.stderr
    assert await value(database, "SELECT body_html FROM post") == "<p><strong>水温</strong></p>"


async def test_a_mended_file_goes_on_where_it_stopped_and_then_nothing_is_left_to_do(
    database: Database, file: Path
) -> None:
    await run("jsonl", str(file))
    write(file, MEMBER, SPACE, {**BAD, "joined_at": AT}, POST)

    mended: dict[str, Any] = orjson.loads((await run("jsonl", str(file), "--json")).stdout)
    again: dict[str, Any] = orjson.loads((await run("jsonl", str(file), "--json")).stdout)

    assert (mended["created"] + mended["unchanged"], mended["skipped"]) == (4, 0)
    assert (again["created"], again["updated"], again["unchanged"]) == (0, 0, 4)
    assert await members(database) == 2


async def test_without_json_a_table_is_shown_and_that_nothing_has_changed(database: Database, file: Path) -> None:
    first = await run("jsonl", str(file), "--on-error", "skip")
    second = await run("jsonl", str(file), "--on-error", "skip")

    assert "member" in first.stdout
    assert "Nothing has changed" not in first.stdout
    assert "Nothing has changed" in second.stdout


@pytest.mark.parametrize("command", ["stackexchange", "ldbc"])
async def test_a_folder_without_the_files_is_refused(database: Database, tmp_path: Path, command: str) -> None:
    result = await run(command, str(tmp_path))

    assert result.exit_code == 1
    assert "is not there" in " ".join(result.stderr.split())
    assert await members(database) == 0


@pytest.mark.parametrize(("on_error", "exit_code", "imported"), [("fail", 1, 0), ("skip", 0, 2)])
async def test_a_dump_with_a_bad_row_stops_or_goes_on_as_told(
    database: Database, tmp_path: Path, on_error: str, exit_code: int, imported: int
) -> None:
    row = '<row Id="{}" DisplayName="{}" CreationDate="{}"/>\n'
    users = row.format(1, "梅", "2020-05-01") + row.format(2, "林", "yesterday") + row.format(3, "山", "2020-05-01")
    (tmp_path / "Users.xml").write_text(f"<users>\n{users}</users>", encoding="utf-8")
    (tmp_path / "Posts.xml").write_text("<posts/>", encoding="utf-8")

    result = await run("stackexchange", str(tmp_path), "--json", "--on-error", on_error)

    assert result.exit_code == exit_code
    assert "Users.xml, line 3" in " ".join(result.stderr.split())
    assert await members(database) == imported
