"""Who is meant by the @handles in a text, and telling them."""

from collections.abc import Iterator, Sequence

import regex

from community.discussions.access import blocked_with
from community.discussions.events import MEMBER_MENTIONED, happened
from community.foundation.database import Connection
from community.foundation.events import record
from community.members.acting import Acting
from community.members.handles import LONGEST, SHORTEST, skeleton

MOST_TOLD = 20
"""How many members one text can call; more is a way to pester."""

_UNSPACED = regex.compile(r"[\p{Han}\p{Hiragana}\p{Katakana}\p{Hangul}]")

# $3 is the space: whoever may not read it is not called into it.
_MEANT = f"""
    SELECT member.id, member.handle_skeleton FROM member, space
    WHERE member.handle_skeleton = ANY($1::text[]) AND space.id = $3
        AND member.state = 'ACTIVE' AND member.id <> $2::bigint AND NOT {blocked_with("member.id")}
        AND (
            space.access <> 'PRIVATE'
            OR EXISTS (SELECT FROM space_member WHERE space_id = $3 AND space_member.member_id = member.id)
            OR EXISTS (
                SELECT FROM role_grant
                WHERE role_grant.member_id = member.id AND role IN ('MODERATOR', 'ADMIN')
                    AND (space_id IS NULL OR space_id = $3)
            )
        )
"""  # noqa: S608 - made of a predicate of ours


async def members_meant(connection: Connection, acting: Acting, mentions: Sequence[str], space_id: int) -> list[int]:
    """Return who is meant, of those who may read the space and are not blocked, each once, in the order named.

    Chinese goes on after a name without a space, so the longest beginning that is someone's handle counts.
    """
    candidates = [[skeleton(handle) for handle in _possible_handles(mention)] for mention in mentions[:MOST_TOLD]]
    wanted = sorted({each for candidate in candidates for each in candidate})
    if not wanted:
        return []
    rows = await connection.raw.fetch(_MEANT, wanted, acting.member_id, space_id)
    found: dict[str, int] = {row["handle_skeleton"]: row["id"] for row in rows}
    meant = (next((found[each] for each in candidate if each in found), None) for candidate in candidates)
    return list(dict.fromkeys(member_id for member_id in meant if member_id is not None))


async def tell_mentioned(
    connection: Connection,
    acting: Acting,
    member_ids: Sequence[int],
    *,
    subject_kind: str,
    subject_id: int,
    post_id: int,
    space_id: int,
) -> None:
    """Record that members were named."""
    await record(
        connection,
        *(
            happened(
                MEMBER_MENTIONED,
                acting,
                subject_kind=subject_kind,
                subject_id=subject_id,
                member_id=member_id,
                post_id=post_id,
                space_id=space_id,
            )
            for member_id in member_ids
        ),
    )


def _possible_handles(mention: str) -> Iterator[str]:
    """Yield the handles that a mention may begin with, the longest first."""
    longest = mention[:LONGEST]
    yield longest
    for length in range(len(longest) - 1, SHORTEST - 1, -1):
        if _UNSPACED.match(longest[length]) or _UNSPACED.match(longest[length - 1]):
            yield longest[:length]
