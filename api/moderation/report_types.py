"""Why something may be reported, as GraphQL shows it."""

from __future__ import annotations

from typing import Any

from api.labels import in_words
from api.moderation.enums import ReasonBasis
from api.reading.fields import column, entity, reference
from community.foundation.visibility import Visible
from moderation.reports.tables import report_reasons


@entity("report_reason", report_reasons, lambda _row, _viewer: Visible())
class ReportReason:
    """Why something may be reported, the community's to choose."""

    name: str = column("name", "What `report` and `decide` take.")
    label: str = in_words("labels", "Its name in words.")
    description: str = in_words("descriptions", "What falls under it.")
    basis: ReasonBasis = column("basis", "Whether it is against the law, or against the rules.")
    severity: int = column("severity", "1, a nuisance, to 5, danger to somebody.")
    respond_within: int = column(
        "respond_within", "Minutes to a decision about what is reported for it, where no team has a clock of its own."
    )


def reason_of() -> Any:
    """Read for what reason something was reported or decided on."""
    return reference(lambda scope: scope.row.c.reason_id, "Why.", column="id")
