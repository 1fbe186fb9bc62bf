"""Mixing: anonymous responses are written anew, many in one transaction, in an order of their own.

A response is written in the transaction that writes down who took part, so that neither is ever there without the other.
Until it is mixed, PostgreSQL's own marks on the two rows (`xmin`, their places in their tables) would tell whoever reads the
database itself which go together. Mixed, a response has a new random id, and the transaction and the neighbours of
whatever else was mixed with it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from community.foundation.database import Connection

_MIX = """
    WITH taken AS (
        DELETE FROM survey_response
        WHERE survey_id = $1 AND member_id IS NULL AND ($2 OR NOT mixed) RETURNING survey_id, numbers, chosen, texts
    ), written AS (
        INSERT INTO survey_response (survey_id, numbers, chosen, texts, mixed)
        SELECT survey_id, numbers, chosen, texts, true FROM taken ORDER BY gen_random_uuid() RETURNING 1
    )
    SELECT count(*) FROM written
"""
_WAITING = """
    SELECT survey.id FROM survey JOIN survey_response AS response ON response.survey_id = survey.id
    WHERE survey.state = 'OPEN' AND response.member_id IS NULL AND NOT response.mixed
    GROUP BY survey.id HAVING count(*) >= survey.smallest_result ORDER BY survey.id LIMIT 100
"""
# Held against its being closed meanwhile, which mixes all; responses go on coming.
_HELD = "SELECT FROM survey WHERE id = $1 AND state = 'OPEN' FOR SHARE SKIP LOCKED"


async def mix_waiting(connection: Connection) -> int:
    """Mix the responses that came lately, of each survey where there are enough; return of how many surveys."""
    mixed = 0
    for survey in await connection.raw.fetch(_WAITING):
        if await connection.raw.fetchrow(_HELD, survey["id"]) is not None:
            await connection.raw.fetchval(_MIX, survey["id"], False)
            mixed += 1
    return mixed


async def mix_all(connection: Connection, survey_id: int) -> int:
    """Mix all responses of a survey that closes, in the caller's transaction; return how many there are."""
    return int(await connection.raw.fetchval(_MIX, survey_id, True))
