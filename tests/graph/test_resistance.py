"""Attacks as things that are done, through a scoring run as it is: no ranking lets them into its top percent."""

from functools import cache

import pytest

from bench.graph.plots import Plot, courting, grown, mutual_pod, reaction_farm, sybil_ring
from bench.graph.resistance import after, distrusting, without_staff
from graph.interactions import Activity

PLANTED = 30


@cache
def community(*, staffed: bool) -> Activity:
    honest = grown(3000, 24_000, seed=1, staff=10)
    return honest if staffed else without_staff(honest)


def attacked(attack: str, honest: Activity) -> Plot:
    kind, _, how = attack.partition(", ")
    plot = {
        "ring": lambda: sybil_ring(honest, PLANTED, 1),
        "farm": lambda: reaction_farm(honest, PLANTED),
        "pod": lambda: mutual_pod(honest, PLANTED),
    }[kind]()
    return courting(plot) if how else plot


@pytest.mark.parametrize("staffed", [True, False], ids=["staff", "no staff"])
@pytest.mark.parametrize("attack", ["ring", "farm", "pod", "ring, courting", "farm, courting", "pod, courting"])
def test_one_percent_who_do_all_they_can_stay_far_from_the_top_percent(attack: str, *, staffed: bool) -> None:
    places = after(attacked(attack, community(staffed=staffed)))

    assert places["weighted in-degree"] < 1, "the attack is one that counting falls for"
    judged = {name: places[name] for name in ("rank", "trust", "support", "bonding", "composite")}
    assert min(judged.values()) > 3, judged


@pytest.mark.parametrize("seed", [2, 3, 4])
def test_it_is_not_by_luck_that_rings_stay_there(seed: int) -> None:
    honest = grown(3000, 24_000, seed=seed, staff=10)

    places = after(sybil_ring(honest, PLANTED, seed))

    assert min(places[name] for name in ("rank", "trust", "composite")) > 2, places


def test_distrusting_members_of_a_community_raises_nobody() -> None:
    assert "the most that anyone's trust rose by is 0," in distrusting(community(staffed=True), 10)
