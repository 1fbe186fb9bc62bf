"""Who is written to of what: a reader of the event log, so that each letter is owed once however often a process dies."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING

from community.foundation.clock import now
from community.foundation.event_readers import EventReader, RecordedEvent
from community.foundation.mail import send
from moderation.appeals import events as appeals
from moderation.appeals.tokens import AppealToken, sign_token
from moderation.decisions import events as decisions
from moderation.decisions.actions import UPHELD
from moderation.decisions.grounds import OPEN_FOR
from moderation.decisions.reading import facts_in_sql
from moderation.decisions.statement import facts_of, redress, statement
from moderation.letters import texts
from moderation.reports import events as reports

if TYPE_CHECKING:
    import asyncpg

    from community.foundation.database import Connection
    from community.members.admission import Site

OLDEST = timedelta(days=30)
"""What is older when it is read is told to nobody."""

# An address that was never shown to be theirs may be anybody's.
_DECIDED = f"""
    SELECT decision.verdict, decision.automated, decision.decided_at, decision.case_id, member.id AS member_id,
        {facts_in_sql("decision")} AS facts, account.email, member.handle, member.locale,
        (SELECT name FROM community_profile) AS community
    FROM decision LEFT JOIN member
            ON member.id IN (decision.member_id, decision.other_id) AND member.state <> 'ERASED'
        LEFT JOIN account ON account.member_id = member.id AND account.email_verified_at IS NOT NULL
    WHERE decision.id = $1 ORDER BY member.id
"""  # noqa: S608 - made of an expression of ours
_NOTIFIERS = "SELECT report_id, name, email, locale FROM notifier WHERE case_id = $1 ORDER BY report_id"
_NOTIFIER = """
    SELECT notifier.name, email, locale, labels, (SELECT name FROM community_profile) AS community
    FROM notifier JOIN report ON report.id = report_id JOIN report_reason ON report_reason.id = report.reason_id
    WHERE report_id = $1
"""
_APPEAL = """
    SELECT appeal.decision_id, appeal.body, appeal.state, appeal.answer,
        coalesce(notifier.email, account.email) AS email, coalesce(notifier.name, member.handle) AS name,
        coalesce(notifier.locale, member.locale) AS locale, (SELECT name FROM community_profile) AS community
    FROM appeal LEFT JOIN member ON member.id = appellant_id AND member.state <> 'ERASED'
        LEFT JOIN account ON account.member_id = member.id AND account.email_verified_at IS NOT NULL
        LEFT JOIN notifier ON notifier.report_id = appeal.report_id
    WHERE appeal.id = $1
"""


def appealing_link(site: Site, token: str) -> str:
    """Return the address of the page where one appeals: it works without scripts, so the token is part of its path."""
    return f"{site.url.rstrip('/')}/appeal/{token}"


def letters_reader(site: Site, key: bytes) -> EventReader:
    """Return the reader; `key` signs the links by which one appeals."""

    def link(decision_id: int, who_id: int, *, guest: bool = False) -> str:
        token = AppealToken(decision_id, who_id, now() + OPEN_FOR, guest)
        return appealing_link(site, sign_token(key, token))

    async def decided(connection: Connection, event: RecordedEvent) -> None:
        concerned = await connection.raw.fetch(_DECIDED, event.subject_id)
        for row in concerned:
            if row["email"] is not None and row["verdict"] == UPHELD:
                letter = texts.decided(
                    row["email"],
                    row["locale"],
                    handle=row["handle"],
                    community=row["community"],
                    statement=statement(facts_of(row["facts"]), row["locale"]),
                    link=link(event.subject_id or 0, row["member_id"]),
                )
                await send(connection, letter)
        if concerned:
            await _answer_guests(connection, event.subject_id or 0, concerned[0], partial(link, guest=True))

    telling: Mapping[str, Callable[[Connection, RecordedEvent], Awaitable[None]]] = {
        decisions.DECISION_MADE: decided,
        reports.REPORT_RECEIVED: _received,
        appeals.APPEAL_RECEIVED: _appealed,
        appeals.APPEAL_DECIDED: _judged,
    }

    async def apply(connection: Connection, events: Sequence[RecordedEvent]) -> None:
        oldest = now() - OLDEST
        for event in events:
            tell = telling.get(event.kind)
            if tell is not None and event.occurred_at > oldest:
                await tell(connection, event)

    return EventReader("moderation letters", apply)


async def _answer_guests(
    connection: Connection, decision_id: int, row: asyncpg.Record, link: Callable[[int, int], str]
) -> None:
    for guest in await connection.raw.fetch(_NOTIFIERS, row["case_id"]):
        what_to_do = ""
        if row["verdict"] != UPHELD:
            here = texts.APPEAL_HERE[guest["locale"]].format(link=link(decision_id, guest["report_id"]))
            what_to_do = f"{redress(row['decided_at'].date(), guest['locale'])}\n\n{here}"
        answer = texts.notice_answered(
            guest["email"],
            guest["locale"],
            name=guest["name"],
            community=row["community"],
            report=f"report_{guest['report_id']}",
            verdict=row["verdict"],
            automated=row["automated"],
            redress=what_to_do,
        )
        await send(connection, answer)


async def _received(connection: Connection, event: RecordedEvent) -> None:
    if not event.data.get("guest"):
        return
    row = await connection.raw.fetchrow(_NOTIFIER, event.subject_id)
    if row is None:  # who reported harm to minors said nothing of who they are
        return
    letter = texts.notice_received(
        row["email"],
        row["locale"],
        name=row["name"],
        community=row["community"],
        report=f"report_{event.subject_id}",
        reason=row["labels"].get(row["locale"], row["labels"]["en"]),
    )
    await send(connection, letter)


async def _appealed(connection: Connection, event: RecordedEvent) -> None:
    row = await connection.raw.fetchrow(_APPEAL, event.subject_id)
    if row is None or row["email"] is None:
        return
    letter = texts.appeal_received(
        row["email"],
        row["locale"],
        name=row["name"],
        community=row["community"],
        appeal=f"appeal_{event.subject_id}",
        decision=f"decision_{row['decision_id']}",
        body=row["body"],
    )
    await send(connection, letter)


async def _judged(connection: Connection, event: RecordedEvent) -> None:
    row = await connection.raw.fetchrow(_APPEAL, event.subject_id)
    if row is None or row["email"] is None or row["answer"] is None:
        return
    letter = texts.appeal_answered(
        row["email"],
        row["locale"],
        name=row["name"],
        community=row["community"],
        appeal=f"appeal_{event.subject_id}",
        granted=row["state"] == "GRANTED",
        answer=row["answer"],
        body=row["body"],
    )
    await send(connection, letter)
