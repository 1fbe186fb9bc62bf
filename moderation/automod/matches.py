"""Writing down what rules matched: with what is done where something is, and else in the background.

What runs in shadow, and what was refused, leaves no trace but this: it waits in memory for a second, so that nobody who
writes waits for it. A process that is killed loses the matches of that second, and nothing else.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from community.foundation.errors import Overloaded
from moderation.rules.evaluating import Action

if TYPE_CHECKING:
    from community.foundation.database import Connection, Database
    from moderation.automod.drafts import Screened
    from moderation.rules.checks import Evidence

FLUSH_EVERY = 1.0  # seconds
MOST_WAITING = 20_000
"""Once so many wait to be written, further ones are dropped until the next flush."""

# A rule, an author or a text that is gone by now takes its matches along.
_WRITE = """
    INSERT INTO rule_match (
        rule_id, version, action, shadow, subject_kind, subject_id, revision, member_id, space_id, evidence, excerpt
    )
    SELECT $1, $2::int, $3::text, $4::boolean, $5::text, $6::bigint,
        coalesce(post.revision_count, comment.revision_count, 0), $7::bigint,
        coalesce(post.space_id, post_of_comment.space_id, $8::bigint), $9::jsonb, $10::text
    FROM rule JOIN member ON member.id = $7
        LEFT JOIN post ON $5 = 'post' AND post.id = $6
        LEFT JOIN comment ON $5 = 'comment' AND comment.id = $6
        LEFT JOIN post AS post_of_comment ON post_of_comment.id = comment.post_id
    WHERE rule.id = $1
"""
_FORGET = "DELETE FROM rule_match WHERE matched_at < now() - interval '90 days'"

Row = tuple[Any, ...]


def matches_of(screened: Screened, subject_kind: str, subject_id: int | None) -> list[Row]:
    """Return what is to be written down of what the rules say; of what is refused its beginning, as it stands nowhere."""
    excerpt = None
    if subject_id is None:
        excerpt = screened.draft.excerpt
    return [
        (
            verdict.rule.id,
            verdict.rule.version,
            verdict.rule.action.value,
            verdict.is_shadow,
            subject_kind,
            subject_id,
            screened.member_id,
            screened.space_id,
            [_written(each) for each in verdict.evidence],
            excerpt,
        )
        for verdict in screened.verdicts
        # Of what is refused nothing else is done.
        if subject_id is not None or verdict.is_shadow or verdict.rule.action is Action.REFUSE
    ]


async def write_matches(connection: Connection, rows: Sequence[Row]) -> None:
    """Write matches down."""
    await connection.raw.executemany(_WRITE, rows)


async def forget_matches(connection: Connection) -> None:
    """Forget what matched long ago."""
    await connection.raw.execute(_FORGET)


def _written(evidence: Evidence) -> dict[str, Any]:
    return {
        "condition": evidence.condition,
        "en": evidence.english,
        "zh": evidence.chinese,
        "spans": [[span.place.value, span.start, span.end] for span in evidence.spans],
    }


class MatchBuffer:
    """The matches that this process has not written yet."""

    def __init__(self, database: Database) -> None:
        """Make an empty buffer; `run` writes it."""
        self._database = database
        self._waiting: list[Row] = []

    def add(self, rows: Sequence[Row]) -> None:
        """Have matches written soon."""
        self._waiting += rows[: max(0, MOST_WAITING - len(self._waiting))]

    async def run(self) -> None:
        """Write what waits every second until cancelled, and once more then."""
        try:
            while True:
                await asyncio.sleep(FLUSH_EVERY)
                await self.flush()
        finally:
            await self.flush()

    async def flush(self) -> None:
        """Write what waits. If the database cannot take it now, it waits for the next time."""
        waiting, self._waiting = self._waiting, []
        if not waiting:
            return
        try:
            await self._database.transact(lambda connection: write_matches(connection, waiting))
        except Overloaded:
            self.add(waiting)
