import asyncio
from uuid import uuid4

import httpx
import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import InvalidStatus

from community.discussions.posts import delete_post
from community.foundation.database import Database
from community.members.access_tokens import create_access_token, revoke_access_token
from community.members.principals import ALL_SCOPES, Principal, Scope
from community.members.roles import Role, revoke_role
from community.members.sessions import sign_out_everywhere
from community.members.standing import suspend_member
from tests.api.live.conftest import ORIGIN, PROTOCOL, RunningServer, Talk, open_space, start_server, talk, token_of
from tests.factories.discussions import make_acting, make_comment, make_post
from tests.waiting import until

Servers = tuple[RunningServer, RunningServer]

UPDATES = """
    subscription Updates($filter: UpdateFilter) {
        updates(filter: $filter) {
            __typename
            ... on PostCreated { post { id title author { handle } } }
            ... on CommentCreated { comment { body } }
            ... on ContentRemoved { subjectId }
            ... on ReactionsChanged { subject { reactionCount } }
            ... on NotificationReceived { notification { kind } unreadNotificationCount }
        }
    }
"""


async def test_what_is_done_by_one_process_is_told_by_the_other(servers: Servers, database: Database) -> None:
    author = await make_acting(database)
    space = await open_space(database)
    first, second = servers
    mutation = """
        mutation ($input: CreatePostInput!) { createPost(input: $input) { post { id } userErrors { code } } }
    """
    async with talk(first) as listening, talk(second, await token_of(database, author)) as writing:
        await listening.subscribe(UPDATES)
        given = {"space": f"space_{space}", "title": "武夷岩茶", "body": "焙火之后"}
        await writing.say(type="subscribe", id="w", payload={"query": mutation, "variables": {"input": given}})
        created = await writing.data()
        heard = await listening.data()

    assert created["createPost"]["userErrors"] == []
    assert heard["updates"]["__typename"] == "PostCreated"
    assert heard["updates"]["post"]["title"] == "武夷岩茶"
    assert heard["updates"]["post"]["id"] == created["createPost"]["post"]["id"]


async def test_a_notification_arrives_while_its_member_listens(servers: Servers, database: Database) -> None:
    author, other = await make_acting(database), await make_acting(database)
    post = await make_post(database, author, await open_space(database))
    async with talk(servers[0], await token_of(database, author)) as listening:
        await listening.subscribe(UPDATES, filter={"kinds": ["NOTIFICATION_RECEIVED"]})
        await make_comment(database, other, post)
        heard = await listening.data()

    assert heard["updates"] == {
        "__typename": "NotificationReceived",
        "notification": {"kind": "REPLY"},
        "unreadNotificationCount": 1,
    }


async def test_nobody_hears_what_they_may_not_see(servers: Servers, database: Database) -> None:
    inside, outside = await make_acting(database), await make_acting(database)
    private = await open_space(database, access="PRIVATE", members=(inside,))
    public = await open_space(database)
    async with (
        talk(servers[0], await token_of(database, outside)) as outsider,
        talk(servers[1]) as anybody,
        talk(servers[1], await token_of(database, inside)) as insider,
    ):
        for each in (outsider, anybody, insider):
            await each.subscribe(UPDATES)
        await make_post(database, inside, private, title="CANARY 金丝雀")
        seen = await make_post(database, inside, public)
        heard = [(await each.data())["updates"]["post"] for each in (outsider, anybody, insider)]

    assert [post["id"] for post in heard[:2]] == [f"post_{seen}"] * 2
    assert heard[2]["title"] == "CANARY 金丝雀"
    assert "CANARY" not in str(outsider.came) + str(anybody.came)


async def test_who_joins_a_space_while_listening_hears_of_it(servers: Servers, database: Database) -> None:
    inside, joining = await make_acting(database), await make_acting(database)
    private = await open_space(database, access="PRIVATE", members=(inside,))
    mutation = "mutation ($input: SpaceInput!) { joinSpace(input: $input) { userErrors { code } } }"
    async with database.writing() as connection:
        await connection.raw.execute(
            "INSERT INTO space_invitation (space_id, member_id) VALUES ($1, $2)", private, joining.member_id
        )
    token = await token_of(database, joining)
    async with talk(servers[0], token) as listening, talk(servers[1], token) as acting:
        await listening.subscribe(UPDATES)
        await acting.say(
            type="subscribe", id="j", payload={"query": mutation, "variables": {"input": {"space": f"space_{private}"}}}
        )
        assert (await acting.data())["joinSpace"]["userErrors"] == []
        post = await make_post(database, inside, private)
        heard = await listening.data()

    assert heard["updates"]["post"]["id"] == f"post_{post}"


async def test_of_a_removed_post_only_the_id_is_told(servers: Servers, database: Database) -> None:
    author = await make_acting(database)
    post = await make_post(database, author, await open_space(database))
    async with talk(servers[0]) as listening:
        await listening.subscribe(UPDATES, filter={"kinds": ["CONTENT_REMOVED"]})
        await database.transact(lambda connection: delete_post(connection, author, post))
        heard = await listening.data()

    assert heard["updates"] == {"__typename": "ContentRemoved", "subjectId": f"post_{post}"}


async def test_many_subscriptions_with_their_own_filters_run_on_one_socket(
    servers: Servers, database: Database
) -> None:
    author = await make_acting(database)
    spaces = [await open_space(database) for _ in range(3)]
    async with talk(servers[0]) as listening:
        for space in spaces:
            await listening.subscribe(UPDATES, str(space), filter={"space": f"space_{space}"})
        for space in reversed(spaces):
            await make_post(database, author, space)
        heard = [await listening.hear() for _ in spaces]

    assert sorted(message["id"] for message in heard) == sorted(str(space) for space in spaces)


async def test_a_subscription_that_is_complete_tells_no_more(servers: Servers, database: Database) -> None:
    author = await make_acting(database)
    space = await open_space(database)
    async with talk(servers[0]) as listening:
        await listening.subscribe(UPDATES, "gone")
        await listening.say(type="complete", id="gone")
        await listening.subscribe(UPDATES, "stays")
        await make_post(database, author, space)
        heard = await listening.hear()
        await listening.say(type="ping")
        last = await listening.hear()

    assert heard["id"] == "stays"
    assert last == {"type": "pong"}


async def test_queries_and_their_errors_come_as_over_http(servers: Servers, database: Database) -> None:
    async with talk(servers[0]) as talking:
        await talking.say(type="subscribe", id="q", payload={"query": "{ updatesCursor }"})
        answered, completed = await talking.hear(), await talking.hear()
        await talking.say(type="subscribe", id="e", payload={"query": "{ nothing }"})
        refused = await talking.hear()
        await talking.say(type="subscribe", id="s", payload={"query": "{ nothing "})
        unreadable = await talking.hear()
        await talking.say(type="subscribe", id="d", payload={"query": "{ __typename }" + "#" * 60_000})
        long = await talking.hear()
        await talking.say(type="subscribe", id="p", payload={"query": "{ spaces(first: 1000) { nodes { id } } }"})
        costly = await talking.hear()

    assert answered["payload"]["data"]["updatesCursor"].startswith("event~")
    assert "cost" in answered["payload"]["extensions"]
    assert completed == {"type": "complete", "id": "q"}
    assert [message["type"] for message in (refused, unreadable, long, costly)] == ["error"] * 4
    assert refused["payload"][0]["extensions"]["code"] == "INVALID"
    assert unreadable["payload"][0]["extensions"]["code"] == "SYNTAX"


async def test_what_is_spent_on_a_socket_comes_out_of_the_same_bucket(servers: Servers, database: Database) -> None:
    token = await token_of(database, await make_acting(database))
    document = "{ updatesCursor }"
    async with talk(servers[0], token) as first, talk(servers[0], token) as second:
        remaining = []
        for each in (first, second):
            await each.say(type="subscribe", id="q", payload={"query": document})
            remaining.append((await each.hear())["payload"]["extensions"]["cost"])

    assert remaining[1]["remaining"] <= remaining[0]["remaining"]


class TestTheProtocol:
    async def test_the_legacy_subprotocol_is_refused(self, servers: Servers) -> None:
        with pytest.raises(InvalidStatus) as refused:
            await connect(servers[0].socket_url, subprotocols=["graphql-ws"])  # type: ignore[list-item] # a new type of str

        assert refused.value.response.status_code == 400

    async def test_a_page_of_another_origin_is_refused(self, servers: Servers) -> None:
        for origin in ("https://evil.example", "null", "https://tea.example.evil.example"):
            with pytest.raises(InvalidStatus) as refused:
                await connect(servers[0].socket_url, subprotocols=[PROTOCOL], origin=origin)  # type: ignore[list-item, arg-type] # new types of str

            assert refused.value.response.status_code == 403

    async def test_a_page_of_an_allowed_origin_may_connect(self, servers: Servers) -> None:
        async with talk(servers[0], origin=ORIGIN) as talking:
            await talking.say(type="ping", payload={"你": "好"})

            assert await talking.hear() == {"type": "pong", "payload": {"你": "好"}}

    async def test_who_says_nothing_is_closed(self, servers: Servers) -> None:
        async with connect(servers[0].socket_url, subprotocols=[PROTOCOL]) as raw:  # type: ignore[list-item] # a new type of str
            assert await Talk(raw).closed() == 4408

    async def test_a_header_names_the_viewer_too(self, servers: Servers, database: Database) -> None:
        member = await make_acting(database)
        headers = {"authorization": f"Bearer {await token_of(database, member)}"}
        async with talk(servers[0], additional_headers=headers) as talking:
            await talking.say(type="subscribe", id="v", payload={"query": "{ viewer { member { id } } }"})

            assert (await talking.data())["viewer"]["member"]["id"] == f"member_{member.member_id}"

    @pytest.mark.parametrize("authorization", ["Bearer nonsense", "Basic abc", "", 7, "Bearer 茶", ["Bearer"]])
    async def test_a_token_that_speaks_for_nobody_is_refused(self, servers: Servers, authorization: object) -> None:
        async with connect(servers[0].socket_url, subprotocols=[PROTOCOL]) as raw:  # type: ignore[list-item] # a new type of str
            talking = Talk(raw)
            await talking.say(type="connection_init", payload={"authorization": authorization})

            assert await talking.closed() == 4403

    @pytest.mark.parametrize(
        ("message", "code"),
        [
            ('{"type": "subscribe", "id": "1", "payload": {"query": "{ __typename }"}}', 4401),
            ('{"type": "start", "id": "1"}', 4400),
            ("no JSON", 4400),
            ("[]", 4400),
            ("7", 4400),
            ("[" * 30_000, 4400),
            (b"binary", 4400),
            ('{"type": "connection_init", "payload": 7}', 4400),
            ("x" * 70_000, 1009),
        ],
    )
    async def test_what_is_not_the_protocol_is_closed(self, servers: Servers, message: str | bytes, code: int) -> None:
        async with connect(servers[0].socket_url, subprotocols=[PROTOCOL], compression=None) as raw:  # type: ignore[list-item] # a new type of str
            await raw.send(message)

            assert await Talk(raw).closed() == code

    @pytest.mark.parametrize(
        ("message", "code"),
        [
            ({"type": "connection_init"}, 4429),
            ({"type": "subscribe", "id": "", "payload": {}}, 4400),
            ({"type": "subscribe", "id": 7, "payload": {}}, 4400),
            ({"type": "subscribe", "id": "1", "payload": "{ __typename }"}, 4400),
            ({"type": "subscribe", "id": "x" * 200, "payload": {}}, 4400),
        ],
    )
    async def test_what_comes_at_the_wrong_time_is_closed(
        self, servers: Servers, message: dict[str, object], code: int
    ) -> None:
        async with talk(servers[0]) as talking:
            await talking.say(**message)

            assert await talking.closed() == code

    async def test_an_id_is_used_by_one_subscription_at_a_time(self, servers: Servers) -> None:
        async with talk(servers[0]) as talking:
            await talking.subscribe(UPDATES, "1")
            await talking.say(type="subscribe", id="1", payload={"query": UPDATES})

            assert await talking.closed() == 4409

    async def test_a_socket_runs_20_subscriptions_and_no_more(self, servers: Servers) -> None:
        async with talk(servers[0]) as talking:
            for number in range(20):
                await talking.subscribe(UPDATES, str(number))
            await talking.say(type="subscribe", id="one too many", payload={"query": UPDATES})
            refused = await talking.hear()

        assert refused["type"] == "error"
        assert refused["payload"][0]["extensions"]["code"] == "TOO_MANY_OPERATIONS"

    async def test_a_flood_of_pings_is_closed(self, servers: Servers) -> None:
        async with talk(servers[0]) as talking:
            for _ in range(600):
                await talking.say(type="ping")

            assert await talking.closed() == 1008


class TestWhatEndsASocket:
    async def test_signing_out_on_the_other_process(self, servers: Servers, database: Database) -> None:
        member = await make_acting(database)
        async with talk(servers[0], await token_of(database, member)) as talking:
            await talking.subscribe(UPDATES)
            await database.transact(lambda connection: sign_out_everywhere(connection, member.member_id))

            assert await talking.closed() == 4401

    async def test_a_session_that_has_ended_opens_none(self, servers: Servers, database: Database) -> None:
        member = await make_acting(database)
        token = await token_of(database, member)
        async with talk(servers[0], token) as talking:
            await database.transact(lambda connection: sign_out_everywhere(connection, member.member_id))
            await talking.closed()
        async with connect(servers[0].socket_url, subprotocols=[PROTOCOL]) as raw:  # type: ignore[list-item] # a new type of str
            again = Talk(raw)
            await again.say(type="connection_init", payload={"authorization": f"Bearer {token}"})

            assert await again.closed() == 4403

    async def test_a_suspension(self, servers: Servers, database: Database) -> None:
        admin = await make_acting(database, roles=(Role.ADMIN,))
        member = await make_acting(database)
        async with talk(servers[1], await token_of(database, member)) as talking:
            await talking.subscribe(UPDATES)
            await database.transact(
                lambda connection: suspend_member(connection, admin.member_id, member.member_id, reason="骚扰"),
            )

            assert await talking.closed() == 4403

    async def test_a_suspension_while_a_long_transaction_runs(self, servers: Servers, database: Database) -> None:
        admin = await make_acting(database, roles=(Role.ADMIN,))
        member = await make_acting(database)
        async with talk(servers[1], await token_of(database, member)) as talking, database.writing() as slow:
            await slow.raw.execute("SELECT pg_current_xact_id()")
            await database.transact(
                lambda connection: suspend_member(connection, admin.member_id, member.member_id, reason="骚扰"),
            )

            assert await talking.closed() == 4403

    async def test_a_role_that_is_lost(self, servers: Servers, database: Database) -> None:
        admin = await make_acting(database, roles=(Role.ADMIN,))
        moderator = await make_acting(database, roles=(Role.MODERATOR,))
        async with talk(servers[0], await token_of(database, moderator)) as talking:
            await talking.subscribe(UPDATES)
            await database.transact(
                lambda connection: revoke_role(connection, admin.member_id, moderator.member_id, Role.MODERATOR),
            )

            assert await talking.closed() == 4403

    async def test_an_access_token_that_is_revoked(self, servers: Servers, database: Database) -> None:
        member = await make_acting(database)
        by_session = Principal(member.member_id, ALL_SCOPES, session_id=uuid4())
        async with database.writing() as connection:
            created, token = await create_access_token(connection, by_session, name="机器人", scopes=[Scope.READ])
        async with talk(servers[0], token) as talking:
            await talking.subscribe(UPDATES)
            await database.transact(lambda connection: revoke_access_token(connection, by_session, created.id))

            assert await talking.closed() == 4401

    @pytest.mark.usefixtures("database")
    async def test_the_servers_end(self, database_url: str) -> None:
        server = await start_server(database_url)
        async with talk(server) as talking:
            await talking.subscribe(UPDATES)
            server.stop()
            async with asyncio.timeout(10):
                code = await talking.closed()
        await asyncio.to_thread(server.process.wait, 20)

        assert code in {1001, 1012}
        assert server.process.returncode == 0

    @pytest.mark.slow
    async def test_a_client_that_does_not_read_is_put_out(self, servers: Servers, database: Database) -> None:
        author = await make_acting(database)
        space = await open_space(database)
        body = "茶" * 20_000
        document = "subscription { updates { ... on PostCreated { post { body bodyHtml } } } }"
        async with talk(servers[0], max_queue=1, write_limit=1, compression=None) as talking:
            for number in range(10):
                await talking.say(type="subscribe", id=str(number), payload={"query": document})
            await asyncio.sleep(0.2)
            talking.raw.transport.pause_reading()  # what a client that hangs does
            await asyncio.gather(*(make_post(database, author, space, body=f"{body}{n}") for n in range(40)))
            async with talk(servers[0]):

                async def connections() -> bool:
                    return (await gauge(servers[0], "teahouse_subscriptions ")) == 0

                await until(connections, longest=30)


async def gauge(server: RunningServer, name: str) -> float:
    async with httpx.AsyncClient() as client:
        text = (await client.get(f"http://127.0.0.1:{server.port}/metrics")).text
    return next(float(line.split()[-1]) for line in text.splitlines() if line.startswith(name))
