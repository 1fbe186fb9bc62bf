"""What all rules on rankings have in common."""

from collections.abc import Callable
from itertools import permutations

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from community.cocreation.rounds.rules.borda import borda
from community.cocreation.rounds.rules.condorcet import condorcet_winner, preferences
from community.cocreation.rounds.rules.outcomes import Lots, Outcome
from community.cocreation.rounds.rules.profiles import Rankings
from community.cocreation.rounds.rules.ranked_pairs import ranked_pairs
from community.cocreation.rounds.rules.runoff import instant_runoff
from community.cocreation.rounds.rules.schulze import schulze
from community.cocreation.rounds.rules.transferable import single_transferable_vote
from tests.community.cocreation.rounds.rules.ballots import (
    TENNESSEE,
    Ballot,
    debian,
    lots_in,
    needs_debian,
    of,
    profiles,
    seeds,
    votes,
)

Rule = Callable[[Rankings, Lots, int], Outcome]

RULES: list[Rule] = [borda, instant_runoff, schulze, ranked_pairs, single_transferable_vote]
every_rule = pytest.mark.parametrize("rule", RULES)


@every_rule
def test_the_capital_of_tennessee_depends_on_the_rule(rule: Rule) -> None:
    elected: dict[Rule, int] = {borda: 1, instant_runoff: 3, schulze: 1, ranked_pairs: 1, single_transferable_vote: 3}

    found = rule(votes("MNCK", TENNESSEE), Lots("seed", 4), 1)

    assert found.winners == (elected[rule],)
    assert found.rule == getattr(rule, "__name__", None)
    assert not found.ties


@every_rule
def test_of_no_options_nobody_is_elected(rule: Rule) -> None:
    for ballots in (of([], options=0), of([(), ()], options=0)):
        found = rule(ballots, Lots("seed", 0), 2)
        assert (found.winners, found.ties) == ((), ())


@every_rule
def test_one_option_alone_is_elected(rule: Rule) -> None:
    for ballots in (of([], options=1), of([(None,)]), of([(0,), (None,)])):
        found = rule(ballots, Lots("seed", 1), 2)
        assert (found.winners, found.ties) == ((0,), ())


@every_rule
def test_without_ballots_the_lot_decides(rule: Rule) -> None:
    for ballots in (of([], options=4), of([(None,) * 4], [3])):
        lots = Lots("seed", 4)
        found = rule(ballots, lots, 2)
        assert found.winners == lots.order[:2]
        assert found.ties


@every_rule
@settings(deadline=None)
@given(profiles(), st.integers(1, 6))
def test_there_are_as_many_winners_as_may_be(rule: Rule, ballots: list[Ballot], winners: int) -> None:
    found = rule(of(ballots), Lots("seed", len(ballots[0])), winners)

    assert len(found.winners) == min(winners, len(ballots[0]))
    assert len(set(found.winners)) == len(found.winners)


@every_rule
@pytest.mark.parametrize("winners", [0, -1])
def test_a_round_that_nobody_wins_is_refused(rule: Rule, winners: int) -> None:
    with pytest.raises(ValueError, match="has a winner at least"):
        rule(votes("AB", {"A": 1}), Lots("seed", 2), winners)


@every_rule
def test_lots_of_other_options_are_refused(rule: Rule) -> None:
    with pytest.raises(ValueError, match="lots for 3 options, and ballots on 2"):
        rule(votes("AB", {"A": 1}), Lots("seed", 3), 1)


@every_rule
@settings(deadline=None)
@given(st.data(), profiles(), st.integers(1, 3))
def test_it_does_not_matter_who_cast_a_ballot(
    rule: Rule, data: st.DataObject, ballots: list[Ballot], winners: int
) -> None:
    shuffled = data.draw(st.permutations(ballots))
    together = {ballot: ballots.count(ballot) for ballot in shuffled}

    one_by_one = rule(of(ballots), Lots("seed", len(ballots[0])), winners)
    counted = rule(of(list(together), list(together.values())), Lots("seed", len(ballots[0])), winners)

    assert one_by_one == counted


@every_rule
@settings(deadline=None)
@given(st.data(), profiles(), st.integers(1, 3))
def test_it_does_not_matter_how_options_are_numbered(
    rule: Rule, data: st.DataObject, ballots: list[Ballot], winners: int
) -> None:
    """If the lots are numbered anew as well."""
    options = len(ballots[0])
    renumbered = data.draw(st.permutations(range(options)))
    order = Lots("seed", options).order
    moved = [tuple(ballot[renumbered.index(option)] for option in range(options)) for ballot in ballots]

    before = rule(of(ballots), lots_in(order), winners)
    after = rule(of(moved), lots_in([renumbered[option] for option in order]), winners)

    assert after.winners == tuple(renumbered[option] for option in before.winners)
    assert len(after.ties) == len(before.ties)


@every_rule
@settings(deadline=None, max_examples=40)
@given(profiles(most=4), st.integers(1, 3))
def test_where_no_tie_is_noted_the_lot_changes_nothing(rule: Rule, ballots: list[Ballot], winners: int) -> None:
    options = len(ballots[0])
    assume(not rule(of(ballots), Lots("seed", options), winners).ties)

    found = {rule(of(ballots), lots_in(order), winners).winners for order in permutations(range(options))}

    assert len(found) == 1


@every_rule
@settings(deadline=None, max_examples=40, suppress_health_check=[HealthCheck.filter_too_much])  # ties are rare
@given(profiles(most=4, voters=8), st.integers(1, 3))
def test_where_a_tie_is_noted_another_lot_elects_others(rule: Rule, ballots: list[Ballot], winners: int) -> None:
    options = len(ballots[0])
    assume(rule(of(ballots), Lots("seed", options), winners).ties)

    found = {rule(of(ballots), lots_in(order), winners).winners for order in permutations(range(options))}

    assert len(found) > 1


@pytest.mark.parametrize("rule", [borda, instant_runoff, schulze, ranked_pairs])
@settings(deadline=None)
@given(profiles(), st.integers(1, 4))
def test_more_winners_keep_those_of_fewer(rule: Rule, ballots: list[Ballot], winners: int) -> None:
    options = len(ballots[0])

    fewer = rule(of(ballots), Lots("seed", options), winners).winners
    more = rule(of(ballots), Lots("seed", options), winners + 1).winners

    assert more[: len(fewer)] == fewer


@pytest.mark.parametrize("rule", [instant_runoff, schulze, ranked_pairs, single_transferable_vote])
@settings(deadline=None)
@given(profiles(), st.integers(0, 4))
def test_whom_more_than_half_put_first_is_elected(rule: Rule, ballots: list[Ballot], favourite: int) -> None:
    options = len(ballots[0])
    assume(favourite < options)
    first = tuple(0 if option == favourite else None for option in range(options))

    found = rule(of([*ballots, *[first] * (len(ballots) + 1)]), Lots("seed", options), 1)

    assert found.winners == (favourite,)
    assert not found.ties


@pytest.mark.parametrize("rule", [schulze, ranked_pairs])
@settings(deadline=None)
@given(profiles(least=2))
def test_who_wins_against_all_others_is_elected(rule: Rule, ballots: list[Ballot]) -> None:
    profile = of(ballots)
    winner = condorcet_winner(preferences(profile))
    assume(winner is not None)

    found = rule(profile, Lots("seed", profile.options), 1)

    assert found.winners == (winner,)
    assert not found.ties


@pytest.mark.parametrize("rule", [schulze, ranked_pairs])
@settings(deadline=None)
@given(profiles(least=2))
def test_who_loses_to_all_others_is_elected_last(rule: Rule, ballots: list[Ballot]) -> None:
    profile = of(ballots)
    loser = condorcet_winner(preferences(profile).T)
    assume(loser is not None)

    assert rule(profile, Lots("seed", profile.options), profile.options).winners[-1] == loser


@needs_debian
@pytest.mark.parametrize("rule", [schulze, ranked_pairs])
@pytest.mark.parametrize(("number", "winner"), [(1, "Bdale Garbee"), (7, "Stefano Zacchiroli"), (8, "Swirl")])
def test_debians_votes_come_out_as_they_did(rule: Rule, number: int, winner: str) -> None:
    ballots, titles = debian(number)

    for seed in seeds(3):
        found = rule(ballots, Lots(seed, ballots.options), 1)
        assert titles[found.winners[0]] == winner
        assert not found.ties
