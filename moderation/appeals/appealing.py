"""Appealing, and judging appeals: free, open for six months, judged by another than who decided, answered in writing.

(Articles 20(1), (4), (5) and (6) of the Digital Services Act, Regulation (EU) 2022/2065.)
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, NamedTuple

from community.discussions.texts import clean_text
from community.foundation.clock import now
from community.foundation.errors import Invalid, NotFound
from community.foundation.events import Event, record
from community.members.limits import Attempt, spend_attempt
from moderation.appeals import events
from moderation.appeals.errors import (
    AppealDecided,
    AppealedAlready,
    AppealLinkInvalid,
    AppealTooLate,
    NothingToAppeal,
    OwnDecision,
)
from moderation.appeals.tokens import read_token
from moderation.cases import events as case_events
from moderation.cases.access import open_case_for
from moderation.cases.opening import open_case
from moderation.decisions.actions import UPHELD
from moderation.decisions.deciding import Decided, decide
from moderation.decisions.grounds import OPEN_FOR
from moderation.decisions.judgement import Judgement
from moderation.decisions.undoing import undo_alone
from moderation.subjects import Subject

if TYPE_CHECKING:
    import asyncpg

    from community.foundation.database import Connection, Database
    from community.members.acting import Acting
    from moderation.decisions.ruling import Measure

LONGEST_BODY = 5_000


class Appellant(NamedTuple):
    """Who appeals: a member, or a guest by what they reported."""

    member_id: int | None = None
    report_id: int | None = None


_DECISION = """
    SELECT decision.id, decision.case_id, decision.verdict, decision.decided_at, decision.undone_at, decision.decided_by,
        decision.member_id, decision.other_id, decision.space_id, decision.reason_id, moderation_case.severity, moderation_case.reach,
        EXISTS (
            SELECT FROM report WHERE report.case_id = decision.case_id AND (reporter_id = $2 OR report.id = $3 AND guest)
        ) AS reported
    FROM decision JOIN moderation_case ON moderation_case.id = decision.case_id WHERE decision.id = $1
    FOR NO KEY UPDATE OF decision
"""
_APPEAL = """
    INSERT INTO appeal (decision_id, appellant_id, report_id, body) VALUES ($1, $2, $3, $4)
    ON CONFLICT DO NOTHING RETURNING id
"""
_IN_CASE = "UPDATE appeal SET case_id = $2 WHERE id = $1"
_CASE_OF = "SELECT case_id FROM appeal WHERE id = $1"
_OPEN = """
    SELECT appeal.id, appeal.state, appeal.appellant_id, appeal.decision_id, decision.decided_by, decision.case_id,
        decision.verdict, decision.undone_at
    FROM appeal JOIN decision ON decision.id = appeal.decision_id WHERE appeal.id = $1 FOR NO KEY UPDATE OF appeal
"""
_JUDGE = "UPDATE appeal SET state = $2, answer = $3, decided_by = $4, decided_at = now() WHERE id = $1"
_CLOSE = """
    UPDATE moderation_case
    SET closed_at = now(), claimed_by = NULL, claimed_until = NULL, version = version + 1 WHERE id = $1
"""


async def appeal(connection: Connection, acting: Acting, decision_id: int, *, body: str) -> int:
    """Ask that a decision be looked at again; return the appeal's id. As `appeal_as`."""
    return await appeal_as(connection, Appellant(acting.member_id), decision_id, body=body, context=acting.context)


async def appeal_by_token(database: Database, key: bytes, token: str, *, body: str, address: str = "") -> int:
    """Appeal by the token of a letter, without a session: who is locked out can, and guests; return the appeal's id.

    Raises:
        AppealLinkInvalid: for what is no such token, or is too old.
        RateLimited: if there were too many from one network.
        And as `appeal_as`.
    """
    await spend_attempt(database, Attempt.APPEAL, address=address)
    meant = read_token(key, token, now())
    if meant is None:
        raise AppealLinkInvalid(path=("token",))
    who = Appellant(report_id=meant.who_id) if meant.guest else Appellant(meant.who_id)
    return await database.transact(lambda connection: appeal_as(connection, who, meant.decision_id, body=body))


async def appeal_as(
    connection: Connection,
    who: Appellant,
    decision_id: int,
    *,
    body: str,
    context: Mapping[str, object] | None = None,
) -> int:
    """Ask that a decision be looked at again; return the appeal's id.

    Whom a decision concerns appeals against what it found; who reported appeals against what it did not find.

    Raises:
        NotFound: if there is no such decision that concerns them.
        NothingToAppeal: if it is undone, or did them no wrong.
        AppealTooLate: after six months.
        AppealedAlready: if they have appealed against it.
        Invalid: unless they say why.
    """
    body = clean_text(body, "body", LONGEST_BODY)
    if not body:
        raise Invalid(field="body", reason="Say why.")
    decision = await connection.raw.fetchrow(_DECISION, decision_id, who.member_id, who.report_id)
    if decision is None or not (_concerns(decision, who) or decision["reported"]):
        raise NotFound(what="decision")
    _refuse_pointless(decision, who)
    appeal_id: int | None = await connection.raw.fetchval(_APPEAL, decision_id, who.member_id, who.report_id, body)
    if appeal_id is None:
        raise AppealedAlready
    subject = Subject("appeal", appeal_id, who.member_id, decision["space_id"], 0, {"body": body}, decision["reach"])
    # What concerns two accounts is judged by neither, whichever appeals.
    other_id = decision["member_id"] if who.member_id == decision["other_id"] else decision["other_id"]
    case_id, _ = await open_case(
        connection,
        "APPEAL",
        subject,
        reason_id=decision["reason_id"],
        severity=decision["severity"],
        weight=1.0,
        other_id=other_id,
    )
    await connection.raw.execute(_IN_CASE, appeal_id, case_id)
    happened = Event(
        events.APPEAL_RECEIVED,
        actor_id=who.member_id,
        member_id=who.member_id,
        subject_kind="appeal",
        subject_id=appeal_id,
        space_id=decision["space_id"],
        data={"decision": decision_id, "case": case_id},
        context=context or {},
    )
    await record(connection, happened)
    return appeal_id


async def decide_appeal(
    connection: Connection,
    acting: Acting,
    appeal_id: int,
    *,
    granted: bool,
    answer: str,
    measures: Sequence[Measure] = (),
    revision: int | None = None,
    law: str = "",
) -> Decided | None:
    """Judge an appeal, and do at once what follows from it; return the decision that is undone, if one is.

    Granted, the decision is undone as a whole; where who reported was right, `measures` are what is decided instead, and
    without any the case is open again.

    Raises:
        NotFound: if there is no such appeal that is theirs to see.
        OwnDecision: if they made the decision.
        AppealDecided: if it is judged.
        Invalid: without an answer, or with measures that do not follow.
        And as `undo_alone` and `decide`.
    """
    answer = clean_text(answer, "answer", LONGEST_BODY)
    if not answer:
        raise Invalid(field="answer", reason="Answer in writing.")
    case_id = await connection.raw.fetchval(_CASE_OF, appeal_id)
    if case_id is None:
        raise NotFound(what="appeal")
    row = await connection.raw.fetchrow(_OPEN, appeal_id)
    assert row is not None  # appeals stay
    if row["decided_by"] == acting.member_id:
        raise OwnDecision
    if row["state"] != "OPEN":
        raise AppealDecided
    try:
        case = await open_case_for(connection, acting, case_id)
    except NotFound as refusal:
        raise NotFound(what="appeal") from refusal
    if measures and (not granted or row["verdict"] == UPHELD):
        raise Invalid(field="measures", reason="Only where an appeal of who reported it is granted.")
    await connection.raw.execute(_JUDGE, appeal_id, "GRANTED" if granted else "DENIED", answer, acting.member_id)
    await connection.raw.execute(_CLOSE, case_id)
    undone = None
    if granted and row["undone_at"] is None:
        undone = await undo_alone(
            connection, acting, row["decision_id"], because=f"Appeal {appeal_id} was granted.", revision=revision
        )
        if measures:
            await decide(
                connection, acting, row["case_id"], Judgement(measures, facts=answer, revision=revision, law=law)
            )
    told = {"actor_id": acting.member_id, "member_id": row["appellant_id"], "space_id": case["space_id"]}
    await record(
        connection,
        Event(
            events.APPEAL_DECIDED,
            subject_kind="appeal",
            subject_id=appeal_id,
            data={"decision": row["decision_id"], "granted": granted},
            context=acting.context,
            **told,
        ),
        Event(case_events.CASE_CLOSED, subject_kind="case", subject_id=case_id, **told),
    )
    return undone


def _concerns(decision: asyncpg.Record, who: Appellant) -> bool:
    return who.member_id is not None and who.member_id in {decision["member_id"], decision["other_id"]}


def _refuse_pointless(decision: asyncpg.Record, who: Appellant) -> None:
    if decision["undone_at"] is not None:
        raise NothingToAppeal(why="the decision is undone.")
    against_them = decision["verdict"] == UPHELD
    if against_them and not _concerns(decision, who):
        raise NothingToAppeal(why="you were right.")
    if not against_them and not decision["reported"]:
        raise NothingToAppeal(why="nothing was found against you.")
    if decision["decided_at"] + OPEN_FOR < now():
        raise AppealTooLate(days=OPEN_FOR.days)
