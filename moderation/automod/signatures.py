"""Signatures of what was written lately, by which near duplicates are found; kept only while a rule asks for them.

A reader of the event log keeps them, so that nobody who writes waits for it: what was written a moment ago is found a
fraction of a second later. What was held counts as well, and what is edited is compared as it is now.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import timedelta
from typing import TYPE_CHECKING

from community.discussions.events import COMMENT_CREATED, CONTENT_EDITED, CONTENT_REMOVED, POST_CREATED
from community.foundation.event_readers import EventReader, RecordedEvent
from moderation.rules.folding import fold

if TYPE_CHECKING:
    import asyncpg

    from community.foundation.database import Connection

KEPT_FOR = timedelta(days=30)

_KINDS = frozenset({POST_CREATED, COMMENT_CREATED, CONTENT_EDITED, CONTENT_REMOVED})
_ARE_ASKED_FOR = """
    SELECT EXISTS (
        SELECT FROM rule JOIN rule_version ON rule_version.rule_id = rule.id AND rule_version.number = rule.version
        WHERE rule.state <> 'OFF' AND condition @? '$.**.near_duplicates'
    )
"""
_TEXTS = """
    SELECT 'post' AS kind, id, author_id, created_at, title, body_text FROM post
    WHERE id = ANY($1::bigint[]) AND created_at > now() - $3::interval
    UNION ALL
    SELECT 'comment', id, author_id, created_at, '', body_text FROM comment
    WHERE id = ANY($2::bigint[]) AND created_at > now() - $3::interval
"""
_KEEP = """
    INSERT INTO text_signature (subject_kind, subject_id, author_id, signature, bands, written_at)
    VALUES ($1, $2, $3, $4, $5, $6)
    ON CONFLICT (subject_kind, subject_id) DO UPDATE SET signature = excluded.signature, bands = excluded.bands
"""
_FORGET = "DELETE FROM text_signature WHERE written_at < now() - $1::interval"


async def apply(connection: Connection, events: Sequence[RecordedEvent]) -> None:
    """Keep the signatures of what some events tell of."""
    told = {(event.subject_kind, event.subject_id) for event in events if event.kind in _KINDS}
    if not told or not await connection.raw.fetchval(_ARE_ASKED_FOR):
        return
    by_kind = {
        kind: [subject_id for of_kind, subject_id in told if of_kind == kind and subject_id is not None]
        for kind in ("post", "comment")
    }
    texts = await connection.raw.fetch(_TEXTS, by_kind["post"], by_kind["comment"], KEPT_FOR)
    await connection.raw.executemany(_KEEP, await asyncio.to_thread(_signed, texts))


def _signed(texts: Sequence[asyncpg.Record]) -> list[tuple[object, ...]]:
    from moderation.rules.near_duplicates import band_keys, signature  # what they need takes half a second to import

    rows: list[tuple[object, ...]] = []
    for text in texts:
        whole = " ".join([fold(part).text for part in (text["title"], text["body_text"]) if part])
        if (signed := signature(whole)) is not None:
            rows.append(
                (text["kind"], text["id"], text["author_id"], signed, list(band_keys(signed)), text["created_at"])
            )
    return rows


async def forget_signatures(connection: Connection) -> None:
    """Forget what was written long ago."""
    await connection.raw.execute(_FORGET, KEPT_FOR)


signatures_reader = EventReader("text signatures", apply)
