"""How someone becomes a member, by whichever door they come: a letter's link, a sign-in provider, an import."""

from collections.abc import Mapping
from dataclasses import dataclass

from community.foundation.database import Connection
from community.foundation.events import Event, record
from community.members.emails import fold_email
from community.members.errors import HandleTaken
from community.members.events import MEMBER_JOINED
from community.members.handles import skeleton
from community.members.roles import Role, grant_role_by_system

_ADD_MEMBER = """
    INSERT INTO member (handle, handle_skeleton, display_name, locale) VALUES ($1, $2, $3, $4)
    ON CONFLICT DO NOTHING RETURNING id
"""
_ADD_ACCOUNT = """
    INSERT INTO account (member_id, email, email_key, email_verified_at, password_hash, password_changed_at)
    VALUES ($1, $2, $3, CASE WHEN $4 THEN now() END, $5, CASE WHEN $5::text IS NOT NULL THEN now() END)
    ON CONFLICT DO NOTHING RETURNING member_id
"""


@dataclass(frozen=True, slots=True)
class Site:
    """What letters need to know of the website: where it is, and whose address makes its holder an administrator."""

    url: str
    admin_email: str | None = None

    def link(self, page: str, token: str = "") -> str:
        """Return the address of a page. The token stands behind a #, which browsers keep out of every server's log."""
        return f"{self.url.rstrip('/')}/{page}" + (f"#token={token}" if token else "")


async def add_member(
    connection: Connection,
    *,
    handle: str,
    display_name: str,
    locale: str,
    via: str,
    brought_by: Mapping[str, object] | None = None,
) -> int:
    """Make a member, in the handle's cleaned form. `via` says how they came, and `brought_by` what brought them.

    Raises:
        HandleTaken: if the handle, or one that looks like it, is taken.
    """
    member_id: int | None = await connection.raw.fetchval(_ADD_MEMBER, handle, skeleton(handle), display_name, locale)
    if member_id is None:
        raise HandleTaken(handle=handle, path=("handle",))
    joined = Event(
        MEMBER_JOINED,
        actor_id=member_id,
        member_id=member_id,
        subject_kind="member",
        subject_id=member_id,
        data={"via": via, "brought_by": brought_by} if brought_by else {"via": via},
    )
    await record(connection, joined)
    return member_id


async def add_account(
    connection: Connection,
    member_id: int,
    *,
    email: str,
    verified: bool,
    password_hash: str | None = None,
) -> bool:
    """Give a member an account; say whether the address was still free."""
    added = await connection.raw.fetchval(_ADD_ACCOUNT, member_id, email, fold_email(email), verified, password_hash)
    return added is not None


async def grant_to_named_address(connection: Connection, site: Site, member_id: int, email: str) -> None:
    """Make the member an administrator if this address, which they have verified, is the one the operator named."""
    if site.admin_email and fold_email(site.admin_email) == fold_email(email):
        await grant_role_by_system(connection, member_id, Role.ADMIN)
