"""What each action does, and how that is undone: the table that joins `actions` to what carries them out."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from moderation.decisions import content, held, images, members, merges
from moderation.decisions.ruling import Changed, Measure, Ruling

if TYPE_CHECKING:
    from community.foundation.database import Connection


Apply = Callable[["Connection", Ruling, Measure], Awaitable[Changed]]
Undo = Callable[["Connection", Ruling, Mapping[str, Any], Mapping[str, Any]], Awaitable[None]]


class Effect(NamedTuple):
    """What an action does; what it changed is what undoing is given."""

    apply: Apply
    undo: Undo


CONTENT: Final = frozenset({"post", "comment"})
HELD_ELSEWHERE: Final = frozenset({"referral", "round"})
"""Kinds of subjects that another feature holds, and settles."""


async def _ignore(_: Connection, __: Ruling, ___: Measure) -> Changed:
    return Changed({}, {})


def _by_kind(to_content: Apply, to_image: Apply, to_what_is_held: Apply = _ignore) -> Apply:
    """Return what an action does where that depends on what it is done to; to a member, nothing."""
    effects = {
        **dict.fromkeys(CONTENT, to_content),
        **dict.fromkeys(HELD_ELSEWHERE, to_what_is_held),
        "image": to_image,
    }

    async def apply(connection: Connection, ruling: Ruling, measure: Measure) -> Changed:
        return await effects.get(ruling.subject_kind, _ignore)(connection, ruling, measure)

    return apply


_UNDO_MOVE: Final[Mapping[str, Undo]] = {
    **dict.fromkeys(CONTENT, content.undo_move),
    **dict.fromkeys(HELD_ELSEWHERE, held.undo),
    "image": images.undo_move,
}


async def _undo_move(
    connection: Connection, ruling: Ruling, before: Mapping[str, Any], after: Mapping[str, Any]
) -> None:
    if before:
        await _UNDO_MOVE[ruling.subject_kind](connection, ruling, before, after)


EFFECTS: Final[Mapping[str, Effect]] = {
    "APPROVE": Effect(_by_kind(content.approve, images.approve, held.approve), _undo_move),
    "IGNORE": Effect(_ignore, _undo_move),
    "EDIT": Effect(content.edit, content.undo_edit),
    "HIDE": Effect(_by_kind(content.hide, images.hide), _undo_move),
    "REMOVE": Effect(_by_kind(content.remove, images.remove, held.remove), _undo_move),
    "RESTORE": Effect(_by_kind(content.restore, images.restore), _undo_move),
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
