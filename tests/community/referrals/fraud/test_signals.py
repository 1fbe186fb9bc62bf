import dataclasses

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import ArrayLike

from community.referrals.fraud.claims import COLUMNS, DAY, Claims
from community.referrals.fraud.score import Band, evidence, judged
from community.referrals.fraud.signals import INTERCEPT, NAMES, SIGNALS, measured
from community.referrals.fraud.surprise import evenness, shortfall
from tests.community.referrals.generator import NOW, world

BACKGROUND = world(3, size=1_500)


def among_others(**known: ArrayLike) -> tuple[Claims, slice]:
    """Return claims in a programme of others, and where they are."""
    size = len(np.atleast_1d(known["referee"]))
    mine = Claims.made(now=NOW, referrer=np.full(size, -1), **known)
    honest = ~BACKGROUND.fraud
    columns = {
        name: np.concatenate([getattr(mine, name), getattr(BACKGROUND.claims, name)[honest]]) for name in COLUMNS
    }
    return Claims(now=NOW, **columns), slice(0, size)


def of_signal(claims: Claims, name: str) -> np.typing.NDArray[np.float64]:
    return measured(claims).strengths[:, NAMES.index(name)]


def household(size: int, *, device: int = 0) -> dict[str, ArrayLike]:
    """Return a family on the referrer's network who take part, and came over some months."""
    when = NOW - DAY * np.linspace(20, 90, size)
    return {
        "referee": -2 - np.arange(size),
        "signed_up_at": when,
        "clicked_at": when - 90,
        "verified_at": when + 300,
        "active_at": when + DAY,
        "network": np.full(size, 10**9),
        "referrer_network": np.full(size, 10**9),
        "device": np.full(size, device) if device else 10**9 + np.arange(size),
        "referrer_device": np.full(size, 2 * 10**9),
        "acts": np.linspace(3, 40, size),
        "active_days": np.linspace(3, 15, size),
        "referrer_trust": np.full(size, 0.5),
    }


@pytest.mark.parametrize("size", [1, 2, 3, 4, 5])
def test_a_household_that_takes_part_is_granted(size: int) -> None:
    claims, mine = among_others(**household(size))
    assert (judged(claims).bands[mine] == Band.GRANT).all()


@pytest.mark.parametrize("size", [1, 2])
def test_a_household_on_one_tablet_is_granted(size: int) -> None:
    claims, mine = among_others(**household(size, device=2 * 10**9))
    assert (judged(claims).bands[mine] == Band.GRANT).all()


def test_a_viral_hour_of_hundreds_is_granted() -> None:
    # Given four hundred within an hour, each on a network of their own, of whom as many take part as of others
    rng, size = np.random.default_rng(1), 400
    when = NOW - 40 * DAY + rng.uniform(0, 3_600, size)
    active = rng.random(size) < 0.6
    claims, mine = among_others(
        referee=-2 - np.arange(size),
        signed_up_at=when,
        clicked_at=when - rng.lognormal(4.5, 0.8, size),
        verified_at=when + 300,
        active_at=np.where(active, when + DAY, np.nan),
        network=10**9 + np.arange(size),
        device=10**9 + np.arange(size),
        acts=np.where(active, rng.geometric(0.1, size), 0),
        active_days=np.where(active, rng.integers(1, 20, size), 0),
        trust=np.where(active, rng.beta(2, 3, size), 0.1),
        referrer_trust=np.full(size, 0.6),
    )
    found = judged(claims)
    assert (found.bands[mine] == Band.GRANT).mean() > 0.99
    assert of_signal(claims, "BURST")[mine].max() < 0.1


def test_the_same_hour_from_two_phones_and_idle_is_a_burst() -> None:
    size = 100
    when = NOW - 40 * DAY + np.linspace(0, 3_000, size)
    phone = 10**9 + np.arange(size) % 2
    claims, mine = among_others(referee=-2 - np.arange(size), signed_up_at=when, network=phone, device=phone)
    assert of_signal(claims, "BURST")[mine].min() > 0.9
    assert (judged(claims).bands[mine] != Band.GRANT).all()


def test_bringing_oneself_is_never_granted_and_says_why() -> None:
    claims, mine = among_others(referee=[-1], signed_up_at=[NOW - 40 * DAY])
    found = judged(claims)
    assert found.bands[mine][0] != Band.GRANT
    reasons = evidence(found, 0)
    assert reasons[0].signal == "SELF"
    assert reasons[0].sentence == "The referrer and the referee are one account."


def test_evidence_tells_what_was_counted_and_adds_up_to_the_probability() -> None:
    claims, _ = among_others(
        referee=-2 - np.arange(6),
        signed_up_at=NOW - DAY * np.arange(20, 26),
        device=np.full(6, 10**9),
        disposable=np.ones(6, bool),
    )
    found = judged(claims)
    reasons = {reason.signal: reason for reason in evidence(found, 0)}
    assert reasons["DEVICE_AMONG_FRIENDS"].sentence == "5 more of the referrer's friends signed up on this device."
    odds = np.log(found.probabilities[0] / (1 - found.probabilities[0]))
    assert sum(reason.weight for reason in reasons.values()) + INTERCEPT == pytest.approx(odds)
    assert [abs(reason.weight) for reason in evidence(found, 0)] == sorted(
        (abs(reason.weight) for reason in reasons.values()), reverse=True
    )


def test_nothing_known_says_nothing_and_is_granted() -> None:
    claims = Claims.made(now=NOW, referrer=[1, 1, 2], referee=[3, 4, 5])
    found = judged(claims)
    assert not found.measured.strengths.any()
    assert (found.bands == Band.GRANT).all()


def test_no_claims_are_judged_as_none() -> None:
    found = judged(Claims.made(now=NOW, referrer=[], referee=[]))
    assert found.probabilities.shape == found.bands.shape == (0,)


@pytest.mark.parametrize("size", [1, 40])
def test_the_order_of_claims_makes_no_difference(size: int) -> None:
    made = world(4, size=400).claims
    order = np.random.default_rng(size).permutation(len(made))
    mixed = Claims(now=made.now, **{name: getattr(made, name)[order] for name in COLUMNS})
    assert judged(mixed).probabilities == pytest.approx(judged(made).probabilities[order], abs=1e-9)


@given(st.integers(0, 10**6), st.integers(0, 5))
def test_what_hashes_stand_for_makes_no_difference(offset: int, power: int) -> None:
    columns = {name: getattr(SMALL, name) for name in COLUMNS}
    for name in ("device", "network", "referrer_device", "referrer_network"):
        columns[name] = np.where(columns[name] != 0, columns[name] * 3**power + offset, 0)
    moved = Claims(now=SMALL.now, **columns)
    assert judged(moved).probabilities == pytest.approx(SMALL_JUDGED, abs=1e-9)


SMALL = world(4, size=150).claims
SMALL_JUDGED = judged(SMALL).probabilities


@given(st.data())
def test_more_evidence_of_fraud_never_lowers_a_score(data: st.DataObject) -> None:
    # Given a claim; when what is its own gets worse: self-referral's device, mailbox, payment, throw-away mail
    claim = data.draw(st.integers(0, len(SMALL) - 1))
    name = data.draw(st.sampled_from(["device", "network", "mailbox", "disposable", "aliased", "verified_at"]))
    column = getattr(SMALL, name).copy()
    if name in {"disposable", "aliased"}:
        column[claim] = True
    elif name == "verified_at":
        column[claim] = np.nan
    else:
        column[claim] = getattr(SMALL, f"referrer_{name}")[claim]
    worse = dataclasses.replace(SMALL, **{name: column})
    before = getattr(SMALL, name)[claim]
    # Then, unless it gave away what it shared with others, it is as likely fraud as before or more
    if (
        name in {"disposable", "aliased", "verified_at"}
        or np.count_nonzero(getattr(SMALL, name) == before) == 1
        or not before
    ):
        assert judged(worse).probabilities[claim] >= SMALL_JUDGED[claim] - 1e-12


@given(st.sampled_from(NAMES), st.lists(st.floats(allow_nan=True, allow_infinity=True), min_size=1, max_size=20))
def test_strengths_are_between_0_and_1_and_rise_with_what_is_worse(name: str, values: list[float]) -> None:
    signal = SIGNALS[name]
    ordered = np.sort(np.array([value for value in values if not np.isnan(value)]))
    strengths = signal.strength(ordered)
    assert ((strengths >= 0) & (strengths <= 1)).all()
    steps = np.diff(strengths)
    assert (steps >= 0).all() if signal.full > signal.start else (steps <= 0).all()
    assert signal.strength(np.array([np.nan]))[0] == 0


@pytest.mark.parametrize("name", NAMES)
def test_every_signal_tells_what_it_measured_in_a_sentence(name: str) -> None:
    sentence = SIGNALS[name].sentence.format(measured=3.0)
    assert sentence.endswith(".")
    assert "{" not in sentence


def test_a_shortfall_is_chernoffs_bound_cut_down_to_independent_friends() -> None:
    # Given none of one friend where half are usual: ln 2; none of ten: 10 / 1.9 times that; as many as usual: nothing
    found = shortfall(np.array([0.0, 0, 5, 9, 0]), np.array([1.0, 10, 10, 10, 0]), np.full(5, 0.5))
    assert found == pytest.approx([np.log(2), 10 / 1.9 * np.log(2), 0, 0, 0])


def test_even_gaps_are_told_from_chance() -> None:
    rng, gaps = np.random.default_rng(2), 30
    chance = rng.exponential(1, (4_000, gaps))
    deviations = evenness(chance.mean(1), np.log(chance).mean(1), np.full(4_000, float(gaps)))
    # By chance they are as standard deviations are: mean 0, spread 1
    assert deviations.mean() == pytest.approx(0, abs=0.08)
    assert deviations.std() == pytest.approx(1, abs=0.08)
    even = 1 + rng.uniform(-0.3, 0.3, (200, gaps))
    assert evenness(even.mean(1), np.log(even).mean(1), np.full(200, float(gaps))).min() > 4


def test_columns_that_do_not_fit_are_refused() -> None:
    with pytest.raises(ValueError, match="network has the shape"):
        Claims.made(now=NOW, referrer=[1, 2], referee=[3, 4], network=[1])
    with pytest.raises(TypeError, match="colour"):
        Claims.made(now=NOW, referrer=[1], referee=[3], colour=[1])
    with pytest.raises(ValueError, match="no time"):
        Claims.made(now=float("nan"), referrer=[1], referee=[3])
    with pytest.raises(ValueError, match="is of float64"):
        dataclasses.replace(SMALL, device=SMALL.trust)  # type: ignore[arg-type]
