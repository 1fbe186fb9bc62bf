"""Writing what the rules let through: every mutation by which a member writes something goes through here."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING

from moderation.automod.drafts import Draft
from moderation.automod.enforcing import enforce, refuse
from moderation.automod.errors import RefusedByRule
from moderation.automod.matches import matches_of

if TYPE_CHECKING:
    from api.changing import Change
    from community.foundation.database import Connection

Write = Callable[["Connection", bool], Awaitable[int | None]]
"""Writes what is screened, held or not, and returns the id of what it has written; None if nothing changed."""


async def write_screened(info: Change, draft: Draft, subject_kind: str, write: Write) -> int | None:
    """Ask the rules of what somebody writes, write it, and do as they say; return what `write` does.

    What no rule is about costs what it costs without rules. Otherwise writing it, its case and its decision are one
    transaction. What is refused is written and undone, so that whoever may not write there is told that, and no more.

    Raises:
        RefusedByRule: if it is not taken.
        Unasked: if that depends on a classifier that is yet to be asked; then nothing is done.
    """
    screening = info.context.application.screening
    screened = await screening.screen(info.connection, draft, info.context.viewer, info.answers)
    if not screened.is_acted_on:
        subject_id = await write(info.connection, False)
        if screened.verdicts and subject_id is not None:
            rows = matches_of(screened, subject_kind, subject_id)

            async def note() -> None:
                screening.matches.add(rows)

            info.afterwards.append(note)
        return subject_id

    async def written_and_done(connection: Connection) -> int | None:
        subject_id = await write(connection, screened.is_held)
        if subject_id is not None:
            await enforce(connection, screened, subject_kind, subject_id)
        return subject_id

    # What is held, its author sees by their view of what is their own.
    info.moves_own = info.moves_own or screened.is_held
    try:
        return await info.together(written_and_done)
    except RefusedByRule:
        screening.matches.add(matches_of(screened, subject_kind, None))
        raise


async def refuse_screened(info: Change, draft: Draft, *, locale: str | None = None) -> None:
    """Refuse what the rules do not let in, of which nothing may be kept but what it says itself: neither match nor case.

    Without a `locale` it is said in the language of who is signed in.

    Raises:
        RefusedByRule: if it is not taken.
        Unasked: as `write_screened`.
    """
    connection = info.own_connection or info.database.autocommit
    screened = await info.context.application.screening.screen(connection, draft, info.context.viewer, info.answers)
    await refuse(connection, screened, locale)
