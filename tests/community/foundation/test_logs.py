import io
import logging
from collections.abc import Iterator

import orjson
import pytest
import structlog

from community.foundation import logs
from community.foundation.settings import Settings


@pytest.fixture(autouse=True)
def _logging_as_before() -> Iterator[None]:
    top = logging.getLogger()
    handlers, level = top.handlers[:], top.level
    yield
    top.handlers[:], top.level = handlers, level
    structlog.reset_defaults()
    structlog.contextvars.clear_contextvars()


def lines(stream: io.StringIO) -> list[dict[str, object]]:
    return [orjson.loads(line) for line in stream.getvalue().splitlines()]


def in_production(stream: io.StringIO) -> None:
    logs.configure(Settings(environment="production", log_level="info", log_format="automatic"), stream=stream)


def test_production_writes_one_json_object_a_line_from_every_logger() -> None:
    stream = io.StringIO()
    in_production(stream)

    structlog.get_logger("teahouse").info("茶 opened", member=12)
    logging.getLogger("somebody.else").warning("said %s", "hello\nthere")
    structlog.get_logger("teahouse").debug("not this")

    first, second = lines(stream)
    assert (first["event"], first["member"], first["level"], first["logger"]) == ("茶 opened", 12, "info", "teahouse")
    assert str(first["timestamp"]).endswith("Z")
    assert (second["event"], second["logger"]) == ("said hello\nthere", "somebody.else")


def test_development_writes_for_people() -> None:
    stream = io.StringIO()
    logs.configure(Settings(environment="development", log_level="info", log_format="automatic"), stream=stream)

    structlog.get_logger("teahouse").info("茶 opened", password="hush")

    assert "茶 opened" in stream.getvalue()
    assert "{" not in stream.getvalue()
    assert "hush" not in stream.getvalue()


def test_secrets_are_struck_out_wherever_they_stand() -> None:
    stream = io.StringIO()
    in_production(stream)

    structlog.get_logger().info(
        "connecting to postgresql://tea:hush@host/name",
        password="hush",
        new_password="hush",
        access_token="hush",
        headers={"Authorization": "Bearer hush", "cookie": "session=hush", "accept": "*/*"},
        tried=["Authorization: Bearer hush.hush", {"secret_key": "hush"}],
        token_count=3,
    )
    logging.getLogger("x").info("GET with bearer hush")

    assert "hush" not in stream.getvalue()
    assert lines(stream)[0]["token_count"] == 3
    assert lines(stream)[0]["event"] == "connecting to postgresql://tea:[hidden]@host/name"


def test_secrets_are_struck_out_of_tracebacks() -> None:
    stream = io.StringIO()
    in_production(stream)
    address = "postgresql://tea:hush@host/name"
    with pytest.raises(ConnectionError) as caught:
        raise ConnectionError(address)
    structlog.get_logger().error("failed", exc_info=caught.value)

    [line] = lines(stream)
    assert "Traceback" in str(line["exception"])
    assert "ConnectionError: postgresql://tea:[hidden]@host/name" in str(line["exception"])


def test_every_line_of_a_request_has_its_id() -> None:
    stream = io.StringIO()
    in_production(stream)

    with logs.request_id("from-proxy.1") as kept, logs.request_id('"><script>\n') as made:
        structlog.get_logger().info("inner")
    structlog.get_logger().info("after")

    inner, after = lines(stream)
    assert kept == "from-proxy.1"
    assert inner["request_id"] == made
    assert made.isalnum()
    assert "request_id" not in after
