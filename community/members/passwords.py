"""Passwords: which are good enough, how they are kept (argon2id), and how they are checked without telling who is known."""

import asyncio
import os
import unicodedata
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from typing import TypeVar

import regex
from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from community.foundation.errors import Overloaded
from community.members.errors import PasswordTooWeak

Result = TypeVar("Result")

SHORTEST = 10
# A Chinese character is one of thousands where a letter is one of dozens: six say more than ten letters do.
SHORTEST_IN_HAN = 6
# Enough for any phrase; more would only be work for the server.
LONGEST = 256
# A run of characters that each stand for a word or syllable.
_HAN = regex.compile(r"[\p{Han}\p{Hiragana}\p{Katakana}\p{Hangul}]")

# The head of every list of leaked passwords, among those that are long enough to be asked about here.
_COMMON = frozenset(
    [
        "1234567890",
        "12345678910",
        "123456789a",
        "0123456789",
        "0987654321",
        "9876543210",
        "1111111111",
        "0000000000",
        "1q2w3e4r5t",
        "1qaz2wsx3edc",
        "qwertyuiop",
        "qwerty12345",
        "qwerty123456",
        "q1w2e3r4t5",
        "asdfghjkl;",
        "asdfghjkl1",
        "zxcvbnm123",
        "password12",
        "password123",
        "password1234",
        "passw0rd123",
        "p@ssw0rd123",
        "iloveyou123",
        "iloveyou12",
        "welcome123",
        "letmein123",
        "admin12345",
        "administrator",
        "abcdefghij",
        "abcd123456",
        "abc1234567",
        "a123456789",
        "aa12345678",
        "aaaaaaaaaa",
        "5201314520",
        "woaini1314",
        "woaini5201314",
        "woaini520",
        "1314520520",
        "qq123456789",
        "changeme123",
        "sunshine123",
        "princess123",
        "football123",
        "baseball123",
        "superman123",
        "michael123",
        "charlie123",
        "dragon12345",
        "monkey12345",
        "teahouse123",
        "teahouse1234",
        "1qazxsw23edc",
        "我爱你我爱你",
        "密码密码密码",
        "一二三四五六",
        "一二三四五六七",
        "你好你好你好",
        "天天向上天天向上",
        "好好学习天天向上",
        "一二三四五六七八九十",
    ]
)

# Above the least that OWASP asks for (19 MiB, 2 passes); 2 hashes at once fit a small machine beside PostgreSQL.
_HASHER = PasswordHasher(time_cost=2, memory_cost=32 * 1024, parallelism=1)
# More at once than there are cores would only slow each other down.
_WORKERS = ThreadPoolExecutor(max_workers=max(1, os.cpu_count() or 1), thread_name_prefix="password")
# About three seconds of work: whoever came later would have given up before their turn.
_MOST_WAITING = 64
_waiting = 0


def check_policy(password: str, *, handle: str = "", email: str = "", field: str = "password") -> None:
    """Raise PasswordTooWeak unless the password is long enough, not a common one, and not the account's own name."""
    folded = _fold(password).casefold()
    if len(password) > LONGEST:
        raise PasswordTooWeak(reason=f"it may have at most {LONGEST} characters", path=(field,))
    shortest = SHORTEST_IN_HAN if len(_HAN.findall(folded)) >= SHORTEST_IN_HAN else SHORTEST
    if len(folded) < shortest:
        raise PasswordTooWeak(
            reason=f"it needs {SHORTEST} characters, or {SHORTEST_IN_HAN} Chinese ones",
            path=(field,),
        )
    if len(set(folded)) < shortest // 2 or folded in _COMMON:
        raise PasswordTooWeak(reason="it is one of the first that others try", path=(field,))
    own_names = {_fold(name).casefold() for name in (handle, email, email.partition("@")[0]) if name}
    if folded in own_names or folded[::-1] in own_names:
        raise PasswordTooWeak(reason="it is your name or address", path=(field,))


async def hash_password(password: str) -> str:
    """Return the argon2id hash to keep. The event loop goes on meanwhile.

    Raises:
        Overloaded: if too many others wait for theirs.
    """
    return await _in_worker(lambda: _HASHER.hash(_fold(password)))


async def verify_password(password: str, kept_hash: str | None) -> bool:
    """Say whether the password is the one that was kept.

    With no hash (no such account, or one without a password) it takes the same time, and says no.
    """
    return await _in_worker(lambda: _verify(password, kept_hash))


def needs_rehash(kept_hash: str) -> bool:
    """Say whether a hash was made with other costs than today's."""
    return _HASHER.check_needs_rehash(kept_hash)


def _verify(password: str, kept_hash: str | None) -> bool:
    if len(password) > LONGEST:
        # No such password can have been set; the hash is compared all the same, for the time it takes.
        password, kept_hash = "", None
    try:
        _HASHER.verify(kept_hash or _hash_of_nothing(_HASHER), _fold(password))
    except (VerificationError, InvalidHashError):
        return False
    return kept_hash is not None


@cache
def _hash_of_nothing(hasher: PasswordHasher) -> str:
    return hasher.hash(os.urandom(16).hex())


def _fold(password: str) -> str:
    # Keyboards differ in how they compose an accent or a wide letter; NFKC makes them agree (RFC 8265).
    return unicodedata.normalize("NFKC", password)


async def _in_worker(work: Callable[[], Result]) -> Result:
    global _waiting  # noqa: PLW0603 - one count for the one pool of this process
    if _waiting >= _MOST_WAITING:
        raise Overloaded(retry_after=2)
    _waiting += 1
    try:
        return await asyncio.get_running_loop().run_in_executor(_WORKERS, work)
    finally:
        _waiting -= 1
