"""Passes to images: what lets an `<img>`, which sends no token, be answered as the member whose page it is on.

A pass names the member, the session that it was made in, and one image. It says who asks, and not what they may see: that is
looked at whenever it is used, so that a pass to what was removed meanwhile leads nowhere. It is good for a few minutes, and
the same for as long, so that a browser knows again what it has.
"""

from __future__ import annotations

from typing import NamedTuple
from uuid import UUID

from community.foundation.signed import SignedForm

WINDOW = 300
"""Seconds: a pass is good for one to two of these."""

_FORM = SignedForm("qQ?16s")
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
    return _FORM.write(key, given.member_id, expires_at, given.moderates, session, about=public_id)


def read_pass(key: bytes, public_id: str, written: str, now: float) -> Pass | None:
    """Return whom a pass names; None for one that is not ours, not to this image, or not good any more."""
    form = _FORM.read(key, written, about=public_id)
    if form is None:
        return None
    member_id, expires_at, moderates, session = form
    if expires_at <= now:
        return None
    session_id = UUID(bytes=session)
    return Pass(member_id, moderates, None if session_id == _NO_SESSION else session_id)
