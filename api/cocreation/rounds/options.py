"""What may be chosen in a round, and what the viewer's ballot says of it."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Annotated

import strawberry

from api.cocreation.rounds.taking_part import choices_of, judgements_of
from api.node import Node
from api.reading.fields import column, entity, expression, object_type, reference, rows
from community.cocreation.rounds.methods import COMPARING, MOST_COMPARED, ballot_width
from community.cocreation.rounds.questions import MOST_OPTIONS
from community.cocreation.rounds.tables import ballots, round_options
from community.cocreation.rounds.visibility import visible_ballots, visible_options

if TYPE_CHECKING:
    from api.members.types import Member

LazyMember = Annotated["Member", strawberry.lazy("api.members.types")]

MOST_PAIRS = ballot_width(COMPARING, MOST_COMPARED)


@entity("round_option", round_options, visible_options)
class RoundOption(Node):
    """What may be chosen in a round."""

    title: str = column("title", "What it is called.")
    body: str = column("body", "What it is, as Markdown.")
    body_html: str = column("body_html", "The same as safe HTML.")
    cost: int | None = column("cost", "What it takes of the budget, in the budget's unit.")
    proposed_by: LazyMember | None = reference(
        lambda scope: scope.row.c.proposed_by, "Who proposed it; null for what was there from the start."
    )
    won_as: int | None = column("won_as", "1 is who won first; null for who did not win, and before the count.")
    tally: float | None = column(
        "tally",
        "What the rule last counted it to have, in the result or, where the round tells it, so far; null before.",
    )


@object_type
class BallotChoice:
    """What a ballot says of one option."""

    option: RoundOption | None = reference(lambda scope: scope.row.c.option_id, "Which option.")
    value: int | None = column(
        "value", "Its rank from 1, its score, its votes or the opinion of it; null where naming it is all."
    )


@object_type
class OptionPair:
    """Two options to compare."""

    first: RoundOption | None = reference(lambda scope: scope.row.c.first_id, "One of them.")
    second: RoundOption | None = reference(lambda scope: scope.row.c.second_id, "The other.")


@object_type
class Judgement:
    """What a ballot says of two options."""

    better: RoundOption | None = reference(lambda scope: scope.row.c.better_id, "Which is better.")
    worse: RoundOption | None = reference(lambda scope: scope.row.c.worse_id, "Than which.")


@entity("ballot", ballots, visible_ballots)
class Ballot:
    """What the viewer answered. Nobody else sees it, whoever they are."""

    choices: list[BallotChoice] = rows(choices_of, "What it says, in the order of the options.", limit=MOST_OPTIONS)
    judgements: list[Judgement] = rows(
        judgements_of, "What it says of pairs, where they are compared.", limit=MOST_PAIRS, long=True
    )
    cast_at: datetime = column("cast_at", "When it was cast.")
    receipt: str = column(
        "receipt", "Keep it: with it `receiptCounted` of the round's result says whether this ballot was counted."
    )
    voided_at: datetime | None = column("voided_at", "When an auditor voided it: it does not count, and is the last.")
    void_reason: str | None = column("void_reason", "Why it was voided.")


@object_type
class VoteBudget:
    """What the viewer's votes cost, of what they may."""

    credits: int = column("credits", "What the votes of a ballot may cost together.")
    spent: int = column("spent", "What those of the viewer's ballot cost; 0 without one.")
    left: int = expression(lambda scope: scope.row.c.credits - scope.row.c.spent, "What is left.")
