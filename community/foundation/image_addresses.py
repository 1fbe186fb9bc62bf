"""The addresses of images that are kept here: what texts show them by, and what the server finds them by."""

import re
from collections.abc import Mapping
from typing import Final

EXTENSIONS: Final[Mapping[str, str]] = {
    "image/png": "png",
    "image/jpeg": "jpg",
    "image/webp": "webp",
    "image/gif": "gif",
}
"""How an address ends, by the media type. Nothing else is kept."""

_ADDRESS = re.compile(rf"/media/([0-9a-f]{{32}})\.({'|'.join(EXTENSIONS.values())})")


def image_address(public_id: str, media_type: str) -> str:
    """Return the address of an image."""
    return f"/media/{public_id}.{EXTENSIONS[media_type]}"


def address_in_sql(image: str) -> str:
    """Return the address of an image in SQL, given the name of its row."""
    endings = " ".join(f"WHEN '{media_type}' THEN '{ending}'" for media_type, ending in EXTENSIONS.items())
    return f"'/media/' || {image}.public_id || '.' || CASE {image}.media_type {endings} END"


def image_at(address: str) -> str | None:
    """Return the public id of the image at an address; None for an address of anything else."""
    found = _ADDRESS.fullmatch(address)
    return None if found is None else found[1]
