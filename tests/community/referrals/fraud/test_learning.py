import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import optimize, stats  # type: ignore[import-untyped]

from community.referrals.fraud.learning import (
    DOUBT_OF_INTERCEPT,
    exact_bounds,
    learned,
    lowest_threshold,
    quality,
    with_thresholds,
)
from community.referrals.fraud.score import SHIPPED, bands, probabilities
from community.referrals.fraud.signals import NAMES, WEIGHTS, measured
from tests.community.referrals.generator import world

SIGNS = np.sign(WEIGHTS)


def drawn(seed: int, amount: int) -> tuple[np.typing.NDArray[np.float64], np.typing.NDArray[np.bool_]]:
    """Return strengths, and decisions that have nothing to do with what is shipped."""
    rng = np.random.default_rng(seed)
    strengths = rng.random((amount, len(NAMES))) * (rng.random((amount, len(NAMES))) < 0.3)
    return strengths, rng.random(amount) < probabilities(strengths @ np.diag(rng.normal(0, 1, len(NAMES))))


def test_no_decisions_leave_what_is_shipped() -> None:
    same = learned(np.zeros((0, len(NAMES))), np.zeros(0, np.bool_))
    assert same.intercept == SHIPPED.intercept
    assert np.array_equal(same.weights, SHIPPED.weights)


@given(st.integers(0, 2**32), st.integers(1, 300), st.floats(0.05, 5))
@settings(max_examples=50)
def test_evidence_of_fraud_never_comes_to_speak_for_a_claim(seed: int, amount: int, doubt: float) -> None:
    # Given decisions, however absurd
    strengths, fraud = drawn(seed, amount)
    # When they are learned
    found = learned(strengths, fraud, doubt=doubt)
    # Then signs are as they were, and more evidence never lowers a score
    assert (found.weights * SIGNS >= 0).all()
    worse = np.clip(strengths + 0.2 * (SIGNS > 0), 0, 1)
    assert (probabilities(worse, found) >= probabilities(strengths, found)).all()


@given(st.integers(0, 2**32))
@settings(max_examples=10, deadline=None)
def test_the_weights_are_those_that_another_solver_finds(seed: int) -> None:
    strengths, fraud = drawn(seed, 200)
    inputs = np.column_stack([np.ones(len(fraud)), strengths])
    middle = np.append(SHIPPED.intercept, WEIGHTS)
    precision = np.append(DOUBT_OF_INTERCEPT**-2, np.ones(len(NAMES)))

    def loss(weights: np.typing.NDArray[np.float64]) -> float:
        odds = inputs @ weights
        return float((np.logaddexp(0, odds) - fraud * odds).sum() + precision @ (weights - middle) ** 2 / 2)

    def slope(weights: np.typing.NDArray[np.float64]) -> np.typing.NDArray[np.float64]:
        found: np.typing.NDArray[np.float64] = inputs.T @ (1 / (1 + np.exp(-inputs @ weights)) - fraud)
        found += precision * (weights - middle)
        return found

    limits = [(None, None), *((0, None) if sign > 0 else (None, 0) for sign in SIGNS)]
    theirs = optimize.minimize(
        loss, middle, jac=slope, bounds=limits, method="L-BFGS-B", options={"ftol": 1e-14, "gtol": 1e-9}
    )
    ours = learned(strengths, fraud, doubt=1.0)
    assert loss(np.append(ours.intercept, ours.weights)) <= theirs.fun + 1e-6
    assert np.append(ours.intercept, ours.weights) == pytest.approx(theirs.x, abs=1e-3)


def test_importance_counts_as_so_many_decisions() -> None:
    strengths, fraud = drawn(1, 60)
    twice = learned(np.concatenate([strengths, strengths]), np.concatenate([fraud, fraud]))
    assert learned(strengths, fraud, importance=np.full(60, 2.0)).weights == pytest.approx(twice.weights, abs=1e-6)


@pytest.mark.slow
def test_a_community_that_decides_teaches_what_is_shipped_to_see_better() -> None:
    # Given a community in which trust is not scored, and moderators who decided
    before, after = ([world(seed, trusted=False) for seed in seeds] for seeds in (range(300, 308), range(400, 412)))
    strengths = np.concatenate([measured(one.claims).strengths for one in before])
    fraud = np.concatenate([one.fraud for one in before])
    # When
    taught = learned(strengths, fraud, doubt=1.0)
    # Then it judges others of its kind better: more found by the threshold at which as many honest ones are held
    fresh = np.concatenate([measured(one.claims).strengths for one in after])
    truth = np.concatenate([one.fraud for one in after])
    shipped_recall, taught_recall = (
        (likely[truth] > np.quantile(likely[~truth], 0.995)).mean()
        for likely in (probabilities(fresh), probabilities(fresh, taught))
    )
    assert taught_recall > shipped_recall


@given(st.integers(0, 60), st.integers(0, 60), st.sampled_from([0.8, 0.95, 0.99]))
def test_bounds_are_those_of_the_beta_distribution(found: int, more: int, certainty: float) -> None:
    low, high = exact_bounds(found, found + more, certainty)
    rest = (1 - certainty) / 2
    assert low == pytest.approx(stats.beta.ppf(rest, found, more + 1) if found else 0, abs=1e-9)
    assert high == pytest.approx(stats.beta.ppf(1 - rest, found + 1, more) if more else 1, abs=1e-9)


@given(st.integers(1, 2**32), st.integers(1, 3_000), st.sampled_from([0.01, 0.05, 0.2]))
def test_the_lowest_threshold_holds_as_many_honest_ones_as_can_be_certified(
    seed: int, amount: int, most: float
) -> None:
    rng = np.random.default_rng(seed)
    likely, fraud = rng.random(amount), rng.random(amount) < 0.3
    threshold = lowest_threshold(likely, fraud, most_false=most)
    honest = int(np.count_nonzero(~fraud))
    if threshold is None:
        # Then not even none of so few shows it
        assert (1 - most) ** honest > 0.05
        return
    hit = int(np.count_nonzero(likely[~fraud] >= threshold))
    assert stats.binom.cdf(hit, honest, most) <= 0.05
    assert hit == honest or stats.binom.cdf(hit + 1, honest, most) > 0.05


def test_a_certified_threshold_keeps_its_promise_as_often_as_it_says() -> None:
    # Given honest claims whose probabilities are uniform, so that a threshold t holds 1 - t of them
    rng = np.random.default_rng(5)
    broken = [
        1 - threshold > 0.01
        for _ in range(2_000)
        if (threshold := lowest_threshold(rng.random(1_000), np.zeros(1_000, np.bool_), most_false=0.01)) is not None
    ]
    assert len(broken) == 2_000
    assert np.mean(broken) <= 0.065


def test_too_few_honest_claims_certify_nothing_and_change_no_threshold() -> None:
    assert lowest_threshold(np.zeros(298), np.zeros(298, np.bool_), most_false=0.01) is None
    assert lowest_threshold(np.zeros(299), np.zeros(299, np.bool_), most_false=0.01) is not None
    assert with_thresholds(SHIPPED, np.zeros(50), np.zeros(50, np.bool_)) == SHIPPED


@given(st.integers(1, 2**32), st.integers(300, 3_000))
def test_nothing_is_rejected_that_would_not_be_held(seed: int, amount: int) -> None:
    rng = np.random.default_rng(seed)
    found = with_thresholds(SHIPPED, rng.random(amount), rng.random(amount) < 0.2)
    assert found.hold_from <= found.reject_from
    assert (
        sorted(bands(np.array([0.0, found.hold_from, found.reject_from]), found).tolist())
        == bands(np.array([0.0, found.hold_from, found.reject_from]), found).tolist()
    )


def test_quality_counts_what_was_held_and_what_was_missed() -> None:
    likely = np.array([0.99, 0.7, 0.6, 0.1, 0.1, 0.1])
    fraud = np.array([True, True, False, True, False, False])
    found = quality(likely, fraud)
    assert (found.precision, found.recall, found.false_positives) == pytest.approx((2 / 3, 2 / 3, 1 / 3))
    assert found.false_positive_bounds == pytest.approx(exact_bounds(1, 3))
    assert found.wronged == 0


def test_quality_of_nothing_is_not_a_number() -> None:
    found = quality(np.zeros(0), np.zeros(0, np.bool_))
    assert np.isnan([found.precision, found.recall, found.false_positives, found.calibration_error]).all()


@pytest.mark.parametrize(
    ("strengths", "fraud", "importance"),
    [
        (np.zeros((3, 2)), np.zeros(3, np.bool_), None),
        (np.full((1, len(NAMES)), np.nan), np.zeros(1, np.bool_), None),
        (np.zeros((1, len(NAMES))), np.zeros(1, np.bool_), np.array([-1.0])),
        (np.zeros((1, len(NAMES))), np.zeros(1, np.bool_), np.zeros(2)),
    ],
)
def test_decisions_that_do_not_fit_are_refused(
    strengths: np.typing.NDArray[np.float64],
    fraud: np.typing.NDArray[np.bool_],
    importance: np.typing.NDArray[np.float64] | None,
) -> None:
    with pytest.raises(ValueError, match=r"strengths|finite"):
        learned(strengths, fraud, importance=importance)
