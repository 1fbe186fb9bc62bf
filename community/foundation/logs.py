"""Log lines: JSON in production, for machines; coloured and short in development, for people.

Every line carries the request's id when there is one. What must not be written down is struck out by its name,
wherever in a line's fields it stands.
"""

from __future__ import annotations

import logging
import re
import secrets
import sys
from collections.abc import Iterator, Mapping, MutableMapping
from contextlib import contextmanager
from typing import Any, TextIO

import orjson
import structlog

from community.foundation.settings import LogFormat, Settings

HIDDEN = "[hidden]"
# Whole words of a field's name, so that `token_count` and `tokenizer` are told apart from `access_token`.
_SECRET_NAME = re.compile(
    r"(?:^|[_\-.])(?:passwords?|secrets?|secret_key|tokens?|authorization|cookies?|set-cookie|api_key|private_key|otp)$",
    re.IGNORECASE,
)
# A database's address, or any other, with a password in it.
_SECRET_IN_URL = re.compile(r"(?<=://)([^\s/:@]*):([^\s/@]+)@")
_BEARER = re.compile(r"\bBearer\s+[\w\-.~+/=]+", re.IGNORECASE)


def configure(settings: Settings, *, stream: TextIO | None = None) -> None:
    """Set up logging for the process, structlog's own and the standard library's alike."""
    readable = settings.log_format is LogFormat.READABLE or (
        settings.log_format is LogFormat.AUTOMATIC and not settings.in_production
    )
    shared: list[structlog.typing.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.PositionalArgumentsFormatter(),
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.StackInfoRenderer(),
    ]
    if readable:
        last: list[structlog.typing.Processor] = [
            hide_secrets,
            structlog.dev.ConsoleRenderer(colors=(stream or sys.stderr).isatty()),
        ]
    else:
        last = [structlog.processors.format_exc_info, hide_secrets, _as_json]
    handler = logging.StreamHandler(stream or sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *last],
        ),
    )
    top = logging.getLogger()
    top.handlers[:] = [handler]
    top.setLevel(settings.log_level)
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *shared,
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )


def hide_secrets(_logger: object, _method: str, line: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Strike out of a line what its name calls secret, and the passwords and tokens within its texts."""
    for name, value in line.items():
        line[name] = HIDDEN if _SECRET_NAME.search(name) and value is not None else _without_secrets(value)
    return line


def _without_secrets(value: object) -> object:
    if isinstance(value, str):
        return _BEARER.sub(f"Bearer {HIDDEN}", _SECRET_IN_URL.sub(rf"\1:{HIDDEN}@", value))
    if isinstance(value, Mapping):
        return {
            name: HIDDEN if _SECRET_NAME.search(str(name)) and inner is not None else _without_secrets(inner)
            for name, inner in value.items()
        }
    if isinstance(value, list | tuple):
        return [_without_secrets(inner) for inner in value]
    return value


def _as_json(_logger: object, _method: str, line: MutableMapping[str, Any]) -> str:
    return orjson.dumps(line, default=repr, option=orjson.OPT_NON_STR_KEYS).decode()


# What a caller sends is shown in logs and sent back: short, and without anything that a terminal would act on.
_ACCEPTABLE_REQUEST_ID = re.compile(r"[A-Za-z0-9._\-]{1,64}")


@contextmanager
def request_id(given: str | None = None) -> Iterator[str]:
    """Put a request's id on every line logged within: the one given by a proxy if it is harmless, else a new one."""
    chosen = given if given and _ACCEPTABLE_REQUEST_ID.fullmatch(given) else secrets.token_hex(8)
    with structlog.contextvars.bound_contextvars(request_id=chosen):
        yield chosen
