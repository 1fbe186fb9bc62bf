"""Bringing in past referrals from a file, as an operator does."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from api.cli import application
from community.foundation.database import Database
from community.members.roles import Role
from tests.factories.discussions import make_acting
from tests.factories.referrals import make_program


@pytest.fixture
async def program(database: Database, database_url: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> str:
    monkeypatch.setenv("DATABASE_URL", database_url)
    monkeypatch.setenv("TEAHOUSE_DATA_DIR", str(tmp_path / "data"))
    marketer = await make_acting(database, roles=(Role.MARKETER,))
    for handle in ("老陈", "小李"):
        await make_acting(database, handle)
    return f"referral_program_{await make_program(database, marketer)}"


def bring_in(file: Path, *options: str) -> Result:
    return CliRunner().invoke(application, ["referral", "import", str(file), *options])


def test_past_referrals_are_brought_in_and_problems_told_by_line(program: str, tmp_path: Path) -> None:
    file = tmp_path / "过去.csv"
    now = datetime.now(UTC).isoformat()
    file.write_text(f"member,referrer,claimed_at\n小李,老陈,{now}\nnobody,老陈,{now}\n", encoding="utf-8-sig")

    checked = bring_in(file, "--program", program, "--check")
    done = bring_in(file, "--program", program)
    again = bring_in(file, "--program", program)

    assert [each.exit_code for each in (checked, done, again)] == [1, 1, 1], "a line was refused"
    assert "1 would be brought in, 0 known already, 1 refused" in checked.output
    assert "1 brought in, 0 known already, 1 refused" in done.output
    assert "0 brought in, 1 known already, 1 refused" in again.output
    assert "3: member: There is no member" in done.output.replace("\n", "")


@pytest.mark.parametrize("program_id", ["7", "post_1", "referral_program_7777777"])
def test_there_is_a_programme_to_bring_them_into(program: str, tmp_path: Path, program_id: str) -> None:
    assert program != program_id
    file = tmp_path / "a.csv"
    file.write_text("member,referrer,claimed_at\n", encoding="utf-8")
    assert bring_in(file, "--program", program_id).exit_code in {1, 2}


@pytest.mark.parametrize("content", [b"", b"\xff\xfe\x00", b"a,b\n"])
def test_what_is_no_such_file_is_said_to_be_none(program: str, tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "a.csv"
    file.write_bytes(content)
    assert bring_in(file, "--program", program).exit_code == 1
    assert bring_in(tmp_path / "nowhere.csv", "--program", program).exit_code == 1
