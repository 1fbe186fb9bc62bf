"""What records mean by the ids they name."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from community.exchange.errors import BadRecord
from community.exchange.records import Record
from community.foundation.database import Connection

SELF_MADE = ("member", "space", "post", "comment")

_ORIGINS = """
    SELECT external_id, subject_id FROM import_origin
    WHERE source = $1 AND kind = $2 AND external_id = ANY($3::text[])
"""

# Which kind each referring field means; `tag` and `reaction` go by name.
MEANT: Mapping[str, str] = {
    **dict.fromkeys(
        (
            *("member", "author", "follower", "blocker", "muter", "editor", "created_by", "granted_by", "invited_by"),
            "hidden_by",
        ),
        "member",
    ),
    "space": "space",
    "post": "post",
    "comment": "comment",
    "parent": "comment",
    "tag": "tag",
    "reaction": "reaction_kind",
}


class NotYet(BadRecord):
    """A record refers to something that is not there, or not yet."""


@dataclass
class References:
    """Ids here by kind and external id, as far as a batch names them."""

    found: dict[tuple[str, str], int] = field(default_factory=dict)

    def of(self, kind: str, external_id: str) -> int:
        """Return the id here.

        Raises:
            NotYet: if there is none.
        """
        here = self.found.get((kind, external_id))
        if here is None:
            raise NotYet(f"refers to the {kind} {external_id!r}, which is not there")
        return here

    def may(self, kind: str, external_id: str | None) -> int | None:
        """Return the id here; None for none."""
        return None if external_id is None else self.of(kind, external_id)


async def look_up(connection: Connection, source: str, name: str, records: Iterable[Record]) -> References:
    """Find all that some records refer to. Ids that begin with this community's own `name` mean what was made here."""
    wanted: dict[str, set[str]] = {}
    for record in records:
        for each, meant in MEANT.items():
            value = record.fields.get(each)
            if value is not None and not (each == "tag" and record.kind == "tag"):
                wanted.setdefault(meant, set()).add(value)
        if "under" in record.fields:
            for meant in ("post", "comment"):
                wanted.setdefault(meant, set()).add(record.fields["under"])
    references = References()
    for kind, names in wanted.items():
        references.found.update(
            {(kind, each): here for each, here in (await find(connection, source, name, kind, names)).items()}
        )
    return references


async def find(connection: Connection, source: str, name: str, kind: str, ids: set[str]) -> dict[str, int]:
    """Return the ids here of things of one kind."""
    if kind not in SELF_MADE:
        rows = await connection.raw.fetch(f"SELECT id, name FROM {kind} WHERE name = ANY($1::text[])", list(ids))  # noqa: S608 - a table of ours
        return {row["name"]: row["id"] for row in rows}
    rows = await connection.raw.fetch(_ORIGINS, source, kind, list(ids))
    found = {row["external_id"]: row["subject_id"] for row in rows}
    prefix = f"{name}:{kind}_"
    own = {
        each: int(each[len(prefix) :]) for each in ids if each.startswith(prefix) and each[len(prefix) :].isdecimal()
    }
    own = {each: number for each, number in own.items() if number < 2**63}
    if own:
        rows = await connection.raw.fetch(f"SELECT id FROM {kind} WHERE id = ANY($1::bigint[])", list(own.values()))  # noqa: S608 - a table of ours
        there = {row["id"] for row in rows}
        found.update({each: number for each, number in own.items() if number in there and each not in found})
    return found
