"""Leaky buckets: what a member and an address may spend."""

from __future__ import annotations

from typing import TYPE_CHECKING

import httpx

from api.buckets import Buckets
from community.foundation.settings import Settings

if TYPE_CHECKING:
    from api.app import Server
    from tests.api.conftest import Client


class Clock:
    def __init__(self) -> None:
        self.seconds = 0.0

    def __call__(self) -> float:
        return self.seconds


def test_a_bucket_holds_its_capacity_and_no_more() -> None:
    buckets = Buckets(100, 10, clock=Clock())

    assert buckets.spend("member:1", 60).remaining == 40
    assert buckets.spend("member:1", 40).allowed
    refused = buckets.spend("member:1", 1)
    assert (refused.allowed, refused.remaining, refused.retry_after) == (False, 0, 0.1)


def test_what_was_spent_leaks_away_with_time_and_never_below_empty() -> None:
    clock = Clock()
    buckets = Buckets(100, 10, clock=clock)
    buckets.spend("member:1", 100)

    clock.seconds = 5
    assert buckets.spend("member:1", 0).remaining == 50
    clock.seconds = 500
    assert buckets.spend("member:1", 0).remaining == 100


def test_an_attempt_that_is_refused_pours_nothing_and_passes_after_the_time_it_was_told() -> None:
    clock = Clock()
    buckets = Buckets(100, 10, clock=clock)
    buckets.spend("member:1", 90)

    states = [buckets.spend("member:1", 30) for _ in range(20)]
    assert not any(state.allowed for state in states)
    clock.seconds = states[-1].retry_after
    assert buckets.spend("member:1", 30).allowed


def test_one_client_does_not_spend_what_is_another_clients() -> None:
    buckets = Buckets(100, 10, clock=Clock())
    buckets.spend("member:1", 100)

    assert buckets.spend("member:2", 100).allowed
    assert buckets.spend("address:192.0.2.1", 100).allowed


def test_the_bucket_used_longest_ago_is_forgotten_when_there_are_too_many() -> None:
    buckets = Buckets(100, 10, most=3, clock=Clock())
    for key in ("a", "b", "c", "a", "d"):
        buckets.spend(key, 50)

    assert len(buckets) == 3
    assert not buckets.spend("a", 1).allowed
    assert buckets.spend("b", 100).allowed


def test_a_bucket_always_holds_the_dearest_operation() -> None:
    settings = Settings(operation_cost=30_000, spending_capacity=100)

    assert Buckets.of(settings).spend("member:1", 30_000).allowed


async def test_an_ipv6_network_of_64_bits_has_one_bucket(graphql: Client, server: Server) -> None:
    graphql.application.buckets = Buckets(100, 1e-9)

    async def remaining(address: str) -> int:
        transport = httpx.ASGITransport(server, client=(address, 1))
        async with httpx.AsyncClient(transport=transport, base_url="http://teahouse") as client:
            answer = (await client.post("/graphql", json={"query": "{ community { name } }"})).json()
        left: int = answer["extensions"]["cost"]["remaining"]
        return left

    first, same, other = [await remaining(each) for each in ("2001:db8::1", "2001:db8::2:3", "2001:db8:0:1::1")]

    assert same < first == other
