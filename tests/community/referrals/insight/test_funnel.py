import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from community.referrals.insight.funnel import funnel
from community.referrals.insight.intervals import share

NEVER = float("nan")


def test_each_step_tells_how_many_reached_it_and_how_long_it_took() -> None:
    # Given four who followed a link, three who signed up after 10, 20 and 60 seconds, one who bought 5 later
    steps = funnel(np.array([[0, 10, 15], [0, 20, NEVER], [0, 60, NEVER], [0, NEVER, NEVER]]))
    assert [step.reached for step in steps] == [4, 3, 1]
    assert steps[1].of_previous == steps[1].of_all == share(3, 4)
    assert steps[2].of_previous == share(1, 3)
    assert steps[2].of_all == share(1, 4)
    assert tuple(steps[1].took) == pytest.approx((15, 20, 40))
    assert tuple(steps[2].took) == pytest.approx((5, 5, 5))
    assert np.isnan(steps[0].took).all()


def test_who_did_a_later_step_has_reached_those_before() -> None:
    steps = funnel(np.array([[NEVER, 10.0], [0.0, NEVER]]))
    assert [step.reached for step in steps] == [2, 1]
    assert np.isnan(steps[1].took).all()


times = st.integers(1, 5).flatmap(
    lambda steps: st.lists(
        st.lists(st.one_of(st.just(NEVER), st.floats(0, 1e9)), min_size=steps, max_size=steps), min_size=1, max_size=30
    )
)


@given(times)
def test_fewer_reach_every_next_step(rows: list[list[float]]) -> None:
    steps = funnel(np.array(rows))
    counts = [step.reached for step in steps]
    assert counts == sorted(counts, reverse=True)
    for step in steps:
        assert step.took == pytest.approx(sorted(step.took), nan_ok=True)
        if counts[0]:
            assert 0 <= step.of_all.low <= step.of_all.value <= step.of_all.high <= 1


def test_of_nobody_nothing_is_known() -> None:
    steps = funnel(np.zeros((0, 3)))
    assert [step.reached for step in steps] == [0, 0, 0]
    assert np.isnan([step.of_all.value for step in steps]).all()


def test_a_flat_list_is_no_funnel() -> None:
    with pytest.raises(ValueError, match="dimensions"):
        funnel(np.zeros(3))
