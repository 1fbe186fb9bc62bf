"""The single transferable vote."""

from fractions import Fraction
from itertools import combinations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from community.cocreation.rounds.rules import piles, transferable
from community.cocreation.rounds.rules.outcomes import Lots, Step
from community.cocreation.rounds.rules.transferable import droop_quota, single_transferable_vote
from tests.community.cocreation.rounds.rules.ballots import (
    Ballot,
    golden,
    lots_in,
    names,
    of,
    profiles,
    random_ballots,
    votes,
)

Parts = dict[int, Fraction]
"""What each option holds of one ballot."""


def by_hand(ballots: list[Ballot], lots: Lots, seats: int) -> list[int]:
    """Return who is elected, handing on one ballot at a time, and eliminating one option at a time."""
    standing = set(range(len(ballots[0])))
    quota = sum(any(rank is not None for rank in ballot) for ballot in ballots) // (seats + 1) + 1
    held: list[Parts] = [{} for _ in ballots]

    def give(ballot: int, value: Fraction) -> None:
        ranks = {option: rank for option in standing if (rank := ballots[ballot][option]) is not None}
        top = [option for option, rank in ranks.items() if rank == min(ranks.values())]
        for option in top:
            held[ballot][option] = held[ballot].get(option, Fraction(0)) + value / len(top)

    def hand_on(option: int, value: Fraction) -> None:
        for ballot, parts in enumerate(held):
            if option in parts:
                give(ballot, parts.pop(option) * value)

    for ballot in range(len(ballots)):
        give(ballot, Fraction(1))
    elected: list[int] = []
    waiting: dict[int, Fraction] = {}
    while len(elected) < min(seats, len(ballots[0])):
        sums = {option: sum((parts.get(option, Fraction(0)) for parts in held), Fraction(0)) for option in standing}
        reached = [option for option in standing if sums[option] >= quota]
        if len(standing) <= seats - len(elected):
            reached = list(standing)
        for option in sorted(reached, key=lambda option: (-sums[option], lots.place(option))):
            elected.append(option)
            standing.remove(option)
            if sums[option] > quota:
                waiting[option] = sums[option]
        if reached:
            continue
        if waiting:
            largest = max(waiting, key=waiting.__getitem__)
            hand_on(largest, 1 - quota / waiting.pop(largest))
        else:
            out = min(standing, key=lambda option: (sums[option], -lots.place(option)))
            standing.remove(out)
            hand_on(out, Fraction(1))
    return elected


def test_a_published_count_of_two_seats() -> None:
    """Andrea, Brad, Carter and Delilah, of the common explanation of the quota: 20 of 57."""
    ballots = votes("ABCD", {"A>B>C>D": 16, "A>C>B>D": 24, "D>A>B>C": 17})

    found = single_transferable_vote(ballots, Lots("seed", 4), winners=2)

    assert found.steps == (
        Step("counted", (), (40, 0, 0, 17)),
        Step("elected", (0,), (40, 0, 0, 17)),
        Step("transferred", (0,), (20, 8, 12, 17)),
        Step("eliminated", (1,), (20, 8, 12, 17)),
        Step("transferred", (1,), (20, None, 20, 17)),
        Step("elected", (2,), (20, None, 20, 17)),
    )
    assert names("ABCD", found.winners) == "AC"
    assert not found.ties


def test_a_published_count_of_three_seats() -> None:
    """What twenty guests are to eat: oranges, pears, chocolate, strawberries or hamburgers; the quota is 6."""
    ballots = votes("OPCSH", {"O": 4, "P>O": 2, "C>S": 8, "C>H": 4, "S": 1, "H": 1})

    found = single_transferable_vote(ballots, Lots("seed", 5), winners=3)

    assert [(step.what, names("OPCSH", step.options)) for step in found.steps] == [
        ("counted", ""),
        ("elected", "C"),
        ("transferred", "C"),
        ("eliminated", "P"),
        ("transferred", "P"),
        ("elected", "O"),
        ("eliminated", "H"),
        ("transferred", "H"),
        ("elected", "S"),
    ]
    assert found.steps[0].tally == (4, 2, 12, 1, 1)
    assert found.steps[2].tally == (4, 2, 6, 5, 3)
    assert found.steps[-1].tally == (6, None, 6, 5, None), "strawberries are below the quota, but nobody else is left"


def test_parts_are_handed_on_at_their_value_times_the_transfer_value() -> None:
    """A hands 10 on at 1/2; B, reached by a ballot at 1/2 and others whole, hands each on at the same share."""
    ballots = votes("ABCD", {"A>B>C": 12, "A>D": 8, "B>D": 7, "C": 2, "D": 1})
    quota = droop_quota(30, 3)

    found = single_transferable_vote(ballots, Lots("seed", 4), winners=3)

    assert quota == 8
    first = Fraction(20 - 8, 20)
    b, d = 7 + 12 * first, 1 + 8 * first
    assert found.steps[2] == Step("transferred", (0,), (8, b, 2, d))
    assert found.steps[3] == Step("elected", (1,), (8, b, 2, d))
    second = (b - 8) / b
    assert found.steps[4] == Step("transferred", (1,), (8, 8, 2 + 12 * first * second, d + 7 * second))


def test_options_level_at_the_top_share_a_ballot_and_its_surplus() -> None:
    ballots = votes("ABC", {"A=B": 2, "A": 3, "C": 1})

    found = single_transferable_vote(ballots, Lots("seed", 3), winners=2)

    assert found.steps[0].tally == (4, 1, 1)
    assert found.steps[2] == Step("transferred", (0,), (3, Fraction(5, 4), 1)), "a quarter of the one they shared"
    assert found.winners == (0, 1)


def test_options_without_any_vote_go_together_without_a_lot() -> None:
    ballots = votes("ABCDE", {"A>E": 3, "B": 2})

    found = single_transferable_vote(ballots, Lots("seed", 5), winners=1)
    tied = single_transferable_vote(ballots, Lots("seed", 5), winners=4)

    assert found.winners == (0,)
    assert not found.ties
    assert [tie.between for tie in tied.ties][-1] in {(2, 3), (2, 4), (3, 4)}


def test_options_that_go_in_any_order_go_together_without_a_lot() -> None:
    ballots = votes("ABCDE", {"A": 6, "B": 5, "C": 5, "D>A": 1, "E>B": 1})

    found = single_transferable_vote(ballots, Lots("seed", 5))

    assert found.steps[1:3] == (
        Step("eliminated", (3, 4), (6, 5, 5, 1, 1)),
        Step("transferred", (3, 4), (7, 6, 5, None, None)),
    )
    assert not found.ties


def test_a_tie_that_changes_nothing_is_not_noted(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whether C or D goes first, it lifts A to the quota."""
    ballots = votes("ABCD", {"A": 5, "B": 3, "C>A": 2, "D>A": 2})

    sure = single_transferable_vote(ballots, Lots("seed", 4))
    monkeypatch.setattr(transferable, "LOOK_AHEAD", 0)
    unsure = single_transferable_vote(ballots, Lots("seed", 4))

    assert sure.winners == unsure.winners == (0,)
    assert [tie.between for tie in sure.ties] == []
    assert [tie.between for tie in unsure.ties] == [(2, 3)], "without looking ahead nobody can say"


def test_only_the_tie_that_makes_a_difference_is_noted() -> None:
    """Both C and D go before E, in whichever order; then A and B are level."""
    ballots = votes("ABCDE", {"A": 5, "B": 6, "C>A": 2, "D>A": 2, "E>B": 3})

    assert [tie.between for tie in single_transferable_vote(ballots, Lots("seed", 5)).ties] == [(0, 1)]


def test_options_that_come_up_to_the_next_together_go_one_by_one() -> None:
    ballots = votes("ABCDEF", {"A": 7, "B": 7, "F": 7, "C": 3, "D>C": 2, "E>D": 2})

    found = single_transferable_vote(ballots, lots_in(range(6)))

    assert [step.options for step in found.steps if step.what == "eliminated"][:2] == [(4,), (2,)]


def test_the_largest_surplus_is_handed_on_first() -> None:
    ballots = votes("ABCDE", {"A>C": 9, "B>D": 12, "C": 1, "D": 1, "E": 1})

    found = single_transferable_vote(ballots, Lots("seed", 5), winners=3)

    assert found.steps[1].options == (1, 0)
    assert [step.options for step in found.steps if step.what == "transferred"][:2] == [(1,), (0,)]


def test_whoever_is_left_of_those_level_holds_the_whole_ballot_and_hands_it_on() -> None:
    ballots = votes("ABCD", {"A=B>C": 2, "B": 1, "C": 4, "D": 5})

    found = single_transferable_vote(ballots, Lots("seed", 4))

    assert [step.tally for step in found.steps if step.what == "transferred"][:2] == [
        (None, 3, 4, 5),
        (None, None, 6, 5),
    ]


def test_the_lot_decides_who_of_the_last_goes() -> None:
    ballots = votes("ABCD", {"A": 4, "B>C": 2, "C>B": 2, "D": 1})

    for order, expected in (((1, 2, 0, 3), "AB"), ((2, 1, 0, 3), "AC")):
        found = single_transferable_vote(ballots, lots_in(order), winners=2)
        assert names("ABCD", found.winners) == expected
        assert [tie.between for tie in found.ties] == [(1, 2)]


@pytest.mark.parametrize(("ballots", "winners", "quota"), [(0, 1, 1), (57, 2, 20), (60, 2, 21), (100, 1, 51)])
def test_a_quota_is_the_least_that_no_more_than_the_winners_reach(ballots: int, winners: int, quota: int) -> None:
    assert droop_quota(ballots, winners) == quota
    assert quota * (winners + 1) > ballots >= (quota - 1) * (winners + 1)


def test_an_empty_ballot_does_not_raise_the_quota() -> None:
    ballots = of([(0, 1, None), (None, 0, 1), (None, None, None)], [2, 1, 50])

    assert single_transferable_vote(ballots, Lots("seed", 3)).winners == (0,)
    assert len(single_transferable_vote(ballots, Lots("seed", 3)).steps) == 2


@settings(deadline=None)
@given(profiles(voters=15), st.integers(1, 4), st.text(max_size=3))
def test_the_count_is_that_of_handing_on_one_ballot_at_a_time(ballots: list[Ballot], seats: int, seed: str) -> None:
    lots = Lots(seed, len(ballots[0]))

    assert list(single_transferable_vote(of(ballots), lots, winners=seats).winners) == by_hand(ballots, lots, seats)


@settings(deadline=None)
@given(profiles(only_strict=True, most=6, voters=20), st.integers(1, 4))
def test_who_fills_quotas_together_has_as_many_seats(ballots: list[Ballot], seats: int) -> None:
    """Proportionality for solid coalitions, by Droop's quota."""
    options = len(ballots[0])

    elected = set(single_transferable_vote(of(ballots), Lots("seed", options), winners=seats).winners)

    for size in range(1, options + 1):
        for coalition in combinations(range(options), size):
            supporters = sum({ballot.index(rank) for rank in range(size)} == set(coalition) for ballot in ballots)
            owed = min(supporters // droop_quota(len(ballots), seats), size)
            assert len(elected & set(coalition)) >= owed


@settings(deadline=None)
@given(profiles(voters=15), st.integers(1, 4))
def test_no_vote_comes_into_being(ballots: list[Ballot], seats: int) -> None:
    found = single_transferable_vote(of(ballots), Lots("seed", len(ballots[0])), winners=seats)

    sums = [sum(Fraction(held) for held in step.tally if held is not None) for step in found.steps]
    assert sums[0] == sum(any(rank is not None for rank in ballot) for ballot in ballots)
    assert sums == sorted(sums, reverse=True)
    assert len(found.winners) == min(seats, len(ballots[0]))
    assert len(set(found.winners)) == len(found.winners)


def test_many_seats_do_not_grow_fractions_without_end() -> None:
    ballots = random_ballots(3_000, 30, "strict")

    found = single_transferable_vote(ballots, Lots("seed", 30), winners=20)

    assert len(found.winners) == 20
    longest = max(Fraction(held).denominator for held in found.steps[-1].tally if held is not None)
    assert longest <= transferable.PRECISION**20
    lost = 3_000 - sum(Fraction(held) for held in found.steps[-1].tally if held is not None)
    assert 0 <= lost < Fraction(1, 10**6), "strict ballots are never exhausted as long as somebody stands"


def test_a_rounded_transfer_value_hands_on_less_and_never_more(monkeypatch: pytest.MonkeyPatch) -> None:
    ballots = votes("ABC", {"A>B": 7, "C": 3})
    monkeypatch.setattr(transferable, "PRECISION", 2)

    found = single_transferable_vote(ballots, Lots("seed", 3), winners=2)

    # The exact value is 3/7; to halves, it is nothing.
    assert found.steps[2].tally == (7, 0, 3)


def test_ballots_are_handed_on_chunk_by_chunk_as_all_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    ballots = random_ballots(200, 6, "level")
    whole = single_transferable_vote(ballots, Lots("seed", 6), winners=3)

    monkeypatch.setattr(piles, "CHUNK", 7)

    assert single_transferable_vote(ballots, Lots("seed", 6), winners=3) == whole


@pytest.mark.parametrize("seats", [2, 3])
@pytest.mark.parametrize("variant", ["scottish", "gregory"])
def test_another_library_finds_the_same(variant: str, seats: int) -> None:
    """By its Scottish and its weighted inclusive Gregory count, where no lot is drawn and no options are level."""
    compared = 0
    for ballots, expected in golden(f"{variant} {seats}"):
        found = single_transferable_vote(ballots, Lots("seed", ballots.options), winners=seats)
        if isinstance(expected, list) and not found.ties:
            assert sorted(found.winners) == expected
            compared += 1
    assert compared > 1_000
