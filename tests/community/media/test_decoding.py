"""What is hostile is refused before it costs much, and what is kept holds pixels and nothing else."""

from __future__ import annotations

import struct
import time
import zlib
from collections.abc import Callable
from io import BytesIO

import pytest
from PIL import Image

from community.foundation.errors import Refusal
from community.media.decoding import LARGEST_FILE, LONGEST_SIDE, MOST_FRAMES, decode
from community.media.errors import ImageTooLarge, ImageUnreadable
from tests.factories.images import encoded, moving, picture

PNG = encoded(picture(1))
JPEG = encoded(picture(1), "JPEG")


def chunk(kind: bytes, data: bytes) -> bytes:
    """Return a part of a PNG file."""
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def png_that_says(width: int, height: int, lines: bytes = b"") -> bytes:
    """Return a PNG file, of however few bytes, that says it is so large."""
    head = struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(lines, 9)) + chunk(b"IEND", b"")


def bomb() -> bytes:
    """Return a PNG file of some kilobytes that is 400 million pixels when it is decoded: a pixel a bit, all of them black."""
    return png_that_says(20_000, 20_000, bytes(2_501 * 20_000))


def long_text() -> bytes:
    """Return a PNG file with a comment that is a hundred megabytes when it is decompressed."""
    packed = b"Comment\0\0" + zlib.compress(bytes(100_000_000), 9)
    return PNG[:33] + chunk(b"zTXt", packed) + PNG[33:]


@pytest.mark.parametrize(
    ("make", "refusal"),
    [
        (bomb, ImageTooLarge),
        (lambda: png_that_says(2**31 - 1, 2**31 - 1), ImageTooLarge),
        (lambda: png_that_says(LONGEST_SIDE + 1, 1), ImageTooLarge),
        (lambda: png_that_says(0, 1), ImageUnreadable),
        (lambda: png_that_says(10, 10), ImageUnreadable),
        (long_text, ImageUnreadable),
        (lambda: moving(10_000), ImageTooLarge),
        (lambda: bytes(LARGEST_FILE + 1), ImageTooLarge),
        (lambda: b"", ImageUnreadable),
        (lambda: PNG[: len(PNG) // 2], ImageUnreadable),
        (lambda: JPEG[: len(JPEG) // 2], ImageUnreadable),
        (lambda: PNG[:100] + bytes(50) + PNG[150:], ImageUnreadable),
        (lambda: b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>", ImageUnreadable),
        (lambda: b"<html>" + PNG, ImageUnreadable),
        (lambda: encoded(picture(1), "BMP"), ImageUnreadable),
        (lambda: encoded(picture(1), "TIFF"), ImageUnreadable),
        (lambda: encoded(picture(1), "PDF"), ImageUnreadable),
        (lambda: b"%!PS-Adobe-3.0 EPSF-3.0\n", ImageUnreadable),
        (lambda: b"GIF89a" + b"\xff" * 7, ImageUnreadable),
        (lambda: b"RIFF\xff\xff\xff\xffWEBPVP8X", ImageUnreadable),
    ],
)
def test_what_is_hostile_is_refused_at_once(make: Callable[[], bytes], refusal: type[Refusal]) -> None:
    sent = make()
    begun = time.process_time()

    with pytest.raises(refusal) as caught:
        decode(sent)

    assert type(caught.value) is refusal
    assert time.process_time() - begun < 3, "found by the head of the file, or soon after"


@pytest.mark.parametrize(
    ("format_", "media_type"),
    [("PNG", "image/png"), ("JPEG", "image/jpeg"), ("WEBP", "image/webp"), ("GIF", "image/gif")],
)
def test_what_it_is_is_found_in_the_bytes_and_what_hangs_on_is_left_behind(format_: str, media_type: str) -> None:
    exif = Image.Exif()
    exif[0x010E] = "planted 拍摄地点"
    exif.get_ifd(0x8825)[1] = "N"
    options = {} if format_ == "GIF" else {"exif": exif}
    sent = encoded(picture(2), format_, comment=b"planted", **options) + b"<script>planted</script>"

    decoded = decode(sent)

    assert b"planted" in sent
    assert decoded.media_type == media_type
    assert b"planted" not in decoded.data
    with Image.open(BytesIO(decoded.data)) as kept:
        assert (kept.format, kept.size) == (format_, (480, 360))
        assert not kept.getexif()
    assert (decoded.width, decoded.height) == (480, 360)


def test_what_was_written_anew_is_written_alike_again() -> None:
    assert decode(PNG).sha256 == decode(PNG).sha256
    assert decode(encoded(picture(1))).sha256 != decode(encoded(picture(2))).sha256


def test_a_picture_stands_as_the_camera_was_held() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6  # to be turned by a quarter
    decoded = decode(encoded(picture(3), "JPEG", exif=exif))

    assert (decoded.width, decoded.height) == (360, 480)


@pytest.mark.parametrize("format_", ["GIF", "WEBP"])
def test_what_moves_goes_on_moving(format_: str) -> None:
    decoded = decode(moving(12, format_=format_))

    with Image.open(BytesIO(decoded.data)) as kept:
        assert kept.n_frames == 12  # type: ignore[attr-defined] # what moves has it
        kept.seek(1)
        kept.load()
        assert kept.info["duration"] == 20
    with pytest.raises(ImageTooLarge):
        decode(moving(MOST_FRAMES + 1, format_=format_))


def test_what_is_see_through_stays_so() -> None:
    drawn = picture(4).convert("RGBA")
    drawn.putalpha(Image.linear_gradient("L").resize(drawn.size))

    with Image.open(BytesIO(decode(encoded(drawn)).data)) as kept:
        assert kept.mode == "RGBA"
        assert kept.getchannel("A").getextrema() == drawn.getchannel("A").getextrema()


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "I;16", "CMYK"])
def test_every_way_to_store_colours_is_read(mode: str) -> None:
    drawn = picture(5).convert("L").convert("I;16") if mode == "I;16" else picture(5).convert(mode)
    decoded = decode(encoded(drawn, "JPEG" if mode == "CMYK" else "PNG"))

    assert decoded.width == 480
