"""Making of the bytes that somebody sent an image that is safe to serve: decoded, and written anew.

What an image is, its bytes say, and not its name nor what it was declared to be. Only pixels pass: what cameras write into
files of where and when, and whatever else hangs on to them, stays behind. All of it is work for a thread.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from io import BytesIO
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from PIL import Image, ImageOps, ImageSequence

from community.media.errors import ImageTooLarge, ImageUnreadable
from community.media.hashing import perceptual_hash

if TYPE_CHECKING:
    from collections.abc import Iterator

LARGEST_FILE: Final = 10_000_000
"""Bytes, as it is sent. What is written anew may take somewhat more, and no more than twice that."""
MOST_PIXELS: Final = 24_000_000
"""As many as the cameras of most telephones take. Decoded, they are a hundred megabytes."""
LONGEST_SIDE: Final = 12_000
MOST_FRAMES: Final = 300
MOST_PIXELS_OF_ALL_FRAMES: Final = 50_000_000


class Format(NamedTuple):
    """How an image of some format is written anew."""

    name: str
    media_type: str
    options: dict[str, Any]
    moves: bool = False
    """Whether it keeps its frames; of any other, the first is kept."""
    transparent: bool = True


_JPEG = Format("JPEG", "image/jpeg", {"quality": 90}, transparent=False)
_FORMATS: Final = {
    "PNG": Format("PNG", "image/png", {}),
    "JPEG": _JPEG,
    "MPO": _JPEG,  # a JPEG with further pictures behind it, as some telephones take them
    "WEBP": Format("WEBP", "image/webp", {"quality": 90, "method": 2}, moves=True),
    "GIF": Format("GIF", "image/gif", {}, moves=True),
}
_READ = ("PNG", "JPEG", "WEBP", "GIF")


@dataclass(frozen=True, slots=True)
class Decoded:
    """An image as it is kept."""

    data: bytes
    sha256: bytes
    media_type: str
    width: int
    height: int
    perceptual_hash: int
    """64 bits, as a number without a sign."""


def decode(sent: bytes) -> Decoded:
    """Return the image in some bytes, ready to be served. It takes up to a few seconds.

    Raises:
        ImageUnreadable: if they are none, or of a format that is not taken, or end before the image does.
        ImageTooLarge: if it has more bytes, pixels or frames than are taken; found before they are decoded.
    """
    if len(sent) > LARGEST_FILE:
        raise ImageTooLarge(most=LARGEST_FILE, what="bytes")
    try:
        with Image.open(BytesIO(sent), formats=_READ) as opened:
            return _written_anew(opened)
    except ImageTooLarge:
        raise
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise ImageTooLarge(most=MOST_PIXELS, what="pixels") from error
    except Exception as error:  # decoders of hostile bytes fail in every way there is
        raise ImageUnreadable from error


def _written_anew(opened: Image.Image) -> Decoded:
    written_as = _FORMATS[str(opened.format)]
    _refuse_large(opened)
    frames = list(_frames(opened, written_as)) if written_as.moves else [_upright(opened, written_as)]
    first = frames[0]
    options = dict(written_as.options)
    if len(frames) > 1:
        durations = [max(0, int(frame.info.get("duration", 0))) for frame in frames]
        options |= {"save_all": True, "append_images": frames[1:], "duration": durations, "loop": 0}
        options |= {"disposal": 2} if written_as.name == "GIF" else {}
    for frame in frames:
        frame.info = {}  # what is known of the file is not written again
    written = BytesIO()
    first.save(written, written_as.name, **options)
    data = written.getvalue()
    if len(data) > 2 * LARGEST_FILE:
        raise ImageTooLarge(most=2 * LARGEST_FILE, what="bytes when it is written anew")
    return Decoded(
        data,
        hashlib.sha256(data).digest(),
        written_as.media_type,
        first.width,
        first.height,
        perceptual_hash(first),
    )


def _refuse_large(image: Image.Image) -> None:
    """Refuse by what the head of the file says: nothing of it has been decoded yet."""
    if max(image.size) > LONGEST_SIDE:
        raise ImageTooLarge(most=LONGEST_SIDE, what="pixels a side")
    if image.width * image.height > MOST_PIXELS:
        raise ImageTooLarge(most=MOST_PIXELS, what="pixels")


def _frames(image: Image.Image, written_as: Format) -> Iterator[Image.Image]:
    pixels = 0
    for number, frame in enumerate(ImageSequence.Iterator(image), start=1):
        pixels += frame.width * frame.height
        if number > MOST_FRAMES:
            raise ImageTooLarge(most=MOST_FRAMES, what="frames")
        if pixels > MOST_PIXELS_OF_ALL_FRAMES:
            raise ImageTooLarge(most=MOST_PIXELS_OF_ALL_FRAMES, what="pixels in all frames")
        yield _upright(frame, written_as)


def _upright(image: Image.Image, written_as: Format) -> Image.Image:
    """Return the pixels as they are to be seen: turned as the camera was held, since what says so is not kept."""
    image.load()
    duration = image.info.get("duration", 0)  # of a WebP, known once it is decoded
    turned = ImageOps.exif_transpose(image)
    mode = "RGBA" if written_as.transparent and turned.has_transparency_data else "RGB"
    shown = turned.convert(mode)
    shown.info = {"duration": duration}
    return shown
