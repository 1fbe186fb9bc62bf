"""A server, its worker and its database are killed while friends bring friends: nothing acknowledged is lost or doubled."""

from __future__ import annotations

from pathlib import Path

import pytest

from bench.crashes import __main__ as crashes


@pytest.mark.slow
def test_whichever_process_is_killed_all_that_was_acknowledged_is_there_once(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(crashes, "FRIENDS", 2)
    monkeypatch.setattr(crashes, "SPREAD", 0.5)
    monkeypatch.setattr(crashes, "LATEST", 1.0)
    page = tmp_path / "page.md"

    ended = crashes.main(["--rounds", "3", "--seed", "7", "--write", str(page)])

    written = page.read_text(encoding="utf-8")
    assert ended == 0, capsys.readouterr().err
    assert "1 database, 1 server, 1 worker" in written
    assert "| acknowledged: members, posts, purchases | 6, 6, 6 |" in written
    assert "| acknowledged and lost, doubled, or not adding up | 0 |" in written
