"""How a device is known again: a browser by a cookie that names nobody, an app by what it says.

The cookie is drawn at random, holds nothing else, and is no sign-in: it tells that two accounts were made in one browser, and
nothing of who it is. A user agent is no device, since millions have the same.
"""

from __future__ import annotations

import re
import secrets
from typing import TYPE_CHECKING

from api.referrals.carrying import cookie_in
from community.referrals.evidence.sightings import LONGEST_DEVICE, Sighting, sighting

if TYPE_CHECKING:
    from api.context import Context

COOKIE = "teahouse_device"
LASTS = 400 * 86_400
"""Seconds; browsers keep no cookie longer (RFC 6265bis)."""
DEVICE_TOKEN = (
    "What an app knows this device by, the same at each sign-in and for each account, such as the vendor's identifier; "
    f"{LONGEST_DEVICE} characters at most. Only a keyed hash is kept, for a while, to tell made-up referrals from real ones. "
    "Browsers have a cookie instead."
)
_DRAWN = re.compile(r"[-_0-9A-Za-z]{22}")


def device_in(cookies: bytes) -> str:
    """Return what a request's cookie names the device; empty if there is none that was drawn here."""
    found = cookie_in(cookies, COOKIE)
    return found if _DRAWN.fullmatch(found) else ""


def new_device() -> str:
    """Return a name for a device that has none: 128 random bits."""
    return secrets.token_urlsafe(16)


def seen(context: Context, device_token: str | None) -> Sighting:
    """Return where somebody is seen; a browser that has no cookie yet is given one.

    Raises:
        Invalid: for a device with a longer name than they have.
    """
    return sighting(
        context.application.keys.sighting, context.address, device_token or context.device or new_cookie(context)
    )


def new_cookie(context: Context) -> str:
    """Name a device, and have the answer set the cookie; return the name."""
    context.device = new_device()
    secure = "; Secure" if context.application.settings.public_url.startswith("https:") else ""
    cookie = f"{COOKIE}={context.device}; HttpOnly; Max-Age={LASTS}; Path=/; SameSite=Lax{secure}"
    context.headers.append((b"set-cookie", cookie.encode()))
    return context.device
