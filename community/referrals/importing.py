"""Past referrals, brought in from a file: each line asks what a claim is asked, at the moment that it names."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Self

from community.foundation.errors import Invalid, NotFound, Refusal
from community.members.handles import skeleton
from community.members.names import clean_line
from community.referrals.attribution import Brought, claim_referral
from community.referrals.codes import read
from community.referrals.errors import ReferredAlready
from community.referrals.issuing import LONGEST_CHANNEL, personal_code
from community.referrals.steps import reach

if TYPE_CHECKING:
    from community.foundation.database import Connection, Database

NEEDED = ("member", "referrer", "claimed_at")
COLUMNS = (*NEEDED, "code", "channel", "campaign")
AT_ONCE = 200
"""Lines of one transaction: so long do others wait who claim meanwhile."""
LONGEST_HANDLE = 100

_MEMBER = "SELECT id FROM member WHERE handle_skeleton = $1 AND state <> 'ERASED'"
_CODE = "SELECT id FROM referral_code WHERE code = $1 AND program_id = $2"


class BadFile(ValueError):  # noqa: N818 - what it is, not that it is an error
    """A file that no line can be read of."""


@dataclass(frozen=True, slots=True)
class Line:
    """A line of the file, by its number."""

    number: int
    values: Mapping[str, str]


@dataclass(slots=True)
class Imported:
    """What became of the lines of a file."""

    claimed: int = 0
    known: int = 0
    """Of whom it was settled already who brought them."""
    problems: list[tuple[int, str]] = field(default_factory=list)
    """The other lines, by number, and why each was refused."""

    def __iadd__(self, other: Imported) -> Self:
        """Add what became of further lines."""
        self.claimed += other.claimed
        self.known += other.known
        self.problems += other.problems
        return self


def lines_of(text: Iterable[str]) -> Iterator[Line]:
    """Yield the lines of a file of comma-separated values, with names of columns in its first.

    Raises:
        BadFile: if it is none, or lacks a column.
    """
    reader = csv.DictReader(text, strict=True)
    try:
        names = [name.strip().lower() for name in reader.fieldnames or ()]
        missing, strange = (
            [each for each in NEEDED if each not in names],
            [each for each in names if each not in COLUMNS],
        )
        if missing or strange or len(set(names)) != len(names):
            raise BadFile(f"The first line names the columns {', '.join(COLUMNS)}; the last three may be left out.")
        reader.fieldnames = names
        for row in reader:
            yield Line(reader.line_num, {name: value or "" for name, value in row.items() if isinstance(name, str)})
    except (csv.Error, UnicodeDecodeError) as error:
        raise BadFile(f"Line {reader.line_num + 1} cannot be read: {error}") from error


async def import_referrals(
    database: Database, program_id: int, lines: Iterable[Line], *, only_check: bool = False
) -> Imported:
    """Claim what the lines of a file say, a few hundred in a transaction; a line that is refused changes nothing.

    With `only_check` nothing is kept of it; then later lines are asked as if those before them had been.

    Raises:
        NotFound: if there is no such programme.
    """
    async with database.reading() as connection:
        if await connection.raw.fetchval("SELECT id FROM referral_program WHERE id = $1", program_id) is None:
            raise NotFound(what="referral programme")
    imported = Imported()
    if only_check:
        async with database.reading() as connection:
            await connection.raw.execute("BEGIN")
            try:
                return await _claim_all(connection, program_id, list(lines))
            finally:
                await connection.raw.execute("ROLLBACK")
    waiting: list[Line] = []
    for line in lines:
        waiting.append(line)
        if len(waiting) == AT_ONCE:
            imported += await _claimed(database, program_id, waiting)
            waiting = []
    if waiting:
        imported += await _claimed(database, program_id, waiting)
    return imported


async def _claimed(database: Database, program_id: int, lines: Sequence[Line]) -> Imported:
    batch = list(lines)
    return await database.transact(lambda connection: _claim_all(connection, program_id, batch))


async def _claim_all(connection: Connection, program_id: int, lines: Sequence[Line]) -> Imported:
    imported, brought = Imported(), list[int]()
    for line in lines:
        try:
            async with connection.savepoint():
                brought.append(await _claim(connection, program_id, line.values))
            imported.claimed += 1
        except ReferredAlready:
            imported.known += 1
        except Refusal as refusal:
            imported.problems.append((line.number, refusal.message))
    await reach(connection, sorted(brought))
    return imported


async def _claim(connection: Connection, program_id: int, values: Mapping[str, str]) -> int:
    """Claim what a line says; return who was brought."""
    member_id = await _member(connection, values, "member")
    claimed_at = _moment(values["claimed_at"])
    where = tuple(clean_line(values.get(name, ""), name, LONGEST_CHANNEL) for name in ("channel", "campaign"))
    if values.get("code", "").strip():
        code_id = await connection.raw.fetchval(_CODE, read(values["code"]), program_id)
        if code_id is None:
            raise NotFound(what="code in the programme")
    else:
        referrer_id = await _member(connection, values, "referrer")
        code_id = await personal_code(connection, program_id, referrer_id, actor_id=None, context={})
    brought = Brought(code_id, source="IMPORTED")
    named = (where[0], where[1]) if any(where) else None
    await claim_referral(connection, member_id, brought, claimed_at=claimed_at, where=named)
    return member_id


async def _member(connection: Connection, values: Mapping[str, str], column: str) -> int:
    handle = values[column].strip().removeprefix("@")
    member_id: int | None = None
    if handle and "\0" not in handle and len(handle) <= LONGEST_HANDLE:
        member_id = await connection.raw.fetchval(_MEMBER, skeleton(handle))
    if member_id is None:
        raise Invalid(field=column, reason=f"There is no member “{handle[:LONGEST_HANDLE]}”.")
    return member_id


def _moment(written: str) -> datetime:
    try:
        moment = datetime.fromisoformat(written.strip())
        # What names no zone is UTC.
        return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    except (ValueError, OverflowError):
        raise Invalid(field="claimed_at", reason="A moment is written as 2026-01-31T12:00:00Z.") from None
