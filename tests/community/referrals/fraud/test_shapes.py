import networkx as nx
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from community.referrals.fraud.claims import Claims
from community.referrals.fraud.shapes import HOUSEHOLD, chain_lengths, ring_sizes


def claimed(pairs: list[tuple[int, int]], **known: list[int]) -> Claims:
    return Claims.made(
        now=0.0, referrer=[referrer for referrer, _ in pairs], referee=[referee for _, referee in pairs], **known
    )


def test_only_children_of_one_network_in_a_row_are_a_chain() -> None:
    # Given 1 - 2 - 3 - 4 on one network, and 4 brings 5 on another
    claims = claimed([(1, 2), (2, 3), (3, 4), (4, 5)], network=[7, 7, 7, 8])
    assert chain_lengths(claims).tolist() == [3, 3, 3, 0]


def test_who_brings_two_ends_a_chain() -> None:
    claims = claimed([(1, 2), (2, 3), (2, 4), (3, 5)], network=[7, 7, 7, 7])
    assert chain_lengths(claims).tolist() == [0, 2, 0, 2]


def test_unknown_networks_are_not_the_same_one() -> None:
    assert not chain_lengths(claimed([(1, 2), (2, 3)], network=[0, 0])).any()
    assert chain_lengths(claimed([(1, 2), (2, 3)], network=[0, 0], device=[5, 5])).all()


@given(st.lists(st.tuples(st.integers(1, 12), st.integers(1, 12)), max_size=30))
def test_chains_of_any_claims_even_absurd_ones_are_bounded(pairs: list[tuple[int, int]]) -> None:
    lengths = chain_lengths(claimed(pairs, network=[1] * len(pairs)))
    assert ((lengths >= 0) & (lengths <= len(pairs))).all()


def test_a_chain_as_long_as_all_claims_is_measured() -> None:
    size = 3_000
    claims = claimed([(place, place + 1) for place in range(size)], device=[9] * size)
    assert (chain_lengths(claims) == size).all()


def test_people_who_bring_each_others_other_accounts_are_a_ring() -> None:
    # Given 1, 2 and 3 on devices 10, 20 and 30: each brings an account that is on the device of the next
    claims = claimed([(1, 12), (2, 13), (3, 11), (1, 99)], device=[20, 30, 10, 40], referrer_device=[10, 20, 30, 10])
    # Then all three are in it, and the friend is not
    assert ring_sizes(claims).tolist() == [3, 3, 3, 0]


def test_a_computer_for_all_makes_no_ring() -> None:
    # Given more accounts on one device than a household has, at a library
    amount = HOUSEHOLD + 1
    pairs = [(place, 100 + place) for place in range(amount)]
    claims = claimed(pairs, device=[10] * amount, referrer_device=[20 + place for place in range(amount)])
    assert not ring_sizes(claims).any()


@pytest.mark.parametrize("column", ["device", "payment", "mailbox"])
def test_people_are_known_by_device_payment_and_mailbox(column: str) -> None:
    claims = claimed([(1, 12), (2, 11)], **{column: [20, 10], f"referrer_{column}": [10, 20]})
    assert ring_sizes(claims).tolist() == [2, 2]


def test_members_who_bring_many_alone_are_in_no_ring() -> None:
    claims = claimed([(1, 2), (1, 3), (2, 4)], referrer_device=[10, 10, 20], device=[10, 30, 20])
    assert not ring_sizes(claims).any()


columns = st.integers(1, 25).flatmap(
    lambda size: st.tuples(
        *(
            st.lists(st.integers(low, high), min_size=size, max_size=size)
            for low, high in ((1, 8), (1, 30), (0, 9), (0, 9))
        )
    )
)


def reference(claims: Claims) -> NDArray[np.int64]:
    """Return rings by networkx: people are components of accounts and devices, rings strong components of people."""
    shared = nx.Graph()
    shared.add_nodes_from((int(member), 0) for member in np.concatenate([claims.referrer, claims.referee]))
    seen: dict[int, set[int]] = {}
    for member, device in [
        *zip(claims.referee.tolist(), claims.device.tolist(), strict=True),
        *zip(claims.referrer.tolist(), claims.referrer_device.tolist(), strict=True),
    ]:
        if device:
            seen.setdefault(device, set()).add(member)
    for device, members in seen.items():
        if len(members) <= HOUSEHOLD:
            shared.add_edges_from(((member, 0), (device, 1)) for member in members)
    person = {
        node[0]: number for number, part in enumerate(nx.connected_components(shared)) for node in part if not node[1]
    }
    edges = [
        (person[start], person[end])
        for start, end in zip(claims.referrer.tolist(), claims.referee.tolist(), strict=True)
    ]
    brought = nx.DiGraph(edge for edge in edges if edge[0] != edge[1])
    part = {node: number for number, nodes in enumerate(nx.strongly_connected_components(brought)) for node in nodes}
    within = [start != end and part[start] == part[end] for start, end in edges]
    sizes: dict[int, int] = {}
    for (start, _), inside in zip(edges, within, strict=True):
        if inside:
            sizes[part[start]] = sizes.get(part[start], 0) + 1
    return np.array([sizes[part[start]] if inside else 0 for (start, _), inside in zip(edges, within, strict=True)])


@given(columns)
def test_rings_are_those_of_networkx(columns: tuple[list[int], ...]) -> None:
    referrer, referee, device, others = columns
    claims = Claims.made(now=0.0, referrer=referrer, referee=referee, device=device, referrer_device=others)
    assert ring_sizes(claims).tolist() == reference(claims).tolist()


def test_a_long_way_round_is_a_ring_as_well() -> None:
    size = 5_000
    pairs = [(place, 10_000 + (place + 1) % size) for place in range(size)]
    device = [1 + (place + 1) % size for place in range(size)]
    claims = claimed(pairs, device=device, referrer_device=[1 + place for place in range(size)])
    assert (ring_sizes(claims) == size).all()
