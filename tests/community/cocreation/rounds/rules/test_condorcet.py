"""Who is preferred to whom, and who wins against all others."""

from itertools import combinations

import numpy as np
import pytest
from hypothesis import given, settings

from community.cocreation.rounds.rules import condorcet
from community.cocreation.rounds.rules.condorcet import (
    condorcet_winner,
    preferences,
    smith_layers,
    smith_set,
    victories,
)
from tests.community.cocreation.rounds.rules.ballots import (
    BURLINGTON,
    TENNESSEE,
    Ballot,
    debian,
    golden,
    needs_debian,
    of,
    profiles,
    random_ballots,
    votes,
)


@settings(deadline=None)
@given(profiles())
def test_who_puts_one_above_another_prefers_it(ballots: list[Ballot]) -> None:
    found = preferences(of(ballots))

    last = len(ballots[0])
    filled = [[last if rank is None else rank for rank in ballot] for ballot in ballots]
    for one in range(last):
        for other in range(last):
            assert found[one, other] == sum(ranks[one] < ranks[other] for ranks in filled)


def test_what_is_left_out_is_below_all_that_is_ordered_and_level_with_the_rest() -> None:
    found = preferences(votes("ABCD", {"A>B": 3, "C": 1, "A=B>C=D": 5}))

    assert found.tolist() == [[0, 3, 8, 8], [0, 0, 8, 8], [1, 1, 0, 1], [0, 0, 0, 0]]


def test_ballots_are_compared_chunk_by_chunk_as_all_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    ballots = random_ballots(100, 6, "level")
    whole = preferences(ballots)

    monkeypatch.setattr(condorcet, "CHUNK", 7)

    assert preferences(ballots).tolist() == whole.tolist()


def test_burlingtons_preferences_are_those_published() -> None:
    """Montroll beat Kiss 4067 to 3477 and Wright 4597 to 3668; Kiss beat Wright 4314 to 4064."""
    found = preferences(votes("MKW", BURLINGTON))

    assert found.tolist() == [[0, 4067, 4597], [3477, 0, 4314], [3668, 4064, 0]]
    assert condorcet_winner(found) == 0


def test_a_circle_of_majorities_has_no_winner_and_all_are_in_it() -> None:
    """Condorcet's paradox, of 1785; D loses to all."""
    found = preferences(votes("ABCD", {"A>B>C>D": 1, "B>C>A>D": 1, "C>A>B>D": 1}))

    assert condorcet_winner(found) is None
    assert smith_set(found) == (0, 1, 2)
    assert smith_layers(found).tolist() == [0, 0, 0, 3]


def test_the_layers_of_a_vote_without_circles_are_its_order() -> None:
    assert smith_layers(preferences(votes("MNCK", TENNESSEE))).tolist() == [3, 0, 1, 2]


def test_who_draws_with_one_of_the_smith_set_is_in_it() -> None:
    found = preferences(votes("ABC", {"A>B>C": 2, "B>A>C": 1, "C>B>A": 1}))

    assert found[1, 0] == found[0, 1] == 2
    assert condorcet_winner(found) is None
    assert smith_set(found) == (0, 1), "C loses to both"


@settings(deadline=None)
@given(profiles(most=6, voters=7))
def test_the_smith_set_is_the_smallest_that_wins_against_all_outside(ballots: list[Ballot]) -> None:
    preferred = preferences(of(ballots))
    wins = victories(preferred)

    found = smith_set(preferred)

    options = range(len(wins))
    smallest = next(
        inside
        for size in range(1, len(wins) + 1)
        for inside in combinations(options, size)
        if all(wins[one, other] for one in inside for other in options if other not in inside)
    )
    assert found == smallest
    winner = condorcet_winner(preferred)
    assert (winner is not None) == (len(found) == 1)
    assert winner in {None, found[0]}


@settings(deadline=None)
@given(profiles(most=6, voters=7))
def test_each_layer_wins_against_all_later_ones(ballots: list[Ballot]) -> None:
    preferred = preferences(of(ballots))

    above = smith_layers(preferred)

    wins = victories(preferred)
    for one, earlier in enumerate(above):
        assert earlier == (above < earlier).sum()
        assert wins[one, above > earlier].all()


def test_of_nothing_nobody_wins_and_one_alone_does() -> None:
    nothing, alone = np.zeros((0, 0), np.int64), np.zeros((1, 1), np.int64)

    assert (condorcet_winner(nothing), smith_set(nothing), smith_layers(nothing).tolist()) == (None, (), [])
    assert (condorcet_winner(alone), smith_set(alone), smith_layers(alone).tolist()) == (0, (0,), [0])


def test_without_ballots_all_draw() -> None:
    preferred = preferences(of([], options=3))

    assert preferred.tolist() == np.zeros((3, 3)).tolist()
    assert condorcet_winner(preferred) is None
    assert smith_set(preferred) == (0, 1, 2)


@needs_debian
@pytest.mark.parametrize(
    ("number", "voters", "winner"), [(1, 475, "Bdale Garbee"), (7, 403, "Stefano Zacchiroli"), (8, 143, "Swirl")]
)
def test_debian_chose_its_condorcet_winners(number: int, voters: int, winner: str) -> None:
    ballots, titles = debian(number)

    assert ballots.counts.sum() == voters
    assert condorcet_winner(preferences(ballots)) == titles.index(winner)


def test_another_library_finds_the_same() -> None:
    for (ballots, winner), (_, smith) in zip(golden("condorcet"), golden("smith"), strict=True):
        preferred = preferences(ballots)
        assert condorcet_winner(preferred) == winner
        assert list(smith_set(preferred)) == smith
