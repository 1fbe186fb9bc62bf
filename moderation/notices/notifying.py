"""Guests report: what they say counts once the link in a letter is followed, so that nobody speaks in another's name.

What a notice must hold is what Article 16(2) of the Digital Services Act lists: why, where, who, and that it is said in good
faith. Who reports harm to minors need not say who they are (point (c)); what they say then counts at once, and little.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from community.discussions.texts import clean_text
from community.foundation.errors import Invalid
from community.foundation.events import Event, record
from community.foundation.mail import send
from community.members.emails import clean_email, fold_email
from community.members.errors import LinkExpired
from community.members.limits import Attempt, spend_attempt
from community.members.names import clean_line
from community.members.signing import hash_token, new_token
from community.members.tables import LOCALES
from moderation.cases.opening import add_report, open_case
from moderation.decisions.grounds import OPEN_FOR
from moderation.letters import texts
from moderation.notices.errors import GoodFaithMissing
from moderation.reports.errors import ReportReasonUnknown
from moderation.reports.events import REPORT_RECEIVED
from moderation.subjects import Subject, subject_seen

if TYPE_CHECKING:
    import asyncpg

    from community.foundation.database import Connection, Database
    from community.members.admission import Site

LONGEST_BODY: Final = 5_000
LONGEST_NAME: Final = 100
CONFIRMED_WITHIN: Final = timedelta(days=3)
ANONYMOUS: Final = frozenset({"MINORS"})
"""Reasons for which nobody need say who they are (Article 16(2)(c))."""
GUESTS_WORD: Final = 1.0
"""What a guest's word counts, who has shown that they can be written to: that of a new member."""
ANONYMOUS_WORD: Final = 0.5

_REASON = "SELECT id, name, severity FROM report_reason WHERE name = $1 AND retired_at IS NULL"
_REASON_OF = "SELECT id, name, severity FROM report_reason WHERE id = $1"
_COMMUNITY = "SELECT name FROM community_profile"
_ASK = """
    INSERT INTO guest_notice (token_hash, subject_kind, subject_id, reason_id, body, name, email, locale, expires_at)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, now() + $9::interval)
"""
_TAKE = """
    DELETE FROM guest_notice WHERE token_hash = $1 AND expires_at > now()
    RETURNING subject_kind, subject_id, reason_id, body, name, email, locale
"""
_REPORT = """
    INSERT INTO report (case_id, guest, reason_id, body, revision, weight) VALUES ($1, true, $2, $3, $4, $5) RETURNING id
"""
_KNOWN = "SELECT report_id FROM notifier WHERE case_id = $1 AND email_key = $2"
_NOTIFIER = """
    INSERT INTO notifier (report_id, case_id, name, email, email_key, locale) VALUES ($1, $2, $3, $4, $5, $6)
"""
_FORGET_NOTICES = "DELETE FROM guest_notice WHERE expires_at < now()"
# While anybody may still appeal, or an appeal waits, they are to be written to.
_FORGET_NOTIFIERS = """
    DELETE FROM notifier USING moderation_case
    WHERE moderation_case.id = notifier.case_id AND closed_at < now() - $1::interval
        AND NOT EXISTS (SELECT FROM appeal WHERE appeal.report_id = notifier.report_id AND state = 'OPEN')
        AND NOT EXISTS (
            SELECT FROM appeal WHERE appeal.report_id = notifier.report_id AND decided_at > now() - interval '30 days'
        )
"""


@dataclass(frozen=True, slots=True)
class Notice:
    """What a guest says, as they wrote it."""

    subject_kind: str
    subject_id: int
    reason: str
    body: str
    name: str = ""
    email: str = ""
    locale: str = "en"
    good_faith: bool = False


async def give_notice(database: Database, site: Site, notice: Notice, *, address: str = "") -> bool:
    """Take a guest's notice; say whether a letter was sent that confirms it, or it counts already.

    Raises:
        GoodFaithMissing: unless they say that they say it in good faith.
        Invalid: without an explanation, or without name and address where they are needed.
        ReportReasonUnknown: for a reason that there is not.
        NotFound: if there is no such thing that everybody may see.
        RateLimited: if there were too many from one network, or to one address.
    """
    if not notice.good_faith:
        raise GoodFaithMissing(path=("goodFaith",))
    body = clean_text(notice.body, "body", LONGEST_BODY)
    if not body:
        raise Invalid(field="body", reason="Say why.")
    name = clean_line(notice.name, "name", LONGEST_NAME)
    anonymous = notice.reason in ANONYMOUS and not notice.email.strip()
    if not anonymous and not name:
        raise Invalid(field="name", reason="Say who you are.")
    email = "" if anonymous else clean_email(notice.email)
    await spend_attempt(database, Attempt.NOTICE, address=address, name=fold_email(email))
    locale = notice.locale if notice.locale in LOCALES else "en"

    async def take(connection: Connection) -> bool:
        reason = await connection.raw.fetchrow(_REASON, notice.reason)
        if reason is None:
            raise ReportReasonUnknown(reason=notice.reason[:80], path=("reason",))
        subject = await subject_seen(connection, None, notice.subject_kind, notice.subject_id)
        if anonymous:
            await _count(connection, subject, reason, body, ANONYMOUS_WORD)
            return False
        token = new_token()
        what = (notice.subject_kind, notice.subject_id, reason["id"], body, name, email, locale)
        await connection.raw.execute(_ASK, hash_token(token), *what, CONFIRMED_WITHIN)
        letter = texts.confirm_notice(
            email,
            locale,
            name=name,
            community=await connection.raw.fetchval(_COMMUNITY),
            link=confirming_link(site, token),
        )
        await send(connection, letter)
        return True

    return await database.transact(take)


async def confirm_notice(database: Database, token: str, *, address: str = "") -> int:
    """Have a notice count, by the token of its letter; return the report's id. A second one of theirs adds nothing.

    Raises:
        LinkExpired: if it counts already, or is too old.
        NotFound: if what it is about is gone.
        RateLimited: if there were too many from one network.
    """
    await spend_attempt(database, Attempt.LINK, address=address)

    async def count(connection: Connection) -> int:
        notice = await connection.raw.fetchrow(_TAKE, hash_token(token))
        if notice is None:
            raise LinkExpired
        reason = await connection.raw.fetchrow(_REASON_OF, notice["reason_id"])
        assert reason is not None  # reasons stay
        subject = await subject_seen(connection, None, notice["subject_kind"], notice["subject_id"])
        return await _count(connection, subject, reason, notice["body"], GUESTS_WORD, notice)

    return await database.transact(count)


async def forget_guests(connection: Connection) -> None:
    """Erase notices that nobody confirmed, and who guests were whose cases nobody can appeal against any more."""
    await connection.raw.execute(_FORGET_NOTICES)
    await connection.raw.execute(_FORGET_NOTIFIERS, OPEN_FOR)


def confirming_link(site: Site, token: str) -> str:
    """Return the address of the page that confirms a notice: it works without scripts, so the token is part of its path."""
    return f"{site.url.rstrip('/')}/report/{token}"


async def _count(
    connection: Connection,
    subject: Subject,
    reason: asyncpg.Record,
    body: str,
    weight: float,
    who: asyncpg.Record | None = None,
) -> int:
    weighed = {"reason_id": reason["id"], "severity": reason["severity"], "weight": weight}
    case_id, opened = await open_case(connection, "REPORTED", subject, **weighed)
    key = "" if who is None else fold_email(who["email"])
    if who is not None and (known := await connection.raw.fetchval(_KNOWN, case_id, key)) is not None:
        report_id: int = known
        return report_id
    report_id = await connection.raw.fetchval(_REPORT, case_id, reason["id"], body, subject.revision, weight)
    if who is not None:
        await connection.raw.execute(_NOTIFIER, report_id, case_id, who["name"], who["email"], key, who["locale"])
    await add_report(connection, case_id, subject, opened=opened, **weighed)
    happened = Event(
        REPORT_RECEIVED,
        member_id=subject.member_id,
        subject_kind="report",
        subject_id=report_id,
        space_id=subject.space_id,
        data={"case": case_id, "reason": reason["name"], "guest": True},
    )
    await record(connection, happened)
    return report_id
