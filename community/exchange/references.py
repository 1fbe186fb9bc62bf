"""What records mean by the ids they name."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from community.exchange.errors import BadRecord
from community.exchange.records import KINDS, Record
from community.foundation.database import Connection

SELF_MADE = ("member", "space", "post", "comment")
REMEMBERED = 100_000
"""Ids of a kind: twice as many at most, in some 40 MB."""
LONGEST_NUMBER = 19
"""Digits; all numbers shorter than this are ids that there may be."""

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


class Seen:
    """Ids that were found or made a short while ago, the rest forgotten: records name the same members over and over."""

    def __init__(self) -> None:
        """Begin with none."""
        self._newer: dict[str, dict[str, int]] = {kind: {} for kind in SELF_MADE}
        self._older: dict[str, dict[str, int]] = {kind: {} for kind in SELF_MADE}

    def take(self, kind: str, names: Iterable[str]) -> dict[str, int]:
        """Return those of the ids that are remembered."""
        newer, older = self._newer[kind], self._older[kind]
        found: dict[str, int] = {}
        for name in names:
            here = newer.get(name)
            if here is None and (here := older.get(name)) is not None:
                newer[name] = here
            if here is not None:
                found[name] = here
        return found

    def keep(self, kind: str, found: Mapping[str, int]) -> None:
        """Remember ids."""
        newer = self._newer[kind]
        newer.update(found)
        if len(newer) > REMEMBERED:
            self._older[kind], self._newer[kind] = newer, {}

    def forget(self) -> None:
        """Remember nothing: what was remembered may be gone."""
        for kind in SELF_MADE:
            self._newer[kind], self._older[kind] = {}, {}


@dataclass(frozen=True, slots=True)
class Place:
    """Where ids are looked up: the source that records come from, and this community's `name`.

    Ids that begin with that name mean what was made here.
    """

    source: str
    name: str
    seen: Seen = field(default_factory=Seen)


async def look_up(connection: Connection, place: Place, records: Sequence[Record]) -> References:
    """Find all that some records of one kind refer to."""
    wanted: dict[str, set[str]] = {}
    kind = records[0].kind
    for name in KINDS[kind].fields:
        meant = ("post", "comment") if name == "under" else (MEANT[name],) if name in MEANT else ()
        if not meant or (name, kind) == ("tag", "tag"):
            continue
        given = {value for record in records if (value := record.fields.get(name)) is not None}
        for each in meant:
            wanted.setdefault(each, set()).update(given)
    references = References()
    for each, names in wanted.items():
        found = await find(connection, place, each, names)
        references.found.update({(each, name): here for name, here in found.items()})
    return references


async def find(connection: Connection, place: Place, kind: str, names: set[str]) -> dict[str, int]:
    """Return the ids here of things of one kind."""
    if not names:
        return {}
    if kind not in SELF_MADE:
        rows = await connection.raw.fetch(f"SELECT id, name FROM {kind} WHERE name = ANY($1::text[])", list(names))  # noqa: S608 - a table of ours
        return {row["name"]: row["id"] for row in rows}
    found = place.seen.take(kind, names)
    if missing := [name for name in names if name not in found]:
        rows = await connection.raw.fetch(_ORIGINS, place.source, kind, missing)
        looked_up = {row["external_id"]: row["subject_id"] for row in rows}
        looked_up = await find_own(connection, place, kind, missing) | looked_up
        place.seen.keep(kind, looked_up)
        found |= looked_up
    return found


async def find_own(connection: Connection, place: Place, kind: str, names: Iterable[str]) -> dict[str, int]:
    """Return the ids that were made here, of those that look as if they were."""
    prefix = f"{place.name}:{kind}_"
    own = {name: name.removeprefix(prefix) for name in names if name.startswith(prefix)}
    numbers = {name: int(number) for name, number in own.items() if number.isdecimal() and len(number) < LONGEST_NUMBER}
    if not numbers:
        return {}
    rows = await connection.raw.fetch(f"SELECT id FROM {kind} WHERE id = ANY($1::bigint[])", list(numbers.values()))  # noqa: S608 - a table of ours
    there = {row["id"] for row in rows}
    return {name: number for name, number in numbers.items() if number in there}
