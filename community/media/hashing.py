"""A perceptual hash: 64 bits that stay nearly the same while a picture is scaled, compressed, brightened or cropped a little.

pHash, after C. Zauner, "Implementation and Benchmarking of Perceptual Image Hash Functions" (2010), section 3.2.1: of the
picture in shades of grey at 32 x 32, the cosine transform (DCT-II), of that the 8 x 8 of lowest frequency, and of each
whether it is above their median. Two hashes are compared by how many bits differ: of pictures that have nothing to do with
each other about 32, of the same picture seldom more than 6.
"""

from __future__ import annotations

from math import cos, pi
from statistics import median
from typing import TYPE_CHECKING

from PIL import Image

if TYPE_CHECKING:
    from collections.abc import Sequence

SIDE = 32
KEPT = 8

_WAVES = [[cos(pi * frequency * (2 * place + 1) / (2 * SIDE)) for place in range(SIDE)] for frequency in range(KEPT)]
_WHITE = (255, 255, 255, 255)


def perceptual_hash(image: Image.Image) -> int:
    """Return the hash of a picture, 0 to 2^64 - 1. What is see-through is taken for white, as on a page."""
    if image.mode == "RGBA":
        image = Image.alpha_composite(Image.new("RGBA", image.size, _WHITE), image)
    grey = image.convert("L").resize((SIDE, SIDE), Image.Resampling.BOX).tobytes()
    rows = [_transformed(grey[start : start + SIDE]) for start in range(0, SIDE * SIDE, SIDE)]
    columns = [_transformed([row[frequency] for row in rows]) for frequency in range(KEPT)]
    found = [strength for column in zip(*columns, strict=True) for strength in column]
    # The first is how bright the whole is, which says nothing of what it shows, and would be far above all others.
    middle = median(found[1:])
    return sum((strength > middle) << place for place, strength in enumerate(reversed(found)))


def _transformed(line: Sequence[float]) -> list[float]:
    return [sum(wave * value for wave, value in zip(waves, line, strict=True)) for waves in _WAVES]


def signed(unsigned: int) -> int:
    """Return the hash as the database keeps it: its 64 bits as a bigint."""
    return unsigned - 2**64 if unsigned >= 2**63 else unsigned


def unsigned(kept: int) -> int:
    """Return the hash that the database keeps."""
    return kept % 2**64
