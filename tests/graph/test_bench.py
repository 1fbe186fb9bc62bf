"""The bench of the graph runs: at a size that tells nothing of time, so that it is there when it is asked for."""

from pathlib import Path

import pytest

from bench.graph.__main__ import main


@pytest.mark.slow
def test_the_whole_bench_writes_its_page(tmp_path: Path) -> None:
    page = tmp_path / "page.md"

    text = main(["--size", "300", "--rounds", "1", "--write", str(page)])

    assert page.read_text(encoding="utf-8") == text
    for heading in ("From PostgreSQL: 300 members, 3,000 ties", "Measures: 300 members", "A seeding plan: 50 of 300"):
        assert heading in text
    for measured in ("cold: from the tables", "all but tribes", "rank, 31 iterations", "brokerage", "the plan"):
        assert f"| **{measured}" in text or f"| {measured}" in text
