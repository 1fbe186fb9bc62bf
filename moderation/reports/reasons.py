"""The community's reasons: what may be reported, in both languages, how grave it is and how soon it is to be decided on."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from community.discussions.texts import clean_text
from community.foundation.errors import Invalid
from community.foundation.events import Event, record
from community.members.names import clean_line
from community.members.roles import Permission
from moderation.reports import events
from moderation.reports.tables import BASES

if TYPE_CHECKING:
    import asyncpg

    from community.foundation.database import Connection
    from community.members.acting import Acting

LONGEST_LABEL = 80
LONGEST_DESCRIPTION = 400
GRAVEST = 5
MOST_MINUTES = 60 * 24 * 30
MOST_REASONS = 100

# Version 2 of the European transparency database, in which each statement has one (see transparency.statements).
CATEGORIES: Final = (
    "ANIMAL_WELFARE",
    "CONSUMER_INFORMATION",
    "CYBER_VIOLENCE",
    "CYBER_VIOLENCE_AGAINST_WOMEN",
    "DATA_PROTECTION_AND_PRIVACY_VIOLATIONS",
    "ILLEGAL_OR_HARMFUL_SPEECH",
    "INTELLECTUAL_PROPERTY_INFRINGEMENTS",
    "NEGATIVE_EFFECTS_ON_CIVIC_DISCOURSE_OR_ELECTIONS",
    "OTHER_VIOLATION_TC",
    "PROTECTION_OF_MINORS",
    "RISK_FOR_PUBLIC_SECURITY",
    "SCAMS_AND_FRAUD",
    "SELF_HARM",
    "UNSAFE_AND_PROHIBITED_PRODUCTS",
    "VIOLENCE",
)

_NAME = re.compile(r"[A-Z][A-Z0-9_]{1,39}")
# Who saves at once goes one after the other, so that no number is given twice.
_LOCK = "LOCK TABLE report_reason IN SHARE ROW EXCLUSIVE MODE"
_BEFORE = "SELECT * FROM report_reason WHERE name = $1"
_OTHERS = "SELECT count(*), coalesce(max(id), 0) AS last FROM report_reason"
_SAVE = """
    INSERT INTO report_reason (
        id, name, labels, descriptions, basis, severity, dsa_category, respond_within, position, retired_at
    ) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, CASE WHEN $10 THEN now() END)
    ON CONFLICT (name) DO UPDATE SET
        labels = excluded.labels, descriptions = excluded.descriptions, basis = excluded.basis,
        severity = excluded.severity, dsa_category = excluded.dsa_category, respond_within = excluded.respond_within,
        position = excluded.position,
        retired_at = CASE WHEN $10 THEN coalesce(report_reason.retired_at, now()) END
"""


@dataclass(frozen=True, slots=True)
class Reason:
    """Why something may be reported."""

    name: str
    labels: dict[str, str]
    """By language: en, zh."""
    descriptions: dict[str, str]
    basis: str
    severity: int
    category: str
    respond_within: int
    """Minutes to a decision, where no team has a clock of its own."""
    position: int | None = None
    """Where it stands among those that are offered; none: where it stood, or last."""
    retired: bool = False
    """Whether new reports are refused it. What was reported keeps it."""


async def save_report_reason(connection: Connection, acting: Acting, reason: Reason) -> int:
    """Have a reason of this name be as it is given, or be there; return its id. Cases that are open keep what they have.

    Raises:
        NotPermitted: unless the member may manage the community.
        Invalid: if it cannot be so, or there are too many.
    """
    acting.require(Permission.MANAGE_COMMUNITY, action="change what may be reported")
    labels, descriptions = _checked(reason)
    await connection.raw.execute(_LOCK)
    before: asyncpg.Record | None = await connection.raw.fetchrow(_BEFORE, reason.name)
    others = await connection.raw.fetchrow(_OTHERS)
    assert others is not None  # an aggregate has a row
    if before is None and others["count"] >= MOST_REASONS:
        raise Invalid(field="name", reason=f"There are {MOST_REASONS} reasons; no more can be told apart.")
    reason_id: int = others["last"] + 1 if before is None else before["id"]
    position = reason.position if reason.position is not None else before["position"] if before else reason_id
    await connection.raw.execute(
        _SAVE,
        *(reason_id, reason.name, labels, descriptions, reason.basis, reason.severity),
        *(f"STATEMENT_CATEGORY_{reason.category}", reason.respond_within, position, reason.retired),
    )
    happened = Event(
        events.REASON_SAVED,
        actor_id=acting.member_id,
        data={
            "reason": reason.name,
            "before": None if before is None else _told(before),
            "after": {"severity": reason.severity, "basis": reason.basis, "respond_within": reason.respond_within}
            | {"retired": reason.retired, "labels": labels},
        },
        context=acting.context,
    )
    await record(connection, happened)
    return reason_id


def _told(row: asyncpg.Record) -> dict[str, object]:
    return {
        "severity": row["severity"],
        "basis": row["basis"],
        "respond_within": row["respond_within"],
        "retired": row["retired_at"] is not None,
        "labels": row["labels"],
    }


def _checked(reason: Reason) -> tuple[dict[str, str], dict[str, str]]:
    if _NAME.fullmatch(reason.name) is None:
        raise Invalid(field="name", reason="2 to 40 capitals, digits and underscores, a capital first.")
    for field, value, most in (
        ("severity", reason.severity, GRAVEST),
        ("respondWithin", reason.respond_within, MOST_MINUTES),
    ):
        if not 1 <= value <= most:
            raise Invalid(field=field, reason=f"1 to {most:,}.")
    if reason.position is not None and not 0 <= reason.position <= 1_000:  # noqa: PLR2004 - a smallint holds it
        raise Invalid(field="position", reason="0 to 1,000.")
    if reason.basis not in BASES:
        raise Invalid(field="basis", reason=f"One of {', '.join(BASES)}.")
    if reason.category not in CATEGORIES:
        raise Invalid(field="category", reason=f"One of {', '.join(CATEGORIES)}.")
    labels = {
        language: clean_line(text, _field("label", language), LONGEST_LABEL) for language, text in reason.labels.items()
    }
    descriptions = {
        language: clean_text(text, _field("description", language), LONGEST_DESCRIPTION)
        for language, text in reason.descriptions.items()
    }
    for name, texts in (("label", labels), ("description", descriptions)):
        for language, text in texts.items():
            if not text:
                raise Invalid(field=_field(name, language), reason="Say it in both languages.")
    return labels, descriptions


def _field(name: str, language: str) -> str:
    return f"{name}{language.capitalize()}"
