"""What is sent and is no image is refused with a word for it, and nothing of it stays."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable

import pytest

from api.buckets import Buckets
from api.media import sending
from community.foundation.database import Database
from community.media.decoding import LARGEST_FILE
from community.members.acting import Acting
from tests.api.conftest import Client
from tests.api.media.uploads import code
from tests.factories.discussions import make_acting, value
from tests.factories.images import encoded, moving, picture

KEPT = "SELECT ARRAY[(SELECT count(*) FROM image), (SELECT count(*) FROM image_file), (SELECT count(*) FROM event)]"


@pytest.fixture
async def author(graphql: Client, database: Database) -> Acting:
    acting = await make_acting(database)
    await graphql.token(acting)
    return acting


@pytest.mark.parametrize(
    ("make", "status", "refusal"),
    [
        (lambda: b"", 415, "IMAGE_UNREADABLE"),
        ("<svg xmlns='http://www.w3.org/2000/svg'>茶</svg>".encode, 415, "IMAGE_UNREADABLE"),
        (lambda: b"<html><script>alert(1)</script>", 415, "IMAGE_UNREADABLE"),
        (lambda: encoded(picture(1))[:-2_000], 415, "IMAGE_UNREADABLE"),
        (lambda: encoded(picture(1), "BMP"), 415, "IMAGE_UNREADABLE"),
        (lambda: moving(10_000), 413, "IMAGE_TOO_LARGE"),
        (lambda: encoded(picture(1).resize((12_001, 4)), "PNG"), 413, "IMAGE_TOO_LARGE"),
        (lambda: bytes(LARGEST_FILE + 1), 413, "BODY_TOO_LONG"),
    ],
    ids=["empty", "svg", "html", "truncated", "bmp", "frames", "side", "bytes"],
)
async def test_what_is_no_image_is_refused_whatever_it_says_it_is(
    graphql: Client, database: Database, author: Acting, make: Callable[[], bytes], status: int, refusal: str
) -> None:
    before = await value(database, KEPT)

    answer = await graphql.request("POST", "/media", as_=author, content=make(), headers={"content-type": "image/png"})

    assert (answer.status_code, code(answer)) == (status, refusal)
    assert answer.headers["cache-control"] == "no-store"
    assert await value(database, KEPT) == before


async def test_who_sends_too_slowly_is_not_waited_for(
    graphql: Client, author: Acting, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sending, "READ_WITHIN", 0.05)

    async def dribble() -> AsyncIterator[bytes]:
        while True:
            yield b"\x89"
            await asyncio.sleep(0.01)

    answer = await graphql.request("POST", "/media", as_=author, content=dribble())

    assert (answer.status_code, code(answer)) == (408, "TOO_SLOW")


async def test_images_are_paid_for_from_the_same_bucket_as_everything_else(graphql: Client, author: Acting) -> None:
    graphql.application.buckets = Buckets(2 * sending.COST, leaks_per_second=0.001)

    answers = [await graphql.request("POST", "/media", as_=author, content=encoded(picture(seed))) for seed in range(3)]
    fetched = [await graphql.request("GET", answers[0].json()["url"], as_=author)]
    data = await graphql.ask("{ spaces(first: 1) { nodes { id } } }", as_=author)

    assert [answer.status_code for answer in answers] == [201, 201, 429]
    assert fetched[0].status_code == 429
    assert data["errors"][0]["extensions"]["code"] == "RATE_LIMITED"


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE", "PATCH"])
async def test_media_is_only_sent_by_post(graphql: Client, author: Acting, method: str) -> None:
    assert (await graphql.request(method, "/media", as_=author)).status_code == 405
