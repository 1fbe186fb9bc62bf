"""Strengths from judgements between two: against published ones, and by what a likelihood promises."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from community.cocreation.rounds.rules.outcomes import Lots
from community.cocreation.rounds.rules.pairwise import bradley_terry, strengths
from community.cocreation.rounds.rules.profiles import BadProfileError, Comparisons

# A. Agresti: Categorical Data Analysis, 2nd edition, Wiley 2002, table 10.10: wins of baseball teams of the American
# League over each other in 1987: Milwaukee, Detroit, Toronto, New York, Boston, Cleveland, Baltimore.
BASEBALL = np.array(
    [
        [0, 7, 9, 7, 7, 9, 11],
        [6, 0, 7, 5, 11, 9, 9],
        [4, 6, 0, 7, 7, 8, 12],
        [6, 8, 6, 0, 6, 7, 10],
        [6, 2, 6, 7, 0, 7, 12],
        [4, 4, 5, 6, 6, 0, 6],
        [2, 4, 1, 3, 1, 7, 0],
    ]
)

tables = st.integers(1, 5).flatmap(
    lambda options: st.lists(st.integers(0, 9), min_size=options**2, max_size=options**2).map(
        lambda cells: _judgements(np.array(cells, np.int64).reshape(options, options))
    )
)


def _judgements(cells: NDArray[np.int64]) -> NDArray[np.int64]:
    np.fill_diagonal(cells, 0)
    return cells


def test_teams_are_as_strong_as_was_published() -> None:
    # H. Turner, D. Firth: Bradley-Terry Models in R, Journal of Statistical Software 48(9), 2012: the same teams in
    # relation to Baltimore. With next to no prior strengths are the likeliest.
    found = strengths(Comparisons(BASEBALL), prior=1e-9)

    published = [1.5814, 1.4364, 1.2945, 1.2476, 1.1077, 0.6839, 0]
    assert found.strengths - found.strengths[-1] == pytest.approx(published, abs=5e-5)
    assert found.converged
    # Agresti, section 10.6: Boston beats New York with 0.46, by the model.
    assert found.beats()[4, 3] == pytest.approx(0.46, abs=0.01)
    assert bradley_terry(Comparisons(BASEBALL), Lots("teams", 7), 7).winners == (0, 1, 2, 3, 4, 5, 6)


def test_two_options_have_the_odds_that_they_have() -> None:
    # 30 of 40: log odds log(3), and their standard error sqrt(1/30 + 1/10), of which each has half as they sum to 0.
    found = strengths(Comparisons(np.array([[0, 30], [10, 0]])), prior=1e-9)

    assert found.strengths == pytest.approx([np.log(3) / 2, -np.log(3) / 2])
    assert found.upper - found.strengths == pytest.approx(1.959964 * np.sqrt(1 / 30 + 1 / 10) / 2)
    assert found.strengths - found.lower == pytest.approx(found.upper - found.strengths)
    assert found.beats() == pytest.approx(np.array([[0.5, 0.75], [0.25, 0.5]]))


def test_intervals_hold_the_truth_as_often_as_they_say() -> None:
    # 400 rounds of 60 judgements for each pair of four options.
    generator = np.random.default_rng(20)
    truth = np.array([0.9, 0.3, -0.4, -0.8])
    chance = 1 / (1 + np.exp(truth[None, :] - truth[:, None]))
    inside = 0.0
    for _ in range(400):
        won = np.triu(generator.binomial(60, chance), 1)
        found = strengths(Comparisons(won + np.tril((60 - won).T, -1)), prior=1e-6)
        inside += ((found.lower <= truth) & (truth <= found.upper)).mean() / 400

    assert 0.93 < inside < 0.97


@settings(deadline=None)
@given(tables)
def test_strengths_sum_to_nothing_and_are_the_likeliest(won: NDArray[np.int64]) -> None:
    found = strengths(Comparisons(won))

    assert found.converged
    assert found.strengths.sum() == pytest.approx(0, abs=1e-7)
    # Where they are the likeliest, everybody wins as often as the model expects, prior included.
    size = len(won)
    if size > 1:
        prior = (1 - np.eye(size)) / (size - 1)
        expected = ((won + won.T + prior) * found.beats()).sum(axis=1)
        assert expected == pytest.approx(won.sum(axis=1) + 0.5, abs=1e-6)
    assert found.beats() + found.beats().T == pytest.approx(np.ones((size, size)))
    assert (found.lower <= found.strengths).all()


@settings(deadline=None)
@given(tables, st.data())
def test_options_are_alike(won: NDArray[np.int64], data: st.DataObject) -> None:
    order = data.draw(st.permutations(range(len(won))))

    found, moved = strengths(Comparisons(won)), strengths(Comparisons(won[np.ix_(order, order)]))

    assert moved.strengths == pytest.approx(found.strengths[order], abs=2e-9)


@settings(deadline=None)
@given(tables, st.data())
def test_a_win_more_never_weakens(won: NDArray[np.int64], data: st.DataObject) -> None:
    if len(won) < 2:
        return
    winner, loser = data.draw(st.permutations(range(len(won))))[:2]
    more = won.copy()
    more[winner, loser] += 1

    assert strengths(Comparisons(more)).strengths[winner] > strengths(Comparisons(won)).strengths[winner]
    assert strengths(Comparisons(more)).strengths[loser] < strengths(Comparisons(won)).strengths[loser]


def test_who_was_never_judged_is_in_the_middle_and_the_never_beaten_are_not_without_bound() -> None:
    found = strengths(Comparisons(np.array([[0, 50, 0], [0, 0, 0], [0, 0, 0]])))

    assert found.strengths[0] > found.strengths[2] > found.strengths[1]
    assert np.isfinite(found.upper).all()
    assert found.upper[2] - found.lower[2] > found.strengths[2], "of whom nothing is known the interval is wide"


def test_equal_options_are_level_and_the_lot_is_noted() -> None:
    # Rock, paper and scissors, and two pairs that mirror each other.
    wheel = np.array([[0, 3, 1], [1, 0, 3], [3, 1, 0]])
    mirrored = np.array([[0, 7, 2, 4], [2, 0, 1, 4], [2, 4, 0, 7], [1, 4, 2, 0]])

    assert bradley_terry(Comparisons(wheel), Lots("wheel", 3)).ties[0].between == (0, 1, 2)
    assert [tie.between for tie in bradley_terry(Comparisons(mirrored), Lots("mirror", 4), 4).ties] == [(0, 2), (1, 3)]
    assert not bradley_terry(Comparisons(BASEBALL), Lots("teams", 7), 7).ties


def test_a_long_chain_of_wins_is_found() -> None:
    # Everybody beat only the next, always: MM alone comes near very slowly.
    won = np.diag(np.full(29, 1000), 1)

    found = bradley_terry(Comparisons(won), Lots("chain", 30), 30)

    assert found.winners == tuple(range(30))
    assert strengths(Comparisons(won)).converged


def test_without_judgements_the_lot_decides() -> None:
    assert bradley_terry(Comparisons(np.zeros((0, 0), np.int64)), Lots("none", 0)).winners == ()
    assert bradley_terry(Comparisons(np.zeros((1, 1), np.int64)), Lots("none", 1)).steps[0].tally == (0.0,)
    level = bradley_terry(Comparisons(np.zeros((3, 3), np.int64)), Lots("none", 3), 3)
    assert level.winners == Lots("none", 3).order
    assert level.ties[0].between == (0, 1, 2)


@pytest.mark.parametrize(
    ("won", "wrong"),
    [
        (np.zeros((2, 3), np.int64), "square"),
        (np.zeros(4, np.int64), "square"),
        (np.array([[0, -1], [0, 0]]), "negative"),
        (np.array([[1, 0], [0, 0]]), "over itself"),
    ],
)
def test_a_table_that_is_none_is_refused(won: NDArray[np.int64], wrong: str) -> None:
    with pytest.raises(BadProfileError, match=wrong):
        strengths(Comparisons(won))


@pytest.mark.parametrize("prior", [0.0, -1.0, float("nan"), float("inf")])
def test_a_prior_that_is_none_is_refused(prior: float) -> None:
    with pytest.raises(ValueError, match="prior"):
        bradley_terry(Comparisons(BASEBALL), Lots("teams", 7), prior=prior)
