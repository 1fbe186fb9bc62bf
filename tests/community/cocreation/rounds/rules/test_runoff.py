"""Instant run-off."""

from fractions import Fraction

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from community.cocreation.rounds.rules import runoff
from community.cocreation.rounds.rules.condorcet import condorcet_winner, preferences
from community.cocreation.rounds.rules.outcomes import Lots, Step
from community.cocreation.rounds.rules.runoff import instant_runoff
from community.cocreation.rounds.rules.transferable import single_transferable_vote
from tests.community.cocreation.rounds.rules.ballots import (
    BURLINGTON,
    TENNESSEE,
    Ballot,
    golden,
    lots_in,
    names,
    of,
    profiles,
    random_ballots,
    votes,
)


def by_hand(ballots: list[Ballot], lots: Lots) -> int:
    """Return who is elected if one is eliminated at a time until one is left."""
    standing = set(range(len(ballots[0])))
    while len(standing) > 1:
        shares = dict.fromkeys(standing, Fraction(0))
        for ballot in ballots:
            ranks = {option: rank for option in standing if (rank := ballot[option]) is not None}
            top = [option for option, rank in ranks.items() if rank == min(ranks.values())]
            for option in top:
                shares[option] += Fraction(1, len(top))
        fewest = min(shares.values())
        standing.remove(max((option for option in standing if shares[option] == fewest), key=lots.place))
    return standing.pop()


def test_the_capital_of_tennessee() -> None:
    """Chattanooga goes first, then Nashville, which a majority prefers to each other; Knoxville wins."""
    found = instant_runoff(votes("MNCK", TENNESSEE), Lots("seed", 4))

    assert found.steps == (
        Step("eliminated", (2,), (42, 26, 15, 17)),
        Step("eliminated", (1,), (42, 26, None, 32)),
        Step("elected", (3,), (42, None, None, 58)),
    )
    assert found.winners == (3,)


def test_burlington_elected_kiss_and_not_whom_majorities_preferred() -> None:
    """The counts are those published of 2009: Kiss won by 4314 to 4064, Montroll against either."""
    ballots = votes("MKW", BURLINGTON)

    found = instant_runoff(ballots, Lots("seed", 3))

    assert [step.tally for step in found.steps] == [(2554, 2982, 3297), (None, 4314, 4064)]
    assert names("MKW", found.winners) == "K"
    assert condorcet_winner(preferences(ballots)) == 0


def test_a_winner_can_lose_by_being_raised() -> None:
    """The example of P. D. Straffin, Topics in the Theory of Voting, 1980."""
    before = instant_runoff(votes("ABC", {"A>B>C": 6, "B>A>C": 2, "B>C>A": 4, "C>A>B": 5}), Lots("seed", 3))
    after = instant_runoff(votes("ABC", {"A>B>C": 6 + 2, "B>C>A": 4, "C>A>B": 5}), Lots("seed", 3))

    assert names("ABC", before.winners) == "A"
    assert names("ABC", after.winners) == "C"


def test_options_level_at_the_top_share_a_ballot() -> None:
    found = instant_runoff(votes("ABCD", {"A=B=C>D": 2, "D": 1, "A": 1}), lots_in((0, 1, 2, 3)))

    assert found.steps[0] == Step("eliminated", (2,), (Fraction(5, 3), Fraction(2, 3), Fraction(2, 3), 1))
    assert found.steps[1].tally == (2, 1, None, 1), "those left share what they shared with C"


def test_more_than_half_is_of_the_ballots_that_still_count() -> None:
    found = instant_runoff(votes("ABCD", {"A": 4, "B": 3, "C": 2, "D>C": 1}), lots_in((0, 1, 2, 3)))

    assert [step.tally for step in found.steps] == [(4, 3, 2, 1), (4, 3, 3, None), (4, 3, None, None)]
    assert found.winners == (0,), "with 4 of 7 ballots, though 10 were cast"


def test_a_tie_that_changes_nothing_is_not_noted(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whether C or D goes first, A has more than half then."""
    ballots = votes("ABCD", {"A": 5, "B": 3, "C>A": 2, "D>A": 2})

    sure = instant_runoff(ballots, Lots("seed", 4))
    monkeypatch.setattr(runoff, "LOOK_AHEAD", 0)
    unsure = instant_runoff(ballots, Lots("seed", 4))

    assert sure.winners == unsure.winners == (0,)
    assert [tie.between for tie in sure.ties] == []
    assert [tie.between for tie in unsure.ties] == [(2, 3)], "without looking ahead nobody can say"


def test_only_the_tie_that_makes_a_difference_is_noted() -> None:
    """Both C and D go before E, in whichever order; then A and B are level."""
    ballots = votes("ABCDE", {"A": 5, "B": 6, "C>A": 2, "D>A": 2, "E>B": 3})

    assert [tie.between for tie in instant_runoff(ballots, Lots("seed", 5)).ties] == [(0, 1)]


def test_those_who_have_less_together_than_the_next_go_without_a_lot() -> None:
    found = instant_runoff(votes("ABCDE", {"A>C": 5, "B>D": 4, "C>B": 1, "D>B": 1, "E": 1}), Lots("seed", 5))

    assert found.steps[0] == Step("eliminated", (2, 3, 4), (5, 4, 1, 1, 1))
    assert names("ABCDE", found.winners) == "B"
    assert not found.ties


def test_of_those_who_are_level_the_last_drawn_goes() -> None:
    ballots = votes("ABC", {"A>B": 3, "B>A": 2, "C>B": 2})

    kept = instant_runoff(ballots, lots_in((2, 1, 0)))
    gone = instant_runoff(ballots, lots_in((1, 2, 0)))

    assert (names("ABC", kept.winners), names("ABC", gone.winners)) == ("A", "B")
    assert [(tie.between, tie.chosen) for tie in kept.ties] == [((1, 2), 1)]


def test_further_winners_are_elected_as_if_those_before_had_not_stood() -> None:
    ballots = votes("ABCD", {"A>B>C>D": 55, "C>D>A>B": 45})

    found = instant_runoff(ballots, Lots("seed", 4), winners=3)

    assert names("ABCD", found.winners) == "ABC", "the majority has each of them, as long as it has any"


def test_ballots_are_read_chunk_by_chunk_as_all_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    ballots = random_ballots(200, 6, "level")
    whole = instant_runoff(ballots, Lots("seed", 6), winners=3)

    monkeypatch.setattr(runoff, "CHUNK", 7)

    assert instant_runoff(ballots, Lots("seed", 6), winners=3) == whole


@settings(deadline=None)
@given(profiles(voters=15), st.text(max_size=3))
def test_the_winner_is_who_is_left_if_one_goes_at_a_time(ballots: list[Ballot], seed: str) -> None:
    lots = Lots(seed, len(ballots[0]))

    assert instant_runoff(of(ballots), lots).winners == (by_hand(ballots, lots),)


@settings(deadline=None)
@given(profiles(voters=15), st.text(max_size=3))
def test_it_is_the_single_transferable_vote_for_one(ballots: list[Ballot], seed: str) -> None:
    options = len(ballots[0])

    one = instant_runoff(of(ballots), Lots(seed, options))

    assert one.winners == single_transferable_vote(of(ballots), Lots(seed, options)).winners


@settings(deadline=None)
@given(profiles(only_strict=True, least=2))
def test_who_loses_to_all_others_is_never_elected(ballots: list[Ballot]) -> None:
    profile = of(ballots)
    loser = condorcet_winner(preferences(profile).T)
    assume(loser is not None)

    assert instant_runoff(profile, Lots("seed", profile.options)).winners != (loser,)


def test_another_library_finds_the_same() -> None:
    for ballots, expected in golden("instant_runoff"):
        found = instant_runoff(ballots, Lots("seed", ballots.options))
        assert isinstance(expected, list)
        assert found.winners[0] in expected
        assert found.ties or len(expected) == 1
