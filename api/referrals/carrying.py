"""How it is carried from a link to sign-up who brought somebody: by a cookie, by an app's token, or by what they type."""

from __future__ import annotations

from contextlib import suppress
from http.cookies import CookieError, SimpleCookie
from time import time
from typing import TYPE_CHECKING

from community.referrals.attribution import Brought, find_code
from community.referrals.touches import read_touch

if TYPE_CHECKING:
    from api.context import Context
    from community.foundation.database import Connection

COOKIE = "teahouse_referral"
LONGEST_COOKIES = 4_096


def touch_in(cookies: bytes) -> str:
    """Return the token of a link in a request's cookies; empty if there is none."""
    return cookie_in(cookies, COOKIE)


def cookie_in(cookies: bytes, name: str) -> str:
    """Return one of a request's cookies; empty if it is not there, or there is too much of them."""
    if name.encode() not in cookies or len(cookies) > LONGEST_COOKIES:
        return ""
    with suppress(CookieError):
        found = SimpleCookie(cookies.decode("latin-1")).get(name)
        return "" if found is None else found.value
    return ""


async def brought_by(
    connection: Connection, context: Context, code: str | None, token: str | None, *, code_field: str = "code"
) -> Brought | None:
    """Return what brought somebody: the code that they typed, else the token of their app, else the cookie of a link.

    Raises:
        Invalid, ReferralCodeNotValid: for a code that is none, or does not count.
    """
    if code is not None and code.strip():
        return Brought(await find_code(connection, code, field=code_field))
    touch = read_touch(context.application.keys.touch, token or context.touch, time())
    return None if touch is None else Brought.by_touch(touch)
