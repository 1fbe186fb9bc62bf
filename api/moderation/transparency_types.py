"""The transparency report as GraphQL shows it, to everybody."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import DateTime, Text, func, literal_column, select

from api.labels import language_of
from api.moderation.enums import DecisionAction, Detection, ReasonBasis, Verdict
from api.reading.fields import Argument, computed, object_type, returned
from api.windows import Window
from moderation.transparency.counting import COUNTS
from moderation.transparency.reporting import SMALLEST, disclosed, whole_months

if TYPE_CHECKING:
    from sqlalchemy import ColumnElement

    from api.reading.readings import Scope

_COUNT = f"How many; null: fewer than {SMALLEST}, or withheld with such."


@object_type
class ReasonCount:
    """How many decisions there were for a reason."""

    reason: str = returned("The reason's name.")
    label: str = returned("Its name in words.")
    ground: ReasonBasis = returned("Whether it is one of law or of rules.")
    count: int | None = returned(_COUNT)


@object_type
class VerdictCount:
    """How many decisions found what."""

    verdict: Verdict = returned("What was found.")
    count: int | None = returned(_COUNT)


@object_type
class DetectionCount:
    """How many decisions were about what was come upon like this."""

    detection: Detection = returned("How it was come upon.")
    count: int | None = returned(_COUNT)


@object_type
class ActionCount:
    """How often something was done."""

    action: DecisionAction = returned("What.")
    count: int | None = returned(_COUNT)


@object_type
class TransparencyReport:
    """What moderation did in some months. Small counts are withheld, as they would be somebody in particular."""

    from_: datetime = returned("The first moment of the first month, in UTC.", name="from")
    to: datetime = returned("The moment after the last month.")
    reports: int | None = returned("How many reports there were.")
    guest_notices: int | None = returned("How many of them by people who are no members.")
    decisions: int | None = returned("How many decisions there were, also those that were undone since.")
    automated_decisions: int | None = returned("How many of them by a program alone.")
    by_reason: list[ReasonCount] = returned("Decisions by reason, in the community's order.")
    by_verdict: list[VerdictCount] = returned("Decisions by what they found.")
    by_detection: list[DetectionCount] = returned("Decisions by how it was come upon.")
    by_action: list[ActionCount] = returned("What decisions did, the most frequent first.")
    undone: int | None = returned("How many decisions were undone, on an appeal or otherwise.")
    suspended: int | None = returned("How many members were suspended or banned.")
    appeals: int | None = returned("How many appeals there were.")
    appeals_granted: int | None = returned("How many appeals were granted: decisions that were reversed.")
    appeals_denied: int | None = returned("How many appeals were denied.")
    median_hours: float | None = returned("In how many hours half of the cases were decided.")
    ninetieth_percentile_hours: float | None = returned("In how many hours nine of ten cases were decided.")
    median_appeal_hours: float | None = returned("In how many hours half of the appeals were answered.")
    audit_entries: int = returned("How many entries the audit log has by now.")
    audit_digest: str | None = returned(
        "The digest of its last entry: who writes it down sees later whether any entry before was changed."
    )


def _inputs(scope: Scope) -> list[ColumnElement[Any]]:
    start = scope.arguments.value(
        "window.from", DateTime(timezone=True), lambda moment: whole_months(moment, moment)[0]
    )
    until = scope.arguments.value("window.to", DateTime(timezone=True), lambda moment: whole_months(moment, moment)[1])
    asked = select(start.label("start"), until.label("until")).subquery("asked")
    counted = select(literal_column(f"({COUNTS})")).select_from(asked).scalar_subquery()
    locale = func.coalesce(scope.arguments.value("locale", Text(), language_of), literal_column("'en'"))
    return [counted, start, until, locale]


def _reported(counted: dict[str, Any], start: str, until: str, locale: str) -> dict[str, Any]:
    told = disclosed(counted)
    return {
        **told,
        "from": _utc(start),
        "to": _utc(until),
        "guest_notices": told["guests"],
        "automated_decisions": told["automated"],
        "by_reason": [
            {**part, "label": part["labels"].get(locale) or part["labels"].get("en") or part["reason"]}
            for part in told["by_reason"]
        ],
        "median_hours": _hours(told["waited_median"]),
        "ninetieth_percentile_hours": _hours(told["waited_most"]),
        "median_appeal_hours": _hours(told["judged_median"]),
    }


def _utc(moment: str) -> str:
    return moment.replace("+00:00", "Z")


def _hours(seconds: float | None) -> float | None:
    return None if seconds is None else round(seconds / 3600, 2)


def transparency_report() -> Any:
    """Declare the field."""
    return computed(
        _inputs,
        _reported,
        "What moderation did in the months that a window touches: for everybody to see.",
        arguments={
            "window": Argument(Window, "The months: all that it touches, in UTC."),
            "locale": Argument(str, "The language of the reasons' labels.", "en"),
        },
        cost=100,
    )
