"""Spaces, the rooms of the community: making and changing them, joining and leaving, inviting."""

import unicodedata
from dataclasses import replace
from typing import TypedDict, Unpack

import asyncpg
import regex

from community.discussions.access import blocked_with, refuse_archived, space_known, space_seen
from community.discussions.errors import SlugTaken
from community.discussions.events import (
    SPACE_ARCHIVED,
    SPACE_CREATED,
    SPACE_INVITATION_WITHDRAWN,
    SPACE_INVITED,
    SPACE_JOINED,
    SPACE_LEFT,
    SPACE_UNARCHIVED,
    SPACE_UPDATED,
    happened,
)
from community.discussions.tables import SPACE_ACCESS, SPACE_POSTING
from community.discussions.texts import clean_text
from community.foundation.database import Connection
from community.foundation.errors import Invalid, NotFound, NotPermitted
from community.foundation.events import Event, record
from community.foundation.markdown import count_graphemes, render
from community.members.acting import Acting
from community.members.levels import creates_spaces
from community.members.names import clean_line
from community.members.roles import Permission, grant_moderator_by_founding

LONGEST_SLUG = 60
LONGEST_NAME = 80
LONGEST_DESCRIPTION = 500
LONGEST_RULES = 10_000

_APART = regex.compile(r"[\s\-_]+")
_SLUG = regex.compile(r"[\p{L}\p{N}][\p{L}\p{M}\p{N}\-]*")

_INSERT = """
    INSERT INTO space (slug, name, description, rules, rules_html, access, posting, created_by, member_count)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, 1) ON CONFLICT (slug) DO NOTHING RETURNING id
"""
_ENTER = "INSERT INTO space_member (space_id, member_id) VALUES ($1, $2)"
_UPDATE = """
    UPDATE space SET slug = $2, name = $3, description = $4, rules = $5, rules_html = $6, access = $7, posting = $8
    WHERE id = $1
"""
_ARCHIVE = "UPDATE space SET archived_at = now() WHERE id = $1 AND archived_at IS NULL RETURNING id"
_UNARCHIVE = "UPDATE space SET archived_at = NULL WHERE id = $1 AND archived_at IS NOT NULL RETURNING id"
_JOIN = """
    WITH added AS (
        INSERT INTO space_member (space_id, member_id) VALUES ($1, $2) ON CONFLICT DO NOTHING RETURNING space_id
    ), accepted AS (
        DELETE FROM space_invitation WHERE space_id = $1 AND member_id = $2
    )
    UPDATE space SET member_count = member_count + 1 FROM added WHERE space.id = added.space_id RETURNING space.id
"""
_LEAVE = """
    WITH removed AS (DELETE FROM space_member WHERE space_id = $1 AND member_id = $2 RETURNING space_id)
    UPDATE space SET member_count = member_count - 1 FROM removed WHERE space.id = removed.space_id RETURNING space.id
"""
_INVITABLE = f"""
    SELECT EXISTS (SELECT FROM space_member WHERE space_id = $3 AND space_member.member_id = $1) AS joined
    FROM member WHERE id = $1 AND state = 'ACTIVE' AND NOT {blocked_with("member.id")}
"""  # noqa: S608 - made of a predicate of ours
_INVITE = """
    INSERT INTO space_invitation (space_id, member_id, invited_by) VALUES ($1, $2, $3)
    ON CONFLICT DO NOTHING RETURNING space_id
"""
_WITHDRAW = "DELETE FROM space_invitation WHERE space_id = $1 AND member_id = $2 RETURNING space_id"


class SpaceChanges(TypedDict, total=False):
    """What of a space can be changed; what is left out stays."""

    slug: str
    name: str
    description: str
    rules: str
    access: str
    posting: str


def fold_slug(written: str) -> str:
    """Return a slug in the one form it is kept in: NFKC, lower case, hyphens between its words.

    Raises:
        Invalid: if it is empty, longer than 60 characters, or made of other things than letters and digits.
    """
    slug = _APART.sub("-", unicodedata.normalize("NFKC", written).strip().lower()).strip("-")
    if _SLUG.fullmatch(slug) is None or count_graphemes(slug) > LONGEST_SLUG or len(slug) > 4 * LONGEST_SLUG:
        raise Invalid(field="slug", reason=f"1 to {LONGEST_SLUG} letters, digits and hyphens.")
    return slug


async def create_space(
    connection: Connection,
    acting: Acting,
    *,
    slug: str,
    name: str,
    description: str = "",
    rules: str = "",
    access: str = "PUBLIC",
    posting: str = "EVERYONE",
) -> int:
    """Make a space, which its maker has joined and moderates; return its id.

    Raises:
        NotPermitted: unless a role of the member's, or their level, lets them create spaces.
        Invalid: if a text or choice is not what it may be.
        SlugTaken: if there is a space of this slug, seen by the member or not.
    """
    if not acting.may(Permission.CREATE_SPACES) and not await creates_spaces(connection, acting.member_id):
        raise NotPermitted(action="create spaces")
    values = _cleaned(
        {
            "slug": slug,
            "name": name,
            "description": description,
            "rules": rules,
            "access": access,
            "posting": posting,
        }
    )
    space_id: int | None = await connection.raw.fetchval(_INSERT, *_columns(values), acting.member_id)
    if space_id is None:
        raise SlugTaken(slug=values["slug"], path=("slug",))
    await connection.raw.execute(_ENTER, space_id, acting.member_id)
    await grant_moderator_by_founding(connection, acting.member_id, space_id)
    await _record(connection, SPACE_CREATED, acting, space_id)
    await _record(connection, SPACE_JOINED, acting, space_id, acting.member_id)
    return space_id


async def update_space(connection: Connection, acting: Acting, space_id: int, **changes: Unpack[SpaceChanges]) -> bool:
    """Change a space; say whether anything changed.

    Raises:
        NotFound: if the member may not see it.
        NotPermitted: unless they may manage it.
        SpaceArchived: if it is read-only.
        Invalid, SlugTaken: as for creating one.
    """
    space = await _managed(connection, acting, space_id, "change this space")
    refuse_archived(space)
    present = SpaceChanges(
        slug=space["slug"],
        name=space["name"],
        description=space["description"],
        rules=space["rules"],
        access=space["access"],
        posting=space["posting"],
    )
    values = _cleaned({**present, **changes})
    fields = sorted(field for field, value in values.items() if value != space[field])
    if not fields:
        return False
    try:
        async with connection.savepoint():
            await connection.raw.execute(_UPDATE, space_id, *_columns(values))
    except asyncpg.UniqueViolationError as error:
        raise SlugTaken(slug=values["slug"], path=("slug",)) from error
    event = _happened(SPACE_UPDATED, acting, space_id)
    await record(connection, replace(event, data={"fields": fields}))
    return True


async def archive_space(connection: Connection, acting: Acting, space_id: int) -> bool:
    """Make a space read-only; say whether it was not.

    Raises:
        NotFound: if the member may not see it.
        NotPermitted: unless they may manage it.
    """
    await _managed(connection, acting, space_id, "archive this space")
    if await connection.raw.fetchval(_ARCHIVE, space_id) is None:
        return False
    await _record(connection, SPACE_ARCHIVED, acting, space_id)
    return True


async def unarchive_space(connection: Connection, acting: Acting, space_id: int) -> bool:
    """Undo :func:`archive_space`; the refusals are the same."""
    await _managed(connection, acting, space_id, "unarchive this space")
    if await connection.raw.fetchval(_UNARCHIVE, space_id) is None:
        return False
    await _record(connection, SPACE_UNARCHIVED, acting, space_id)
    return True


async def join_space(connection: Connection, acting: Acting, space_id: int) -> bool:
    """Join a space, by invitation if it is private; say whether one had not joined.

    Raises:
        NotFound: if the member may not see it and is not invited.
        SpaceArchived: if it is read-only.
    """
    space = await space_known(connection, acting, space_id, lock=True)
    if space["joined"]:
        return False
    refuse_archived(space)
    if await connection.raw.fetchval(_JOIN, space_id, acting.member_id) is None:
        return False
    await _record(connection, SPACE_JOINED, acting, space_id, acting.member_id)
    return True


async def leave_space(connection: Connection, acting: Acting, space_id: int) -> bool:
    """Leave a space, archived or not; say whether one had joined.

    Raises:
        NotFound: if the member may not see it.
    """
    await space_seen(connection, acting, space_id, lock=True)
    return await _leave(connection, acting, space_id, acting.member_id)


async def remove_from_space(connection: Connection, acting: Acting, space_id: int, member_id: int) -> bool:
    """Put a member out of a space; say whether they had joined.

    Raises:
        NotFound: if the acting member may not see it.
        NotPermitted: unless they may manage it.
    """
    await _managed(connection, acting, space_id, "put members out of this space")
    return await _leave(connection, acting, space_id, member_id)


async def invite_to_space(connection: Connection, acting: Acting, space_id: int, member_id: int) -> bool:
    """Let a member join a private space; say whether that is new. Who has joined need not be invited.

    Raises:
        NotFound: if the acting member may not see the space, there is no such member in good standing, or either has
            blocked the other.
        NotPermitted: unless they may manage the space.
        SpaceArchived: if it is read-only.
    """
    space = await _managed(connection, acting, space_id, "invite to this space")
    refuse_archived(space)
    invited = await connection.raw.fetchrow(_INVITABLE, member_id, acting.member_id, space_id)
    if invited is None:
        raise NotFound(what="member")
    if invited["joined"] or await connection.raw.fetchval(_INVITE, space_id, member_id, acting.member_id) is None:
        return False
    await _record(connection, SPACE_INVITED, acting, space_id, member_id)
    return True


async def withdraw_invitation(connection: Connection, acting: Acting, space_id: int, member_id: int) -> bool:
    """Take an invitation back, or turn one's own down; say whether there was one.

    Raises:
        NotFound: if the acting member neither sees the space nor is invited.
        NotPermitted: unless it is their own invitation, or they may manage the space.
    """
    space = await space_known(connection, acting, space_id, lock=True)
    if member_id != acting.member_id:
        if not space["seen"]:
            raise NotFound(what="space")
        acting.require(Permission.MANAGE_SPACES, space_id, action="withdraw this invitation")
    if await connection.raw.fetchval(_WITHDRAW, space_id, member_id) is None:
        return False
    await _record(connection, SPACE_INVITATION_WITHDRAWN, acting, space_id, member_id)
    return True


async def _managed(connection: Connection, acting: Acting, space_id: int, action: str) -> asyncpg.Record:
    space = await space_seen(connection, acting, space_id, lock=True)
    acting.require(Permission.MANAGE_SPACES, space_id, action=action)
    return space


async def _leave(connection: Connection, acting: Acting, space_id: int, member_id: int) -> bool:
    if await connection.raw.fetchval(_LEAVE, space_id, member_id) is None:
        return False
    await _record(connection, SPACE_LEFT, acting, space_id, member_id)
    return True


def _cleaned(values: SpaceChanges) -> SpaceChanges:
    name = clean_line(values["name"], "name", LONGEST_NAME)
    if not name:
        raise Invalid(field="name", reason="A name is needed.")
    if values["access"] not in SPACE_ACCESS:
        raise Invalid(field="access", reason=f"One of {', '.join(SPACE_ACCESS)}.")
    if values["posting"] not in SPACE_POSTING:
        raise Invalid(field="posting", reason=f"One of {', '.join(SPACE_POSTING)}.")
    return SpaceChanges(
        slug=fold_slug(values["slug"]),
        name=name,
        description=clean_text(values["description"], "description", LONGEST_DESCRIPTION),
        rules=clean_text(values["rules"], "rules", LONGEST_RULES),
        access=values["access"],
        posting=values["posting"],
    )


def _columns(values: SpaceChanges) -> tuple[str, ...]:
    rules = values["rules"]
    return (
        values["slug"],
        values["name"],
        values["description"],
        rules,
        render(rules).html if rules else "",
        values["access"],
        values["posting"],
    )


async def _record(
    connection: Connection,
    event_kind: str,
    acting: Acting,
    space_id: int,
    member_id: int | None = None,
) -> None:
    await record(connection, _happened(event_kind, acting, space_id, member_id))


def _happened(event_kind: str, acting: Acting, space_id: int, member_id: int | None = None) -> Event:
    return happened(
        event_kind,
        acting,
        subject_kind="space",
        subject_id=space_id,
        member_id=member_id,
        space_id=space_id,
    )
