"""Classifiers of texts that learn of what the community has decided, and are kept where its rules ask them."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING

from community.foundation.events import Event, record
from community.foundation.markdown import render
from moderation.automod.events import TEXT_MODEL_TRAINED
from moderation.classifier.training import Example
from moderation.decisions.actions import UPHELD
from moderation.rules.conditions import Score

if TYPE_CHECKING:
    from community.foundation.database import Connection
    from moderation.classifier.model import Model

MOST_DECISIONS = 200_000
"""The latest."""

# What a person found, if that holds, and what it was that they looked at: the last that was kept with the case before.
_DECIDED = """
    SELECT verdict, lower(report_reason.name) AS reason, content->>'title' AS title, content->>'body' AS body
    FROM decision JOIN moderation_case ON moderation_case.id = decision.case_id
        JOIN report_reason ON report_reason.id = decision.reason_id
        JOIN LATERAL (
            SELECT content FROM moderation_case_content
            WHERE case_id = decision.case_id AND kept_at <= decided_at ORDER BY revision DESC LIMIT 1
        ) AS kept ON true
    WHERE NOT automated AND undone_at IS NULL AND verdict <> 'IGNORED' AND subject_kind IN ('post', 'comment')
    ORDER BY decision.id DESC LIMIT $1
"""
_KEEP = """
    INSERT INTO text_model (label, number, model, training)
    SELECT $1, coalesce(max(number), 0) + 1, $2, $3 FROM text_model WHERE label = $1 RETURNING id, number
"""
_ONE_AT_A_TIME = "SELECT pg_advisory_xact_lock(hashtext('text_model'))"


async def decided_examples(connection: Connection, label: str, importance: float = 1.0) -> list[Example]:
    """Return what people have decided on as examples of a label, which is the name of a reason in small letters.

    What was upheld for that reason is one; what was declined, or upheld for another reason, is none.
    """
    rows = await connection.raw.fetch(_DECIDED, MOST_DECISIONS)
    return [
        Example(
            _text(row["title"], row["body"]), row["verdict"] == UPHELD and row["reason"] == label, importance, home=True
        )
        for row in rows
        if row["body"]
    ]


def checked_label(label: str) -> str:
    """Return a label as rules ask for it.

    Raises:
        Invalid: if no rule could ask for it.
    """
    return Score(label, 1.0).label


async def keep_model(connection: Connection, model: Model) -> int:
    """Keep a classifier as the latest of its label, which rules ask from now on in every process; return its number."""
    await connection.raw.execute(_ONE_AT_A_TIME)
    row = await connection.raw.fetchrow(_KEEP, model.label, model.pack(), asdict(model.training))
    assert row is not None  # an aggregate has a row
    happened = Event(
        TEXT_MODEL_TRAINED,
        subject_kind="text_model",
        subject_id=row["id"],
        data={"label": model.label, "number": row["number"]},
    )
    await record(connection, happened)
    number: int = row["number"]
    return number


def _text(title: str | None, body: str) -> str:
    """Return what was written as the classifier is asked about it."""
    text = render(body).text
    return f"{title}\n{text}" if title else text
