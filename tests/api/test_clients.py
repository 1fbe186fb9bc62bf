"""What real clients make of the API: the GraphQL over HTTP audits and Relay's compiler, both from npm."""

from __future__ import annotations

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from api import schema

if TYPE_CHECKING:
    from collections.abc import Iterator

CLIENTS = Path(__file__).parents[1] / "clients"
TOP = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def clients(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Install the npm packages into a folder of this run."""
    if shutil.which("npm") is None:
        pytest.skip("npm is not on this machine: what only real clients can show was not looked at")
    folder = tmp_path_factory.mktemp("clients")
    shutil.copytree(CLIENTS, folder, dirs_exist_ok=True)
    installed = subprocess.run(
        ["npm", "ci", "--no-audit", "--no-fund"],  # noqa: S607 - whichever npm is on the path
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=240,
        check=False,
    )
    if installed.returncode != 0:
        pytest.skip(f"npm cannot install the clients here: {installed.stderr[-300:]}")
    return folder


@pytest.fixture(scope="module")
def served(database_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Serve the test's database by the command that operators use."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    environment = {
        **os.environ,
        "DATABASE_URL": database_url,
        "TEAHOUSE_DATA_DIR": str(tmp_path_factory.mktemp("data")),
        "TEAHOUSE_PORT": str(port),
        "TEAHOUSE_DATABASE_CONNECTIONS": "4",
    }
    process = subprocess.Popen(
        [Path(sys.executable).with_name("teahouse"), "serve", "--no-migrate"],
        env=environment,
        cwd=TOP,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        _wait_until_ready(f"http://127.0.0.1:{port}/readyz", process)
        yield f"http://127.0.0.1:{port}/graphql"
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(30)


def _wait_until_ready(url: str, process: subprocess.Popen[bytes]) -> None:
    for _ in range(300):
        assert process.poll() is None, "the server ended before it was ready"
        try:
            with urllib.request.urlopen(url, timeout=2):  # noqa: S310 - loopback
                return
        except OSError:
            time.sleep(0.1)
    pytest.fail("the server did not become ready")


def test_every_audit_of_graphql_over_http_passes_the_warnings_too(clients: Path, served: str) -> None:
    audited = subprocess.run(
        ["node", "audit.mjs", served],  # noqa: S607 - whichever node is on the path
        cwd=clients,
        capture_output=True,
        text=True,
        timeout=120,
        check=True,
    )

    *failed, summary = [json.loads(line) for line in audited.stdout.splitlines()]

    assert failed == []
    assert summary["audits"] > 50


def test_the_relay_compiler_accepts_the_schema(clients: Path) -> None:
    project = clients / "relay"
    (project / "schema.graphql").write_text(schema.build().as_str())

    compiled = subprocess.run(
        [clients / "node_modules" / ".bin" / "relay-compiler", "relay.config.json"],
        cwd=project,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )

    assert compiled.returncode == 0, compiled.stderr + compiled.stdout
    assert (project / "src" / "__generated__" / "FeedQuery.graphql.js").exists()
