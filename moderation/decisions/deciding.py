"""Deciding: a case is closed by one decision, with its reasons and its measures, in one transaction.

Everything that a decision does, it does on the case that it locked: two moderators at once are one after the other, and the
second finds it decided. What becomes visible by a decision is what the moderator looked at, as its revision says.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

from community.discussions.texts import clean_text
from community.foundation.errors import Invalid, NotFound
from community.foundation.events import Event, record
from moderation.cases import events as case_events
from moderation.cases.access import open_case_for
from moderation.cases.opening import open_case
from moderation.decisions import events
from moderation.decisions.actions import BY_NAME, UPHELD, Action
from moderation.decisions.automatic import carry_appeals, supersede
from moderation.decisions.content import locked
from moderation.decisions.effects import EFFECTS
from moderation.decisions.errors import ActionNotPossible, ContentChanged
from moderation.decisions.grounds import AUTOMATED, detection_of, grounds_of
from moderation.decisions.holding import end_holds
from moderation.decisions.judgement import Judgement, checked, refuse_left_held
from moderation.decisions.ruling import Measure, Ruling, named
from moderation.decisions.thresholds import give_strike, passed
from moderation.replies.saving import said
from moderation.reports.errors import ReportReasonUnknown
from moderation.reports.outcomes import answer_reports
from moderation.subjects import Subject, subject_seen

if TYPE_CHECKING:
    import asyncpg

    from community.foundation.database import Connection
    from community.members.acting import Acting

LONGEST_FACTS = 5_000
LONGEST_REASON = 300
"""Of the facts, how much stands where there is room for a line."""
BY_RULE = "So much is on your record that a rule decided. 您的违规记录达到限度，由规则自动处理。"
"""The facts of a decision that nobody looked at, in both languages: nobody is there to choose one."""
PUBLISHING = frozenset({"APPROVE", "RESTORE"})
"""What makes something visible: it must be what was looked at."""
MERGE = "MERGE"
STANDING = frozenset({"SUSPEND", "BAN", MERGE})
"""What changes whether a member may take part."""

_REASON = "SELECT id, name, severity, labels, basis FROM report_reason WHERE name = $1"
_CASE = "SELECT * FROM moderation_case WHERE id = $1 FOR NO KEY UPDATE"
_REASON_OF_CASE = "SELECT id, name, severity, labels, basis FROM report_reason WHERE id = $1"
_DECIDE = """
    INSERT INTO decision (
        case_id, parent_id, verdict, reason_id, facts, member_id, space_id, decided_by, automated,
        law, territorial_scope, detection, automated_detection, other_id
    ) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $14, $9, $10, $11, $12, $13) RETURNING id
"""
_MEASURE = """
    INSERT INTO measure (decision_id, position, action, until, details, before, after) VALUES ($1, $2, $3, $4, $5, $6, $7)
"""
_CLOSE = """
    UPDATE moderation_case
    SET closed_at = now(), claimed_by = NULL, claimed_until = NULL, version = version + 1 WHERE id = $1
"""


class Decided(NamedTuple):
    """What a decision was about."""

    id: int
    case_id: int
    member_id: int
    """Whom it concerns."""
    moves_standing: bool
    """Whether they may take part now who could not before, or the other way round."""


async def decide(connection: Connection, acting: Acting, case_id: int, judgement: Judgement) -> Decided:
    """Decide on a case; return what was decided. What a rule decided about it is over.

    Raises:
        NotFound: if there is no such case that is theirs to see: nobody judges what is about themselves.
        NotPermitted: for an action that is not theirs to take.
        CaseClosed, CaseClaimed, CaseChanged, ContentChanged: if somebody was faster, or there is more than was seen.
        ActionNotPossible, Invalid: for what cannot be done to this, or not together.
        ReportReasonUnknown: for a reason that there is not.
        LawMissing: unless it is said which law, where the reason is one of law.
    """
    actions = checked(judgement.measures)
    case = await open_case_for(connection, acting, case_id, judgement.version)
    for action in actions:
        if case["subject_kind"] not in action.on:
            raise ActionNotPossible(action=action.name, why=f"the case is about a {case['subject_kind']}.")
        if action.of is not None and case["kind"] not in action.of:
            raise ActionNotPossible(
                action=action.name, why=f"it is for cases of the kind {', '.join(sorted(action.of))}."
            )
        acting.require(action.permission, case["space_id"], action=action.name.replace("_", " ").lower())
    reason = await _reason(connection, case, judgement.reason)
    facts = await _facts(connection, case, judgement)
    if case["kind"] == "HELD":
        refuse_left_held(actions)
    superseded = await supersede(connection, acting, case)
    decided = await _carry_out(connection, acting, case, judgement, reason, facts)
    verdict = _verdict(actions)
    if superseded is not None:
        carried = {"decided_by": acting.member_id, "space_id": case["space_id"]}
        await carry_appeals(connection, superseded, decided.id, verdict, **carried)
    if verdict != UPHELD or case["member_id"] is None or not any(action.strikes for action in actions):
        return decided
    await give_strike(connection, decided.id, case["member_id"], reason["id"], reason["severity"])
    measure = await passed(connection, case["member_id"], reason["severity"])
    if measure is None:
        return decided
    by_rule = await _decide_by_rule(connection, acting, decided, reason, measure, judgement.law)
    return decided._replace(moves_standing=decided.moves_standing or by_rule.moves_standing)


async def _decide_by_rule(
    connection: Connection, acting: Acting, decided: Decided, reason: asyncpg.Record, measure: Measure, law: str
) -> Decided:
    """Do what a policy of strikes brings about: a decision that nobody looked at, with a case and an appeal of its own."""
    subject = Subject("member", decided.member_id, decided.member_id, None, 0, {}, 1.0)
    case_id, _ = await open_case(
        connection, "STRIKES", subject, reason_id=reason["id"], severity=reason["severity"], weight=1.0
    )
    case = await connection.raw.fetchrow(_CASE, case_id)
    assert case is not None  # it was opened just now
    judgement = Judgement([measure], parent_id=decided.id, law=law)
    return await _carry_out(connection, acting, case, judgement, reason, BY_RULE, automated=True)


async def _carry_out(
    connection: Connection,
    acting: Acting,
    case: asyncpg.Record,
    judgement: Judgement,
    reason: asyncpg.Record,
    facts: str,
    *,
    automated: bool = False,
) -> Decided:
    """Write down a decision about a case that is held, do what it says, close the case and tell everybody."""
    verdict, case_id = _verdict([BY_NAME[measure.action] for measure in judgement.measures]), case["id"]
    law, scope = grounds_of(judgement, reason["basis"], verdict)
    detection = await detection_of(connection, case)
    # Whoever it is not about learns nothing of what was only asked.
    other_id = case["other_id"] if any(measure.action == MERGE for measure in judgement.measures) else None
    decision_id: int = await connection.raw.fetchval(
        _DECIDE,
        case_id,
        judgement.parent_id,
        verdict,
        reason["id"],
        facts,
        case["member_id"],
        case["space_id"],
        None if automated else named(acting),
        law,
        scope,
        detection,
        detection == AUTOMATED,
        other_id,
        automated,
    )
    ruling = Ruling(
        decision_id,
        acting,
        case["subject_kind"],
        case["subject_id"],
        _concerned(case),
        facts[:LONGEST_REASON].replace("\n", " ").strip() or reason["labels"]["en"],
        automated=automated,
        other_id=other_id,
    )
    await _refuse_unseen(connection, ruling, judgement)
    for position, measure in enumerate(judgement.measures):
        changed = await EFFECTS[measure.action].apply(connection, ruling, measure)
        await connection.raw.execute(
            _MEASURE,
            decision_id,
            position,
            measure.action,
            measure.until,
            dict(measure.details),
            dict(changed.before),
            dict(changed.after),
        )
    await connection.raw.execute(_CLOSE, case_id)
    await end_holds(connection, acting, case)
    await answer_reports(connection, case_id, verdict, case["space_id"])
    await _tell(connection, ruling, case, verdict, [measure.action for measure in judgement.measures])
    return Decided(
        decision_id, case_id, ruling.member_id, any(measure.action in STANDING for measure in judgement.measures)
    )


async def open_and_decide(
    connection: Connection, acting: Acting, subject_kind: str, subject_id: int, judgement: Judgement
) -> Decided:
    """Decide on what a moderator came upon themselves, as a case of its own; return what was decided.

    Raises:
        NotFound: if there is no such thing that they may see.
        ReportReasonUnknown: unless a reason is given.
        And as `decide`.
    """
    subject = await subject_seen(connection, acting, subject_kind, subject_id)
    return await decide_on(connection, acting, subject, judgement)


async def decide_on(connection: Connection, acting: Acting, subject: Subject, judgement: Judgement) -> Decided:
    """Decide on something that is theirs to decide on and that nobody has reported: it is a case of its own.

    Raises:
        As `decide`.
    """
    reason = await connection.raw.fetchrow(_REASON, judgement.reason or "")
    if reason is None:
        raise ReportReasonUnknown(reason=judgement.reason or "nothing", path=("reason",))
    case_id, _ = await open_case(
        connection, "NOTICED", subject, reason_id=reason["id"], severity=reason["severity"], weight=1.0
    )
    return await decide(connection, acting, case_id, judgement)


def _verdict(actions: Sequence[Action]) -> str:
    return actions[0].verdict


def _concerned(case: asyncpg.Record) -> int:
    if case["member_id"] is None:
        raise NotFound(what="member")
    member_id: int = case["member_id"]
    return member_id


async def _facts(connection: Connection, case: asyncpg.Record, judgement: Judgement) -> str:
    if judgement.saved_reply is None:
        return clean_text(judgement.facts, "facts", LONGEST_FACTS)
    copied = await said(connection, judgement.saved_reply, case["member_id"])
    return clean_text(f"{copied}\n\n{judgement.facts}".strip(), "facts", LONGEST_FACTS)


async def _reason(connection: Connection, case: asyncpg.Record, name: str | None) -> asyncpg.Record:
    if name is None:
        row = await connection.raw.fetchrow(_REASON_OF_CASE, case["reason_id"])
    else:
        row = await connection.raw.fetchrow(_REASON, name)
    if row is None:
        raise ReportReasonUnknown(reason=name, path=("reason",))
    return row


async def _refuse_unseen(connection: Connection, ruling: Ruling, judgement: Judgement) -> None:
    """Refuse to make visible what was edited since it was looked at; the content is held until the transaction ends."""
    publishes = any(measure.action in PUBLISHING for measure in judgement.measures)
    if ruling.subject_kind not in {"post", "comment"} or not (publishes or judgement.revision is not None):
        return
    row = await locked(connection, ruling)
    if judgement.revision is None:
        raise Invalid(field="revision", reason="Say which revision you looked at, to let it be seen.")
    if row["revision_count"] != judgement.revision:
        raise ContentChanged(revision=row["revision_count"])


async def _tell(
    connection: Connection, ruling: Ruling, case: asyncpg.Record, verdict: str, actions: Sequence[str]
) -> None:
    await record(
        connection,
        Event(
            events.DECISION_MADE,
            actor_id=ruling.actor_id,
            member_id=case["member_id"],
            subject_kind="decision",
            subject_id=ruling.decision_id,
            space_id=case["space_id"],
            data={
                "case": case["id"],
                "verdict": verdict,
                "actions": list(actions),
                "automated": ruling.automated,
                **({} if ruling.other_id is None else {"other": ruling.other_id}),
            },
            context={} if ruling.automated else ruling.acting.context,
        ),
        Event(
            case_events.CASE_CLOSED,
            actor_id=ruling.actor_id,
            member_id=case["member_id"],
            subject_kind="case",
            subject_id=case["id"],
            space_id=case["space_id"],
            data={"decision": ruling.decision_id},
        ),
    )
