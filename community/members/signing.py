"""The keys that sign what the server hands out and gets back, the same for every process on a database."""

import hashlib
import hmac
import secrets
from dataclasses import dataclass, field

from community.foundation.database import Database

SHORTEST_SECRET = 32

_MAKE = "INSERT INTO signing_key (id, secret) VALUES (1, $1) ON CONFLICT (id) DO NOTHING"
_FIND = "SELECT secret FROM signing_key WHERE id = 1"


@dataclass(frozen=True, slots=True)
class SigningKeys:
    """One key for each purpose, so that what is signed for one is worth nothing for another."""

    session: bytes = field(repr=False)
    openid: bytes = field(repr=False)
    touch: bytes = field(repr=False)
    visitor: bytes = field(repr=False)
    sighting: bytes = field(repr=False)
    appeal: bytes = field(repr=False)
    image: bytes = field(repr=False)


def derive_keys(secret: bytes) -> SigningKeys:
    """Return the keys that follow from a secret."""

    def key(purpose: bytes) -> bytes:
        return hmac.digest(secret, b"teahouse " + purpose, hashlib.sha256)

    return SigningKeys(
        session=key(b"session"),
        openid=key(b"openid"),
        touch=key(b"touch"),
        visitor=key(b"visitor"),
        sighting=key(b"sighting"),
        appeal=key(b"appeal"),
        image=key(b"image"),
    )


async def load_signing_keys(database: Database, secret: str | None = None) -> SigningKeys:
    """Return the keys that follow from the given secret, or from the one that the first process left in the database.

    Raises:
        ValueError: if the given secret is short enough to be guessed.
    """
    if secret:
        if len(secret) < SHORTEST_SECRET:
            raise ValueError(f"TEAHOUSE_SECRET_KEY needs at least {SHORTEST_SECRET} characters")
        return derive_keys(secret.encode())
    async with database.writing() as connection:
        await connection.raw.execute(_MAKE, secrets.token_bytes(32))
        kept: bytes = await connection.raw.fetchval(_FIND)
    return derive_keys(kept)


def new_token(prefix: str = "") -> str:
    """Return a token that cannot be guessed (256 bits), fit for addresses and headers."""
    return prefix + secrets.token_urlsafe(32)


def hash_token(token: str) -> bytes:
    """Return what is kept of a token: tokens are random, so a plain SHA-256 gives nothing away."""
    return hashlib.sha256(token.encode()).digest()
