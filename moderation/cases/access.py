"""The guarded door of cases: each action loads and locks its case here, or is refused."""

from __future__ import annotations

from typing import TYPE_CHECKING

from community.foundation.errors import NotFound
from community.members.roles import Permission
from moderation.cases.errors import CaseChanged, CaseClaimed, CaseClosed

if TYPE_CHECKING:
    import asyncpg

    from community.foundation.database import Connection
    from community.members.acting import Acting

_CASE = """
    SELECT moderation_case.*, claimed_until > clock_timestamp() AND claimed_by <> $2 AS claimed_by_other,
        EXISTS (SELECT FROM member WHERE member.id = moderation_case.member_id AND merged_into = $2) AS about_own_account
    FROM moderation_case WHERE id = $1 FOR NO KEY UPDATE
"""


async def case_for(connection: Connection, acting: Acting, case_id: int) -> asyncpg.Record:
    """Return a case that is a moderator's to see, held until the transaction ends.

    Raises:
        NotFound: if there is none, it is of a space that is not theirs, or it is about an account of theirs.
    """
    case = await connection.raw.fetchrow(_CASE, case_id, acting.member_id)
    if (
        case is None
        or acting.member_id in {case["member_id"], case["other_id"]}
        or case["about_own_account"]
        or not acting.may(Permission.MODERATE_CONTENT, case["space_id"])
    ):
        raise NotFound(what="case")
    return case


async def open_case_for(
    connection: Connection, acting: Acting, case_id: int, version: int | None = None
) -> asyncpg.Record:
    """Return an open case that nobody else is looking at, held until the transaction ends.

    Raises:
        NotFound: as `case_for`.
        CaseClosed: if it is decided.
        CaseClaimed: if somebody else is looking at it.
        CaseChanged: if it is not the version that was looked at.
    """
    case = await case_for(connection, acting, case_id)
    if case["closed_at"] is not None:
        raise CaseClosed
    if case["claimed_by_other"]:
        raise CaseClaimed(until=case["claimed_until"])
    if version is not None and version != case["version"]:
        raise CaseChanged(version=case["version"])
    return case
