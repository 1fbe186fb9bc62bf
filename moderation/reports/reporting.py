"""Reporting: a member says that something is wrong; several reports of one thing are one case."""

from __future__ import annotations

from typing import TYPE_CHECKING

from community.discussions.texts import clean_text
from community.foundation.events import Event, record
from community.members.errors import NotOneself
from community.members.levels import REPORT_WEIGHT
from moderation.cases.opening import add_report, open_case
from moderation.decisions.holding import URGENT, hold_urgent
from moderation.reports import events
from moderation.reports.accuracy import OF_STAFF, word_of
from moderation.reports.errors import ReportReasonUnknown
from moderation.subjects import subject_seen

if TYPE_CHECKING:
    from community.foundation.database import Connection
    from community.members.acting import Acting

LONGEST_BODY = 2_000

_REASON = "SELECT id, name, severity FROM report_reason WHERE name = $1 AND retired_at IS NULL"
_WORD = f"""
    SELECT {REPORT_WEIGHT} AS weight, coalesce(upheld, 0) AS upheld, coalesce(declined, 0) AS declined
    FROM member AS caller LEFT JOIN reporter ON reporter.member_id = caller.id
    WHERE caller.id = $1
"""  # noqa: S608 - made of expressions of ours
_REPORT = """
    INSERT INTO report (case_id, reporter_id, reason_id, body, revision, weight) VALUES ($1, $2, $3, $4, $5, $6)
    ON CONFLICT (case_id, reporter_id) DO NOTHING RETURNING id
"""
_KNOWN = "SELECT id FROM report WHERE case_id = $1 AND reporter_id = $2"


async def report(
    connection: Connection,
    acting: Acting,
    *,
    subject_kind: str,
    subject_id: int,
    reason: str,
    body: str = "",
    hold_weight: float = 0,
) -> int:
    """Report something that one sees; return the report's id. Whoever reports it again before it is decided has said so.

    Where reports of what is urgent weigh `hold_weight` together, it is hidden until somebody decides (0: never).

    Raises:
        NotFound: if there is no such thing that they may see.
        NotOneself: if it is their own.
        ReportReasonUnknown: for a reason that there is not.
        Invalid: for a body that is too long.
    """
    body = clean_text(body, "body", LONGEST_BODY)
    subject = await subject_seen(connection, acting, subject_kind, subject_id)
    if subject.member_id == acting.member_id:
        raise NotOneself(action="report")
    why = await connection.raw.fetchrow(_REASON, reason)
    if why is None:
        raise ReportReasonUnknown(reason=reason, path=("reason",))
    known = await connection.raw.fetchrow(_WORD, acting.member_id)
    assert known is not None  # the acting member is there
    is_staff = acting.roles or subject.space_id in acting.moderated_space_ids
    weight = word_of(OF_STAFF if is_staff else known["weight"], known["upheld"], known["declined"])
    weighed = {"reason_id": why["id"], "severity": why["severity"], "weight": weight}
    case_id, opened = await open_case(connection, "REPORTED", subject, **weighed)
    report_id: int | None = await connection.raw.fetchval(
        _REPORT, case_id, acting.member_id, why["id"], body, subject.revision, weight
    )
    if report_id is None:
        known_id: int = await connection.raw.fetchval(_KNOWN, case_id, acting.member_id)
        return known_id
    await add_report(connection, case_id, subject, opened=opened, **weighed)
    happened = Event(
        events.REPORT_RECEIVED,
        actor_id=acting.member_id,
        member_id=subject.member_id,
        subject_kind="report",
        subject_id=report_id,
        space_id=subject.space_id,
        data={"case": case_id, "reason": reason},
        context=acting.context,
    )
    await record(connection, happened)
    if hold_weight and why["name"] in URGENT:
        await hold_urgent(connection, subject, case_id, why["id"], hold_weight)
    return report_id
