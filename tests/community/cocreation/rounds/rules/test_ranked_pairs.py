"""Ranked pairs."""

from itertools import permutations

from hypothesis import assume, given, settings
from hypothesis import strategies as st

from community.cocreation.rounds.rules.condorcet import preferences, smith_set
from community.cocreation.rounds.rules.outcomes import Lots
from community.cocreation.rounds.rules.profiles import Rankings
from community.cocreation.rounds.rules.ranked_pairs import ranked_pairs
from tests.community.cocreation.rounds.rules.ballots import (
    TENNESSEE,
    Ballot,
    golden,
    lots_in,
    names,
    of,
    profiles,
    votes,
)
from tests.community.cocreation.rounds.rules.test_schulze import SCHULZE


def locked(ballots: Rankings, options: str, what: str) -> list[str]:
    """Return the pairs that were locked, or skipped, in order."""
    found = ranked_pairs(ballots, Lots("seed", ballots.options))
    return [names(options, step.options) for step in found.steps if step.what == what]


def by_hand(ballots: Rankings, lots: Lots) -> list[int]:
    """Return the order that is locked, looking for paths anew each time."""
    preferred = preferences(ballots).tolist()
    options = range(len(preferred))
    pairs = sorted(
        (-preferred[one][other], -lots.place(other), lots.place(one), one, other)
        for one in options
        for other in options
        if preferred[one][other] > preferred[other][one]
    )
    kept: set[tuple[int, int]] = set()

    def leads(one: int, other: int) -> bool:
        return one == other or any(leads(loser, other) for winner, loser in kept if winner == one)

    for *_, winner, loser in pairs:
        if not leads(loser, winner):
            kept.add((winner, loser))
    left, order = set(options), []
    while left:
        free = [option for option in left if not any(other != option and leads(other, option) for other in left)]
        order.append(min(free, key=lots.place))
        left.remove(order[-1])
    return order


def test_the_capital_of_tennessee() -> None:
    """Of 83, 68 and 58 votes, without a circle."""
    ballots = votes("MNCK", TENNESSEE)

    pairs = locked(ballots, "MNCK", "locked")
    assert [set(pairs[:1]), set(pairs[1:3]), set(pairs[3:])] == [{"CK"}, {"NK", "NC"}, {"NM", "CM", "KM"}]
    assert locked(ballots, "MNCK", "skipped") == []
    assert names("MNCK", ranked_pairs(ballots, Lots("seed", 4), winners=4).winners) == "NCKM"


def test_pairs_that_would_close_a_circle_are_skipped() -> None:
    """Schulze's forty-five voters, whom ranked pairs, worked by hand, leads to A and not to E."""
    ballots = votes("ABCDE", SCHULZE)

    found = ranked_pairs(ballots, Lots("seed", 5), winners=5)

    assert locked(ballots, "ABCDE", "locked") == ["BD", "ED", "AD", "CB", "EB", "AC", "CE"]
    assert locked(ballots, "ABCDE", "skipped") == ["DC", "BA", "EA"]
    assert names("ABCDE", found.winners) == "ACEBD"
    assert not found.ties
    assert found.steps[0].tally == (None, 33, None, 12, None)


def test_equal_pairs_of_a_circle_are_for_the_lot() -> None:
    ballots = votes("ABC", {"A>B>C": 1, "B>C>A": 1, "C>A>B": 1})

    for order in permutations(range(3)):
        found = ranked_pairs(ballots, lots_in(order))
        assert found.winners == order[:1], "the victory over it comes last"
        assert [(tie.between, tie.chosen) for tie in found.ties] == [((0, 1, 2), order[0])]


def test_a_circle_below_the_places_to_fill_needs_no_lot() -> None:
    ballots = votes("DABC", {"D>A>B>C": 1, "D>B>C>A": 1, "D>C>A>B": 1})

    assert not ranked_pairs(ballots, Lots("seed", 4)).ties
    assert ranked_pairs(ballots, Lots("seed", 4), winners=2).ties


def test_equal_pairs_without_a_circle_need_no_lot() -> None:
    found = ranked_pairs(votes("ABC", {"A>B>C": 3}), Lots("seed", 3), winners=3)

    assert found.winners == (0, 1, 2)
    assert not found.ties


@settings(deadline=None)
@given(profiles(most=6), st.text(max_size=3))
def test_the_order_is_that_found_by_looking_for_paths(ballots: list[Ballot], seed: str) -> None:
    profile = of(ballots)
    lots = Lots(seed, profile.options)

    assert list(ranked_pairs(profile, lots, winners=6).winners) == by_hand(profile, lots)


@settings(deadline=None)
@given(profiles(most=6))
def test_the_winner_is_of_the_smith_set(ballots: list[Ballot]) -> None:
    profile = of(ballots)

    assert ranked_pairs(profile, Lots("seed", profile.options)).winners[0] in smith_set(preferences(profile))


@settings(deadline=None)
@given(st.data(), profiles(only_strict=True, least=2, voters=9))
def test_raising_the_winner_does_not_make_it_lose(data: st.DataObject, ballots: list[Ballot]) -> None:
    before = ranked_pairs(of(ballots), Lots("seed", len(ballots[0])))
    assume(not before.ties)
    which = data.draw(st.integers(0, len(ballots) - 1))
    raised = list(ballots)
    raised[which] = tuple(
        0 if option == before.winners[0] else 1 + (rank or 0) for option, rank in enumerate(ballots[which])
    )

    assert ranked_pairs(of(raised), Lots("seed", len(ballots[0]))).winners == before.winners


@settings(deadline=None)
@given(st.data(), profiles(only_strict=True, least=2, most=4, voters=9))
def test_a_twin_changes_nothing_for_the_others(data: st.DataObject, ballots: list[Ballot]) -> None:
    """Tideman's independence of clones: an option's twin, beside it on each ballot, neither helps nor harms it."""
    options = len(ballots[0])
    original = data.draw(st.integers(0, options - 1))
    above = data.draw(st.lists(st.booleans(), min_size=len(ballots), max_size=len(ballots)))
    with_twin: list[Ballot] = []
    for ballot, twin_first in zip(ballots, above, strict=True):
        ranks = [2 * (rank or 0) for rank in ballot]
        with_twin.append((*ranks, ranks[original] + (-1 if twin_first else 1)))
    with_twin = [tuple((rank or 0) + 1 for rank in ballot) for ballot in with_twin]
    before = ranked_pairs(of(ballots), Lots("seed", options))
    after = ranked_pairs(of(with_twin), Lots("seed", options + 1))
    assume(not before.ties)

    winner = original if after.winners[0] == options else after.winners[0]

    assert winner == before.winners[0]


def test_another_library_finds_the_same() -> None:
    compared = 0
    for ballots, expected in golden("ranked_pairs"):
        if isinstance(expected, list):
            found = ranked_pairs(ballots, Lots("seed", ballots.options))
            assert found.winners[0] in expected
            assert found.ties or len(expected) == 1
            compared += 1
    assert compared > 1_000
