"""The interchange format: which kinds of records there are, which fields each has, and what those may hold.

Every source is read into these records, so there is one way into the database. docs/interchange.md is the manual.
"""

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import orjson

from community.discussions.tables import SPACE_ACCESS, SPACE_POSTING
from community.exchange.errors import BadRecord
from community.foundation.clock import now
from community.members.tables import LOCALES, MEMBER_STATES, ROLES

LONGEST_TEXT = 200_000
LONGEST_ID = 200
EARLIEST = datetime(1990, 1, 1, tzinfo=UTC)
LATEST_AHEAD = timedelta(days=1)

MOVABLE_STATES = tuple(state for state in MEMBER_STATES if state != "MERGED")
"""Where a member is brought in by themselves, nobody stands for them."""

Read = Callable[[object], Any]


@dataclass(frozen=True, slots=True)
class Record:
    """One thing to import: `fields` hold Python values, and the external ids of what it refers to."""

    kind: str
    external_id: str
    fields: Mapping[str, Any]
    place: str

    @property
    def digest(self) -> bytes:
        """A digest of all that it says."""
        said = orjson.dumps([self.kind, dict(self.fields)], option=orjson.OPT_SORT_KEYS | orjson.OPT_UTC_Z)
        return hashlib.blake2b(said, digest_size=16).digest()


@dataclass(frozen=True, slots=True)
class Field:
    """What a field may hold; one that is not required is left out when it has no value."""

    read: Read
    required: bool = False


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of record."""

    fields: Mapping[str, Field] = field(default_factory=dict)
    has_id: bool = False


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise BadRecord("is not a text")
    if len(value) > LONGEST_TEXT:
        raise BadRecord(f"has more than {LONGEST_TEXT} characters")
    if "\0" in value:
        raise BadRecord("has a NUL character")
    if not value.isascii():
        try:
            value.encode()
        except UnicodeEncodeError:
            raise BadRecord("has half a character (a lone surrogate)") from None
    return value


def read_id(value: object) -> str:
    """Read an external id."""
    text = _text(value)
    if not text or len(text) > LONGEST_ID:
        raise BadRecord(f"is not an id of 1 to {LONGEST_ID} characters")
    return text


def read_moment(value: object) -> datetime:
    """Read a moment that has passed: ISO 8601, in UTC where nothing else is said."""
    moment = _any_moment(value)
    if not EARLIEST <= moment <= now() + LATEST_AHEAD:
        raise BadRecord(f"is not a time between {EARLIEST.year} and today: {value}")
    return moment


def _any_moment(value: object) -> datetime:
    if isinstance(value, datetime):
        moment = value
    else:
        try:
            moment = datetime.fromisoformat(_text(value))
        except ValueError:
            raise BadRecord(f"is not a time: {str(value)[:60]}") from None
    try:
        return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    except OverflowError:
        raise BadRecord(f"is not a time: {str(value)[:60]}") from None


def _integer(value: object) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or not -(2**31) <= value < 2**31:
        raise BadRecord("is not a whole number of at most 31 bits")
    return value


def _count(value: object) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value < 2**62:
        raise BadRecord("is not a count")
    return value


def _boolean(value: object) -> bool:
    if not isinstance(value, bool):
        raise BadRecord("is neither true nor false")
    return value


def _texts(value: object) -> list[str]:
    if not isinstance(value, list):
        raise BadRecord("is not a list")
    return [_text(each) for each in value]


def _labels(value: object) -> dict[str, str]:
    if not isinstance(value, dict):
        raise BadRecord("is not an object")
    return {_text(locale): _text(label) for locale, label in value.items()}


def _one_of(*choices: str) -> Read:
    def read(value: object) -> str:
        if value not in choices:
            raise BadRecord(f"is none of {', '.join(choices)}")
        return str(value)

    return read


def _visibility(value: object) -> int:
    number = _integer(value)
    if not 0 <= number <= 4:  # noqa: PLR2004 - as the check on the column says
        raise BadRecord("is not a number from 0 to 4")
    return number


TEXT, REQUIRED_TEXT = Field(_text), Field(_text, required=True)
MOMENT, REQUIRED_MOMENT = Field(read_moment), Field(read_moment, required=True)
REFERENCE, REQUIRED_REFERENCE = Field(read_id), Field(read_id, required=True)
INTEGER, FLAG = Field(_integer), Field(_boolean)

_HIDDEN = {"visibility": Field(_visibility), "hidden_at": MOMENT, "hidden_by": REFERENCE}

KINDS: Mapping[str, Kind] = {
    "community": Kind({"name": REQUIRED_TEXT, "description": TEXT, "rules": TEXT}),
    "reaction_kind": Kind(
        {
            "name": REQUIRED_TEXT,
            "emoji": REQUIRED_TEXT,
            "labels": Field(_labels, required=True),
            "position": Field(_integer, required=True),
            "retired_at": MOMENT,
        }
    ),
    "member": Kind(
        {
            "handle": REQUIRED_TEXT,
            "display_name": REQUIRED_TEXT,
            "bio": TEXT,
            "avatar_url": TEXT,
            "website_url": TEXT,
            "location": TEXT,
            "locale": Field(_one_of(*LOCALES)),
            "state": Field(_one_of(*MOVABLE_STATES)),
            "suspended_until": Field(_any_moment),
            "suspension_reason": TEXT,
            "official": FLAG,
            "joined_at": REQUIRED_MOMENT,
            "imported_reputation": INTEGER,
        },
        has_id=True,
    ),
    "follow": Kind({"follower": REQUIRED_REFERENCE, "member": REQUIRED_REFERENCE, "created_at": REQUIRED_MOMENT}),
    "block": Kind({"blocker": REQUIRED_REFERENCE, "member": REQUIRED_REFERENCE, "created_at": REQUIRED_MOMENT}),
    "mute": Kind({"muter": REQUIRED_REFERENCE, "member": REQUIRED_REFERENCE, "created_at": REQUIRED_MOMENT}),
    "badge": Kind({"member": REQUIRED_REFERENCE, "name": REQUIRED_TEXT, "awarded_at": REQUIRED_MOMENT, "source": TEXT}),
    "space": Kind(
        {
            "slug": REQUIRED_TEXT,
            "name": REQUIRED_TEXT,
            "description": TEXT,
            "rules": TEXT,
            "access": Field(_one_of(*SPACE_ACCESS)),
            "posting": Field(_one_of(*SPACE_POSTING)),
            "created_by": REFERENCE,
            "created_at": REQUIRED_MOMENT,
            "archived_at": MOMENT,
        },
        has_id=True,
    ),
    "role": Kind(
        {
            "member": REQUIRED_REFERENCE,
            "role": Field(_one_of(*ROLES), required=True),
            "space": REFERENCE,
            "granted_by": REFERENCE,
            "granted_at": REQUIRED_MOMENT,
        }
    ),
    "space_member": Kind({"space": REQUIRED_REFERENCE, "member": REQUIRED_REFERENCE, "joined_at": REQUIRED_MOMENT}),
    "space_invitation": Kind(
        {
            "space": REQUIRED_REFERENCE,
            "member": REQUIRED_REFERENCE,
            "invited_by": REFERENCE,
            "created_at": REQUIRED_MOMENT,
        }
    ),
    "tag": Kind({"name": REQUIRED_TEXT, "description": TEXT, "created_at": REQUIRED_MOMENT}),
    "tag_follow": Kind({"member": REQUIRED_REFERENCE, "tag": REQUIRED_TEXT, "created_at": REQUIRED_MOMENT}),
    "post": Kind(
        {
            "space": REQUIRED_REFERENCE,
            "author": REQUIRED_REFERENCE,
            "title": REQUIRED_TEXT,
            "body": REQUIRED_TEXT,
            "tags": Field(_texts),
            "official": FLAG,
            **_HIDDEN,
            "created_at": REQUIRED_MOMENT,
            "edited_at": MOMENT,
            "pinned_at": MOMENT,
            "locked_at": MOMENT,
            "view_count": Field(_count),
            "imported_score": INTEGER,
        },
        has_id=True,
    ),
    "post_revision": Kind(
        {
            "post": REQUIRED_REFERENCE,
            "number": Field(_integer, required=True),
            "editor": REFERENCE,
            "title": REQUIRED_TEXT,
            "body": REQUIRED_TEXT,
            "reason": TEXT,
            "created_at": REQUIRED_MOMENT,
        }
    ),
    "comment": Kind(
        {
            "post": REFERENCE,
            "parent": REFERENCE,
            "under": REFERENCE,
            "author": REQUIRED_REFERENCE,
            "body": REQUIRED_TEXT,
            "official": FLAG,
            **_HIDDEN,
            "created_at": REQUIRED_MOMENT,
            "edited_at": MOMENT,
            "imported_score": INTEGER,
        },
        has_id=True,
    ),
    "comment_revision": Kind(
        {
            "comment": REQUIRED_REFERENCE,
            "number": Field(_integer, required=True),
            "editor": REFERENCE,
            "body": REQUIRED_TEXT,
            "reason": TEXT,
            "created_at": REQUIRED_MOMENT,
        }
    ),
    "acceptance": Kind({"post": REQUIRED_REFERENCE, "comment": REQUIRED_REFERENCE}),
    "post_reaction": Kind(
        {
            "post": REQUIRED_REFERENCE,
            "member": REQUIRED_REFERENCE,
            "reaction": REQUIRED_TEXT,
            "created_at": REQUIRED_MOMENT,
        }
    ),
    "comment_reaction": Kind(
        {
            "comment": REQUIRED_REFERENCE,
            "member": REQUIRED_REFERENCE,
            "reaction": REQUIRED_TEXT,
            "created_at": REQUIRED_MOMENT,
        }
    ),
}
"""By name, in the order in which they are exported: what a record refers to stands before it."""


def _read(name: str, field_: Field, value: object, place: str) -> Any:
    if value is None:
        if field_.required:
            raise BadRecord(f"{name} is missing", place)
        return None
    try:
        return field_.read(value)
    except BadRecord as error:
        raise BadRecord(f"{name} {error.reason}", place) from None


def make_record(kind: str, given: Mapping[str, object], place: str, external_id: object = None) -> Record:
    """Check what was read and return it as a record.

    Raises:
        BadRecord: if the kind is unknown, a field is missing, unknown, or holds what it may not.
    """
    known = KINDS.get(kind)
    if known is None:
        raise BadRecord(f"{kind[:40]!r} is no kind of record", place)
    identity = _read("id", REQUIRED_REFERENCE, external_id, place) if known.has_id else ""
    fields: dict[str, Any] = {}
    for name, each in known.fields.items():
        value = given.get(name)
        if value is not None:
            fields[name] = _read(name, each, value, place)
        elif each.required:
            raise BadRecord(f"{name} is missing", place)
    if not given.keys() <= known.fields.keys():
        unknown = next(each for each in given if each not in known.fields)
        raise BadRecord(f"{kind} has no field {unknown[:40]!r}", place)
    return Record(kind, identity, fields, place)
