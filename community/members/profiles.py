"""What members say of themselves."""

import unicodedata
from collections.abc import Mapping
from typing import TypedDict, Unpack
from urllib.parse import urlsplit

import regex
from sqlalchemy import bindparam, update

from community.foundation.database import Connection
from community.foundation.errors import Invalid, NotPermitted
from community.foundation.events import Event, record
from community.foundation.image_addresses import image_at
from community.foundation.markdown import render
from community.members.contributing import Carried, refuse_writing
from community.members.events import PROFILE_UPDATED
from community.members.names import INVISIBLE, camel_case, clean_display_name, clean_line
from community.members.tables import LOCALES, members

LONGEST_BIO = 2_000
LONGEST_LOCATION = 100
LONGEST_URL = 500

# What a profile has once shown is not forgotten, as it may show it again.
_SHOW_IMAGES = """
    UPDATE image SET shown_at = coalesce(shown_at, now()) WHERE owner_id = $1 AND public_id = ANY($2::text[])
"""

_HOST = regex.compile(r"[\p{L}\p{N}\p{M}.\-]+|\[[0-9a-fA-F:.]+\]")


class ProfileChanges(TypedDict, total=False):
    """What to change; what is left out stays."""

    display_name: str
    bio: str
    avatar_url: str | None
    website_url: str | None
    location: str | None
    locale: str


async def update_profile(connection: Connection, member_id: int, **changes: Unpack[ProfileChanges]) -> None:
    """Change what others see of a member.

    Raises:
        Invalid: for what cannot be shown.
        NotPermitted: to who is not in good standing.
        MemberLimited: to who may not show links or images, of such.
    """
    values: dict[str, str | None] = {}
    if "display_name" in changes:
        values["display_name"] = clean_display_name(changes["display_name"])
    if "bio" in changes:
        values |= _bio(changes["bio"])
    values |= _addresses(changes)
    if "location" in changes:
        values["location"] = clean_line(changes["location"] or "", "location", LONGEST_LOCATION) or None
    if "locale" in changes:
        if changes["locale"] not in LOCALES:
            raise Invalid(field="locale", reason=f"One of {', '.join(LOCALES)}.")
        values["locale"] = changes["locale"]
    if not values:
        return
    await _refuse_restricted(connection, member_id, values)
    change = (
        update(members)
        .where(members.c.id == bindparam("owner"), members.c.state == "ACTIVE")
        .values({name: bindparam(f"new_{name}") for name in values})
    )
    parameters = {"owner": member_id} | {f"new_{name}": value for name, value in values.items()}
    if await connection.execute(change, parameters) == 0:
        raise NotPermitted(action="change this profile")
    if images := _images_in(values):
        await connection.raw.execute(_SHOW_IMAGES, member_id, images)
    await record(
        connection,
        Event(
            PROFILE_UPDATED,
            actor_id=member_id,
            member_id=member_id,
            subject_kind="member",
            subject_id=member_id,
            data={"fields": sorted(values.keys() - {"bio_html"})},
        ),
    )


def clean_url(written: str | None, field: str) -> str | None:
    """Return a web address that is safe to show as a link, or None for none.

    Raises:
        Invalid: if it leads anywhere but to the web, or carries a password.
    """
    if written is None or not written.strip():
        return None
    url = written.strip()
    try:
        parts = urlsplit(url)
        sound = (
            len(url) <= LONGEST_URL
            and parts.scheme in {"http", "https"}
            and parts.username is None
            and _HOST.fullmatch(parts.netloc.rpartition("@")[2].partition(":")[0] or "") is not None
            and not regex.search(r"[\s\"'<>\\`]", url)
            and INVISIBLE.search(url) is None
        )
    except ValueError:
        sound = False
    if not sound:
        raise Invalid(field=field, reason="This is not an address of a web page.", path=(camel_case(field),))
    return url


def _addresses(changes: ProfileChanges) -> dict[str, str | None]:
    values: dict[str, str | None] = {}
    if "avatar_url" in changes:
        values["avatar_url"] = _avatar(changes["avatar_url"])
    if "website_url" in changes:
        values["website_url"] = clean_url(changes["website_url"], "website_url")
    return values


def _avatar(written: str | None) -> str | None:
    """Return the address of a picture: of an image kept here, or anywhere on the web."""
    kept_here = written is not None and image_at(written.strip()) is not None
    return written.strip() if written is not None and kept_here else clean_url(written, "avatar_url")


def _images_in(values: Mapping[str, str | None]) -> list[str]:
    """Return the public ids of the images kept here that a profile shows."""
    addresses = [*render(values.get("bio") or "").images, values.get("avatar_url") or ""]
    return [found for address in addresses if (found := image_at(address)) is not None]


async def _refuse_restricted(connection: Connection, member_id: int, values: Mapping[str, str | None]) -> None:
    """Refuse links and images to who may not show them: they are seen here as in what members write."""
    bio = Carried.by(render(values.get("bio") or ""))
    carried = Carried(bio.links + bool(values.get("website_url")), bio.images + bool(values.get("avatar_url")))
    if any(carried):
        await refuse_writing(connection, member_id, carried, contributes=False, by_level=False)


def _bio(written: str) -> dict[str, str | None]:
    bio = unicodedata.normalize("NFC", written).strip()
    if len(bio) > LONGEST_BIO:
        raise Invalid(field="bio", reason=f"At most {LONGEST_BIO} characters.")
    if "\x00" in bio:
        raise Invalid(field="bio", reason="A character here cannot be kept.")
    return {"bio": bio, "bio_html": render(bio).html if bio else ""}
