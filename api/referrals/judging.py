"""By which numbers referrals are judged, and how good those are, for staff who run campaigns."""

from __future__ import annotations

from datetime import datetime
from functools import cache
from typing import TYPE_CHECKING, Any

import orjson
from sqlalchemy import DateTime, Double, Integer, Select, Text, cast, func, literal_column, select
from sqlalchemy.dialects.postgresql import JSONB

from api.reading.cursors import by_number
from api.reading.fields import column, derived, embedded, object_type, rows
from api.reading.json_sql import literal
from api.reading.readings import Scope, Source
from community.referrals.evidence.tables import judgings

if TYPE_CHECKING:
    from sqlalchemy import ColumnElement

_COUNTS = ("decisions", "frauds", "unopposed", "tried")
_SHARES = ("precision", "recall", "false_positives")
MOST_SIGNALS = 64


def _number(value: float) -> ColumnElement[Any]:
    return literal_column(f"{value!r}::double precision", Double)


def _words(sentence: str) -> str:
    """Return a signal's sentence without the number of any one referral."""
    for written in ("{measured:.0f}", "{measured:.1f}", "{measured:.0%}"):
        sentence = sentence.replace(written, "…")
    return sentence


@cache
def _signals_told() -> str:
    """Return all signals as JSON. Their arithmetic is loaded when somebody asks, and not by every server."""
    from community.referrals.fraud.signals import SIGNALS

    told = [
        {
            "name": name,
            "words": _words(signal.sentence),
            "weight": signal.weight,
            "start": signal.start,
            "full": signal.full,
        }
        for name, signal in SIGNALS.items()
    ]
    return orjson.dumps(told).decode()


def _latest(scope: Scope) -> Select[Any]:
    """Return the numbers that count now, as the one row that all is read from: what was learned last, else what is shipped."""
    from community.referrals.fraud.score import SHIPPED

    kept = scope.enter(judgings)
    measured = [name + part for name in _SHARES for part in ("", "_low", "_high")]
    names = ("id", "learned_at", "intercept", "weights", "hold_from", "reject_from", *_COUNTS, *measured)
    shown = [getattr(kept.c, name).label(name) for name in names]
    shipped = select(
        literal_column("0::bigint").label("id"),
        literal_column("NULL::timestamptz", DateTime(timezone=True)).label("learned_at"),
        _number(SHIPPED.intercept).label("intercept"),
        literal_column("'{}'::jsonb", JSONB).label("weights"),
        _number(SHIPPED.hold_from).label("hold_from"),
        _number(SHIPPED.reject_from).label("reject_from"),
        *(literal_column("0", Integer).label(name) for name in _COUNTS),
        *(literal_column("NULL::double precision", Double).label(name) for name in measured),
    ).where(literal_column("true" if scope.viewer.kind.sees_insights else "false"))
    both = select(*shown).select_from(kept.source).union_all(shipped).subquery()
    return select(both).order_by(both.c.id.desc()).limit(literal_column("1"))


def _signals(scope: Scope) -> Source:
    """Draw on all signals, with their weights as they are now."""
    each = (
        func.jsonb_array_elements(cast(literal(_signals_told()), JSONB))
        .table_valued("value", with_ordinality="place", name="element")
        .render_derived()
    )
    told = cast(each.c.value, JSONB)
    part = told.op("->>", return_type=Text())
    name = part(literal("name"))
    shipped = cast(told.op("->>")(literal("weight")), Double)
    found = scope.enter(
        select(
            cast(each.c.place, Integer).label("place"),
            name.label("name"),
            part(literal("words")).label("words"),
            func.coalesce(cast(scope.row.c.weights.op("->>")(name), Double), shipped).label("weight"),
            shipped.label("shipped_weight"),
            cast(told.op("->>")(literal("start")), Double).label("start"),
            cast(told.op("->>")(literal("full")), Double).label("full_from"),
        )
        .select_from(each)
        .subquery()
    )
    return Source(found, (by_number(found.c.place),), "place")


@object_type
class ReferralSignal:
    """Something that is looked for in referrals. Its strength is 0 up to `start`, 1 from `full` on, and in between in proportion."""

    name: str = column("name", "What it is called.")
    words: str = column("words", "What a moderator reads where it holds, with … for what is measured.")
    weight: float = column(
        "weight",
        "What it adds to the log-odds of fraud at full strength, in nats: above 0 it speaks for fraud, below against.",
    )
    shipped_weight: float = column("shipped_weight", "What it adds where no decisions have taught anything.")
    start: float = column("start", "What is measured from where on it counts.")
    full: float = column(
        "full_from", "What is measured from where on it counts in full; below `start` where less is worse."
    )


@object_type
class ReferralShare:
    """So much of something, as it was measured, with bounds at 95% (Clopper and Pearson)."""

    value: float = column("value", "As measured, 0 to 1.")
    low: float = column("low", "It is hardly less.")
    high: float = column("high", "It is hardly more.")


def _share(name: str, description: str) -> Any:
    return embedded(
        description,
        exists=lambda scope: getattr(scope.row.c, name).is_not(None),
        columns={"value": name, "low": f"{name}_low", "high": f"{name}_high"},
    )


@object_type
class ReferralJudging:
    """By which numbers referrals are judged now."""

    since: datetime | None = column("learned_at", "When they were learned; null: they are what is shipped.")
    intercept: float = column("intercept", "The log-odds of fraud where nothing speaks for or against it.")
    hold_from: float = column("hold_from", "The probability from which on a referral waits for somebody to look at it.")
    reject_from: float = column("reject_from", "The probability from which on it comes to nothing.")
    signals: list[ReferralSignal] = rows(_signals, "What is looked for, and what it weighs.", limit=MOST_SIGNALS)
    decisions: int = column("decisions", "How many decisions there were.")
    frauds: int = column("frauds", "Of them, how many said that a referral was made up.")
    unopposed: int = column(
        "unopposed", "How many were granted long ago and not complained of, and taken to be honest."
    )
    tried: int = column("tried", "How many decisions took no part in the learning; by them it was measured.")
    precision: ReferralShare | None = _share("precision", "Of what is held or rejected, how much is fraud.")
    recall: ReferralShare | None = _share(
        "recall", "Of fraud that was decided on, how much is held or rejected. Of what nobody held, nothing is known."
    )
    false_positives: ReferralShare | None = _share(
        "false_positives", "Of honest referrals, how many are held or rejected."
    )


def judging() -> Any:
    """Declare the field."""
    return derived(
        _latest,
        "By which numbers referrals are judged now, and how good they are by decisions that took no part in learning them. For "
        "staff who run campaigns; null to others.",
        cost=5,
    )
