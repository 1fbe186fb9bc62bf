"""The same picture, changed as pictures are on their way through the web, has nearly the same hash; no other has."""

from __future__ import annotations

from collections.abc import Callable
from io import BytesIO

import pytest
from PIL import Image, ImageDraw, ImageEnhance, ImageFont

from community.media.hashing import perceptual_hash, signed, unsigned
from moderation.rules.conditions import Images
from tests.factories.images import encoded, picture

SEEDS = range(40)
BITS = Images(("0" * 16,)).bits


def distance(one: Image.Image, other: Image.Image) -> int:
    return (perceptual_hash(one) ^ perceptual_hash(other)).bit_count()


def compressed(drawn: Image.Image) -> Image.Image:
    return Image.open(BytesIO(encoded(drawn, "JPEG", quality=30)))


def cropped(drawn: Image.Image) -> Image.Image:
    width, height = drawn.size
    return drawn.crop((width // 100, height // 100, width - width // 100, height - height // 100))


def written(text: str) -> Image.Image:
    """Return an advertisement: a few large signs on a light ground. Where there is no font for them they are boxes, which differ."""
    drawn = Image.new("RGB", (480, 360), (250, 240, 200))
    pen = ImageDraw.Draw(drawn)
    pen.rectangle((20, 20, 460, 120), fill=(200, 30, 30))
    for place, line in enumerate(text.split()):
        pen.text((40, 40 + 110 * place), line, fill=(20, 20, 20), font=ImageFont.load_default(60 + 10 * place))
    return drawn


@pytest.mark.parametrize(
    "changed",
    [
        lambda drawn: drawn.resize((240, 180)),
        lambda drawn: drawn.resize((120, 90)),
        lambda drawn: drawn.resize((1_440, 1_080)),
        compressed,
        cropped,
        lambda drawn: ImageEnhance.Brightness(drawn).enhance(1.15),
        lambda drawn: ImageEnhance.Contrast(drawn).enhance(0.85),
        lambda drawn: compressed(cropped(drawn).resize((240, 180))),
        lambda drawn: drawn.convert("L"),
    ],
    ids=["half", "quarter", "triple", "compressed", "cropped", "brighter", "paler", "all of it", "grey"],
)
def test_a_picture_is_known_again(changed: Callable[[Image.Image], Image.Image]) -> None:
    pictures = [picture(seed) for seed in SEEDS]

    found = [distance(drawn, changed(drawn)) <= BITS for drawn in pictures]

    assert sum(found) >= 0.95 * len(found)


def test_no_picture_is_taken_for_another() -> None:
    hashes = [perceptual_hash(picture(seed)) for seed in SEEDS]

    closest = min((one ^ other).bit_count() for place, one in enumerate(hashes) for other in hashes[:place])

    assert closest > 2 * BITS


def test_advertisements_with_other_words_are_told_apart_and_the_same_one_is_found() -> None:
    tea, kettles = written("加微信 tea88 茶叶"), written("SALE 电水壶 七折优惠")

    assert distance(tea, compressed(tea.resize((360, 270)))) <= BITS
    assert distance(tea, kettles) > BITS


def test_what_is_see_through_is_taken_for_white() -> None:
    drawn = Image.new("RGBA", (200, 200), (0, 0, 0, 0))
    ImageDraw.Draw(drawn).ellipse((20, 60, 180, 140), fill=(200, 30, 30, 255))
    on_white = Image.new("RGB", (200, 200), (255, 255, 255))
    on_white.paste(drawn, mask=drawn)

    assert perceptual_hash(drawn) == perceptual_hash(on_white)


@pytest.mark.parametrize("hash_", [0, 1, 2**63 - 1, 2**63, 2**64 - 1])
def test_a_hash_is_kept_as_a_bigint(hash_: int) -> None:
    assert -(2**63) <= signed(hash_) < 2**63
    assert unsigned(signed(hash_)) == hash_
