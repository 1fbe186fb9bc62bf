"""The shortest path between two members, as the database finds it, against networkx."""

from __future__ import annotations

import random
from itertools import pairwise

import networkx as nx
import pytest

from community.foundation.database import Connection, Database

LONGEST = 6
SIZE = 60


@pytest.fixture
async def members(database: Database) -> list[int]:
    async with database.writing() as connection:
        rows = await connection.raw.fetch(
            "INSERT INTO member (handle, handle_skeleton, display_name) "
            "SELECT 'p' || n, 'p' || n, 'p' || n FROM generate_series(1, $1::integer) AS n RETURNING id",
            SIZE,
        )
    return sorted(row["id"] for row in rows)


async def tie(connection: Connection, members: list[int], graph: nx.Graph) -> None:
    """Write a graph's edges as ties of both ends, those with less weight further down."""
    await connection.raw.execute("DELETE FROM strongest_ties")
    for place, near in graph.adjacency():
        others = sorted(near, key=lambda other: (-near[other]["weight"], other))
        await connection.raw.execute(
            "INSERT INTO strongest_ties (member_id, others, given, received) VALUES ($1, $2, $3, $3)",
            members[place],
            [members[other] for other in others],
            [near[other]["weight"] / 2 for other in others],
        )


async def path(connection: Connection, members: list[int], start: int, end: int) -> list[int]:
    found = await connection.raw.fetchval("SELECT tie_path($1, $2, $3)", members[start], members[end], LONGEST)
    places = {member: place for place, member in enumerate(members)}
    return [places[member] for member in found]


def random_graph(seed: int, share: float) -> nx.Graph:
    graph = nx.gnp_random_graph(SIZE, share, seed=seed)
    weights = random.Random(seed)
    for _, _, edge in graph.edges(data=True):
        edge["weight"] = weights.randint(1, 9)
    return graph


@pytest.mark.parametrize(("seed", "share"), [(1, 0.02), (2, 0.04), (3, 0.08), (4, 0.2)])
async def test_a_path_is_as_short_as_can_be(database: Database, members: list[int], seed: int, share: float) -> None:
    graph = random_graph(seed, share)
    lengths = dict(nx.all_pairs_shortest_path_length(graph))
    async with database.writing() as connection:
        await tie(connection, members, graph)
        for start in range(0, SIZE, 7):
            for end in range(SIZE):
                found = await path(connection, members, start, end)

                shortest = lengths[start].get(end)
                if start == end or shortest is None or shortest > LONGEST:
                    assert found == []
                    continue
                assert len(found) == shortest + 1
                assert (found[0], found[-1]) == (start, end)
                assert all(graph.has_edge(*step) for step in pairwise(found))


async def test_of_two_ways_the_stronger_is_taken(database: Database, members: list[int]) -> None:
    graph = nx.Graph()
    graph.add_weighted_edges_from([(0, 1, 1), (0, 2, 5), (1, 3, 1), (2, 3, 5), (3, 4, 1), (4, 5, 1)])
    async with database.writing() as connection:
        await tie(connection, members, graph)

        assert await path(connection, members, 0, 5) == [0, 2, 3, 4, 5]


async def test_a_path_leads_round_who_objects(database: Database, members: list[int]) -> None:
    graph = nx.cycle_graph(6)
    nx.set_edge_attributes(graph, 1, "weight")
    async with database.writing() as connection:
        await tie(connection, members, graph)
        assert await path(connection, members, 0, 2) == [0, 1, 2]
        await connection.raw.execute("INSERT INTO profiling_objection (member_id) VALUES ($1)", members[1])

        assert await path(connection, members, 0, 2) == [0, 5, 4, 3, 2]
        assert await path(connection, members, 0, 1) == []
