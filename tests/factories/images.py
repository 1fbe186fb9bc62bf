"""Pictures made by code: no two seeds look alike, and each is the same every time."""

from __future__ import annotations

import random
from io import BytesIO
from typing import Any

from PIL import Image, ImageDraw

from community.foundation.database import Database
from community.media.decoding import decode
from community.media.uploading import Uploaded, keep_image
from community.members.acting import Acting
from tests.factories.discussions import make_post


def picture(seed: int, width: int = 480, height: int = 360) -> Image.Image:
    """Return shapes on a gradient."""
    chance = random.Random(seed)
    drawn = Image.new("RGB", (width, height))
    pen = ImageDraw.Draw(drawn)
    above, below = ([chance.randrange(256) for _ in range(3)] for _ in range(2))
    for line in range(height):
        shade = tuple(round(a + (b - a) * line / height) for a, b in zip(above, below, strict=True))
        pen.line([(0, line), (width, line)], fill=shade)
    for _ in range(chance.randrange(4, 12)):
        x, y, size = chance.randrange(width), chance.randrange(height), chance.randrange(width // 16, width // 3)
        draw = chance.choice([pen.ellipse, pen.rectangle])
        draw([x - size, y - size, x + size, y + size // 2], fill=tuple(chance.randrange(256) for _ in range(3)))
    return drawn


def encoded(drawn: Image.Image, format_: str = "PNG", **options: Any) -> bytes:
    """Return a picture as a file."""
    written = BytesIO()
    drawn.save(written, format_, **options)
    return written.getvalue()


def moving(frames: int, size: int = 16, format_: str = "GIF") -> bytes:
    """Return a GIF or WebP of so many frames, no two alike in sequence."""
    drawn = [Image.new("L", (size, size), 97 * frame % 251) for frame in range(frames)]
    return encoded(drawn[0], format_, save_all=True, append_images=drawn[1:], duration=20, loop=0)


async def make_image(database: Database, owner: Acting, seed: int = 1) -> Uploaded:
    """Make an image, shown nowhere."""
    decoded = decode(encoded(picture(seed)))
    return await database.transact(lambda connection: keep_image(connection, owner.member_id, decoded))


async def make_shown_image(database: Database, owner: Acting, space_id: int, seed: int = 1) -> int:
    """Make an image and a post that shows it; return the image's id."""
    image = await make_image(database, owner, seed)
    await make_post(database, owner, space_id, title="图片", body=f"![茶]({image.address})")
    return image.id
