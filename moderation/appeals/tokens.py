"""What a letter's link to appeal ends in: signed by the server, for one decision and one person, for six months.

Nothing of it is kept: who has it can appeal once against the one decision, and do nothing else. So who is locked out needs no
session, and a guest needs no account.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

from community.foundation.signed import SignedForm

_FORM = SignedForm("?qqq")


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
    return _FORM.write(key, token.guest, token.decision_id, token.who_id, int(token.expires_at.timestamp()))


def read_token(key: bytes, written: str, at: datetime) -> AppealToken | None:
    """Return what was signed; None for what is not ours, or counts no more."""
    form = _FORM.read(key, written)
    if form is None:
        return None
    guest, decision_id, who_id, seconds = form
    if seconds <= at.timestamp():
        return None
    return AppealToken(decision_id, who_id, datetime.fromtimestamp(seconds, UTC), guest)
