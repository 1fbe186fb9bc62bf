"""How far groupings agree, as scikit-learn has it."""

import numpy as np
import pytest

from tests.graph.agreement import adjusted_mutual_information

ONE = np.array([0, 0, 0, 1, 1, 1, 2, 2, 2, 2])
OTHER = np.array([0, 0, 1, 1, 1, 2, 2, 2, 2, 3])


def test_agreement_is_that_of_scikit_learn() -> None:
    assert adjusted_mutual_information(ONE, OTHER) == pytest.approx(0.33570100265157904, abs=1e-12)
    assert adjusted_mutual_information(np.repeat([0, 1], 5), np.tile([0, 1], 5)) == pytest.approx(
        -0.06250051431610654, abs=1e-12
    )


def test_groups_agree_wholly_with_themselves_whatever_they_are_called() -> None:
    assert adjusted_mutual_information(ONE, 7 - ONE) == pytest.approx(1)
    assert adjusted_mutual_information(ONE * 0, ONE * 0) == 1


def test_groups_dealt_out_at_random_agree_as_little_as_chance() -> None:
    random = np.random.default_rng(0)
    one, other = random.integers(0, 20, (2, 2000))
    assert adjusted_mutual_information(one, other) == pytest.approx(0, abs=0.02)
