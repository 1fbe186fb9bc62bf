"""Files made to fill the memory: refused with their place, in no more memory than a few rows may take."""

import gzip
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

HUGE = 50_000_000
MOST_MEGABYTES = 40
"""What reading may add at most to what the process has anyway."""

# In a process of its own, since only that tells how much memory was ever held, the XML parser's included.
READ = """
import resource, sys
from pathlib import Path
from community.exchange.errors import BadRecord
from community.exchange.interchange import read_interchange
from community.exchange.stackexchange import read_stackexchange
source = Path(sys.argv[1])
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
for found in filter(None, read_interchange(source) if source.is_file() else read_stackexchange(source, "tea")):
    print(f"{found.place}: {found.reason}" if isinstance(found, BadRecord) else f"{found.kind} {found.external_id}")
print((resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) // 1024)
"""


def read(source: Path) -> tuple[list[str], int]:
    """Return what was found, and by how many megabytes the most memory ever held grew."""
    done = subprocess.run([sys.executable, "-c", READ, str(source)], check=True, capture_output=True, text=True)
    *found, megabytes = done.stdout.splitlines()
    return found, int(megabytes)


def as_it_is(data: bytes) -> bytes:
    return data


def packed(data: bytes) -> bytes:
    return gzip.compress(data, 1)


packings = pytest.mark.parametrize(("pack", "ending"), [(as_it_is, ""), (packed, ".gz")])


@packings
def test_a_line_of_fifty_megabytes_is_refused_and_the_next_is_read(
    tmp_path: Path, pack: Callable[[bytes], bytes], ending: str
) -> None:
    file = tmp_path / f"huge.jsonl{ending}"
    good = '{"kind": "member", "id": "mei", "handle": "mei", "display_name": "梅", "joined_at": "2020-05-01"}'.encode()
    file.write_bytes(pack(b'{"kind": "member", "id": "' + b"x" * HUGE + b'"}\n' + good + b"\n"))

    found, megabytes = read(file)

    assert found == [f"huge.jsonl{ending}, line 1: is longer than 4000000 bytes", "member mei"]
    assert megabytes < MOST_MEGABYTES


@packings
@pytest.mark.parametrize("huge", ['AboutMe="{}"', "{}"])
def test_an_attribute_or_a_name_of_fifty_megabytes_ends_the_file_that_has_it(
    tmp_path: Path, pack: Callable[[bytes], bytes], ending: str, huge: str
) -> None:
    users = '<users>\n<row Id="7" DisplayName="梅" CreationDate="2020-05-01"/>\n<row ' + huge.format("x" * HUGE) + "/>"
    (tmp_path / f"Users.xml{ending}").write_bytes(pack(users.encode()))
    (tmp_path / "Posts.xml").write_text("<posts/>", encoding="utf-8")

    found, megabytes = read(tmp_path)

    refused = f"Users.xml{ending}, line 3: has a row of more than 4000000 bytes"
    assert found == ["member 7", refused, "space tea"]
    assert megabytes < MOST_MEGABYTES
