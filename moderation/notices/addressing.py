"""What a notice is about: by its id, or by the address at which it was seen."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import TYPE_CHECKING, Final
from urllib.parse import unquote, urlsplit

from community.foundation.errors import Invalid, NotFound
from community.foundation.image_addresses import image_at
from community.members.handles import skeleton
from moderation.notices.tables import NOTICED

if TYPE_CHECKING:
    from community.foundation.database import Connection

LONGEST_ADDRESS: Final = 2_000
_ID = re.compile(rf"(?<![A-Za-z0-9])({'|'.join(NOTICED)})_([1-9][0-9]{{0,17}})(?![0-9])")
_HANDLE = re.compile(r"/@([^/?#]{1,200})")
_IMAGE = "SELECT id FROM image WHERE public_id = $1"
_MEMBER = "SELECT id FROM member WHERE handle_skeleton = $1 AND state <> 'ERASED'"


async def subject_at(connection: Connection, written: str, own: Iterable[str]) -> tuple[str, int]:
    """Return the kind and number of what is found at an address of the community's, or has an id.

    Clients lay out their addresses as they like, with the ids that the API gives: the last of them is what is meant. A member
    is also found as `/@handle`, and an image by its own address.

    Args:
        connection: where members are looked up.
        written: the address or the id.
        own: addresses of which the community's begin with one.

    Raises:
        Invalid: for an address that is somebody else's, or none.
        NotFound: for one at which there is nothing that could be reported.
    """
    written = written.strip()
    if len(written) > LONGEST_ADDRESS:
        raise Invalid(field="url", reason=f"At most {LONGEST_ADDRESS} characters.")
    if "/" in written and not _is_own(written, own):
        raise Invalid(field="url", reason="This is no address of this community.")
    found = _ID.findall(unquote(written))
    if found:
        kind, number = found[-1]
        return kind, int(number)
    public_id = image_at(urlsplit(written).path)
    if public_id is not None and (image_id := await connection.raw.fetchval(_IMAGE, public_id)) is not None:
        return "image", image_id
    handle = _HANDLE.search(unquote(written))
    member_id = handle and await connection.raw.fetchval(_MEMBER, skeleton(handle[1]))
    if not member_id:
        raise NotFound(what="such thing", path=("url",))
    return "member", member_id


def _is_own(written: str, own: Iterable[str]) -> bool:
    try:
        host = urlsplit(written).netloc.lower()
    except ValueError:
        return False
    return not host or host in {urlsplit(address).netloc.lower() for address in own}
