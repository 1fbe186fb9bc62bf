"""A model tells the texts it has not seen, says how sure it may be, and is kept and read without harm."""

from __future__ import annotations

import json
import math
import struct
import threading
from dataclasses import replace

import numpy as np
import pytest

from moderation.classifier.calibration import Calibration, calibrated
from moderation.classifier.explaining import explained
from moderation.classifier.model import BadModelError, Model, unpack
from moderation.classifier.ngrams import Shape, rows_of
from moderation.classifier.quality import auc, calibration_error, lowest_threshold, quality
from moderation.classifier.regression import fitted
from moderation.classifier.training import Example, TooFewExamplesError, trained
from tests.moderation.classifier.made_up import make_examples

SMALL = Shape(bits=16, longest=4, reach=3)


@pytest.fixture(scope="module")
def model() -> Model:
    return trained(make_examples(1_000), "spam", shape=SMALL)


def test_texts_that_were_not_seen_are_told_with_probabilities_that_hold(model: Model) -> None:
    unseen = make_examples(1_000, seed=1)
    likely = model.probabilities([example.text for example in unseen])
    found = quality(likely, np.array([example.positive for example in unseen]))

    assert found.auc > 0.93
    assert found.calibration_error < 0.04
    assert abs(found.auc - model.training.auc) < 0.03, "what it says of itself is what happens"


def test_the_threshold_reaches_its_precision_on_texts_that_were_not_seen(model: Model) -> None:
    unseen = make_examples(2_000, seed=2)
    likely = model.probabilities([example.text for example in unseen])
    threshold = model.training.threshold

    assert threshold is not None
    assert quality(likely, np.array([example.positive for example in unseen]), threshold).precision >= 0.9


def test_the_same_examples_make_the_same_model() -> None:
    examples = make_examples(200)

    assert trained(examples, "spam", shape=SMALL).pack() == trained(examples, "spam", shape=SMALL).pack()


def test_decisions_on_top_of_labelled_texts_change_what_is_said(model: Model) -> None:
    text = "龙井 harvest 开始"
    decided = [Example(f"{text} {number}", positive=True, importance=3.0) for number in range(30)]

    taught = trained([*make_examples(1_000), *decided], "spam", shape=SMALL)

    assert taught.probabilities([text])[0] > 0.8 > model.probabilities([text])[0]


def test_how_sure_it_is_goes_by_decisions_of_the_community_as_soon_as_they_are_enough() -> None:
    labelled = make_examples(1_000)
    # Here three of four texts that look like it are none: as where people speak of a thing without doing it.
    forgiven = np.random.default_rng(5).random(1_000) < 0.75
    here = [
        example._replace(positive=example.positive and not spared, home=True)
        for example, spared in zip(make_examples(1_000, seed=3), forgiven, strict=True)
    ]
    unseen = here[500:]

    def error(model: Model) -> float:
        likely = model.probabilities([example.text for example in unseen])
        return calibration_error(likely, np.array([example.positive for example in unseen]))

    without = trained(labelled, "spam", shape=SMALL)
    few = trained([*labelled, *here[:150]], "spam", shape=SMALL)
    enough = trained([*labelled, *here[:500]], "spam", shape=SMALL)

    assert (without.training.home, few.training.home, enough.training.home) == (0, 0, 500)
    assert error(without) > 0.2
    assert error(few) > 0.2
    assert error(enough) < 0.05
    assert enough.training.positive > few.training.positive, "it learns from all of them"


def test_what_counts_nothing_changes_nothing_but_the_order_of_learning() -> None:
    examples = make_examples(300)
    ignored = [Example("免费领取 free tea", positive=False, importance=0.0)] * 50

    with_them = trained([*examples, *ignored], "spam", shape=SMALL)
    without = trained(examples, "spam", shape=SMALL)

    assert with_them.training.texts == without.training.texts == 300
    assert np.allclose(with_them.weights, without.weights, atol=1e-2)


def test_a_rare_kind_is_found_as_well_when_both_count_the_same() -> None:
    examples = [
        example for place, example in enumerate(make_examples(2_000)) if not example.positive or place % 20 == 0
    ]

    balanced = trained(examples, "spam", shape=SMALL, balanced=True)

    assert balanced.training.auc > 0.88
    assert balanced.training.calibration_error < 0.03, "calibrated to how rare it is"


@pytest.mark.parametrize("kind", [True, False])
def test_too_few_examples_of_a_kind_are_refused(*, kind: bool) -> None:
    examples = [example for example in make_examples(200) if example.positive is kind]

    with pytest.raises(TooFewExamplesError):
        trained([*examples, *make_examples(20)], "spam", shape=SMALL)


@pytest.mark.parametrize("importance", [-1.0, math.nan, math.inf])
def test_an_importance_that_is_none_is_refused(importance: float) -> None:
    with pytest.raises(ValueError, match="how much"):
        trained([*make_examples(200), Example("茶", True, importance)], "spam", shape=SMALL)


def test_the_regression_finds_where_the_slope_of_its_loss_is_nothing() -> None:
    """The primal gradient, which the dual method never computes, vanishes at what it found."""
    examples = make_examples(60, wrong=0.1)
    rows = rows_of([example.text for example in examples], Shape(bits=10, longest=2, reach=0))
    positive = np.array([example.positive for example in examples])
    cost, ratios = np.full(60, 0.5), np.ones(1 << 10)
    weights, intercept = fitted(rows, positive, cost, ratios, seed=0)
    inputs = np.zeros((60, 1 << 10))
    for row in range(60):
        own = rows.numbers[rows.starts[row] : rows.starts[row + 1]]
        inputs[row, own] = 1 / np.sqrt(len(own))
    off = cost * (1 / (1 + np.exp(-(inputs @ weights + intercept))) - positive)

    assert np.abs(weights + off @ inputs).max() < 0.02
    assert abs(intercept + off.sum()) < 0.05
    assert np.abs(weights).max() > 0.1


def test_a_model_is_the_same_after_it_was_kept(model: Model) -> None:
    again = unpack(model.pack())

    assert again.pack() == model.pack()
    texts = [example.text for example in make_examples(50, seed=3)] + ["", "\ud800", "茶" * 5_000]
    assert np.array_equal(again.probabilities(texts), model.probabilities(texts))
    assert (again.label, again.training) == ("spam", model.training)


def altered(data: bytes, **changes: object) -> bytes:
    (length,) = struct.unpack_from("<I", data, 16)
    header = json.dumps({**json.loads(data[20 : 20 + length]), **changes}).encode()
    return data[:16] + struct.pack("<I", len(header)) + header + data[20 + length :]


def test_bytes_that_are_no_model_are_refused(model: Model) -> None:
    data = model.pack()
    assert unpack(altered(data)).label == "spam", "what is altered below is all that is wrong"
    shape = model.shape._asdict()
    hostile = [
        b"",
        b"PK\x03\x04" + bytes(100),
        data[:-1],
        data + b"x",
        data[:16] + b"\xff\xff\xff\xff" + data[20:],
        altered(data, count=2**40),
        altered(data, count="many"),
        altered(data, shape={**shape, "bits": 60}),
        altered(data, shape={**shape, "longest": 0}),
        altered(data, shape={**shape, "other": 1}),
        altered(data, intercept="NaN"),
        altered(data, calibration={"above": -1, "below": 1, "shift": 0}),
        altered(data, training=[]),
        data[:20] + b"[" * (len(data) - 20),
        bytes(33 * 1024 * 1024),
    ]
    for each in hostile:
        with pytest.raises(BadModelError):
            unpack(each)


def test_weights_that_are_no_numbers_or_out_of_order_are_refused(model: Model) -> None:
    data = model.pack()
    count = int(np.count_nonzero(model.weights))
    places = len(data) - 6 * count
    backwards = data[:places] + data[places + 4 : places + 8] + data[places : places + 4] + data[places + 8 :]

    for each in (data[:-2] + b"\x00\x7e", backwards):
        with pytest.raises(BadModelError):
            unpack(each)


def test_threads_that_score_at_once_say_the_same(model: Model) -> None:
    texts = [example.text for example in make_examples(200, seed=4)]
    expected = model.probabilities(texts)
    found: list[bool] = []

    def run() -> None:
        found.extend(bool(np.array_equal(model.probabilities(texts), expected)) for _ in range(5))

    threads = [threading.Thread(target=run) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert found == [True] * 20


def test_reasons_name_the_words_that_were_telling_and_add_up(model: Model) -> None:
    text = "大家 今天 免费领取 click here 香气"
    found = explained(model, text, most=4)

    assert abs(found.probability - model.probabilities([text])[0]) < 1e-9
    total = sum(reason.weight for reason in found.reasons) + found.rest + model.intercept
    assert abs(total - model.decisions([text])[0]) < 1e-5
    assert found.reasons[0].weight > 0
    assert any("免费" in reason.words or "click" in reason.words for reason in found.reasons)
    weights = [abs(reason.weight) for reason in found.reasons]
    assert weights == sorted(weights, reverse=True)


def test_an_explanation_owns_up_to_numbers_that_are_shared(model: Model) -> None:
    crowded = replace(model, shape=Shape(bits=8, longest=4, reach=3), weights=np.ones(256, np.float32))
    text = "大家 今天 免费领取 click here 香气 lovely kettle"

    assert explained(crowded, text).shared > 10
    assert explained(crowded, text).chance == 1.0
    assert explained(model, text).shared < 5


def test_a_text_of_nothing_has_a_probability_and_no_reasons_that_are_words(model: Model) -> None:
    assert 0 < explained(model, "").probability < 1
    assert explained(model, "").reasons == []


def test_calibration_recovers_how_sure_one_may_be() -> None:
    random = np.random.default_rng(0)
    decisions = random.normal(0, 3, 20_000)
    positive = random.random(20_000) < 1 / (1 + np.exp(-(0.5 * decisions - 0.3)))

    found = calibrated(decisions, positive, np.ones(20_000))

    assert calibration_error(Calibration().probabilities(decisions), positive) > 0.1
    assert calibration_error(found.probabilities(decisions), positive) < 0.01
    assert np.allclose(found, (0.5, 0.5, -0.3), atol=0.05)


def test_calibration_never_turns_the_order_around() -> None:
    decisions = np.linspace(-3, 3, 200)

    found = calibrated(decisions, decisions < 0, np.ones(200))

    assert found.above == found.below == 0


def test_the_area_is_that_of_all_pairs() -> None:
    random = np.random.default_rng(0)
    scores, positive = random.integers(0, 6, 80).astype(float), random.random(80) < 0.4
    pairs = [(a > b) + (a == b) / 2 for a in scores[positive] for b in scores[~positive]]

    assert abs(auc(scores, positive) - np.mean(pairs)) < 1e-12


def test_a_threshold_is_only_given_where_it_is_certain() -> None:
    random = np.random.default_rng(0)
    held = []
    for _ in range(200):
        likely = random.random(2_000)
        positive = random.random(2_000) < likely
        threshold = lowest_threshold(likely, positive, precision=0.8)
        if threshold is not None:
            # Whoever is above t is what is looked for with (1 + t) / 2.
            held.append((1 + threshold) / 2 >= 0.8)

    assert len(held) > 100
    assert np.mean(held) >= 0.95
    assert lowest_threshold(np.ones(5), np.ones(5, np.bool_), precision=0.9) is None, "five are too few to be certain"
    assert lowest_threshold(np.empty(0), np.empty(0, np.bool_), precision=0.9) is None
