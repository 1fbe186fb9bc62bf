"""Members as tests need them: made straight in the tables, without waiting for letters and slow hashes."""

import itertools
import re
from dataclasses import dataclass

from argon2 import PasswordHasher

from community.foundation.database import Connection, Database
from community.members.emails import fold_email
from community.members.handles import skeleton
from community.members.roles import Role

PASSWORD = "correct horse 电池"
_HASH = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1).hash(PASSWORD)
_numbers = itertools.count(1)


@dataclass(frozen=True)
class MadeMember:
    """What a test needs to know of the member it got."""

    id: int
    handle: str
    email: str
    password: str = PASSWORD


async def add_member(
    connection: Connection,
    handle: str | None = None,
    *,
    email: str | None = None,
    verified: bool = True,
    locale: str = "en",
    state: str = "ACTIVE",
    roles: tuple[Role, ...] = (),
) -> MadeMember:
    """Make a member with an account that PASSWORD opens."""
    handle = handle or f"member.{next(_numbers)}"
    email = email or f"{skeleton(handle)}@example.com"
    member_id = await connection.raw.fetchval(
        """
        INSERT INTO member (handle, handle_skeleton, display_name, locale, state) VALUES ($1, $2, $1, $3, $4)
        RETURNING id
        """,
        *(handle, skeleton(handle), locale, state),
    )
    await connection.raw.execute(
        """
        INSERT INTO account (member_id, email, email_key, email_verified_at, password_hash)
        VALUES ($1, $2, $3, CASE WHEN $4 THEN now() END, $5)
        """,
        *(member_id, email, fold_email(email), verified, _HASH),
    )
    for role in roles:
        await connection.raw.execute("INSERT INTO role_grant (member_id, role) VALUES ($1, $2)", member_id, role)
    return MadeMember(member_id, handle, email)


async def make_member(
    database: Database,
    handle: str | None = None,
    *,
    email: str | None = None,
    verified: bool = True,
    locale: str = "en",
    state: str = "ACTIVE",
    roles: tuple[Role, ...] = (),
) -> MadeMember:
    """Make a member, committed."""
    async with database.writing() as connection:
        return await add_member(
            connection,
            handle,
            email=email,
            verified=verified,
            locale=locale,
            state=state,
            roles=roles,
        )


async def letters_to(database: Database, email: str) -> list[str]:
    """Return the bodies of the letters that wait to be delivered to an address, oldest first."""
    async with database.reading() as connection:
        rows = await connection.raw.fetch(
            "SELECT body FROM mail WHERE recipient = $1 AND due_at IS NOT NULL ORDER BY id",
            email,
        )
    return [row["body"] for row in rows]


async def token_sent_to(database: Database, email: str) -> str:
    """Return the token in the newest letter to an address."""
    found = re.search(r"#token=(\S+)", (await letters_to(database, email))[-1])
    if found is None:
        raise AssertionError(f"The newest letter to {email} has no link")
    return found[1]
