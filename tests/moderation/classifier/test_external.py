"""Another classifier is asked, signed and bounded; without an answer texts pass or wait, as is set, and posts do not."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import orjson
import pytest

from community.foundation.calls import MOST_ANSWERED, Receiver, signature
from community.foundation.settings import OnFailure, Settings
from moderation.classifier.external import FAILURES, MOST_TEXTS, RESTS, External, Score

SECRET = "一个够长的秘密 a secret that is long enough"
PASSES, WAITS = Score(None, hold=False), Score(None, hold=True)

Answer = Callable[[bytes], bytes]


class Heard:
    def __init__(self) -> None:
        self.url = ""
        self.calls: list[tuple[dict[str, str], bytes]] = []


@asynccontextmanager
async def answering(answer: Answer, status: bytes = b"200 OK", pause: float = 0) -> AsyncIterator[Heard]:
    heard = Heard()
    answers: set[asyncio.Task[None]] = set()

    async def receive(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if (own := asyncio.current_task()) is not None:
            answers.add(own)
        try:
            head = (await reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")[1:-2]
            headers = {name.lower(): text for name, _, text in (line.partition(": ") for line in head)}
            body = await reader.readexactly(int(headers["content-length"]))
            heard.calls.append((headers, body))
            await asyncio.sleep(pause)
            content = answer(body)
            length = str(len(content)).encode()
            writer.write(
                b"HTTP/1.1 " + status + b"\r\nContent-Length: " + length + b"\r\nConnection: close\r\n\r\n" + content
            )
            await writer.drain()
        except ConnectionError:
            pass  # whoever asked did not wait
        finally:
            writer.close()

    server = await asyncio.start_server(receive, "127.0.0.1", 0)
    async with server:
        heard.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/score"
        yield heard
        await asyncio.gather(*answers)


def by_length(body: bytes) -> bytes:
    texts = orjson.loads(body)["texts"]
    return orjson.dumps(
        {"scores": [{"id": each["id"], "probability": len(each["text"]) / 100} for each in reversed(texts)]}
    )


def external(url: str, on_failure: OnFailure = OnFailure.CLOSED, **options: object) -> External:
    return External(
        Receiver(url, SECRET, loopback=True),
        within=float(str(options.get("within", 5.0))),
        on_failure=on_failure,
        clock=options.get("clock", lambda: 0.0),  # type: ignore[arg-type] # a clock
    )


async def test_each_text_gets_its_probability_by_a_call_that_can_be_checked() -> None:
    async with answering(by_length) as heard:
        found = await external(heard.url).scores(["茶", "tea house", "\ud800"])

    assert found == [Score(0.01, hold=False), Score(0.09, hold=False), Score(0.01, hold=False)]
    headers, body = heard.calls[0]
    assert headers["teahouse-signature"] == "v1=" + signature(SECRET, headers["teahouse-timestamp"], body)


async def test_many_texts_go_in_several_calls_and_none_in_none() -> None:
    async with answering(by_length) as heard:
        found = await external(heard.url).scores(["x" * (number % 50) for number in range(MOST_TEXTS + 1)])
        assert await external(heard.url).scores([]) == []

    assert [each.probability for each in found] == [number % 50 / 100 for number in range(MOST_TEXTS + 1)]
    assert len(heard.calls) == 2


@pytest.mark.parametrize(
    "answer",
    [
        b"",
        b"[]",
        b"no json",
        b'{"scores": []}',
        b'{"scores": [{"id": "0", "probability": 2}]}',
        b'{"scores": [{"id": "0", "probability": true}]}',
        b'{"scores": [{"id": "0", "probability": "0.5"}]}',
        b'{"scores": {"id": "0"}}',
        b'{"scores": [{"id": "0", "probability": 0.5}], "more": "' + b"x" * MOST_ANSWERED + b'"}',
    ],
)
@pytest.mark.parametrize(("on_failure", "expected"), [(OnFailure.OPEN, PASSES), (OnFailure.CLOSED, WAITS)])
async def test_an_answer_that_is_none_counts_as_none(answer: bytes, on_failure: OnFailure, expected: Score) -> None:
    async with answering(lambda _: answer) as heard:
        assert await external(heard.url, on_failure).scores(["茶"]) == [expected]


async def test_an_error_a_slow_answer_and_nobody_there_count_as_none() -> None:
    async with answering(by_length, status=b"500 Broken") as heard:
        assert await external(heard.url).scores(["茶"]) == [WAITS]
    async with answering(by_length, status=b"302 Elsewhere") as heard:
        assert await external(heard.url).scores(["茶"]) == [WAITS]
    async with answering(by_length, pause=2) as heard:
        assert await external(heard.url, within=1).scores(["茶"]) == [WAITS]
        assert len(heard.calls) == 1, "it was heard, and did not answer"
    assert await external("http://127.0.0.1:1/").scores(["茶"]) == [WAITS], "the server is gone"


async def test_only_the_open_network_is_asked() -> None:
    async with answering(by_length) as heard:
        guarded = External(Receiver(heard.url, SECRET), within=5, on_failure=OnFailure.CLOSED)
        assert await guarded.scores(["茶"]) == [WAITS]

    assert heard.calls == []


async def test_what_is_down_is_left_alone_and_tried_again_later() -> None:
    now = [0.0]
    broken = [True]
    async with answering(lambda body: b"" if broken[0] else by_length(body)) as heard:
        asked = external(heard.url, clock=lambda: now[0])
        for _ in range(FAILURES + 3):
            assert await asked.scores(["茶"]) == [WAITS]
        assert len(heard.calls) == FAILURES

        now[0] = RESTS + 1
        assert await asked.scores(["茶"]) == [WAITS]
        assert await asked.scores(["茶"]) == [WAITS]
        assert len(heard.calls) == FAILURES + 1, "one call tried"

        now[0] = 2 * RESTS + 2
        broken[0] = False
        for _ in range(2):
            assert await asked.scores(["茶"]) == [Score(0.01, hold=False)]


def test_it_is_asked_where_the_operator_has_set_it() -> None:
    assert External.of(Settings(_env_file=None)) is None
    assert External.of(Settings(_env_file=None, classifier_url="https://a.example/", classifier_secret="x" * 32))


@pytest.mark.parametrize(
    "wrong",
    [
        {"classifier_url": "https://a.example/"},
        {"classifier_secret": "x" * 32},
        {"classifier_url": "http://a.example/", "classifier_secret": "x" * 32},
        {"classifier_url": "https://a.example/", "classifier_secret": "short"},
    ],
)
def test_settings_that_are_not_whole_are_refused(wrong: dict[str, str]) -> None:
    with pytest.raises(ValueError, match=r"CLASSIFIER|characters"):
        Settings(_env_file=None, **wrong)  # type: ignore[arg-type] # read from text
