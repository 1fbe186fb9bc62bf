"""Where the public datasets are, which not every machine has."""

import pytest

from tests.shared_data import SHARED

HISTORY, LDBC = SHARED / "se_history_meta", SHARED / "ldbc_snb_sample"

needs_history = pytest.mark.skipif(not HISTORY.is_dir(), reason="the Stack Exchange dump is not in the shared data")
needs_ldbc = pytest.mark.skipif(not LDBC.is_dir(), reason="the LDBC sample is not in the shared data")
