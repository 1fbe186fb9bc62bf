"""Numbers in writing that only the server can have written, for what it hands out and keeps nothing of: links, cookies."""

from __future__ import annotations

import base64
import hashlib
import hmac
import struct
from typing import Any

_SEAL = 16  # bytes: 128 bits


class SignedForm:
    """How some numbers are written, signed and read again; a form of another version is not read.

    Forms of the same length could be taken for one another: each kind of token has a key of its own.
    """

    def __init__(self, layout: str, *, version: int = 1) -> None:
        """Take a layout as `struct` has it, without byte order and version."""
        self._layout = struct.Struct(f">B{layout}")
        self._version = version
        self.longest = 4 * -(-(self._layout.size + _SEAL) // 3)
        """Signs of a token, with which one that is longer is none."""

    def write(self, key: bytes, *values: int | bytes, about: str = "") -> str:
        """Return the token of some numbers: letters, digits, `-` and `_`. It counts `about` one thing, which it does not say."""
        form = self._layout.pack(self._version, *values)
        return _encoded(form + _seal(key, form, about))

    def read(self, key: bytes, written: str, *, about: str = "") -> tuple[Any, ...] | None:
        """Return the numbers of a token; None for one that was not written with this key, and about this."""
        if not written.isascii() or len(written) > self.longest:
            return None
        try:
            whole = base64.urlsafe_b64decode(written + "=" * (-len(written) % 4))
        except ValueError:
            return None
        if _encoded(whole) != written:  # what is decoded leniently could be written in other ways, too
            return None
        form, seal = whole[: self._layout.size], whole[self._layout.size :]
        if len(whole) != self._layout.size + _SEAL or not hmac.compare_digest(seal, _seal(key, form, about)):
            return None
        version, *values = self._layout.unpack(form)
        return tuple(values) if version == self._version else None


def _encoded(whole: bytes) -> str:
    return base64.urlsafe_b64encode(whole).decode().rstrip("=")


def _seal(key: bytes, form: bytes, about: str) -> bytes:
    # The form has one length, so nothing of it can be taken for a part of what it is about.
    return hmac.digest(key, form + about.encode(), hashlib.sha256)[:_SEAL]
