"""Handles of members who come from elsewhere."""

import hashlib
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

from community.exchange.errors import BadRecord
from community.exchange.records import Record
from community.foundation.database import Connection
from community.foundation.errors import Refusal
from community.members.handles import clean_handle, skeleton

Look = tuple[str, str] | BadRecord
"""A handle and its skeleton, or why it is none."""


async def choose_handles(
    connection: Connection,
    records: Sequence[Record],
    ids: Mapping[str, int],
    known: Mapping[str, int],
    *,
    may_rename: bool,
) -> dict[str, Look]:
    """Choose a handle for each member: its own, or, where the platform's names are not ours, one like it that is free."""
    looks = {record.external_id: [_look(record.fields["handle"])] for record in records}
    taken: dict[str, int] = {}
    now_called: dict[int, Look] = {}

    async def look_up(wanted: Iterable[Look], here: Sequence[int]) -> None:
        rows = await connection.raw.fetch(
            "SELECT id, handle, handle_skeleton FROM member WHERE handle_skeleton = ANY($1::text[]) OR id = ANY($2::bigint[])",
            [look[1] for look in wanted if not isinstance(look, BadRecord)],
            here,
        )
        taken.update({row["handle_skeleton"]: row["id"] for row in rows})
        now_called.update({row["id"]: (row["handle"], row["handle_skeleton"]) for row in rows})

    await look_up((look for (look,) in looks.values()), list(known.values()))
    if may_rename:
        wished = Counter(look[1] for (look,) in looks.values() if not isinstance(look, BadRecord))
        for record in records:
            (first,) = looks[record.external_id]
            if isinstance(first, BadRecord) or first[1] in taken or wished[first[1]] > 1:
                mark = hashlib.blake2b(record.external_id.encode(), digest_size=4).hexdigest()
                mark = record.external_id if record.external_id.isdecimal() else mark
                names = (f"{record.fields['handle'][:18]}.{mark}", f"member.{mark}")
                looks[record.external_id] += [_look(name[:30]) for name in names]
        if others := [look for choices in looks.values() for look in choices[1:]]:
            await look_up(others, ())
    chosen: dict[str, Look] = {}
    # Who alone wishes for a name has it, before others look for one like theirs.
    for external_id, choices in sorted(looks.items(), key=lambda each: len(each[1])):
        here = ids[external_id]
        kept = now_called.get(here) if may_rename else None
        chosen[external_id] = kept or _first_free(choices, taken, here)
    return chosen


def _look(wanted: str) -> Look:
    try:
        handle = clean_handle(wanted)
    except Refusal as refusal:
        return BadRecord(str(refusal))
    return handle, skeleton(handle)


def _first_free(looks: Sequence[Look], taken: dict[str, int], here: int) -> Look:
    """Return the first handle that is one and is free, and take it; else what is wrong with the first."""
    for look in looks:
        if not isinstance(look, BadRecord) and taken.setdefault(look[1], here) == here:
            return look
    first = looks[0]
    return first if isinstance(first, BadRecord) else BadRecord(f"the handle {first[0]!r} is taken")
