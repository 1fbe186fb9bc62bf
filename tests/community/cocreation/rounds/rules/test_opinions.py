"""Groups of opinion: planted ones are found, and what they think is counted right."""

from __future__ import annotations

from math import sqrt

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from community.cocreation.rounds.rules.kmeans import parted, silhouette
from community.cocreation.rounds.rules.opinions import ABSENT, AGREE, DISAGREE, PASS, Opinions, opinions
from community.cocreation.rounds.rules.profiles import BadProfileError

Votes = NDArray[np.int8]


def planted(groups: int, members: int, statements: int, seen: float, seed: int = 5) -> tuple[Votes, NDArray[np.int64]]:
    """Return votes of groups that differ on all statements but the first three, on which all agree, and who is in which."""
    generator = np.random.default_rng(seed)
    views = generator.choice([-1, 1], (groups, statements))
    views[:, :3] = 1
    of = np.arange(members) % groups
    votes = views[of]
    votes = np.where(generator.random(votes.shape) < 0.08, -votes, votes)
    votes = np.where(generator.random(votes.shape) < 0.05, 0, votes)
    return np.where(generator.random(votes.shape) < seen, votes, ABSENT).astype(np.int8), of


@pytest.mark.parametrize("groups", [2, 3, 4])
@pytest.mark.parametrize("seen", [1.0, 0.5])
def test_planted_groups_are_found(groups: int, seen: float) -> None:
    votes, of = planted(groups, 300, 40, seen)

    found = opinions(votes, seed=1)

    assert found.agree.shape == (groups, 40)
    same = np.zeros((groups, groups), int)
    np.add.at(same, (of[found.members], found.groups), 1)
    assert same.max(axis=1).sum() >= 0.97 * len(found.members)
    assert found.silhouette > 0.5


def test_what_all_agree_on_comes_out_above_what_they_are_divided_on() -> None:
    votes, _ = planted(2, 200, 30, 0.7)
    votes[:, 29] = np.where(np.arange(200) % 2, AGREE, DISAGREE)

    found = opinions(votes, seed=1)

    assert set(np.argsort(-found.consensus)[:3]) <= set(range(3)) | set(
        np.flatnonzero((found.agree > found.disagree).all(axis=0))
    )
    assert found.consensus[29] < 0.05
    for telling in found.representative:
        assert 1 <= len(telling) <= 5
        assert not {0, 1, 2}.intersection(representative.statement for representative in telling)


def test_figures_of_a_group_are_those_of_the_paper() -> None:
    # Two groups of 10 that always differ: Small et al. 2021 put (1 + agree)/(2 + seen) in relation to that of the others.
    votes = np.full((20, 7), AGREE)
    votes[10:, :6] = DISAGREE

    found = opinions(votes, seed=3)

    assert sorted(np.bincount(found.groups)) == [10, 10]
    agreeing = int(found.groups[0])
    first = found.representative[agreeing][0]
    assert first.agrees
    assert first.share == pytest.approx(11 / 12)
    assert first.ratio == pytest.approx(11)
    # Of 11 each, 11 and 1 with one added: pooled 12/22.
    assert first.deviate == pytest.approx((1 - 1 / 11) / np.sqrt(12 / 22 * 10 / 22 * 2 / 11))
    assert {representative.agrees for representative in found.representative[1 - agreeing]} == {False}
    assert found.consensus[6] == pytest.approx((11 / 12) ** 2)
    assert found.consensus[0] == pytest.approx(11 / 12 / 12)


def test_what_less_than_half_of_a_group_say_is_not_theirs() -> None:
    # On a statement 45 of 100 agree in one group, and nobody in the other.
    votes, of = planted(2, 200, 8, 1.0)
    votes[:, 7] = PASS
    votes[np.flatnonzero(of == 0)[:45], 7] = AGREE

    found = opinions(votes, seed=1)

    assert len(found.agree) == 2
    assert found.agree[:, 7].max() >= 40
    assert found.agree[:, 7].min() <= 5
    assert found.representative != ((), ())
    assert all(said.statement != 7 for telling in found.representative for said in telling)


@given(st.integers(0, 2**32), st.integers(2, 4))
@settings(max_examples=25, deadline=None)
def test_what_is_told_of_a_group_is_what_the_formulas_say(seed: int, groups: int) -> None:
    # Views that are held by 9 to 1, by 3 to 2, and by half.
    generator = np.random.default_rng(seed)
    chances = generator.choice([0.1, 0.4, 0.5, 0.6, 0.9], (groups, 14))
    votes = np.where(generator.random((90, 14)) < chances[np.arange(90) % groups], AGREE, DISAGREE)
    votes = np.where(generator.random(votes.shape) < 0.2, PASS, votes)
    votes = np.where(generator.random(votes.shape) < 0.2, ABSENT, votes).astype(np.int8)

    found = opinions(votes, seed=1)

    placed = votes[found.members]
    for group, telling in enumerate(found.representative):
        weights = {}
        for statement in range(14):
            own, others = (placed[found.groups == group, statement], placed[found.groups != group, statement])
            for said in (AGREE, DISAGREE):
                x, n = int((own == said).sum()), int((own != ABSENT).sum())
                y, m = int((others == said).sum()), int((others != ABSENT).sum())
                share, ratio = (x + 1) / (n + 2), (x + 1) / (n + 2) / ((y + 1) / (m + 2))
                most = 2 * sqrt(n + 1) * ((x + 1) / (n + 1) - 0.5)
                pooled = (x + y + 2) / (n + m + 2)
                more = (x + 1) / (n + 1) - (y + 1) / (m + 1)
                more /= sqrt(pooled * (1 - pooled) * (1 / (n + 1) + 1 / (m + 1))) or 1
                if most > 1.2816 and more > 1.2816:
                    weights[statement, bool(said == AGREE)] = share * ratio * most * more
        expected = sorted(weights, key=lambda key: -weights[key])[:5]
        assert [(said.statement, said.agrees) for said in telling] == expected


def test_the_order_of_statements_changes_nothing() -> None:
    votes, _ = planted(3, 150, 30, 0.8)
    found = opinions(votes, seed=1)
    for seed in range(6):
        order = np.random.default_rng(seed).permutation(30)

        moved = opinions(votes[:, order], seed=1)

        assert moved.positions == pytest.approx(found.positions, abs=1e-8), "components point the same way"
        assert moved.groups.tolist() == found.groups.tolist()
        assert moved.agree.tolist() == found.agree[:, order].tolist()
        assert moved.consensus == pytest.approx(found.consensus[order])


def test_two_members_who_differ_are_no_two_groups() -> None:
    assert opinions(np.array([[1] * 8, [-1] * 8], np.int8), seed=1).groups.tolist() == [0, 0]


def test_who_has_seen_few_does_not_stand_too_near_to_the_middle() -> None:
    votes, _ = planted(2, 200, 40, 1.0)
    generator = np.random.default_rng(8)
    for member in range(60):
        votes[member, generator.permutation(40)[10:]] = ABSENT

    out = np.abs(opinions(votes, seed=1).positions[:, 0])

    # They voted on a quarter: unstretched they would stand a quarter as far out, and by the root of 4 they stand half.
    assert out[:60].mean() == pytest.approx(out[60:].mean() / 2, rel=0.1)


def test_only_who_voted_enough_is_placed() -> None:
    votes, _ = planted(2, 60, 20, 1.0)
    votes[3, 6:] = ABSENT
    votes[4, 7:] = ABSENT

    found = opinions(votes, seed=1)

    assert 3 not in found.members
    assert 4 in found.members
    assert found.agree.sum() + found.disagree.sum() + found.passed.sum() == (votes[found.members] != ABSENT).sum()
    assert len(opinions(votes[:, :5], seed=1).members) == 60, "of 5 statements 5 are enough"


votes_of_few = st.integers(0, 8).flatmap(
    lambda statements: st.lists(
        st.lists(st.sampled_from([-1, 0, 1, -128]), min_size=statements, max_size=statements), max_size=12
    ).map(lambda rows: np.array(rows, np.int8).reshape(len(rows), statements))
)


@given(votes_of_few, st.integers(0, 3))
@settings(max_examples=60, deadline=None)
def test_counts_are_those_of_the_groups_and_runs_agree(votes: Votes, seed: int) -> None:
    found = opinions(votes, seed, enough=2)

    amount = len(found.agree)
    assert amount <= 5
    assert len(found.members) == 0 or amount >= 1
    for counted, vote in ((found.agree, AGREE), (found.disagree, DISAGREE), (found.passed, PASS)):
        for group in range(amount):
            own = votes[found.members[found.groups == group]]
            assert counted[group].tolist() == (own == vote).sum(axis=0).tolist()
    sizes = np.bincount(found.groups, minlength=amount)
    assert (sizes[:-1] >= sizes[1:]).all()
    assert np.isfinite(found.positions).all()
    assert _same(found, opinions(votes.copy(), seed, enough=2))


def _same(one: Opinions, other: Opinions) -> bool:
    return (
        np.array_equal(one.positions, other.positions)
        and np.array_equal(one.groups, other.groups)
        and one.representative == other.representative
    )


def test_two_blocs_that_vote_as_one_are_two_groups_and_one_bloc_is_one() -> None:
    votes = np.full((30, 9), AGREE)
    assert opinions(votes, seed=1).groups.max() == 0
    assert opinions(votes, seed=1).representative == ((),)

    votes[:12] = DISAGREE
    found = opinions(votes, seed=1)
    assert np.bincount(found.groups).tolist() == [18, 12]
    assert found.silhouette == pytest.approx(1)


@pytest.mark.parametrize("shape", [(0, 0), (0, 5), (5, 0), (1, 1), (1, 9)])
def test_nobody_and_nothing_are_no_error(shape: tuple[int, int]) -> None:
    found = opinions(np.full(shape, AGREE), seed=1)

    assert len(found.members) == (shape[0] if shape[1] else 0)
    assert found.consensus.shape == (shape[1],)
    assert found.silhouette == 0


def test_votes_that_are_none_are_refused() -> None:
    with pytest.raises(BadProfileError, match="a vote is 1"):
        opinions(np.array([[2]], np.int8), seed=1)
    with pytest.raises(BadProfileError, match="two dimensions"):
        opinions(np.array([1], np.int8), seed=1)
    with pytest.raises(ValueError, match="at least one vote"):
        opinions(np.array([[1]], np.int8), seed=1, enough=0)


def test_a_silhouette_is_as_defined() -> None:
    # P. J. Rousseeuw 1987: for each point (b - a) / max(a, b). On a line: 0 and 1 in one group, 5 in the other, alone.
    points = np.array([[0.0, 0], [1, 0], [5, 0]])

    assert silhouette(points, np.array([0, 0, 1])) == pytest.approx(((5 - 1) / 5 + (4 - 1) / 4 + 0) / 3)
    assert silhouette(points, np.array([0, 0, 0])) == 0


def test_many_points_are_parted_by_a_part_of_them() -> None:
    generator = np.random.default_rng(2)
    of = np.arange(30_000) % 3
    points = np.array([[0.0, 0], [8, 0], [0, 8]])[of] + generator.normal(size=(30_000, 2))

    groups, score = parted(points, seed=4)

    assert groups.max() == 2
    assert score > 0.6
    assert sum(np.bincount(of[groups == group]).max() for group in range(3)) > 29_900
