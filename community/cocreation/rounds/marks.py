"""What a ballot says, as the marks it is kept by: a number for each option in their order, or for each two of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from community.cocreation.rounds.methods import (
    APPROVING,
    CHOOSING,
    COMPARING,
    OPINING,
    RANKING,
    SCORING,
    UNRANKED,
    UNRATED,
    ballot_width,
    pair_place,
)
from community.foundation.errors import Invalid, NotFound

if TYPE_CHECKING:
    import asyncpg

MOST_VOTES = 100
"""For one option, where votes cost their square."""


@dataclass(frozen=True, slots=True)
class Choice:
    """What a ballot says of an option: its rank from 1, its score or its votes; nothing where naming it is all."""

    option_id: int
    value: int | None = None


@dataclass(frozen=True, slots=True)
class Judgement:
    """What a ballot that compares says of two options."""

    better: int
    worse: int


Said = Sequence[Choice | Judgement]


def ballot_values(terms: asyncpg.Record, said: Said) -> list[int]:
    """Return a ballot as it is kept: a number for each option in their order, or for each two of them.

    Raises:
        NotFound: for an option of another round.
        Invalid: if it is no ballot by the round's method.
    """
    comparing = terms["ballot_kind"] == COMPARING
    if not said:
        raise Invalid(field="choices", reason="A ballot says something; to take yours back, withdraw it.")
    choices = [each for each in said if isinstance(each, Choice)]
    judgements = [each for each in said if isinstance(each, Judgement)]
    if comparing and choices:
        raise Invalid(field="choices", reason="In this round two options are compared at a time: give judgements.")
    if judgements and not comparing:
        raise Invalid(field="judgements", reason="Nothing is compared in this round: give choices.")
    return _judged(terms, judgements) if comparing else _marked(terms, choices)


def _judged(terms: asyncpg.Record, judgements: Sequence[Judgement]) -> list[int]:
    options = {option: at for at, option in enumerate(terms["options"])}
    values = [0] * ballot_width(COMPARING, len(options))
    for judgement in judgements:
        if judgement.better not in options or judgement.worse not in options:
            raise NotFound(what="option", path=("judgements",))
        better, worse = options[judgement.better], options[judgement.worse]
        if better == worse:
            raise Invalid(field="judgements", reason="An option is not better than itself.")
        place = pair_place(min(better, worse), max(better, worse), len(options))
        if values[place]:
            raise Invalid(field="judgements", reason="Two options are compared twice.")
        values[place] = 1 if better < worse else -1
    return values


def _marked(terms: asyncpg.Record, choices: Sequence[Choice]) -> list[int]:
    options, kind = list(terms["options"]), terms["ballot_kind"]
    place = {option: at for at, option in enumerate(options)}
    values = [{RANKING: UNRANKED, SCORING: UNRATED, OPINING: UNRATED}.get(kind, 0)] * len(options)
    if len({choice.option_id for choice in choices}) != len(choices):
        raise Invalid(field="choices", reason="An option is there twice.")
    if kind == CHOOSING and len(choices) != 1:
        raise Invalid(field="choices", reason="A ballot names one option.")
    for choice in choices:
        if choice.option_id not in place:
            raise NotFound(what="option", path=("choices",))
        values[place[choice.option_id]] = _value(terms, choice.value)
    if kind == RANKING:
        # Ranks from 1 with gaps say the same as without.
        ranks = sorted({value for value in values if value != UNRANKED})
        values = [value if value == UNRANKED else ranks.index(value) for value in values]
    if terms["credits"] is not None and sum(value * value for value in values) > terms["credits"]:
        raise Invalid(
            field="choices", reason=f"Votes cost their square, and a ballot has {terms['credits']:,} credits."
        )
    return values


def _value(terms: asyncpg.Record, value: int | None) -> int:
    kind = terms["ballot_kind"]
    if kind in {APPROVING, CHOOSING}:
        if value is not None:
            raise Invalid(field="choices", reason="A ballot names options, without a value.")
        return 1
    if kind == RANKING:
        lowest, highest, what = 1, UNRANKED - 1, "A rank"
    elif kind == SCORING:
        lowest, highest, what = terms["lowest_score"], terms["highest_score"], "A score"
    elif kind == OPINING:
        lowest, highest, what = -1, 1, "An opinion (1 agrees, -1 disagrees, 0 passes)"
    else:
        lowest, highest, what = -MOST_VOTES, MOST_VOTES, "A number of votes"
    if value is None or not lowest <= value <= highest:
        raise Invalid(field="choices", reason=f"{what} is {lowest} to {highest}.")
    return value
