"""What measures foretell, on a network whose outcome is made to be known."""

import numpy as np

from bench.graph.evaluation import BASELINES, OURS, Tally, compared, measures
from bench.graph.questions import Outcome, Question, beforehand
from graph.adjacency import transposed
from tests.graph.attacks import honest


def test_a_measure_that_is_the_outcome_is_told_to_be_better_and_its_opposite_worse() -> None:
    out = honest(300, seed=1).arranged()
    question = Question("A made-up network", out, beforehand(out), "regulars", ())
    found = measures(out, question.seeds)
    attended = transposed(out).degrees().astype(np.float64)
    attended[:50] = np.nan
    tally = Tally()

    table = compared(question, Outcome("being known", attended), found, 50, tally)

    assert set(found) == {*BASELINES, *OURS}
    assert all(np.all(np.isfinite(values)) for values in found.values())
    assert "the outcome of 250 is known" in table
    assert "| in-degree | 1.000 |" in table
    assert "Spearman" in table
    assert tally.counts["trust", "in-degree"] == [0, 0, 1]
    turned = compared(question, Outcome("being unknown", -attended), found, 50, tally)
    assert "| in-degree | -1.000 |" in turned
    assert tally.counts["trust", "in-degree"] == [1, 0, 1]


def test_a_yes_or_no_is_measured_by_the_area_under_the_curve() -> None:
    out = honest(300, seed=1).arranged()
    known = (transposed(out).degrees() > 8).astype(np.float64)

    table = compared(
        Question("A made-up network", out, beforehand(out), "regulars", ()),
        Outcome("being known", known),
        measures(out, beforehand(out)),
        20,
        Tally(),
    )

    assert "AUC" in table
    assert "| in-degree | 1.000 |" in table
