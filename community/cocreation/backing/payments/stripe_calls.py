"""What Stripe tells by itself: whether it is Stripe who calls, and about which payment.

A call is signed: `Stripe-Signature: t=1492774577,v1=5257a8...`, where v1 is the HMAC-SHA256 of `t.body` under the endpoint's
secret, in hexadecimal; there may be several while a secret is being changed ("Resolve webhook signature verification errors").
What it says is believed only as far as to look: how far a payment has come, its owner is asked.
"""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import dataclass

import orjson

TOLERANCE = 300
"""Seconds between the time in a signature and now: Stripe's own libraries take five minutes."""
LONGEST_BODY = 512 * 1024
_GONE = frozenset({"payment_intent.canceled", "setup_intent.canceled"})
_MOST_SIGNATURES = 10


class NotFromStripe(Exception):  # noqa: N818 - says what is the matter
    """The signature is missing, wrong, or too old."""


@dataclass(frozen=True, slots=True)
class Call:
    """A call: its name, by which a repetition is known; the payment it is about, if any; whether that is no more."""

    event: str
    reference: str | None
    gone: bool


def read_call(body: bytes, signature: str, secret: str, *, now: float) -> Call:
    """Return what a call is about.

    Raises:
        NotFromStripe: if it is not signed with the secret, or not lately.
    """
    parts = [part.partition("=")[::2] for part in signature.split(",")[:_MOST_SIGNATURES]]
    times = [value for name, value in parts if name.strip() == "t"]
    if len(times) != 1 or not times[0].isascii() or not times[0].isdecimal() or len(times[0]) > 12:  # noqa: PLR2004 - digits of a time
        raise NotFromStripe
    expected = hmac.new(secret.encode(), times[0].encode() + b"." + body, hashlib.sha256).hexdigest().encode()
    signed = [hmac.compare_digest(expected, value.encode()) for name, value in parts if name.strip() == "v1"]
    if not any(signed) or abs(now - int(times[0])) > TOLERANCE:
        raise NotFromStripe
    told = orjson.loads(body)
    about = told["data"]["object"]
    reference = about["id"] if about["object"] in {"payment_intent", "setup_intent"} else about.get("payment_intent")
    return Call(str(told["id"]), reference if isinstance(reference, str) else None, told["type"] in _GONE)
