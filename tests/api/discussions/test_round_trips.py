"""The changes made most often cost few round trips to the database."""

from typing import Any

import asyncpg
import pytest

from community.foundation.database import Database
from tests.api.conftest import Client
from tests.factories.discussions import make_acting, make_post, make_space


@pytest.fixture
def statements(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Record each statement that is sent."""
    sent: list[str] = []
    for name in ("execute", "fetch", "fetchrow", "fetchval"):
        original = getattr(asyncpg.Connection, name)

        async def recording(self: Any, query: str, *arguments: Any, _original: Any = original, **options: Any) -> Any:
            sent.append(query)
            return await _original(self, query, *arguments, **options)

        monkeypatch.setattr(asyncpg.Connection, name, recording)
    return sent


def asked(statements: list[str]) -> list[str]:
    """Leave out what the server asks for itself in between: the log's news, and facts that the news made it forget."""
    others = ("pg_snapshot_xmin", "hides_members", "typeinfo", "SELECT t.oid", "event_cursor", "FOR UPDATE SKIP LOCKED")
    return [sql for sql in statements if not any(mark in sql for mark in others)]


async def test_a_reaction_takes_three_statements(graphql: Client, database: Database, statements: list[str]) -> None:
    reader = await make_acting(database)
    post = await make_post(database, await make_acting(database), await make_space(database))
    await graphql('{ viewer: node(id: "x") { id } }', as_=reader)  # who asks is known to the server now
    statements.clear()
    await graphql.change("addReaction", "subject { reactionCount }", as_=reader, subject=f"post_{post}", kind="like")
    assert len(asked(statements)) <= 5, statements  # who acts, the change, the payload


async def test_a_comment_takes_six_statements(graphql: Client, database: Database, statements: list[str]) -> None:
    reader = await make_acting(database)
    post = await make_post(database, await make_acting(database), await make_space(database))
    await graphql('{ viewer: node(id: "x") { id } }', as_=reader)
    statements.clear()
    payload = await graphql.change(
        "createComment", "comment { body author { handle } }", as_=reader, post=f"post_{post}", body="水温九十度。"
    )
    assert payload["userErrors"] == []
    assert len(asked(statements)) <= 8, statements  # BEGIN, who acts, the post's door, the change, the payload, COMMIT
