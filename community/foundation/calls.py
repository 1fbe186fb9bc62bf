"""Calls to addresses that the operator has set: signed, within a time, and to the open network alone.

The body is signed as HMAC-SHA256 (RFC 2104) of the timestamp, a full stop and the body, so that a call that somebody has
kept cannot be sent again later.
"""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import ssl
import time
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from urllib.parse import urlsplit

import httpx

from community.foundation.addresses import AddressRefused, address_of

MOST_ANSWERED = 64 * 1024
"""Bytes of an answer that are read."""


@dataclass(frozen=True, slots=True)
class Receiver:
    """Who is called, and what signs that."""

    url: str
    secret: str
    loopback: bool = False
    """Whether it may be on this very machine, and without TLS there."""


class NotTaken(Exception):  # noqa: N818 - says what is the matter
    """Who was called did not take it, or could not be reached."""


def signature(secret: str, timestamp: str, body: bytes) -> str:
    """Return what shows the receiver that a body was sent from here, at a time."""
    return hmac.new(secret.encode(), f"{timestamp}.".encode() + body, hashlib.sha256).hexdigest()


async def call(receiver: Receiver, body: bytes, *, within: float, headers: Mapping[str, str] | None = None) -> bytes:
    """POST a body of JSON, and return the answer's. Nothing of the environment and no redirect leads it elsewhere.

    Raises:
        NotTaken: unless it is taken, with an answer of 2xx that is not too long, within so many seconds.
    """
    parts = urlsplit(receiver.url)
    host = parts.hostname or ""
    port = parts.port or (443 if parts.scheme == "https" else 80)
    timestamp = str(int(time.time()))
    signed = {
        **(headers or {}),
        "Host": parts.netloc.rpartition("@")[2],
        "Content-Type": "application/json",
        "Teahouse-Timestamp": timestamp,
        "Teahouse-Signature": f"v1={signature(receiver.secret, timestamp, body)}",
    }
    try:
        async with asyncio.timeout(within):
            address = await address_of(host, port, loopback=receiver.loopback)
            if parts.scheme != "https" and not receiver.loopback:
                raise NotTaken("the address is not https")
            number = f"[{address}]" if ":" in address else address
            url = httpx.URL(receiver.url).copy_with(host=number, port=port)
            async with (
                httpx.AsyncClient(verify=_trusted(), timeout=within, follow_redirects=False, trust_env=False) as client,
                client.stream("POST", url, content=body, headers=signed, extensions={"sni_hostname": host}) as response,
            ):
                if not response.is_success:
                    raise NotTaken(f"it answered {response.status_code}")
                return await _bounded(response)
    except TimeoutError as error:
        raise NotTaken(f"it did not answer within {within:g} s") from error
    except (AddressRefused, httpx.HTTPError, httpx.InvalidURL) as error:
        raise NotTaken(f"{type(error).__name__}: {error}") from error


@cache
def _trusted() -> ssl.SSLContext:
    """Read whom to trust once: that takes longer than a call."""
    return httpx.create_ssl_context(trust_env=False)


async def _bounded(response: httpx.Response) -> bytes:
    answer = bytearray()
    async for part in response.aiter_bytes(4096):
        answer += part
        if len(answer) > MOST_ANSWERED:
            raise NotTaken(f"it answered more than {MOST_ANSWERED:,} bytes")
    return bytes(answer)
