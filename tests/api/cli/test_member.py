from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from typer.testing import CliRunner, Result

from api.cli import application
from tests.conftest import run_sql

if TYPE_CHECKING:
    from community.foundation.database import Database


@pytest.fixture(autouse=True)
def _two_members(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, database_url: str, database: Database) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("DATABASE_URL", database_url)
    monkeypatch.setenv("COLUMNS", "200")
    run_sql(
        database_url,
        "INSERT INTO member (handle, handle_skeleton, display_name) VALUES ('茶农', '茶农', '老李'), ('bob', 'bob', 'Bob')",
    )


def teahouse(*arguments: str) -> Result:
    return CliRunner().invoke(application, ["member", *arguments])


def test_a_role_is_given_and_taken() -> None:
    assert teahouse("grant", "@茶农", "MODERATOR").exit_code == 0
    assert "MODERATOR" in teahouse("show", "茶农").stdout
    assert teahouse("revoke", "茶农", "MODERATOR").exit_code == 0
    assert "MODERATOR" not in teahouse("show", "茶农").stdout


def test_the_last_administrator_is_kept() -> None:
    teahouse("grant", "bob", "ADMIN")
    assert teahouse("revoke", "bob", "ADMIN").exit_code == 1
    assert teahouse("suspend", "bob", "--reason", "试试").exit_code == 1
    assert "ADMIN" in teahouse("show", "bob").stdout
    assert "ACTIVE" in teahouse("show", "bob").stdout


def test_a_member_is_suspended_with_a_reason_and_reinstated() -> None:
    suspended = teahouse("suspend", "bob", "--reason", "广告刷屏", "--days", "3")
    assert suspended.exit_code == 0, suspended.output
    assert "SUSPENDED" in teahouse("show", "bob").stdout
    assert "广告刷屏" in teahouse("show", "bob").stdout
    assert teahouse("reinstate", "bob").exit_code == 0
    assert "ACTIVE" in teahouse("show", "bob").stdout


def test_nobody_by_the_handle_is_said_in_a_sentence() -> None:
    result = teahouse("show", "无此人")
    assert result.exit_code == 1
    assert "无此人" in result.stderr
