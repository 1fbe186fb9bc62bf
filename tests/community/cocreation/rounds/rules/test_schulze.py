"""The Schulze method."""

from itertools import pairwise, permutations

from hypothesis import assume, given, settings
from hypothesis import strategies as st

from community.cocreation.rounds.rules.condorcet import preferences, smith_set, victories
from community.cocreation.rounds.rules.outcomes import Lots
from community.cocreation.rounds.rules.schulze import schulze, strongest_paths
from tests.community.cocreation.rounds.rules.ballots import Ballot, golden, names, of, profiles, votes

SCHULZE = {
    "A>C>B>E>D": 5,
    "A>D>E>C>B": 5,
    "B>E>D>A>C": 8,
    "C>A>B>E>D": 3,
    "C>A>E>B>D": 7,
    "C>B>A>D>E": 2,
    "D>C>E>B>A": 7,
    "E>B>A>D>C": 8,
}
"""Forty-five voters without a Condorcet winner, by which the method is explained."""


def test_schulzes_example() -> None:
    """The strongest paths, and the order E, A, C, B, D, are those published."""
    ballots = votes("ABCDE", SCHULZE)

    found = schulze(ballots, Lots("seed", 5), winners=5)

    assert strongest_paths(preferences(ballots)).tolist() == [
        [0, 28, 28, 30, 24],
        [25, 0, 28, 33, 24],
        [25, 29, 0, 29, 24],
        [25, 28, 28, 0, 24],
        [25, 28, 28, 31, 0],
    ]
    assert names("ABCDE", found.winners) == "EACBD"
    assert not found.ties


def test_a_reader_sees_what_the_order_follows_from() -> None:
    steps = schulze(votes("ABCDE", SCHULZE), Lots("seed", 5)).steps

    assert [step.what for step in steps] == ["preferred"] * 5 + ["strengths"] * 5 + ["elected"]
    assert steps[0].tally == (None, 20, 26, 30, 22)
    assert steps[5].tally == (None, 28, 28, 30, 24)
    assert steps[10].options == (4,)


def test_a_circle_of_equals_is_for_the_lot() -> None:
    lots = Lots("seed", 3)

    found = schulze(votes("ABC", {"A>B>C": 1, "B>C>A": 1, "C>A>B": 1}), lots)

    assert found.winners == lots.order[:1]
    assert [tie.between for tie in found.ties] == [(0, 1, 2)]


def test_the_weakest_victory_of_a_circle_gives_way() -> None:
    found = schulze(votes("ABC", {"A>B>C": 4, "B>C>A": 3, "C>A>B": 2}), Lots("seed", 3), winners=3)

    assert names("ABC", found.winners) == "ABC"
    assert not found.ties


@settings(deadline=None)
@given(profiles(most=5))
def test_a_path_is_as_strong_as_its_weakest_victory(ballots: list[Ballot]) -> None:
    preferred = preferences(of(ballots))
    wins = victories(preferred)

    strengths = strongest_paths(preferred)

    options = range(len(preferred))
    best = {(one, other): 0 for one in options for other in options}
    for length in range(2, len(preferred) + 1):
        for path in permutations(options, length):
            pairs = list(pairwise(path))
            weakest = min(int(preferred[pair]) if wins[pair] else 0 for pair in pairs)
            best[path[0], path[-1]] = max(best[path[0], path[-1]], weakest)
    assert strengths.tolist() == [[best[one, other] for other in options] for one in options]


@settings(deadline=None)
@given(profiles(most=6))
def test_the_winner_is_of_the_smith_set(ballots: list[Ballot]) -> None:
    profile = of(ballots)

    assert schulze(profile, Lots("seed", profile.options)).winners[0] in smith_set(preferences(profile))


@settings(deadline=None)
@given(st.data(), profiles(only_strict=True, least=2, voters=9))
def test_raising_the_winner_does_not_make_it_lose(data: st.DataObject, ballots: list[Ballot]) -> None:
    before = schulze(of(ballots), Lots("seed", len(ballots[0])))
    assume(not before.ties)
    winner = before.winners[0]
    which = data.draw(st.integers(0, len(ballots) - 1))
    # To the top of one ballot, below what was level with nothing.
    raised = list(ballots)
    raised[which] = tuple(0 if option == winner else 1 + (rank or 0) for option, rank in enumerate(ballots[which]))

    after = schulze(of(raised), Lots("seed", len(ballots[0])))

    assert after.winners == before.winners
    assert not after.ties


@settings(deadline=None)
@given(profiles(only_strict=True, least=2, voters=9))
def test_if_all_turn_their_ballots_round_the_winner_loses(ballots: list[Ballot]) -> None:
    before = schulze(of(ballots), Lots("seed", len(ballots[0])))
    assume(not before.ties)

    turned = schulze(
        of([tuple(-(rank or 0) + 9 for rank in ballot) for ballot in ballots]), Lots("seed", len(ballots[0]))
    )

    assert turned.winners != before.winners


def test_another_library_finds_the_same() -> None:
    for ballots, expected in golden("schulze"):
        found = schulze(ballots, Lots("seed", ballots.options))
        assert isinstance(expected, list)
        assert found.winners[0] in expected
        assert [list(tie.between) for tie in found.ties] == ([expected] if len(expected) > 1 else [])
