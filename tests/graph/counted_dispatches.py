"""A plugin of pytest's for running NetworkX's own tests: counts their outcomes, and which functions of ours were called.

What it counts goes into the JSON file that TEAHOUSE_COUNTED names.
"""

from __future__ import annotations

import json
import logging
import os
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

OUTCOMES: Counter[str] = Counter()
CALLS: Counter[str] = Counter()
FAILED: list[str] = []
EXPECTED: dict[str, str] = {}


class Calls(logging.Handler):
    """Counts what NetworkX logs of the calls that it hands on."""

    def emit(self, record: logging.LogRecord) -> None:
        if str(record.msg).startswith("Using backend '%s' for call to '%s'") and isinstance(record.args, tuple):
            backend, function, *_ = record.args
            if backend == "teahouse":
                CALLS[str(function)] += 1


def pytest_configure() -> None:
    logger = logging.getLogger("networkx.utils.backends")
    logger.setLevel(logging.DEBUG)
    logger.propagate = False
    logger.addHandler(Calls())


def pytest_report_teststatus(report: Any) -> None:
    if report.when == "call" or report.outcome != "passed":
        expected = getattr(report, "wasxfail", None)
        OUTCOMES["xfailed" if expected is not None and report.outcome == "skipped" else report.outcome] += 1
        if expected is not None:
            file, _, name = report.location
            EXPECTED[f"{Path(file).name}::{name}"] = expected
        if report.outcome == "failed":
            FAILED.append(f"{report.nodeid}\n{report.longreprtext}")


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish() -> None:
    counted = {"outcomes": OUTCOMES, "calls": CALLS, "failed": FAILED, "expected": EXPECTED}
    Path(os.environ["TEAHOUSE_COUNTED"]).write_text(json.dumps(counted), encoding="utf-8")
