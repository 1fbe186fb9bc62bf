"""Who is meant by the @handles in a text, and telling them."""

from collections.abc import Iterator, Sequence

import regex

from community.discussions.access import blocked_with, member_sees_space
from community.discussions.events import MEMBER_MENTIONED, happened
from community.foundation.database import Connection
from community.foundation.events import record
from community.members.acting import Caller
from community.members.handles import LONGEST, SHORTEST, skeleton

MOST_TOLD = 20
"""How many members one text can call; more is a way to pester."""

_UNSPACED = regex.compile(r"[\p{Han}\p{Hiragana}\p{Katakana}\p{Hangul}]")


def members_meant_in(space_id: str, skeletons: str, places: str) -> str:
    """Return the query for who is meant in a space: `member_id`, each once, and the `place` of their first mention.

    `skeletons` and `places` are the parameters that :func:`possible_handles` fills, $2 is who writes. Whoever may not read
    the space is not called into it, nor who is blocked.
    """
    return f"""
        SELECT member_id, min(place) AS place FROM (
            SELECT DISTINCT ON (named.place) named.place, member.id AS member_id
            FROM unnest({skeletons}::text[], {places}::int[]) WITH ORDINALITY AS named (skeleton, place, choice)
                JOIN member ON member.handle_skeleton = named.skeleton
                JOIN space ON space.id = {space_id}
            WHERE member.state = 'ACTIVE' AND member.id <> $2::bigint AND NOT {blocked_with("member.id")}
                AND {member_sees_space("member.id")}
            ORDER BY named.place, named.choice
        ) AS chosen GROUP BY member_id
    """  # noqa: S608 - made of predicates and names of ours


_MEANT = f"SELECT member_id FROM ({members_meant_in('$1::bigint', '$3', '$4')}) AS meant ORDER BY place"  # noqa: S608 - ours


def possible_handles(mentions: Sequence[str]) -> tuple[list[str], list[int]]:
    """Return the skeletons of the handles that may be meant, and which mention each is for, the likelier ones first.

    Chinese goes on after a name without a space, so the longest beginning that is someone's handle counts.
    """
    possible = [
        (skeleton(handle), place)
        for place, mention in enumerate(mentions[:MOST_TOLD])
        for handle in _possible_handles(mention)
    ]
    return [handle for handle, _ in possible], [place for _, place in possible]


async def members_meant(connection: Connection, acting: Caller, mentions: Sequence[str], space_id: int) -> list[int]:
    """Return who is meant, of those who may read the space and are not blocked, each once, in the order named."""
    if not mentions:
        return []
    rows = await connection.raw.fetch(_MEANT, space_id, acting.member_id, *possible_handles(mentions))
    return [row["member_id"] for row in rows]


def in_whose_name(acting: Caller, author_id: int) -> Caller:
    """Return who names others in a text that somebody edits: its author, under whose name it stands."""
    return acting if acting.member_id == author_id else Caller(author_id)


async def tell_mentioned(
    connection: Connection,
    acting: Caller,
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
