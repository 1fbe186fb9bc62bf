"""What variants are counted to have: changed by the statements that change what is counted, and found again by a recount."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from community.foundation.database import Connection

SLOTS = 16
"""Rows that a variant's totals are spread over. Each server process keeps to one, so that two seldom meet."""

COUNTED = (
    *("exposed", "visitors", "viewings", "dwell_ms"),
    *("favourites", "votes", "pre_orders", "pre_ordered", "purchases", "purchased"),
)


def tallied(changes: Mapping[str, str], source: str) -> str:
    """Return a part of a statement, `tallied`, that adds to totals.

    `source` is a query's FROM with a column `variant_id`; `changes` gives for each total by how much a row changes it.
    Rows are written in the order of the variants, so that statements which change several do not wait in a circle.
    """
    names = ", ".join(changes)
    sums = ", ".join(f"sum({change})" for change in changes.values())
    added = ", ".join(f"{name} = held.{name} + excluded.{name}" for name in changes)
    return f"""
        tallied AS (
            INSERT INTO variant_tally AS held (variant_id, slot, {names})
            SELECT variant_id, pg_backend_pid() % {SLOTS}, {sums} FROM {source} GROUP BY variant_id ORDER BY variant_id
            ON CONFLICT (variant_id, slot) DO UPDATE SET {added}
        )
    """  # noqa: S608 - made of names of ours


_KEPT = f"""
    SELECT variant_id, {", ".join(f"sum({name})::bigint AS {name}" for name in COUNTED)}
    FROM variant_tally GROUP BY variant_id
"""  # noqa: S608 - made of names of ours
_RECOUNT = """
    SELECT variant.id AS variant_id, seen.*, favoured.*, voted.*, ordered.*, bought.* FROM variant,
        LATERAL (
            SELECT count(member_id) AS exposed, count(visitor) AS visitors, coalesce(sum(viewings), 0)::bigint AS viewings,
                coalesce(sum(dwell_ms), 0)::bigint AS dwell_ms FROM exposure WHERE variant_id = variant.id
        ) AS seen,
        LATERAL (SELECT count(*) AS favourites FROM variant_favourite WHERE variant_id = variant.id) AS favoured,
        LATERAL (SELECT count(*) AS votes FROM variant_vote WHERE variant_id = variant.id) AS voted,
        LATERAL (
            SELECT count(*) AS pre_orders, coalesce(sum(quantity), 0) AS pre_ordered FROM pre_order
            WHERE variant_id = variant.id
        ) AS ordered,
        LATERAL (
            SELECT count(*) AS purchases, coalesce(sum(quantity), 0) AS purchased FROM purchase
            WHERE variant_id = variant.id AND quantity > 0
        ) AS bought
"""


async def differences(connection: Connection) -> list[tuple[int, str, int, int]]:
    """Return where totals differ from a recount: variant, total, what is kept, what there is. None: all is well."""
    kept = {row["variant_id"]: row for row in await connection.raw.fetch(_KEPT)}
    found = []
    for row in await connection.raw.fetch(_RECOUNT):
        variant = row["variant_id"]
        for name in COUNTED:
            held = kept[variant][name] if variant in kept else 0
            if held != row[name]:
                found.append((variant, name, held, row[name]))
    return found
