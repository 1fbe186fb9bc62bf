"""Teahouse's own format, JSON Lines, read as records. docs/interchange.md describes it."""

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import orjson

from community.exchange.errors import BadRecord
from community.exchange.files import open_file
from community.exchange.records import Record, make_record

LONGEST_LINE = 4_000_000
"""Bytes. The longest body there may be takes a tenth of it."""

FORMAT = "teahouse"
VERSION = 1


def read_interchange(path: Path) -> Iterator[Record | BadRecord]:
    """Read a file of records, one JSON object a line.

    Raises:
        SourceNotFound: if it cannot be read.
    """
    with closing(open_file(path)) as file:
        number = 0
        while True:
            try:
                line = file.readline(LONGEST_LINE + 1)
            except (OSError, EOFError) as error:
                yield BadRecord(f"cannot be read on: {error}", f"{path.name}, line {number + 1}")
                return
            if not line:
                return
            number += 1
            place = f"{path.name}, line {number}"
            if len(line) > LONGEST_LINE:
                yield BadRecord(f"is longer than {LONGEST_LINE} bytes", place)
                while line and not line.endswith(b"\n"):
                    line = file.readline(LONGEST_LINE)
            elif line.strip():
                yield from _record(line, place)


def _record(line: bytes, place: str) -> Iterator[Record | BadRecord]:
    try:
        found = orjson.loads(line)
    except orjson.JSONDecodeError as error:
        yield BadRecord(f"is not JSON: {error.msg}", place)
        return
    if not isinstance(found, dict):
        yield BadRecord("is not an object", place)
        return
    kind = found.pop("kind", None)
    if kind == FORMAT:
        if found.get("version") != VERSION:
            yield BadRecord(f"is of version {found.get('version')!r:.20}; this reads version {VERSION}", place)
        return
    try:
        yield make_record(kind if isinstance(kind, str) else "", found, place, found.pop("id", None))
    except BadRecord as error:
        yield error
