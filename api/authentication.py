"""From a request's headers to the member it acts for.

A session's token is signed, so it is believed without asking the database, unless its session is among those that are
known to have ended; the event log tells every process of those. Personal access tokens are looked up, and remembered
for a few seconds.
"""

from __future__ import annotations

from collections import OrderedDict
from time import monotonic, time
from typing import TYPE_CHECKING

import jwt

from community.foundation.errors import Unauthenticated
from community.members.access_tokens import PREFIX, authenticate_access_token
from community.members.sessions import read_session_token

if TYPE_CHECKING:
    from collections.abc import Mapping
    from uuid import UUID

    from community.foundation.database import Database
    from community.members.principals import Principal
    from community.members.signing import SigningKeys

BEARER = "bearer "
SESSION_COOKIE = "teahouse_session"
TOKENS_KEPT = 20_000
ACCESS_TOKEN_BELIEVED_FOR = 2.0  # seconds
SESSION_TOKEN_LIVES = 600.0  # seconds, as the sessions' module issues them

_ENDED_LATELY = """
    SELECT id FROM session WHERE ended_at > now() - interval '15 minutes'
"""


class Authentication:
    """What one process knows of tokens."""

    def __init__(self, database: Database, keys: SigningKeys) -> None:
        """Begin with no token known."""
        self._database = database
        self._keys = keys
        # Until when (by the wall clock for sessions' tokens, which expire; by the monotonic one for looked-up ones).
        self._sessions: OrderedDict[str, tuple[Principal, float]] = OrderedDict()
        self._access: OrderedDict[str, tuple[Principal, float]] = OrderedDict()
        self._ended: OrderedDict[UUID, float] = OrderedDict()

    async def load_ended(self) -> None:
        """Learn which sessions ended while their tokens may still be believed."""
        async with self._database.reading() as connection:
            for record in await connection.raw.fetch(_ENDED_LATELY):
                self._ended[record["id"]] = monotonic()

    def end(self, session_id: UUID) -> None:
        """Believe no token of this session any more."""
        self._ended[session_id] = monotonic()
        while len(self._ended) > 1 and next(iter(self._ended.values())) < monotonic() - 2 * SESSION_TOKEN_LIVES:
            self._ended.popitem(last=False)

    def forget_access_tokens(self) -> None:
        """Look every personal access token up again."""
        self._access.clear()

    def is_ended(self, principal: Principal) -> bool:
        """Say whether the session that a principal came by has ended."""
        return principal.session_id is not None and principal.session_id in self._ended

    async def principal(self, authorization: str | None) -> Principal | None:
        """Return whom a request acts for; None for a request that names nobody.

        Raises:
            Unauthenticated: if the token it carries speaks for nobody. It is not served as anonymous then: a client
                whose session is over must learn of it.
        """
        if authorization is None:
            return None
        if authorization[: len(BEARER)].lower() != BEARER:
            raise Unauthenticated
        token = authorization[len(BEARER) :].strip()
        if token.startswith(PREFIX):
            return await self._by_access_token(token)
        known = self._sessions.get(token)
        if known is None or known[1] <= time():
            principal = read_session_token(self._keys, token)
            expires_at = float(jwt.decode(token, options={"verify_signature": False})["exp"])
            known = self._sessions[token] = principal, expires_at
            if len(self._sessions) > TOKENS_KEPT:
                self._sessions.popitem(last=False)
        if known[0].session_id in self._ended:
            raise Unauthenticated
        return known[0]

    async def _by_access_token(self, token: str) -> Principal:
        known = self._access.get(token)
        if known is None or known[1] <= monotonic():
            async with self._database.writing() as connection:
                principal = await authenticate_access_token(connection, token)
            known = self._access[token] = principal, monotonic() + ACCESS_TOKEN_BELIEVED_FOR
            if len(self._access) > TOKENS_KEPT:
                self._access.popitem(last=False)
        return known[0]


def bearer(headers: Mapping[bytes, bytes]) -> str | None:
    """Return the Authorization header."""
    value = headers.get(b"authorization")
    return None if value is None else value.decode("latin-1")
