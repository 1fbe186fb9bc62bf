"""Writing saved replies, by who moderates the whole community; every moderator uses them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import asyncpg

from community.discussions.texts import clean_text
from community.foundation.errors import Invalid, NotFound
from community.foundation.events import Event, record
from community.members.names import clean_line
from community.members.roles import Permission
from moderation.replies import events
from moderation.replies.errors import ReplyNameTaken
from moderation.replies.tables import LONGEST_NAME
from moderation.reports.errors import ReportReasonUnknown

if TYPE_CHECKING:
    from community.foundation.database import Connection
    from community.members.acting import Acting

LONGEST_TEXT = 4_000

_CREATE = """
    INSERT INTO saved_reply (name, text_en, text_zh, reason_id, changed_by) VALUES ($1, $2, $3, $4, $5) RETURNING id
"""
_UPDATE = """
    UPDATE saved_reply SET name = $2, text_en = $3, text_zh = $4, reason_id = $5, changed_by = $6, changed_at = now()
    WHERE id = $1 RETURNING id
"""
_DELETE = "DELETE FROM saved_reply WHERE id = $1 RETURNING id"
_REASON = "SELECT id FROM report_reason WHERE name = $1"
_SAID = """
    SELECT CASE WHEN coalesce((SELECT locale FROM member WHERE id = $2), 'en') = 'zh' THEN text_zh ELSE text_en END
    FROM saved_reply WHERE id = $1
"""


@dataclass(frozen=True, slots=True)
class Reply:
    """What a saved reply says, in both languages."""

    name: str
    text_en: str
    text_zh: str
    reason: str | None = None
    """The name of the reason for which it is meant; none: for any."""


async def create_saved_reply(connection: Connection, acting: Acting, reply: Reply) -> int:
    """Write a saved reply; return its id.

    Raises:
        NotPermitted: unless they moderate the whole community.
        ReplyNameTaken: if another is called so.
        ReportReasonUnknown, Invalid: for what cannot be.
    """
    reply_id = await _write(connection, acting, reply, None)
    assert reply_id is not None  # it was made
    await _tell(connection, acting, events.REPLY_CREATED, reply_id)
    return reply_id


async def update_saved_reply(connection: Connection, acting: Acting, reply_id: int, reply: Reply) -> None:
    """Have a saved reply say something else. Decisions say what they said.

    Raises:
        NotFound: if there is none.
        And as `create_saved_reply`.
    """
    if await _write(connection, acting, reply, reply_id) is None:
        raise NotFound(what="saved reply")
    await _tell(connection, acting, events.REPLY_UPDATED, reply_id)


async def delete_saved_reply(connection: Connection, acting: Acting, reply_id: int) -> None:
    """Throw a saved reply away. Decisions say what they said.

    Raises:
        NotPermitted: unless they moderate the whole community.
        NotFound: if there is none.
    """
    acting.require(Permission.MODERATE_CONTENT, action="change saved replies")
    if await connection.raw.fetchval(_DELETE, reply_id) is None:
        raise NotFound(what="saved reply")
    await _tell(connection, acting, events.REPLY_DELETED, reply_id)


async def said(connection: Connection, reply_id: int, member_id: int | None) -> str:
    """Return what a saved reply says to a member, in their language.

    Raises:
        NotFound: if there is no such reply.
    """
    text: str | None = await connection.raw.fetchval(_SAID, reply_id, member_id)
    if text is None:
        raise NotFound(what="saved reply", path=("savedReply",))
    return text


async def _write(connection: Connection, acting: Acting, reply: Reply, reply_id: int | None) -> int | None:
    acting.require(Permission.MODERATE_CONTENT, action="change saved replies")
    name = clean_line(reply.name, "name", LONGEST_NAME)
    if not name:
        raise Invalid(field="name", reason="Give it a name.")
    texts = {}
    for field, written in (("textEn", reply.text_en), ("textZh", reply.text_zh)):
        texts[field] = clean_text(written, field, LONGEST_TEXT)
        if not texts[field]:
            raise Invalid(field=field, reason="Say it in both languages.")
    reason_id = reply.reason and await connection.raw.fetchval(_REASON, reply.reason)
    if reply.reason is not None and reason_id is None:
        raise ReportReasonUnknown(reason=reply.reason, path=("reason",))
    values = (name, *texts.values(), reason_id, acting.member_id)
    try:
        async with connection.savepoint():
            written_id: int | None = await (
                connection.raw.fetchval(_CREATE, *values)
                if reply_id is None
                else connection.raw.fetchval(_UPDATE, reply_id, *values)
            )
    except asyncpg.UniqueViolationError as error:
        raise ReplyNameTaken(name=name, path=("name",)) from error
    return written_id


async def _tell(connection: Connection, acting: Acting, kind: str, reply_id: int) -> None:
    happened = Event(
        kind, actor_id=acting.member_id, subject_kind="saved_reply", subject_id=reply_id, context=acting.context
    )
    await record(connection, happened)
