"""`teahouse member`: give and take roles, suspend and reinstate, on the word of who runs the server."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Annotated, Any

import typer
from rich.table import Table

from api.cli.database import database_url
from api.cli.terminal import complain, output
from community.discussions.standing import hide_all_content_of, show_all_content_of
from community.foundation.clock import now
from community.foundation.database import Connection, Database
from community.foundation.errors import NotFound, Refusal
from community.foundation.settings import Settings
from community.members.handles import skeleton
from community.members.roles import Role, grant_role_by_system, revoke_role
from moderation.decisions.ruling import OPERATOR
from moderation.decisions.suspending import reinstate_by_decision, suspend_by_decision

Handle = Annotated[str, typer.Argument(help="The member's handle.")]

_FIND = "SELECT id FROM member WHERE handle_skeleton = $1 AND state <> 'ERASED'"
_SHOW = """
    SELECT
        member.id, member.handle, member.display_name, member.state, member.suspended_until, member.suspension_reason,
        member.joined_at, member.official, member.follower_count, member.post_count, member.comment_count,
        account.email, account.email_verified_at IS NOT NULL AS verified,
        (SELECT count(*) FROM session WHERE member_id = member.id AND ended_at IS NULL AND expires_at > now()) AS sessions,
        ARRAY(
            SELECT role || coalesce(' in ' || space.slug, '')
            FROM role_grant LEFT JOIN space ON space.id = space_id WHERE member_id = member.id ORDER BY 1
        ) AS roles
    FROM member LEFT JOIN account ON account.member_id = member.id
    WHERE member.id = $1
"""

commands = typer.Typer(name="member", help="Look after one member.", no_args_is_help=True)


def register(application: typer.Typer) -> None:
    """Add the commands."""
    application.add_typer(commands)


@commands.command()
def show(handle: Handle) -> None:
    """Show what is known of a member."""

    async def act(database: Database, member_id: int) -> None:
        async with database.reading() as connection:
            row = await connection.raw.fetchrow(_SHOW, member_id)
        table = Table(show_header=False, box=None, pad_edge=False)
        for name, value in (row or {}).items():
            shown = ", ".join(value) if isinstance(value, list) else "" if value is None else str(value)
            table.add_row(name.replace("_", " "), shown)
        output.print(table, markup=False)

    _run(handle, act)


@commands.command()
def grant(handle: Handle, role: Annotated[Role, typer.Argument(help="The role.")]) -> None:
    """Give a member a role everywhere."""
    _change(handle, lambda connection, member_id: grant_role_by_system(connection, member_id, role))
    output.print(f"{handle} is {role.value} now.", markup=False)


@commands.command()
def revoke(handle: Handle, role: Annotated[Role, typer.Argument(help="The role.")]) -> None:
    """Take a role from a member."""
    _change(handle, lambda connection, member_id: revoke_role(connection, None, member_id, role))
    output.print(f"{handle} is not {role.value} now.", markup=False)


@commands.command()
def suspend(
    handle: Handle,
    reason: Annotated[str, typer.Option(help="Why. The member is told.")],
    days: Annotated[int | None, typer.Option(min=1, max=36_500, help="For so long; else until reinstated.")] = None,
) -> None:
    """Keep a member from taking part: their sessions end, and what they wrote is hidden."""
    until = None if days is None else now() + timedelta(days=days)

    async def act(database: Database, member_id: int) -> None:
        await database.transact(
            lambda connection: suspend_by_decision(connection, OPERATOR, member_id, reason=reason, until=until),
        )
        hidden = await hide_all_content_of(database, member_id)
        output.print(f"{handle} is suspended; {hidden} posts and comments are hidden.", markup=False)

    _run(handle, act)


@commands.command()
def reinstate(handle: Handle) -> None:
    """Let a suspended member take part again, and show what they wrote."""

    async def act(database: Database, member_id: int) -> None:
        await database.transact(lambda connection: reinstate_by_decision(connection, OPERATOR, member_id))
        shown = await show_all_content_of(database, member_id)
        output.print(f"{handle} takes part again; {shown} posts and comments are shown.", markup=False)

    _run(handle, act)


def _change(handle: str, change: Callable[[Connection, int], Awaitable[Any]]) -> None:
    async def act(database: Database, member_id: int) -> None:
        await database.transact(lambda connection: change(connection, member_id))

    _run(handle, act)


def _run(handle: str, act: Callable[[Database, int], Awaitable[None]]) -> None:
    """Do something with a member; say why, and leave with 1, when it is refused."""

    async def run(url: str) -> None:
        database = await Database.connect(url, maximum=2, acquire_within=10)
        try:
            async with database.reading() as connection:
                member_id = await connection.raw.fetchval(_FIND, skeleton(handle.removeprefix("@")))
            if member_id is None:
                raise NotFound(what=f"member called {handle}")
            await act(database, member_id)
        finally:
            await database.close()

    with database_url(Settings()) as url:
        try:
            asyncio.run(run(url))
        except Refusal as refusal:
            complain(refusal.message)
            sys.exit(1)
