"""What a letter's link to appeal ends in: signed by the server, for one decision and one person, for six months.

Nothing of it is kept: who has it can appeal once against the one decision, and do nothing else. So who is locked out needs no
session, and a guest needs no account.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import struct
from dataclasses import dataclass
from datetime import UTC, datetime

_FORM = struct.Struct(">B?qqq")
_VERSION = 1
_SEAL = 16
LONGEST_TOKEN = 4 * -(-(_FORM.size + _SEAL) // 3)


@dataclass(frozen=True, slots=True)
class AppealToken:
    """Who may appeal against what, and until when."""

    decision_id: int
    who_id: int
    """A member's number; a guest's is that of their report."""
    expires_at: datetime
    guest: bool = False


def sign_token(key: bytes, token: AppealToken) -> str:
    """Return the token in writing: letters, digits, `-` and `_`."""
    seconds = int(token.expires_at.timestamp())
    form = _FORM.pack(_VERSION, token.guest, token.decision_id, token.who_id, seconds)
    return base64.urlsafe_b64encode(form + _seal(key, form)).decode().rstrip("=")


def read_token(key: bytes, written: str, at: datetime) -> AppealToken | None:
    """Return what was signed; None for what is not ours, or counts no more."""
    if not written.isascii() or len(written) > LONGEST_TOKEN:
        return None
    try:
        whole = base64.b64decode(written + "=" * (-len(written) % 4), b"-_", validate=True)
    except ValueError:
        return None
    form, seal = whole[: _FORM.size], whole[_FORM.size :]
    if len(whole) != _FORM.size + _SEAL or not hmac.compare_digest(seal, _seal(key, form)):
        return None
    version, guest, decision_id, who_id, seconds = _FORM.unpack(form)
    if version != _VERSION or seconds <= at.timestamp():
        return None
    return AppealToken(decision_id, who_id, datetime.fromtimestamp(seconds, UTC), guest)


def _seal(key: bytes, form: bytes) -> bytes:
    return hmac.digest(key, form, hashlib.sha256)[:_SEAL]
