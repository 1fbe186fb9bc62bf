"""The transparency report: what is counted, with small counts withheld, and in words.

It tells what Articles 15(1) and 24(1) of the Digital Services Act ask for: notices, what was decided and on whose initiative, by
reason and by measure, with and without automated means, complaints and their reversals, suspensions, and the median time.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from community.cocreation.surveys.disclosure import withheld

SMALLEST: Final = 5
"""Fewer than so many are not told: in a small community they would be somebody in particular."""
_PARTS: Final = ("by_reason", "by_verdict", "by_detection", "by_action")
_WHOLES: Final = (
    "decisions",
    "automated",
    "undone",
    "suspended",
    "reports",
    "guests",
    "appeals",
    "appeals_granted",
    "appeals_denied",
)


def whole_months(start: datetime, until: datetime) -> tuple[datetime, datetime]:
    """Return the months in UTC that a span of time touches: two spans that hardly differ tell of nobody by their difference."""
    first = start.astimezone(UTC).replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    last = until.astimezone(UTC)
    end = last.replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    if end < last:
        end = (end + timedelta(days=32)).replace(day=1)
    return first, end


def disclosed(counted: Mapping[str, Any]) -> dict[str, Any]:
    """Return the counts as everybody may see them: None stands for fewer than `SMALLEST`, and more than none.

    Of parts of a whole, as many more are withheld as it takes that the small one is not what is left over.
    """
    told = dict(counted)
    for name in _WHOLES:
        told[name] = _told(counted[name])
    for name in _PARTS:
        parts: Sequence[Mapping[str, Any]] = counted[name]
        hidden = withheld([part["count"] for part in parts], SMALLEST)
        told[name] = [
            {**part, "count": None if hides else part["count"]} for part, hides in zip(parts, hidden, strict=True)
        ]
    # Parts of two, of which the other is the rest of the whole.
    for part, whole in (("automated", "decisions"), ("guests", "reports")):
        told[part] = _part(counted[part], counted[whole])
    told["appeals_granted"], told["appeals_denied"] = (
        None if hides else counted[name]
        for name, hides in zip(
            ("appeals_granted", "appeals_denied"),
            withheld([counted["appeals_granted"], counted["appeals_denied"]], SMALLEST),
            strict=True,
        )
    )
    if counted["waited"] < SMALLEST:
        told["waited_median"] = told["waited_most"] = None
    if counted["judged"] < SMALLEST:
        told["judged_median"] = None
    return told


def _told(count: int) -> int | None:
    return None if 0 < count < SMALLEST else count


def _part(part: int, whole: int) -> int | None:
    hidden, _ = withheld([part, whole - part], SMALLEST)
    return None if hidden else part


_SECTIONS: Final = (
    ("Decisions by reason", "by_reason", "reason"),
    ("Decisions by what was found", "by_verdict", "verdict"),
    ("Decisions by how it was come upon", "by_detection", "detection"),
    ("Measures", "by_action", "action"),
)


def as_markdown(counted: Mapping[str, Any], start: datetime, until: datetime) -> str:
    """Return the report as Markdown, with what it is given."""
    lines = [
        f"# Moderation from {start:%Y-%m-%d} to {until:%Y-%m-%d}",
        "",
        "| | |",
        "|---|--:|",
        *(
            f"| {title} | {_number(counted[name])} |"
            for title, name in (
                ("Reports", "reports"),
                ("of them by people who are no members", "guests"),
                ("Decisions", "decisions"),
                ("of them by automated means alone", "automated"),
                ("Decisions undone", "undone"),
                ("Members suspended or banned", "suspended"),
                ("Appeals", "appeals"),
                ("Appeals granted", "appeals_granted"),
                ("Appeals denied", "appeals_denied"),
            )
        ),
        f"| Median time to a decision | {_time(counted['waited_median'])} |",
        f"| Time within which nine of ten were decided | {_time(counted['waited_most'])} |",
        f"| Median time to the answer to an appeal | {_time(counted['judged_median'])} |",
    ]
    for title, name, by in _SECTIONS:
        if counted[name]:
            lines += ["", f"## {title}", "", f"| {by} | |", "|---|--:|"]
            lines += [f"| {part[by]} | {_number(part['count'])} |" for part in counted[name]]
    lines += [
        "",
        f"Entries of the audit log: {counted['audit_entries']:,}. Digest of the last: `{counted['audit_digest'] or 'none'}`.",
    ]
    if any(counted[name] is None for name in _WHOLES) or any(
        part["count"] is None for name in _PARTS for part in counted[name]
    ):
        lines += ["", f"Fewer than {SMALLEST} are shown as –, and with them as many others as hide them."]
    return "\n".join(lines) + "\n"


def _number(count: int | None) -> str:
    return "–" if count is None else f"{count:,}"


def _time(seconds: float | None) -> str:
    if seconds is None:
        return "–"
    if seconds < 3600:  # noqa: PLR2004 - an hour
        return f"{seconds / 60:.0f} min"
    return f"{seconds / 3600:.1f} h"
