"""What a score stands on, in words that a member understands, in their language.

Facts come from one statement (`api.graph.explanation`); here they become sentences. Each sentence is a reason: what was
done, how much of it, and with whom. A dimension without any says what would make one.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from graph.kinds import InteractionKind
from graph.tables import DIMENSIONS
from graph.words import ENGLISH, LANGUAGES, Language

MOST_NAMED = 3
WEEKS = 26
"""As many as `graph.measures.participation` looks back; a test holds them to be the same."""

_KINDS = {kind.value: kind.name for kind in InteractionKind}


@dataclass(frozen=True, slots=True)
class Reason:
    """One thing that a score stands on."""

    code: str
    amount: float
    text: str


def explain(facts: Mapping[str, Any]) -> dict[str, Any]:
    """Return an explanation by Python names: a summary, and each dimension with its reasons.

    `facts` has `locale`; `capital`, the row of social_capital, or None; `run`, with `as_of`, `model` and `dimensions`, or
    None; `received` and `given`, each {kind: [amount, members]}; `brand`, a number; `weeks`, a number; `ties`, each with
    `name`, `given` and `received`; `place`, with `position` and `members`, or None.
    """
    words = LANGUAGES.get(facts["locale"], ENGLISH)
    capital, run = facts["capital"], facts["run"]
    if capital is None or run is None:
        return {
            "summary": words.sentences["unscored"],
            "place": None,
            "as_of": None,
            "model": None,
            "dimensions": [],
            "note": words.sentences["fading"],
        }
    place = facts["place"]
    reasons = {
        "trust_and_support": _support(words, capital, facts["received"]),
        "strong_ties": _ties(words, capital, facts["ties"]),
        "participation": _participation(words, facts["given"], facts["weeks"]),
        "brand_support": _one(words, "brand", facts["brand"]),
    }
    return {
        "summary": words.sentences["summary"].format(share=words.share(_whole(capital["composite_percentile"]))),
        "place": words.sentences["place"].format(**place) if place else words.sentences["no_place"],
        "as_of": datetime.fromisoformat(run["as_of"]).astimezone(UTC).isoformat().replace("+00:00", "Z"),
        "model": run["model"],
        "dimensions": [
            {
                "dimension": name.upper(),
                "percentile": capital[f"{name}_percentile"],
                "change": capital[f"{name}_change"],
                "weight": run["dimensions"].get(name, 0.0),
                "text": _standing(words, capital[f"{name}_percentile"], capital[f"{name}_change"]),
                "reasons": [
                    {"code": reason.code, "amount": reason.amount, "text": reason.text} for reason in reasons[name]
                ],
            }
            for name in DIMENSIONS
        ],
        "note": words.sentences["fading"],
    }


def _standing(words: Language, percentile: float, change: float | None) -> str:
    moved = 0 if change is None else round(change)
    key = "dimension" if not moved else "dimension_up" if moved > 0 else "dimension_down"
    return words.sentences[key].format(share=words.share(_whole(percentile)), change=abs(moved))


def _support(words: Language, capital: Mapping[str, Any], received: Mapping[str, Sequence[int]]) -> list[Reason]:
    trusted = _whole(capital["trust_percentile"])
    told = words.sentences["trust" if trusted else "no_trust"].format(share=words.share(trusted))
    reasons = [Reason("TRUST" if trusted else "NO_TRUST", trusted, told)]
    found = _counts(words, "received", received)
    return reasons + (found or [_reason(words, "no_support", 0)])


def _ties(words: Language, capital: Mapping[str, Any], ties: Sequence[Mapping[str, Any]]) -> list[Reason]:
    reasons = []
    for tie in ties[:MOST_NAMED]:
        code = "tie" if tie["given"] and tie["received"] else "one_way" if tie["given"] else "admirer"
        amount = round(tie["given"] + tie["received"], 2)
        reasons.append(Reason(code.upper(), amount, words.sentences[code].format(name=tie["name"])))
    if not reasons:
        return [_reason(words, "no_ties", 0)]
    separate = _whole(capital["bridging"])
    if separate > 1:
        reasons.append(_reason(words, "bridging", separate))
    if capital["core"] > 1:
        reasons.append(_reason(words, "core", capital["core"]))
    return reasons


def _participation(words: Language, given: Mapping[str, Sequence[int]], weeks: int) -> list[Reason]:
    reasons = _counts(words, "given", given)
    if not reasons:
        return [_reason(words, "no_participation", 0)]
    return [*reasons, _reason(words, "weeks", weeks)]


def _one(words: Language, code: str, amount: int) -> list[Reason]:
    return [_reason(words, code if amount else f"no_{code}", amount)]


def _counts(words: Language, way: str, counts: Mapping[str, Sequence[int]]) -> list[Reason]:
    """Return a reason for each kind, what was done most first."""
    named = sorted(
        (
            (amount, members, f"{way}_{_KINDS[int(kind)]}")
            for kind, (amount, members) in counts.items()
            if int(kind) in _KINDS
        ),
        reverse=True,
    )
    return [
        Reason(
            code.upper(),
            amount,
            words.sentences[code].format(times=words.times(amount), people=words.people(members or amount)),
        )
        for amount, members, code in named
        if amount and code in words.sentences
    ]


def _reason(words: Language, code: str, amount: int) -> Reason:
    phrases = {"amount": amount, "times": words.times(amount), "people": words.people(amount)}
    return Reason(code.upper(), amount, words.sentences[code].format(**phrases))


def _whole(number: float) -> int:
    """Round down: nobody is told that they are above more than they are."""
    return int(number)


def why_member(locale: str, name: str | None, common: int, same_tribe: bool) -> str:  # noqa: FBT001 - as the row has it
    """Return why somebody is suggested to a member: the contacts they have in common, and their tribe."""
    words = LANGUAGES.get(locale, ENGLISH)
    text = _of_contacts(words, "common", name, common)
    return words.sentences["common_tribe"].format(common=text) if same_tribe else text


def why_space(locale: str, name: str | None, common: int) -> str:
    """Return why a space is suggested to a member: the contacts who are there."""
    return _of_contacts(LANGUAGES.get(locale, ENGLISH), "joined", name, common)


def _of_contacts(words: Language, key: str, name: str | None, common: int) -> str:
    named = name or words.sentences["nobody_named"]
    if common == 1:
        return words.sentences[key].format(name=named)
    return words.sentences[f"{key}_more"].format(name=named, more=common - 1, count=common)
