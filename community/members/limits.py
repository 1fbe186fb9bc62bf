"""How often what can be guessed or misused may be tried: a table to read, spent in `foundation.rate_limits`."""

import hashlib
from dataclasses import dataclass
from enum import StrEnum

from community.foundation.database import Database
from community.foundation.networks import network_of
from community.foundation.rate_limits import spend


class Attempt(StrEnum):
    """What is tried."""

    SIGN_IN = "sign-in"
    SIGN_UP = "sign-up"
    RESET = "reset"
    LINK = "link"
    REFRESH = "refresh"
    NOTICE = "notice"
    APPEAL = "appeal"
    PASSWORD = "password"  # noqa: S105 - the name of a limit


@dataclass(frozen=True, slots=True)
class Limit:
    """So many at once; after that, so many an hour."""

    at_once: int
    an_hour: int


# From one network address, behind which there may be an office or a campus ...
BY_ADDRESS = {
    Attempt.SIGN_IN: Limit(30, 120),
    Attempt.SIGN_UP: Limit(20, 20),
    Attempt.RESET: Limit(20, 20),
    Attempt.LINK: Limit(30, 60),
    Attempt.REFRESH: Limit(300, 3_600),
    Attempt.NOTICE: Limit(20, 20),
    Attempt.APPEAL: Limit(20, 20),
}
# ... and for one name, whether an account has it or not: an answer that differed would tell.
BY_NAME = {
    Attempt.SIGN_IN: Limit(10, 30),
    Attempt.SIGN_UP: Limit(4, 2),
    Attempt.RESET: Limit(4, 2),
    Attempt.PASSWORD: Limit(10, 30),
    Attempt.NOTICE: Limit(6, 6),
}


async def spend_attempt(database: Database, attempt: Attempt, *, address: str = "", name: str = "") -> None:
    """Count an attempt from a network address, for a name, or both; each where it is given.

    Raises:
        RateLimited: if there were too many.
    """
    if address:
        await _spend(database, attempt, BY_ADDRESS[attempt], "address", network_of(address))
    if name:
        await _spend(database, attempt, BY_NAME[attempt], "name", name)


async def _spend(database: Database, attempt: Attempt, limit: Limit, by: str, whom: str) -> None:
    # Hashed, so that the table of limits is no list of addresses.
    digest = hashlib.sha256(whom.encode()).hexdigest()[:32]
    await spend(database, f"{attempt}:{by}:{digest}", capacity=limit.at_once, leak_per_second=limit.an_hour / 3600)
