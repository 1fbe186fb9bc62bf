import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from community.referrals.insight.intervals import share
from community.referrals.insight.invitations import invitations, mean_of_counts


@given(st.lists(st.integers(0, 50).flatmap(lambda sent: st.tuples(st.just(sent), st.integers(0, sent))), min_size=1))
def test_the_k_factor_is_invitations_times_conversion(pairs: list[tuple[int, int]]) -> None:
    sent, joined = (np.array(column) for column in zip(*pairs, strict=True))
    found = invitations(sent, joined)
    assert found.k_factor.low <= found.k_factor.value <= found.k_factor.high
    assert found.k_factor.value == pytest.approx(joined.sum() / len(pairs))
    if sent.sum():
        assert found.k_factor.value == pytest.approx(found.per_member.value * found.conversion.value)
        assert found.conversion == share(int(joined.sum()), int(sent.sum()))


def test_a_community_grows_by_itself_from_one_on() -> None:
    # Given members of whom every second brings one: 1 + 1/2 + 1/4 + ...
    half = invitations(np.array([1, 1]), np.array([1, 0]))
    assert half.generations == pytest.approx(2)
    assert invitations(np.array([1, 1]), np.array([1, 1])).generations == float("inf")


def test_no_invitation_that_came_to_anything_still_has_an_upper_bound() -> None:
    found = invitations(np.array([3] * 100), np.array([0] * 100)).k_factor
    assert (found.value, found.low) == (0, 0)
    assert found.high == pytest.approx(1.959964**2 / 100, rel=1e-5)


def test_of_nobody_nothing_is_known() -> None:
    found = invitations(np.zeros(0, np.int64), np.zeros(0, np.int64))
    assert np.isnan([found.k_factor.value, found.generations]).all()
    assert found.k_factor[1:] == (0, float("inf"))


@pytest.mark.parametrize(("sent", "joined"), [([1], [2]), ([1], [-1]), ([1, 2], [1])])
def test_nobody_brings_more_than_were_invited(sent: list[int], joined: list[int]) -> None:
    with pytest.raises(ValueError, match="whom they invited"):
        invitations(np.array(sent), np.array(joined))


def test_bounds_hold_as_often_as_they_say_though_few_bring_most() -> None:
    # Given members of whom three in ten invite, as many as a geometric number, of whom three in ten come
    rng, size, rounds = np.random.default_rng(3), 200, 2_000
    sent = rng.geometric(0.2, (rounds, size)) * (rng.random((rounds, size)) < 0.3)
    joined = rng.binomial(sent, 0.3)
    bounds = [mean_of_counts(row) for row in joined]
    held = np.mean([bound.low <= 0.3 * 5 * 0.3 <= bound.high for bound in bounds])
    assert 0.925 <= held <= 0.97
