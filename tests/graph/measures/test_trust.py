"""Trust: what endorsements carry from the trusted, and what they do not carry to those who buy them."""

import itertools
from collections.abc import Callable

import networkx as nx
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from bench.graph.agreement import area, correlation
from bench.graph.questions import FOUNDERS, HELD_OUT, beforehand, certifications, held_out
from graph.adjacency import Adjacency, from_pairs, transposed
from graph.measures.rank import pagerank
from graph.measures.trust import believed, ceiling, per_endorsement, trust, voices, walked
from tests.graph.attacks import Attacked, Ties, honest, mutual_pod, reaction_farm, sybil_ring
from tests.shared_data import SHARED

SIZE = 7
ADVOGATO = SHARED / "advogato_trust/out.advogato.gz"

Pairs = list[tuple[int, int, float]]


def pairs() -> st.SearchStrategy[Pairs]:
    place = st.integers(0, SIZE - 1)
    return st.lists(st.tuples(place, place, st.sampled_from([0.25, 1.0, 3.5])), max_size=30)


def worths() -> st.SearchStrategy[list[float]]:
    return st.lists(st.sampled_from([0.0, 0.0, 1.0, 2.5]), min_size=SIZE, max_size=SIZE)


def flags() -> st.SearchStrategy[list[bool]]:
    return st.lists(st.booleans(), min_size=SIZE, max_size=SIZE)


def arranged(given_pairs: Pairs, size: int = SIZE) -> Adjacency:
    rows, columns, weights = zip(*given_pairs, strict=True) if given_pairs else ((), (), ())
    return from_pairs(size, np.array(rows, np.uint32), np.array(columns, np.uint32), np.array(weights, np.float32))


def by_matrix(
    out: Adjacency, seeds: NDArray[np.float64], steps: int, distrusted: NDArray[np.bool_]
) -> NDArray[np.float64]:
    """Return what a walk brings by its formula, with matrices."""
    total: NDArray[np.float64]
    shares = np.zeros((out.size, out.size))
    for place in range(out.size):
        neighbours, weights = out.row(place)
        shares[place, neighbours] = weights / weights.sum() if len(weights) else 0
    kept = np.diag(1.0 - distrusted)
    standing = kept @ (seeds / seeds.sum())
    total = standing
    for _ in range(steps):
        standing = kept @ shares.T @ standing
        total = total + standing
    return total / (steps + 1)


@settings(deadline=None, max_examples=60)
@given(pairs(), worths(), flags(), st.integers(0, 8))
def test_a_walk_brings_what_the_formula_says(
    given_pairs: Pairs, given_seeds: list[float], given_flags: list[bool], steps: int
) -> None:
    out, seeds, distrusted = arranged(given_pairs), np.array(given_seeds), np.array(given_flags)

    found = walked(out, seeds, steps=steps, distrusted=distrusted)

    if seeds.sum() == 0:
        assert not found.any()
    else:
        assert np.allclose(found, by_matrix(out, seeds, steps, distrusted), atol=1e-12)
        assert found.sum() <= 1 + 1e-12


def convinced(out: Adjacency, given_to: NDArray[np.float64], usual: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return trust from what a walk brought, by the integral over all strengths."""
    rows = [out.row(place) for place in range(out.size)]
    reached = [place for place in range(out.size) if usual[place] > 0 and len(rows[place][0])]
    found = np.zeros(out.size)
    if not reached:
        return found
    full = float(np.median([usual[place] / len(rows[place][0]) for place in reached]))
    most = ceiling(out, usual)
    levels = np.unique(np.concatenate([[0], *(np.minimum(weights / most, 1) for _, weights in rows)]))
    for below, level in itertools.pairwise(levels):
        speaking = np.zeros(out.size)
        for place in reached:
            neighbours, weights = rows[place]
            each = given_to[place] / len(neighbours)
            speaking[neighbours[np.minimum(weights / most, 1) >= level]] += min(1, each / full) ** 2
        found += (level - below) * speaking / (speaking + 0.1)
    return found


@settings(deadline=None, max_examples=60)
@given(pairs(), worths(), flags())
def test_trust_is_how_far_the_voices_convince_at_each_strength(
    given_pairs: Pairs, given_seeds: list[float], given_flags: list[bool]
) -> None:
    out, seeds, distrusted = arranged(given_pairs), np.array(given_seeds), np.array(given_flags)

    found = trust(out, seeds, distrusted=distrusted)

    expected = convinced(out, walked(out, seeds, distrusted=distrusted), walked(out, seeds))
    assert np.allclose(found, np.where(distrusted, 0, expected), atol=1e-6)
    assert np.all((found >= 0) & (found <= 1))


@settings(deadline=None, max_examples=150)
@given(pairs(), worths(), flags(), st.integers(0, SIZE - 1))
def test_distrusting_a_member_raises_nobody(
    given_pairs: Pairs, given_seeds: list[float], given_flags: list[bool], suspect: int
) -> None:
    out, seeds, distrusted = arranged(given_pairs), np.array(given_seeds), np.array(given_flags)
    distrusted[suspect] = False
    before = trust(out, seeds, distrusted=distrusted)

    distrusted[suspect] = True
    after = trust(out, seeds, distrusted=distrusted)

    assert np.all(after <= before), "to the last bit"
    assert after[suspect] == 0


@settings(deadline=None, max_examples=60)
@given(pairs(), worths(), pairs())
def test_who_is_not_reached_changes_nothing_by_what_they_endorse(
    given_pairs: Pairs, given_seeds: list[float], more: Pairs
) -> None:
    seeds = np.array(given_seeds)
    before = arranged(given_pairs)
    given_before = walked(before, seeds, steps=SIZE)

    after = arranged(given_pairs + [pair for pair in more if given_before[pair[0]] == 0])
    given_after = walked(after, seeds, steps=SIZE)

    assert np.array_equal(given_before, given_after)
    assert np.array_equal(voices(before, given_before), voices(after, given_after))
    assert np.allclose(trust(before, seeds, steps=SIZE), trust(after, seeds, steps=SIZE), rtol=1e-12)


@settings(deadline=None, max_examples=100)
@given(pairs(), st.lists(st.floats(0, 1), min_size=SIZE, max_size=SIZE), pairs())
def test_one_more_endorsement_lowers_nobody_however_weak(
    given_pairs: Pairs, given_voices: list[float], more: Pairs
) -> None:
    heard = np.array(given_voices)
    before = believed(transposed(arranged(given_pairs)), heard, 3.5)

    after = believed(transposed(arranged(given_pairs + more)), heard, 3.5)

    assert np.all(after >= before - 1e-12)


def test_a_weak_word_among_strong_ones_costs_nothing_and_silencing_it_gains_nothing() -> None:
    strong = [(seed, 4, 3.5) for seed in (0, 1, 2)]
    seeds = np.array([1.0, 1, 1, 1, 0])

    alone, with_weak = (trust(arranged(ties, 5), seeds)[4] for ties in (strong, [*strong, (3, 4, 0.25)]))
    silenced = trust(arranged([*strong, (3, 4, 0.25)], 5), seeds, distrusted=np.array([False] * 3 + [True, False]))[4]

    assert with_weak >= alone
    assert silenced <= with_weak


def test_a_voice_is_what_is_given_for_each_endorsement_and_full_above_most() -> None:
    out = arranged([(0, 1, 1.0), (1, 0, 1.0), (1, 2, 9.0), (2, 0, 1.0)], 5)

    found = voices(out, np.array([0.4, 0.4, 0.1, 0.1, 0.0]))

    assert np.allclose(found, [1, 1, (0.1 / 0.2) ** 2, 0, 0]), "who endorses nobody has no voice"
    assert not voices(out, np.zeros(5)).any()


def test_what_counts_as_strongest_is_the_median_of_the_trusted_weighed_by_what_they_were_given() -> None:
    out = arranged([(0, 1, 2.0), (0, 2, 1.0), (1, 2, 3.0), (3, 4, 50.0), (4, 3, 50.0)], 6)

    assert ceiling(out, np.array([0.4, 0.35, 0.05, 0.1, 0.1, 0])) == 3
    assert ceiling(out, np.array([0.6, 0.2, 0, 0.1, 0.1, 0])) == 2
    assert ceiling(out, np.array([0, 0, 1.0, 0, 0, 0])) == np.inf, "who endorses nobody says nothing about it"


@pytest.mark.parametrize("weight", [3.0, 100.0, 1e6])
def test_fakes_gain_nothing_by_doing_more_than_anybody_does(weight: float) -> None:
    attacked = sybil_ring(COMMUNITY, 30, seed=1).ties
    fake = attacked.rows >= COMMUNITY.size
    louder = Ties(attacked.size, attacked.rows, attacked.columns, np.where(fake, np.float32(weight), attacked.weights))

    found = trust(louder.arranged(), staff(louder))

    assert np.count_nonzero(found > found[COMMUNITY.size :].max()) > 0.1 * louder.size


@pytest.mark.parametrize("fakes", [10, 100, 300])
def test_the_more_fakes_there_are_the_less_they_all_have_to_say(fakes: int) -> None:
    few, many = (sybil_ring(COMMUNITY, planted, seed=3).ties.arranged() for planted in (fakes, 3 * fakes))
    found = [
        voices(out, walked(out, np.concatenate([staff(COMMUNITY), np.zeros(out.size - COMMUNITY.size)])))[
            COMMUNITY.size :
        ].sum()
        for out in (few, many)
    ]

    assert found[1] < found[0]


@settings(deadline=None, max_examples=30)
@given(pairs(), worths(), st.permutations(range(SIZE)))
def test_neither_places_nor_the_units_matter(given_pairs: Pairs, given_seeds: list[float], order: list[int]) -> None:
    seeds = np.array(given_seeds)
    moved = np.zeros(SIZE)
    moved[order] = seeds
    before = trust(arranged(given_pairs), seeds)

    elsewhere = [(order[row], order[column], weight * 4) for row, column, weight in given_pairs]
    after = trust(arranged(elsewhere), moved * 3)

    assert np.allclose(after[order], before, atol=1e-6)


@settings(deadline=None, max_examples=30)
@given(pairs(), worths())
def test_a_walk_goes_by_shares_and_not_by_how_much_one_does_in_all(
    given_pairs: Pairs, given_seeds: list[float]
) -> None:
    before = walked(arranged(given_pairs), np.array(given_seeds))

    after = walked(
        arranged([(row, column, weight * 2 ** (row % 3)) for row, column, weight in given_pairs]), np.array(given_seeds)
    )

    assert np.allclose(after, before, atol=1e-12)


def test_a_long_walk_in_the_karate_club_forgets_where_it_began() -> None:
    club = nx.karate_club_graph()
    out = arranged(
        [(row, column, 1.0) for one, other in club.edges for row, column in [(one, other), (other, one)]], 34
    )
    seeds = np.zeros(34)
    seeds[[0, 33]] = 1

    found = walked(out, seeds, steps=5000)

    degrees = np.array([club.degree(member) for member in range(34)])
    assert np.allclose(found, degrees / degrees.sum(), atol=1e-3)
    assert walked(out, seeds)[[0, 33]].sum() > found[[0, 33]].sum(), "a short one does not"


def test_nothing_comes_from_nothing() -> None:
    nobody, alone, two = arranged([], 0), arranged([], 3), np.array([0, 1.0, 1])

    assert len(trust(nobody, np.zeros(0))) == 0
    assert trust(alone, np.zeros(3)).tolist() == [0, 0, 0]
    assert trust(alone, two).tolist() == [0, 0, 0], "to be trusted beforehand is not to be praised"
    assert walked(alone, two, steps=0).tolist() == [0, 0.5, 0.5]
    assert walked(alone, two, steps=0, distrusted=np.array([False, True, False])).tolist() == [0, 0, 0.5]


@pytest.mark.parametrize(
    ("seeds", "steps", "distrusted", "complaint"),
    [
        ([1.0], 3, None, "not as many"),
        ([1.0, 0], 3, [True], "not as many"),
        ([-1.0, 0], 3, None, "negative"),
        ([float("nan"), 0], 3, None, "not a number"),
        ([float("inf"), 0], 3, None, "infinite"),
        ([1.0, 0], -1, None, "-1 steps"),
    ],
)
def test_what_makes_no_sense_is_refused(
    seeds: list[float], steps: int, distrusted: list[bool] | None, complaint: str
) -> None:
    barred = None if distrusted is None else np.array(distrusted)
    with pytest.raises(ValueError, match=complaint):
        trust(arranged([], 2), np.array(seeds), steps=steps, distrusted=barred)


def test_voices_that_make_no_sense_are_refused() -> None:
    out = arranged([(0, 1, 1.0)], 2)

    with pytest.raises(ValueError, match="what they were given is for 1"):
        voices(out, np.ones(1))
    with pytest.raises(ValueError, match="voices are given for 3"):
        believed(out, np.ones(3), 1)
    with pytest.raises(ValueError, match="doubt"):
        believed(out, np.ones(2), 1, doubt=0)
    with pytest.raises(ValueError, match="strength"):
        believed(out, np.ones(2), 0)
    with pytest.raises(ValueError, match="what they were given is for 3"):
        ceiling(out, np.ones(3))


COMMUNITY = honest(3000, seed=7)


def staff(ties: Ties) -> NDArray[np.float64]:
    """Return ten of the first hundred members, who know the community but are not its ten best known."""
    seeds = np.zeros(ties.size)
    seeds[10:100:9] = 1
    return seeds


def rank_from_the_trusted(out: Adjacency, seeds: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the rank with teleport to the trusted."""
    return pagerank(out, transposed(out), teleport=trust(out, seeds)).scores.astype(np.float64)


def likelier(higher: NDArray[np.float64], lower: NDArray[np.float64]) -> float:
    """Return how likely one of the first is above one of the second, ties being half (the area under the ROC curve)."""
    ordered = np.sort(lower)
    above, not_below = np.searchsorted(ordered, higher, "left"), np.searchsorted(ordered, higher, "right")
    return float(np.mean((above + not_below) / 2) / len(lower))


@pytest.mark.parametrize("measure", [walked, trust, rank_from_the_trusted])
@pytest.mark.parametrize(
    "attack",
    [
        lambda ties, planted: sybil_ring(ties, planted, seed=1),
        reaction_farm,
        mutual_pod,
    ],
    ids=["sybil ring", "reaction farm", "mutual pod"],
)
def test_no_attack_by_one_percent_takes_its_target_into_the_top_percent(
    attack: Callable[[Ties, int], Attacked], measure: Callable[..., NDArray[np.float64]]
) -> None:
    attacked = attack(COMMUNITY, COMMUNITY.size // 100)

    found = measure(attacked.ties.arranged(), staff(attacked.ties))

    top = np.argsort(-found, kind="stable")[: attacked.ties.size // 100]
    assert not set(attacked.targets.tolist() + attacked.fakes.tolist()) & set(top.tolist())


@pytest.mark.parametrize("seed", range(1, 6))
def test_fakes_in_a_ring_are_told_from_honest_members_by_their_trust_per_endorsement(seed: int) -> None:
    attacked = sybil_ring(COMMUNITY, COMMUNITY.size // 100, seed)
    out = attacked.ties.arranged()

    found = per_endorsement(out, walked(out, staff(attacked.ties)))

    endorsed_honest = np.flatnonzero(COMMUNITY.received() > 0)
    assert len(endorsed_honest) > 0.97 * COMMUNITY.size
    assert likelier(found[endorsed_honest], found[attacked.fakes]) >= 0.95


def test_of_who_nobody_endorsed_nothing_can_be_told() -> None:
    out = arranged([(0, 1, 5.0), (0, 2, 1.0), (2, 1, 1.0)], 3)

    found = per_endorsement(out, np.array([0.5, 0.5, 0.0]))

    assert np.array_equal(found, [np.nan, 0.25, 0], equal_nan=True)
    assert len(per_endorsement(arranged([], 0), np.zeros(0))) == 0
    with pytest.raises(ValueError, match="trust is given for 2"):
        per_endorsement(out, np.zeros(2))


@pytest.mark.skipif(not ADVOGATO.exists(), reason="the certifications of Advogato are not there")
def test_trust_foretells_certifications_that_were_held_out_better_than_counting_and_pagerank_do() -> None:
    ties = certifications(ADVOGATO.parent)
    size = int(max(ties[0].max(), ties[1].max())) + 1
    away = np.random.default_rng(HELD_OUT).random(len(ties[0])) >= 0.8
    out, level = held_out(size, ties, away)
    founders = np.zeros(size)
    founders[list(FOUNDERS)] = 1

    judged = ~np.isnan(level)
    foretold = {
        name: correlation(values[judged], level[judged])
        for name, values in {
            "from founders": trust(out, founders),
            "from regulars": trust(out, beforehand(out)),
            "counted": transposed(out).strengths(),
            "pagerank": pagerank(out, transposed(out)).scores.astype(np.float64),
        }.items()
    }

    assert min(foretold["from founders"], foretold["from regulars"]) > 0.05 + max(
        foretold["counted"], foretold["pagerank"]
    )
    assert area(trust(out, founders)[judged], (level[judged] >= 0.8 - 1e-6).astype(np.float64)) > 0.72
