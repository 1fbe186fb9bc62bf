"""Public networks whose groups are known, which not every machine has."""

from __future__ import annotations

import gzip

import numpy as np
import pytest
from numpy.typing import NDArray

from graph.adjacency import Adjacency, from_pairs
from tests.shared_data import SHARED

EMAIL = SHARED / "email_eu_core"

needs_email = pytest.mark.skipif(not EMAIL.is_dir(), reason="the email-Eu-core network is not in the shared data")


def email() -> tuple[Adjacency, NDArray[np.int64]]:
    """Return who wrote to whom at a research institution, and the department of each."""
    departments = _numbers("email-Eu-core-department-labels.txt.gz")
    rows, columns = _numbers("email-Eu-core.txt.gz").astype(np.uint32).T
    out = from_pairs(len(departments), rows, columns, np.ones(len(rows), np.float32))
    return out, departments[np.argsort(departments[:, 0]), 1]


def _numbers(name: str) -> NDArray[np.int64]:
    with gzip.open(EMAIL / name, "rt") as file:
        return np.loadtxt(file, np.int64)
