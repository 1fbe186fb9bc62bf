"""Ways in that every world has: to its spaces, its members and what is between them, and to what moderators look at."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from community.foundation.database import Database


async def ways_to_members_and_cases(database: Database) -> list[tuple[str, dict[str, str]]]:
    """Return arguments of Query's fields that lead there."""
    async with database.reading() as connection:
        slugs = await connection.raw.fetch("SELECT slug FROM space")
        members = await connection.raw.fetch("SELECT id, handle FROM member ORDER BY id")
        tribes = await connection.raw.fetch("SELECT id FROM tribe")
        judged = {
            kind: await connection.raw.fetch(f"SELECT id FROM {table}")
            for kind, table in (
                ("case", "moderation_case"),
                ("decision", "decision"),
                ("report", "report"),
                ("second_opinion", "second_opinion"),
            )
        }
        spaces = await connection.raw.fetch("SELECT space_id FROM graph_scope WHERE space_id IS NOT NULL")
    of_moderation = [f'"{kind}_{row["id"]}"' for kind, rows in judged.items() for row in rows]
    ids = [f'"member_{row["id"]}"' for row in members]
    window = '{from: "2020-01-01T00:00:00Z", to: "2099-01-01T00:00:00Z"}'
    return [
        *(("space", {"slug": f'"{row["slug"]}"'}) for row in slugs),
        *(("member", {"handle": f'"{row["handle"]}"'}) for row in members),
        *(("tribe", {"id": f'"tribe_{row["id"]}"'}) for row in tribes),
        *(("influencers", {"scope": f'{{space: "space_{row["space_id"]}"}}'}) for row in spaces),
        *((kind, {"id": f'"{kind}_{row["id"]}"'}) for kind in ("case", "decision") for row in judged[kind]),
        *(("nodes", {"ids": f"[{', '.join(some)}]"}) for some in batched(of_moderation)),
        *((field, {"window": window}) for field in ("transparencyReport", "moderationHealth")),
        ("compareMembers", {"ids": f"[{', '.join(ids[:20])}]"}),
        *(("path", {"from": ids[0], "to": id_}) for id_ in ids[1:]),
    ]


def batched(ids: Sequence[str], size: int = 40) -> Iterator[Sequence[str]]:
    """Yield ids in parts that one `nodes` takes."""
    for start in range(0, len(ids), size):
        yield ids[start : start + size]
