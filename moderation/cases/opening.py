"""Opening cases: of one thing there is one open case of a kind, however many say so at once."""

from __future__ import annotations

from typing import TYPE_CHECKING

from community.foundation.events import Event, record
from moderation.cases import events
from moderation.cases.urgency import sql
from moderation.teams.routing import hasten, route_case

if TYPE_CHECKING:
    from community.foundation.database import Connection
    from moderation.subjects import Subject

# The conflict locks the row: whoever comes second sees what the first has added.
_OPEN = f"""
    INSERT INTO moderation_case AS kept (
        kind, subject_kind, subject_id, member_id, space_id, reason_id, severity, reach, weight, urgency, respond_by, other_id
    ) VALUES ($1, $2, $3, $4, $5, $6, $7::smallint, $8::real, $9::real,
        {sql("$7::smallint", "$8::real", "$9::real", "now()")}, now(), $10)
    ON CONFLICT (kind, subject_kind, subject_id) WHERE closed_at IS NULL DO UPDATE SET version = kept.version
    RETURNING id, (xmax = 0) AS opened
"""  # noqa: S608 - made of an expression of ours
_KEEP_CONTENT = """
    INSERT INTO moderation_case_content (case_id, revision, content) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING
"""
# What is found now may be graver, or further spread, than what was found first; the version says that it is another case
# for whoever has it before them.
_ADD = f"""
    UPDATE moderation_case SET
        weight = weight + $2::real, report_count = report_count + $3, version = version + 1,
        reason_id = CASE WHEN $5::smallint > severity THEN $4 ELSE reason_id END,
        severity = greatest(severity, $5::smallint), reach = greatest(reach, $6::real),
        urgency = {sql("greatest(severity, $5::smallint)", "greatest(reach, $6::real)", "(weight + $2::real)", "opened_at")}
    WHERE id = $1
"""  # noqa: S608 - made of an expression of ours
_COUNT = "UPDATE moderation_case SET report_count = report_count + 1 WHERE id = $1"


async def open_case(
    connection: Connection,
    kind: str,
    subject: Subject,
    *,
    reason_id: int,
    severity: int,
    weight: float,
    other_id: int | None = None,
) -> tuple[int, bool]:
    """Open a case, or return the one that is open; it is held until the transaction ends. Say whether it is new.

    What was written is kept with it, revision by revision. It is as little the other's to judge as whose the subject is.
    """
    row = await connection.raw.fetchrow(
        _OPEN,
        kind,
        subject.kind,
        subject.id,
        subject.member_id,
        subject.space_id,
        reason_id,
        severity,
        subject.reach,
        weight,
        other_id,
    )
    assert row is not None  # it is there, or it was made
    await connection.raw.execute(_KEEP_CONTENT, row["id"], subject.revision, subject.content)
    if row["opened"]:
        await route_case(connection, row["id"])
        happened = Event(
            events.CASE_OPENED,
            member_id=subject.member_id,
            subject_kind="case",
            subject_id=row["id"],
            space_id=subject.space_id,
            data={"kind": kind},
        )
        await record(connection, happened)
    return row["id"], row["opened"]


async def add_report(
    connection: Connection,
    case_id: int,
    subject: Subject,
    *,
    opened: bool,
    reason_id: int,
    severity: int,
    weight: float,
) -> None:
    """Count a report on a case that is held: as the first, or to what others said before."""
    if opened:
        await connection.raw.execute(_COUNT, case_id)
    else:
        await connection.raw.execute(_ADD, case_id, weight, 1, reason_id, severity, subject.reach)
        await hasten(connection, case_id)
        happened = Event(
            events.CASE_REPORTED_AGAIN,
            member_id=subject.member_id,
            subject_kind="case",
            subject_id=case_id,
            space_id=subject.space_id,
        )
        await record(connection, happened)
