"""What carries a click through sign-up: a token that the server signs, in a cookie on the web and in an app's hands.

It names a click and a code, and until when it counts; nothing of who followed the link. Nobody can make one without the
key, and one that was altered is none.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import struct
from dataclasses import dataclass

_FORM = struct.Struct(">BqqqB")
_VERSION = 1
_SEAL = 16
LONGEST_TOKEN = 4 * -(-(_FORM.size + _SEAL) // 3)


@dataclass(frozen=True, slots=True)
class Touch:
    """A click that counts for some time."""

    click_id: int
    code_id: int
    expires_at: int
    """Seconds since 1970."""
    first: bool = False
    """Whether later clicks leave it where it is: its programme counts the first touch."""


def sign_touch(key: bytes, touch: Touch) -> str:
    """Return the token of a touch."""
    form = _FORM.pack(_VERSION, touch.click_id, touch.code_id, touch.expires_at, touch.first)
    return base64.urlsafe_b64encode(form + _seal(key, form)).decode().rstrip("=")


def read_touch(key: bytes, written: str, now: float) -> Touch | None:
    """Return the touch of a token; None for one that is not ours, or counts no more."""
    if not written.isascii() or len(written) > LONGEST_TOKEN:
        return None
    try:
        whole = base64.b64decode(written + "=" * (-len(written) % 4), b"-_", validate=True)
    except ValueError:
        return None
    form, seal = whole[: _FORM.size], whole[_FORM.size :]
    if len(whole) != _FORM.size + _SEAL or not hmac.compare_digest(seal, _seal(key, form)):
        return None
    version, click_id, code_id, expires_at, first = _FORM.unpack(form)
    if version != _VERSION or expires_at <= now:
        return None
    return Touch(click_id, code_id, expires_at, bool(first))


def _seal(key: bytes, form: bytes) -> bytes:
    return hmac.digest(key, form, hashlib.sha256)[:_SEAL]
