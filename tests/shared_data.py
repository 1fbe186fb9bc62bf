"""Where real data lies that is not part of the project; tests that need it are skipped where it is not there."""

from __future__ import annotations

import os
from pathlib import Path

SHARED = Path(os.environ.get("TEAHOUSE_SHARED_DATA", Path(__file__).parents[2] / "shared" / "data"))
