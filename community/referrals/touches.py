"""What carries a click through sign-up: a token that the server signs, in a cookie on the web and in an app's hands.

It names a click and a code, and until when it counts; nothing of who followed the link. Nobody can make one without the
key, and one that was altered is none.
"""

from __future__ import annotations

from dataclasses import dataclass

from community.foundation.signed import SignedForm

_FORM = SignedForm("qqqB")


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
    return _FORM.write(key, touch.click_id, touch.code_id, touch.expires_at, touch.first)


def read_touch(key: bytes, written: str, now: float) -> Touch | None:
    """Return the touch of a token; None for one that is not ours, or counts no more."""
    form = _FORM.read(key, written)
    if form is None:
        return None
    click_id, code_id, expires_at, first = form
    return Touch(click_id, code_id, expires_at, bool(first)) if expires_at > now else None
