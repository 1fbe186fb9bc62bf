"""The changes made most often cost two round trips to the database, and no more: the change, and its payload."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest

from community.foundation.database import Autocommit, Connection, Database
from community.foundation.event_readers import Position
from community.members.roles import Role
from tests.api.conftest import Client
from tests.api.moderation.ruling import make_rule, write_comment
from tests.factories.discussions import make_acting, make_comment, make_post, make_space, suspend, value
from tests.waiting import until


class Counted:
    """A connection that remembers each statement it is given."""

    def __init__(self, raw: Any, sent: list[str]) -> None:
        self._raw = raw
        self._sent = sent

    def __getattr__(self, name: str) -> Any:
        method = getattr(self._raw, name)
        if name not in {"execute", "executemany", "fetch", "fetchrow", "fetchval"}:
            return method

        def sending(query: str, *arguments: Any, **options: Any) -> Any:
            self._sent.append(" ".join(query.split()))
            return method(query, *arguments, **options)

        return sending


@pytest.fixture
def statements(graphql: Client, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Record what requests send on the connections that are lent to them; readers of the log have others of their own."""
    sent: list[str] = []
    database = graphql.application.database

    class Lending:
        """The server's database, as requests are given it."""

        def __getattr__(self, name: str) -> Any:
            return getattr(database, name)

        @asynccontextmanager
        async def reading(self) -> AsyncIterator[Connection]:
            async with database.reading() as connection:
                yield Connection(Counted(connection.raw, sent))  # type: ignore[arg-type] # does what a connection does

        async def transact(self, action: Any) -> Any:
            async def counting(connection: Connection) -> Any:
                return await action(Connection(Counted(connection.raw, sent)))  # type: ignore[arg-type] # as above

            sent.append("BEGIN")
            result = await database.transact(counting)
            sent.append("COMMIT")
            return result

        @property
        def autocommit(self) -> Connection:
            return Autocommit(self)  # type: ignore[arg-type] # does what a database does

        async def read(self, sql: str, values: Any) -> Any:
            sent.append(sql)
            return await database.read(sql, values)

        async def change(self, sql: str, values: Any) -> Any:
            sent.append(" ".join(sql.split()))
            return await database.change(sql, values)

    monkeypatch.setattr(graphql.application, "database", Lending())
    return sent


@pytest.mark.parametrize("verb", ["addReaction", "removeReaction"])
@pytest.mark.parametrize("kind", ["post", "comment"])
async def test_a_reaction_takes_two_statements(
    graphql: Client, database: Database, statements: list[str], verb: str, kind: str
) -> None:
    author, reader = await make_acting(database), await make_acting(database)
    post = await make_post(database, author, await make_space(database))
    subject = f"post_{post}" if kind == "post" else f"comment_{await make_comment(database, author, post)}"
    payload = await graphql.change(verb, "subject { reactionCount }", as_=reader, subject=subject, kind="like")
    assert payload["userErrors"] == []
    assert [sql[:5] for sql in statements] == ["WITH ", "SELEC"]


async def all_heard(graphql: Client, database: Database) -> bool:
    """Say whether the server has heard of all that happened: what it keeps is dropped when it does."""
    async with database.reading() as connection:
        last = await connection.raw.fetchrow("SELECT transaction_id, id FROM event ORDER BY 1 DESC, 2 DESC LIMIT 1")
    return last is None or graphql.application.live._tail.position >= Position(*last)


@pytest.mark.parametrize("reply", [False, True])
@pytest.mark.parametrize("body", ["水温九十度。", "问 @茶博士 吧", "**粗** `code` https://example.com"])
async def test_a_comment_takes_two_statements(
    graphql: Client, database: Database, statements: list[str], body: str, *, reply: bool
) -> None:
    reader = await make_acting(database)
    # A rule that depends on the text alone is asked without the database, once it is loaded.
    async with database.writing() as connection:
        await connection.raw.execute("UPDATE rule SET state = 'OFF'")
    await make_rule(graphql, await make_acting(database, roles=(Role.MODERATOR,)))
    await until(lambda: all_heard(graphql, database))
    await write_comment(graphql, reader, await make_post(database, reader, await make_space(database)), "好茶")
    statements.clear()
    await make_acting(database, "茶博士")
    post = await make_post(database, await make_acting(database), await make_space(database))
    under = {"parent": f"comment_{await make_comment(database, reader, post)}"} if reply else {}
    payload = await graphql.change(
        "createComment", "comment { body author { handle } }", as_=reader, post=f"post_{post}", body=body, **under
    )
    assert payload["userErrors"] == []
    assert [sql[:5] for sql in statements] == ["WITH ", "SELEC"]
    named = await value(database, "SELECT count(*) FROM event WHERE kind = 'MemberMentioned'")
    assert named == ("@" in body)


async def test_whose_rules_are_new_members_takes_one_more_at_first(
    graphql: Client, database: Database, statements: list[str]
) -> None:
    member, space = await make_acting(database), await make_space(database)
    async with database.writing() as connection:
        await connection.raw.execute("UPDATE member SET joined_at = now() - interval '1 year'")
    posts = [await make_post(database, member, space) for _ in range(10)]
    other = await make_acting(database)
    await write_comment(graphql, other, posts[0], "好茶")
    taken = []
    for _ in range(2):
        statements.clear()
        await write_comment(graphql, member, posts[0], "看 https://example.com")
        taken.append([sql[:5] for sql in statements])

    assert taken == [["WITH ", "WITH ", "SELEC"], ["WITH ", "SELEC"]]


async def test_who_may_not_take_part_learns_that_before_what_else_is_wrong(graphql: Client, database: Database) -> None:
    member = await make_acting(database)
    post = await make_post(database, member, await make_space(database))
    await graphql.token(member)
    await suspend(database, member)

    for given in (
        {"post": f"post_{post}", "body": ""},
        {"post": "茶", "body": "好"},
        {"post": "post_9999", "body": "好"},
    ):
        payload = await graphql.change("createComment", "comment { id }", as_=member, **given)
        assert [error["code"] for error in payload["userErrors"]] == ["ACCOUNT_SUSPENDED"]
    assert await value(database, "SELECT count(*) FROM comment") == 0
