"""Passes to images: what lets an `<img>`, which sends no token, be answered as the member whose page it is on.

A pass names the member, the session that it was made in, and one image. It says who asks, and not what they may see: that is
looked at whenever it is used, so that a pass to what was removed meanwhile leads nowhere. It is good for a few minutes, and
the same for as long, so that a browser knows again what it has.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import struct
from typing import NamedTuple
from uuid import UUID

WINDOW = 300
"""Seconds: a pass is good for one to two of these."""
LONGEST_PASS = 100

_VERSION = 1
_FORM = struct.Struct(">BqQ?16s")
_SEAL = 16  # bytes: 128 bits
_NO_SESSION = UUID(int=0)


class Pass(NamedTuple):
    """Who asks for an image."""

    member_id: int
    moderates: bool
    """Whether their roles count: not where they came by a token that does not reach so far."""
    session_id: UUID | None
    """None: by a personal access token."""


def sign_pass(key: bytes, public_id: str, given: Pass, now: float) -> str:
    """Return a pass to the image with this public id."""
    expires_at = (int(now) // WINDOW + 2) * WINDOW
    session = (given.session_id or _NO_SESSION).bytes
    form = _FORM.pack(_VERSION, given.member_id, expires_at, given.moderates, session)
    return base64.urlsafe_b64encode(form + _seal(key, form, public_id)).decode().rstrip("=")


def read_pass(key: bytes, public_id: str, written: str, now: float) -> Pass | None:
    """Return whom a pass names; None for one that is not ours, not to this image, or not good any more."""
    if not written.isascii() or len(written) > LONGEST_PASS:
        return None
    try:
        whole = base64.b64decode(written + "=" * (-len(written) % 4), b"-_", validate=True)
    except ValueError:
        return None
    form, seal = whole[: _FORM.size], whole[_FORM.size :]
    if len(whole) != _FORM.size + _SEAL or not hmac.compare_digest(seal, _seal(key, form, public_id)):
        return None
    version, member_id, expires_at, moderates, session = _FORM.unpack(form)
    if version != _VERSION or expires_at <= now:
        return None
    session_id = UUID(bytes=session)
    return Pass(member_id, moderates, None if session_id == _NO_SESSION else session_id)


def _seal(key: bytes, form: bytes, public_id: str) -> bytes:
    return hmac.digest(key, form + public_id.encode(), hashlib.sha256)[:_SEAL]
