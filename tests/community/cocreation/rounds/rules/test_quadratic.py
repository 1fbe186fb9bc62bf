"""Quadratic voting: what votes cost, and who has the most of them."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from community.cocreation.rounds.rules.outcomes import Lots
from community.cocreation.rounds.rules.profiles import BadProfileError
from community.cocreation.rounds.rules.quadratic import OverspentError, quadratic, quadratic_votes

tables = st.integers(1, 4).flatmap(
    lambda options: st.lists(st.lists(st.integers(-5, 5), min_size=options, max_size=options), min_size=1, max_size=6)
)


def test_few_who_care_much_outvote_many_who_care_little() -> None:
    # 4 members give 1 vote against an option, 1 gives 5 for it.
    given = quadratic_votes(np.array([[-1, 0], [5, 0]]), 25, np.array([4, 1]))

    found = quadratic(given, Lots("care", 2))

    assert found.winners == (0,)
    assert found.steps[0].tally == (1, 0)


@settings(deadline=None)
@given(tables)
def test_the_sum_of_votes_decides(votes: list[list[int]]) -> None:
    options = len(votes[0])
    found = quadratic(quadratic_votes(np.array(votes), 100), Lots("sum", options), options)

    sums = [sum(column) for column in zip(*votes, strict=True)]
    assert list(found.steps[0].tally) == sums
    assert [sums[winner] for winner in found.winners] == sorted(sums, reverse=True)
    assert bool(found.ties) == (len(set(sums)) < options)


@settings(deadline=None)
@given(tables, st.integers(0, 120))
def test_a_ballot_over_its_credit_is_refused_by_its_number(votes: list[list[int]], credit: int) -> None:
    spent = [sum(vote * vote for vote in ballot) for ballot in votes]
    over = [ballot for ballot, cost in enumerate(spent) if cost > credit]
    if not over:
        assert quadratic_votes(np.array(votes), credit).votes.tolist() == votes
        return
    with pytest.raises(
        OverspentError, match=f"ballot {over[0]} spends {spent[over[0]]} credits, and has {credit}"
    ) as error:
        quadratic_votes(np.array(votes), credit)
    assert error.value.ballot == over[0]


@pytest.mark.parametrize("huge", [np.iinfo(np.int64).max, np.iinfo(np.int64).min, 1 << 33])
def test_a_vote_whose_square_no_machine_word_holds_is_refused_too(huge: int) -> None:
    with pytest.raises(OverspentError, match="ballot 1"):
        quadratic_votes(np.array([[1, 0], [huge, 0]]), 100)
    with pytest.raises(OverspentError, match="ballot 0"):
        quadratic_votes(np.array([[1 << 30, 1 << 30, 1 << 30, 1 << 30, 1]]), 1 << 62)


def test_sums_beyond_a_machine_word_are_exact() -> None:
    most = 1 << 31
    given = quadratic_votes(np.array([[most, 0], [0, most]]), most**2, np.array([1 << 40, (1 << 40) + 1]))

    found = quadratic(given, Lots("huge", 2))

    assert found.winners == (1,)
    assert found.steps[0].tally == (1 << 71, (1 << 71) + most)


def test_without_ballots_the_lot_decides_and_without_options_nobody_wins() -> None:
    assert quadratic(quadratic_votes(np.zeros((0, 2), np.int64), 9), Lots("x", 2)).winners == (Lots("x", 2).order[0],)
    assert quadratic(quadratic_votes(np.zeros((2, 0), np.int64), 9), Lots("x", 0)).winners == ()
    alone = quadratic(quadratic_votes(np.array([[-3]]), 9), Lots("x", 1))
    assert alone.winners == (0,)
    assert not alone.ties


@pytest.mark.parametrize(
    ("votes", "credit", "counts", "wrong"),
    [
        (np.zeros(3, np.int64), 9, None, "two dimensions"),
        (np.zeros((1, 2)), 9, None, "whole numbers"),
        (np.zeros((1, 2), np.int64), -1, None, "credit is not negative"),
        (np.zeros((1, 2), np.int64), 9, np.array([0]), "count above 0"),
        (np.zeros((1, 2), np.int64), 9, np.array([1, 1]), "count above 0"),
    ],
)
def test_what_is_no_ballot_is_refused(votes: np.ndarray, credit: int, counts: np.ndarray | None, wrong: str) -> None:
    with pytest.raises(BadProfileError, match=wrong):
        quadratic_votes(votes, credit, counts)
