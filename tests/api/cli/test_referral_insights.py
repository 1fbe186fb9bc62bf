"""What came of a programme, written to files by an operator."""

from __future__ import annotations

import asyncio
import csv
from pathlib import Path

import pytest
from matplotlib import font_manager
from typer.testing import CliRunner, Result

from api.cli import application
from api.cli.referral_chart import CHINESE, Lettering
from community.foundation import jobs
from community.foundation.database import Database
from community.members.roles import Role
from community.referrals.jobs import HANDLERS
from community.referrals.measuring import ask_for_measuring
from tests.factories.discussions import make_acting
from tests.factories.referrals import claim, make_code, make_program

PNG = b"\x89PNG\r\n\x1a\n"
NAME = "春茶 Bring a friend for $5 & $6"
FORMULA = "=HYPERLINK(1)"


@pytest.fixture
async def program(database: Database, database_url: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> str:
    monkeypatch.setenv("DATABASE_URL", database_url)
    monkeypatch.setenv("TEAHOUSE_DATA_DIR", str(tmp_path / "data"))
    marketer = await make_acting(database, roles=(Role.MARKETER,))
    number = await make_program(database, marketer, name=NAME)
    for channel, amount in (("微信", 3), (FORMULA, 1)):
        code = await make_code(database, marketer, number, "CAMPAIGN", channel=channel, campaign="春")
        for _ in range(amount):
            await claim(database, await make_acting(database), code)
    own = await make_code(database, await make_acting(database, "老陈"), number)
    await claim(database, await make_acting(database), own)
    return f"referral_program_{number}"


def ask(*options: str | Path) -> Result:
    return CliRunner().invoke(application, ["referral", *map(str, options)])


def read(file: Path) -> list[dict[str, str]]:
    with file.open(encoding="utf-8-sig", newline="") as text:
        return list(csv.DictReader(text))


def test_the_funnel_is_written_by_what_is_asked(program: str, tmp_path: Path) -> None:
    file = tmp_path / "漏斗.csv"
    done = ask("insights", "--program", program, "--by", "channel", "--by", "campaign", "--csv", file)

    assert done.exit_code == 0, done.output
    assert file.read_bytes().startswith(b"\xef\xbb\xbf"), "the mark by which spreadsheets know UTF-8"
    found = [(row["channel"], row["campaign"], row["sign_ups"], row["cost_per_qualified"]) for row in read(file)]
    assert found == [("微信", "春", "3", "0"), ("", "", "1", "0"), (f"'{FORMULA}", "春", "1", "0")]
    assert ask("insights", "--program", program, "--by", "referrer", "--csv", file).exit_code == 0
    assert [(row["referrer"], row["qualified"]) for row in read(file)] == [("", "4"), ("老陈", "1")]
    assert ask("insights", "--program", program, "--by", "cohort", "--by", "day", "--csv", file).exit_code == 0
    (row,) = read(file)
    assert (row["sign_ups"], row["qualified"], row["qualified_median_seconds"]) == ("5", "5", "0")
    outside = ("--from", "2020-01-01", "--to", "2020-02-01")
    assert ask("insights", "--program", program, *outside, "--csv", file).exit_code == 0
    assert read(file) == []


async def test_it_is_drawn_also_where_no_font_has_the_signs(
    program: str, database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with database.writing() as connection:
        await ask_for_measuring(connection)
    empty, drawn = tmp_path / "empty.png", tmp_path / "图.png"
    first = await asyncio.to_thread(ask, "insights", "--program", program, "--png", empty)
    assert first.exit_code == 0, "nothing is computed yet"
    await jobs.work(database, HANDLERS)
    fonts = [entry for entry in font_manager.fontManager.ttflist if entry.name not in CHINESE]
    monkeypatch.setattr(font_manager.fontManager, "ttflist", fonts)

    done = await asyncio.to_thread(ask, "insights", "--program", program, "--png", drawn)

    assert done.exit_code == 0, done.output
    assert all(file.read_bytes().startswith(PNG) for file in (empty, drawn))
    assert empty.read_bytes() != drawn.read_bytes()
    said = done.output.replace("\n", "")
    assert f"#1 stands for {NAME}" in said
    assert "stands for 微信" in said


def test_one_text_has_one_number_and_what_can_be_read_is_left(monkeypatch: pytest.MonkeyPatch) -> None:
    fonts = [entry for entry in font_manager.fontManager.ttflist if entry.name not in CHINESE]
    monkeypatch.setattr(font_manager.fontManager, "ttflist", fonts)
    letters = Lettering(None)
    assert [letters.readable(text) for text in ("微信", "poster", "海报", "微信")] == ["#1", "poster", "#2", "#1"]
    assert letters.replaced == {"#1": "微信", "#2": "海报"}


@pytest.mark.parametrize(
    ("options", "code"),
    [
        (("--program", "7", "--csv", "a.csv"), 2),
        (("--program", "referral_program_7777777", "--csv", "a.csv"), 1),
        (("--program", "referral_program_1"), 2),
        (("--program", "referral_program_1", "--by", "weather", "--csv", "a.csv"), 2),
        (("--program", "referral_program_1", "--csv", "nowhere/at/all.csv"), 1),
    ],
)
def test_what_cannot_be_written_is_said(
    program: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, options: tuple[str, ...], code: int
) -> None:
    monkeypatch.chdir(tmp_path)
    assert ask("insights", *options).exit_code == code
    assert list(tmp_path.glob("*.csv")) == []


async def test_a_recount_finds_what_is_wrong(program: str, database: Database) -> None:
    assert (await asyncio.to_thread(ask, "verify")).exit_code == 0
    async with database.writing() as connection:
        await connection.raw.execute(
            "UPDATE referral_day SET cohort_qualified = cohort_qualified + 2 WHERE channel = '微信'"
        )

    found = await asyncio.to_thread(ask, "verify")

    assert found.exit_code == 1
    assert f"{program}, " in found.output
    assert "5 cohort_qualified are kept, and a recount finds 3" in found.output.replace("\n", " ")
