"""The bench of referrals runs: at a size that tells nothing of time, so that it is there when it is asked for."""

from pathlib import Path

import pytest

from bench.referrals import main


@pytest.mark.slow
def test_the_bench_writes_its_page(tmp_path: Path) -> None:
    page = tmp_path / "page.md"

    text = main(["--clicks", "300", "--referrals", "200", "--write", str(page)])

    assert page.read_text(encoding="utf-8") == text
    assert "| counts that are kept equal a recount | yes |" in text
    assert "200 signUps" in text
