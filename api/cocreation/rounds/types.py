"""Rounds as GraphQL shows them: the question, its phases, and what is the viewer's in it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any

import strawberry
from sqlalchemy import func, literal_column, select

from api.cocreation.rounds.audits import RoundExamination
from api.cocreation.rounds.enums import BallotKind, RoundPhase, RoundState, VotingMethod
from api.cocreation.rounds.options import Ballot, OptionPair, RoundOption, VoteBudget
from api.cocreation.rounds.results import RoundResult
from api.cocreation.rounds.sources import options_of
from api.cocreation.rounds.taking_part import (
    PAIRS_AT_ONCE,
    may_propose,
    may_vote,
    next_pairs,
    phase_of,
    proposals_left,
    vote_budget,
)
from api.eligibility.types import Eligibility
from api.node import Node
from api.reading.fields import column, derived, embedded, entity, expression, object_type, reference, rows
from api.reading.readings import Scope
from community.cocreation.rounds.questions import MOST_OPTIONS
from community.cocreation.rounds.tables import rounds
from community.cocreation.rounds.visibility import visible_rounds
from community.eligibility.tables import eligibilities

if TYPE_CHECKING:
    from api.discussions.space_types import Space
    from api.discussions.types import Post

LazySpace = Annotated["Space", strawberry.lazy("api.discussions.space_types")]
LazyPost = Annotated["Post", strawberry.lazy("api.discussions.types")]

_IN_VOTERS = "Since 2026-11-26: ask `voters`. Goes after 2027-11-26."


def _of_voters(scope: Scope, value: Callable[[Any], Any]) -> Any:
    rule = eligibilities.alias()
    return select(value(rule)).where(rule.c.id == scope.row.c.voters_id).scalar_subquery()


@object_type
class RoundTally:
    """How a round stands while votes come in."""

    ballot_count: int = column("ballot_count", "How many ballots were counted.")
    tallied_at: datetime = column("tallied_at", "When.")


@entity("round", rounds, visible_rounds)
class Round(Node):
    """A question to the community: options, a time to vote, and a rule by which ballots are counted."""

    space: LazySpace | None = reference(lambda scope: scope.row.c.space_id, "Where it is asked.", inherits=True)
    title: str = column("title", "The question.")
    body: str = column("body", "What there is to say about it, as Markdown.")
    body_html: str = column("body_html", "The same as safe HTML.")
    method: VotingMethod = column("method", "By which rule it is counted.")
    ballot_kind: BallotKind = column("ballot_kind", "What a ballot says of its options.")
    seats: int = column("winners", "How many are to win, where no budget says so.")
    lowest_score: int | None = column("lowest_score", "The lowest score, where scores are given.")
    highest_score: int | None = column("highest_score", "The highest score.")
    credits: int | None = column(
        "credits", "What the votes of a ballot may cost together, where they cost their square."
    )
    budget: int | None = column("budget", "What the winners may cost together, where they cost anything.")
    voters: Eligibility | None = reference(
        lambda scope: scope.row.c.voters_id, "Who may vote, of those who see it; null: all of them."
    )
    proposers: Eligibility | None = reference(
        lambda scope: scope.row.c.proposers_id, "Who may propose options; null: all who see it."
    )
    proposals_each: int = column("proposals_each", "How many options a member may propose; 0: members propose none.")
    joined_before: datetime | None = expression(
        lambda scope: _of_voters(scope, lambda rule: rule.c.joined_before),
        "Who joined later may not vote.",
        deprecation_reason=_IN_VOTERS,
    )
    space_members_only: bool = expression(
        lambda scope: func.coalesce(
            _of_voters(scope, lambda rule: rule.c.belongs_to == scope.row.c.space_id), literal_column("false")
        ),
        "Whether only who joined the space may vote.",
        deprecation_reason=_IN_VOTERS,
    )
    quorum: int = column("quorum", "With fewer ballots nobody wins.")
    smallest_result: int = column(
        "smallest_result", "With fewer ballots nothing is told, or it would tell who voted what."
    )
    seed: str = column(
        "seed",
        "Known before anybody votes: options that are level are drawn in the order of SHA-256 of `seed/number`, numbers "
        "from 0.",
    )
    state: RoundState = column("state", "How far it has come.")
    phase: RoundPhase | None = expression(phase_of, "What is done in it now, by the clock; null for a draft.")
    created_at: datetime = column("created_at", "When it was made.")
    opens_at: datetime | None = column("opens_at", "When the clock opens it; null: somebody does.")
    opened_at: datetime | None = column("opened_at", "When it was opened.")
    proposals_until: datetime | None = column("proposals_until", "Members propose options before this moment.")
    voting_from: datetime | None = column("voting_from", "Ballots are taken from this moment; null: once it is open.")
    closes_at: datetime = column("closes_at", "Ballots are taken before this moment, by the database's clock.")
    closed_at: datetime | None = column("closed_at", "When it was closed.")
    options: list[RoundOption] = rows(options_of, "What may be chosen.", limit=MOST_OPTIONS)
    discussion: LazyPost | None = reference(
        lambda scope: scope.row.c.post_id,
        "The post under which it is discussed, until voting begins or, where that is at once, until it closes.",
    )
    viewer_can_propose: bool = expression(may_propose, "Whether the viewer may propose an option now.")
    viewer_proposals_left: int = expression(proposals_left, "How many options the viewer may still propose.")
    viewer_can_vote: bool = expression(may_vote, "Whether the viewer may cast a ballot now.")
    viewer_ballot: Ballot | None = reference(
        lambda scope: scope.row.c.id, "What the viewer answered; null if nothing.", column="round_id"
    )
    viewer_vote_budget: VoteBudget | None = derived(
        vote_budget, "What the viewer's votes cost, where they cost anything; null elsewhere, and when signed out."
    )
    viewer_next_pairs: list[OptionPair] = rows(
        next_pairs,
        "Pairs to compare that the viewer has not judged yet, in an order of their own; empty where nothing is compared.",
        limit=PAIRS_AT_ONCE,
    )
    tally: RoundTally | None = embedded(
        "How it stands so far, where the round tells it (see `tallyOpen`); null until enough have voted. What each option "
        "has is in `options { tally }`.",
        exists=lambda scope: scope.row.c.tallied_at.is_not(None),
    )
    tally_open: bool = column(
        "tally_open",
        "Whether it is told how it stands while votes come in, some votes at a time so that none is known.",
    )
    held_at: datetime | None = column(
        "held_at", "When it was held for review, as votes may not be its voters' own; see `releasedAt`."
    )
    released_at: datetime | None = column("released_at", "When an auditor had looked, and had it counted.")
    release_reason: str | None = column("release_reason", "What the auditor said.")
    examination: RoundExamination | None = embedded(
        "What was found when it closed. Only auditors see it.",
        exists=lambda scope: (
            scope.row.c.examination.is_not(None) if scope.viewer.kind.audits_rounds else literal_column("false")
        ),
    )
    result: RoundResult | None = embedded(
        "What became of it; null before it is counted.", exists=lambda scope: scope.row.c.result.is_not(None)
    )
