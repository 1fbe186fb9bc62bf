"""NetworkX's own tests of the functions that we took over, run on our graphs."""

import importlib.util
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import networkx as nx
import pytest

from graph.backend import CANNOT_PASS, FUNCTIONS

TESTS = (
    "algorithms/link_analysis/tests/test_pagerank.py",
    "algorithms/tests/test_core.py",
    "algorithms/tests/test_cluster.py",
    "algorithms/tests/test_structuralholes.py",
    "algorithms/components/tests",
    "algorithms/centrality/tests/test_harmonic_centrality.py",
    "algorithms/community/tests",
    "generators/tests/test_ego.py",
)
AT_LEAST = 360

pytestmark = [
    pytest.mark.xdist_group("the tests of NetworkX"),  # so that one worker runs them, once
    pytest.mark.skipif(
        "teahouse" not in nx.utils.backends.backends,
        reason="the entry point is not installed: pip install --no-build-isolation --no-deps -e .",
    ),
    pytest.mark.skipif(
        not importlib.util.find_spec("scipy"), reason="NetworkX tests backends with scipy, which is not installed"
    ),
]


@pytest.fixture(scope="module")
def counted(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """Run the tests in a process and a folder of their own, where nothing of our configuration is found."""
    folder = tmp_path_factory.mktemp("networkx")
    result = folder / "counted.json"
    where = Path(nx.__file__).parent
    ours = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST")}
    ran = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-c", os.devnull, "--rootdir", str(folder)]
        + ["-p", "no:cacheprovider", "-p", "counted_dispatches", "-W", "default", "--import-mode=importlib"]
        + [str(where / test) for test in TESTS],
        cwd=folder,
        env=ours
        | {
            "NETWORKX_TEST_BACKEND": "teahouse",
            "NETWORKX_FALLBACK_TO_NX": "True",
            "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1",
            "PYTHONPATH": str(Path(__file__).parent),
            "TEAHOUSE_COUNTED": str(result),
        },
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
    )
    assert result.exists(), ran.stdout + ran.stderr
    return json.loads(result.read_text(encoding="utf-8"))


def test_none_of_the_tests_of_networkx_fails(counted: Any) -> None:
    assert not counted["failed"], "\n\n".join(counted["failed"])
    assert counted["outcomes"].get("failed", 0) == 0
    assert counted["outcomes"]["passed"] >= AT_LEAST


def test_those_that_cannot_pass_are_known(counted: Any) -> None:
    assert set(counted["expected"]) == set(CANNOT_PASS)


def test_our_functions_were_what_was_tested(counted: Any) -> None:
    """Only networks around a node are not: they are taken from our own graphs alone."""
    not_called = set(FUNCTIONS) - set(counted["calls"])
    assert not_called == {"ego_graph"}
    assert counted["calls"]["pagerank"] >= 10
