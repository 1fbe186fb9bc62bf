"""The Borda count."""

from fractions import Fraction

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from community.cocreation.rounds.rules.borda import borda
from community.cocreation.rounds.rules.condorcet import condorcet_winner, preferences
from community.cocreation.rounds.rules.outcomes import Lots
from community.cocreation.rounds.rules.profiles import Rankings
from tests.community.cocreation.rounds.rules.ballots import TENNESSEE, Ballot, golden, names, of, profiles, votes


def points(ballots: Rankings) -> list[Fraction]:
    """Return the points of each option."""
    return [
        Fraction(share) for share in borda(ballots, Lots("seed", ballots.options)).steps[0].tally if share is not None
    ]


def test_bordas_own_example() -> None:
    """Of 1784: A has the most first places, and the majority against it in each comparison."""
    ballots = votes("ABC", {"A>B>C": 1, "A>C>B": 7, "B>C>A": 7, "C>B>A": 6})

    found = borda(ballots, Lots("seed", 3), winners=3)

    assert points(ballots) == [16, 21, 26]
    assert names("ABC", found.winners) == "CBA"
    assert not found.ties


def test_condorcets_example_against_borda() -> None:
    """Of 1785: A wins against both others, and still B has more points."""
    ballots = votes("ABC", {"A>B>C": 30, "A>C>B": 1, "B>A>C": 29, "B>C>A": 10, "C>A>B": 10, "C>B>A": 1})

    assert condorcet_winner(preferences(ballots)) == 0
    assert points(ballots) == [101, 109, 33]
    assert borda(ballots, Lots("seed", 3)).winners == (1,)


def test_the_capital_of_tennessee() -> None:
    ballots = votes("MNCK", TENNESSEE)

    assert points(ballots) == [126, 194, 173, 107]
    assert names("MNCK", borda(ballots, Lots("seed", 4), winners=4).winners) == "NCMK"


def test_options_that_are_level_share_what_their_places_give() -> None:
    assert points(votes("ABCD", {"A": 1})) == [3, 1, 1, 1], "places 2 to 4 give 2, 1 and 0"
    assert points(votes("ABCD", {"A=B>C": 1})) == [Fraction(5, 2), Fraction(5, 2), 1, 0]
    assert points(votes("ABCD", {"A=B=C=D": 1})) == [Fraction(3, 2)] * 4


@settings(deadline=None)
@given(profiles())
def test_each_ballot_gives_as_many_points_as_there_are_pairs(ballots: list[Ballot]) -> None:
    options = len(ballots[0])

    assert sum(points(of(ballots))) == Fraction(len(ballots) * options * (options - 1), 2)


@settings(deadline=None)
@given(profiles())
def test_points_are_those_counted_ballot_by_ballot(ballots: list[Ballot]) -> None:
    options = range(len(ballots[0]))
    expected = [Fraction(0) for _ in options]
    for ballot in ballots:
        ranks = [len(options) if rank is None else rank for rank in ballot]
        for option in options:
            below = sum(rank > ranks[option] for rank in ranks)
            level = sum(rank == ranks[option] for rank in ranks) - 1
            expected[option] += below + Fraction(level, 2)

    assert points(of(ballots)) == expected


@settings(deadline=None)
@given(profiles(least=2))
def test_who_loses_to_all_others_is_never_elected(ballots: list[Ballot]) -> None:
    profile = of(ballots)
    loser = condorcet_winner(preferences(profile).T)
    assume(loser is not None)

    assert borda(profile, Lots("seed", profile.options)).winners != (loser,)


@settings(deadline=None)
@given(st.data(), profiles(least=2))
def test_whom_two_groups_elect_they_elect_together(data: st.DataObject, ballots: list[Ballot]) -> None:
    middle = data.draw(st.integers(1, max(len(ballots) - 1, 1)))
    groups = ballots[:middle], ballots[middle:] or ballots
    one, other = (borda(of(group), Lots("seed", len(ballots[0]))) for group in groups)
    assume(one.winners == other.winners)

    both = borda(of([*groups[0], *groups[1]]), Lots("seed", len(ballots[0])))

    assert both.winners == one.winners


@pytest.mark.parametrize("seed", ["one", "two", "three"])
def test_another_library_finds_the_same(seed: str) -> None:
    for ballots, expected in golden("borda"):
        found = borda(ballots, Lots(seed, ballots.options))
        assert isinstance(expected, list)
        assert found.winners[0] in expected
        assert bool(found.ties) == (len(expected) > 1)
