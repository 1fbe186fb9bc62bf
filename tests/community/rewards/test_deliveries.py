"""The webhook is told of a redemption until it takes it, by calls that it can check and tell again; nothing else is called."""

from __future__ import annotations

import asyncio
import ipaddress

import pytest

from community.foundation.addresses import AddressRefused, address_of, is_open
from community.foundation.calls import signature
from community.foundation.database import Database
from community.members.roles import Role
from community.rewards.deliveries import Webhook, deliver_due
from tests.factories.discussions import make_acting, value
from tests.factories.rewards import all_in_order, make_budget, make_item, make_redemption, make_reward

SECRET = "一个够长的秘密 a secret that is long enough"


async def test_a_call_that_is_not_taken_is_made_again_the_same_and_fulfils_once(database: Database) -> None:
    heard: list[tuple[dict[str, str], bytes]] = []

    async def receive(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")[1:-2]
        headers = {name.lower(): text for name, _, text in (line.partition(": ") for line in head)}
        heard.append((headers, await reader.readexactly(int(headers["content-length"]))))
        status = b"503 Busy" if len(heard) == 1 else b"204 Done"
        writer.write(b"HTTP/1.1 " + status + b"\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
        await writer.drain()
        writer.close()

    staff, member = await make_acting(database, roles=(Role.MARKETER,)), await make_acting(database)
    await make_reward(database, member, await make_budget(database, staff), 100)
    redemption = await make_redemption(database, member, await make_item(database, staff, 30, fulfilment="WEBHOOK"))
    server = await asyncio.start_server(receive, "127.0.0.1", 0)
    async with server:
        url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/rewards"
        webhook = Webhook(url, SECRET, loopback=True)
        await deliver_due(database, webhook)
        assert await value(database, "SELECT (state, failure) FROM redemption") == ("REQUESTED", "it answered 503")
        assert await deliver_due(database, webhook) == 0, "it pauses"
        async with database.writing() as connection:
            await connection.raw.execute("UPDATE redemption SET due_at = now()")
        await deliver_due(database, webhook)
        assert await deliver_due(database, webhook) == 0

    assert await value(database, "SELECT state FROM redemption") == "FULFILLED"
    assert [headers["idempotency-key"] for headers, _ in heard] == [f"redemption_{redemption}"] * 2
    assert heard[0][1] == heard[1][1]
    for headers, body in heard:
        assert headers["teahouse-signature"] == "v1=" + signature(SECRET, headers["teahouse-timestamp"], body)
    await all_in_order(database)


@pytest.mark.parametrize(
    "address",
    ["127.0.0.1", "10.0.0.1", "169.254.169.254", "192.168.1.1", "100.64.0.1", "0.1.2.3", "::1", "fe80::1", "fc00::1",
     "::ffff:127.0.0.1", "64:ff9b::7f00:1", "2002:7f00:1::", "224.0.0.1", "255.255.255.255"],
)  # fmt: skip
async def test_addresses_that_are_not_of_the_open_network_are_not_called(address: str) -> None:
    assert not is_open(ipaddress.ip_address(address), loopback=False)
    with pytest.raises(AddressRefused):
        await address_of(address, 443, loopback=False)


def test_addresses_of_the_open_network_are_called() -> None:
    assert all(is_open(ipaddress.ip_address(each), loopback=False) for each in ("1.1.1.1", "2606:4700::1111"))
