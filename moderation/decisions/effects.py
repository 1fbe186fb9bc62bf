"""What each action does, and how that is undone: the table that joins `actions` to what carries them out."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from moderation.decisions import content, held, members, merges
from moderation.decisions.ruling import Changed, Measure, Ruling

if TYPE_CHECKING:
    from community.foundation.database import Connection


HELD_ELSEWHERE: Final = frozenset({"referral", "round"})
"""Kinds of subjects that another feature holds, and settles."""


class Effect(NamedTuple):
    """What an action does; what it changed is what undoing is given."""

    apply: Callable[[Connection, Ruling, Measure], Awaitable[Changed]]
    undo: Callable[[Connection, Ruling, Mapping[str, Any], Mapping[str, Any]], Awaitable[None]]


async def _approve(connection: Connection, ruling: Ruling, measure: Measure) -> Changed:
    if ruling.subject_kind in {"post", "comment"}:
        return await content.approve(connection, ruling, measure)
    if ruling.subject_kind in HELD_ELSEWHERE:
        return await held.approve(connection, ruling, measure)
    return Changed({}, {})


async def _remove(connection: Connection, ruling: Ruling, measure: Measure) -> Changed:
    removes = held.remove if ruling.subject_kind in HELD_ELSEWHERE else content.remove
    return await removes(connection, ruling, measure)


async def _ignore(_: Connection, __: Ruling, ___: Measure) -> Changed:
    return Changed({}, {})


async def _undo_move(
    connection: Connection, ruling: Ruling, before: Mapping[str, Any], after: Mapping[str, Any]
) -> None:
    if ruling.subject_kind in HELD_ELSEWHERE and before:
        await held.undo(connection, ruling, before, after)
    elif before:
        await content.undo_move(connection, ruling, before, after)


EFFECTS: Final[Mapping[str, Effect]] = {
    "APPROVE": Effect(_approve, _undo_move),
    "IGNORE": Effect(_ignore, _undo_move),
    "EDIT": Effect(content.edit, content.undo_edit),
    "HIDE": Effect(content.hide, content.undo_move),
    "REMOVE": Effect(_remove, _undo_move),
    "RESTORE": Effect(content.restore, content.undo_move),
    "LOCK": Effect(content.lock, content.undo_lock),
    "MOVE": Effect(content.move, content.undo_move_to_space),
    "LABEL": Effect(content.label, content.undo_label),
    "LIMIT": Effect(members.limit, members.undo_restriction),
    "SILENCE": Effect(members.silence, members.undo_restriction),
    "WARN": Effect(members.warn, members.undo_warning),
    "SUSPEND": Effect(members.suspend, members.undo_suspension),
    "BAN": Effect(members.suspend, members.undo_suspension),
    "RESET_PROFILE": Effect(members.reset_profile, members.undo_reset),
    "MERGE": Effect(merges.merge, merges.undo_merge),
}
