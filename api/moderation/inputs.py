"""What the mutations of moderation take."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

import strawberry

from api.ids import MUTATION_ID, number_of
from api.moderation.enums import DecisionAction, LimitKind, ProfileField, Verdict
from api.node import decode_id
from community.foundation.errors import NotFound
from moderation.decisions.judgement import Judgement
from moderation.decisions.many import Asked
from moderation.decisions.ruling import Measure

if TYPE_CHECKING:
    from typing import Any


_SAVED_REPLY = (
    "A saved reply, of which a copy is made, in the language of whom it concerns; what `facts` says stands after it."
)


@strawberry.input(description="What is wrong, and why.")
class ReportInput:
    """What is wrong, and why."""

    subject: strawberry.ID = strawberry.field(
        description="The id of a post, a comment, an idea, a member, an image or a referral."
    )
    reason: str = strawberry.field(description="The name of one of `reportReasons`.")
    body: str = strawberry.field(description="What there is to say about it: 2,000 characters at most.", default="")
    client_mutation_id: str | None = strawberry.field(description=MUTATION_ID, default=None)


@strawberry.input(description="Which case.")
class CaseInput:
    """Which case."""

    case: strawberry.ID = strawberry.field(description="The case's id.")
    client_mutation_id: str | None = strawberry.field(description=MUTATION_ID, default=None)


@strawberry.input(description="A note on a case.")
class NoteCaseInput:
    """A note on a case."""

    case: strawberry.ID = strawberry.field(description="The case's id.")
    body: str = strawberry.field(description="1 to 5,000 characters.")
    shown: bool = strawberry.field(
        description="Whether whom the case is about is told it, to answer them before anything is decided.",
        default=False,
    )
    client_mutation_id: str | None = strawberry.field(description=MUTATION_ID, default=None)


@strawberry.input(description="One thing that a decision does.")
class MeasureInput:
    """One thing that a decision does."""

    action: DecisionAction = strawberry.field(description="What.")
    until: datetime | None = strawberry.field(description="Until when, for LIMIT, SILENCE and SUSPEND.", default=None)
    limits: list[LimitKind] | None = strawberry.field(
        description="Which, for LIMIT: one or more, but SILENCE, which is an action of its own.", default=None
    )
    seconds: int | None = strawberry.field(
        description="Between two contributions, where SLOW_MODE is among the limits: 10 to 86,400.", default=None
    )
    label: str | None = strawberry.field(description="The name of one of `contentLabels`, for LABEL.", default=None)
    title: str | None = strawberry.field(description="Another title, for EDIT of a post.", default=None)
    body: str | None = strawberry.field(description="Another body, for EDIT.", default=None)
    space: strawberry.ID | None = strawberry.field(description="Where to, for MOVE.", default=None)
    fields: list[ProfileField] | None = strawberry.field(description="Which, for RESET_PROFILE.", default=None)


@strawberry.input(description="A decision: about a case, or about something that a moderator came upon.")
class DecideInput:
    """A decision."""

    case: strawberry.ID | None = strawberry.field(description="The case's id; or give `subject`.", default=None)
    subject: strawberry.ID | None = strawberry.field(
        description="The id of a post, a comment, a member or an image for which a case is opened and decided at once.",
        default=None,
    )
    measures: list[MeasureInput] = strawberry.field(description="What is done: 1 to 5, one after another.")
    reason: str | None = strawberry.field(
        description="The name of the reason; null: the case's own. Needed with `subject`.", default=None
    )
    facts: str = strawberry.field(
        description="What was found, for whom it concerns: 5,000 characters at most.", default=""
    )
    saved_reply: strawberry.ID | None = strawberry.field(description=_SAVED_REPLY, default=None)
    law: str = strawberry.field(
        description="Which law it was against: 300 characters at most. Needed where the reason's basis is LAW, and something "
        "was wrong.",
        default="",
    )
    territorial_scope: list[str] = strawberry.field(
        description="Countries where it holds, as ISO 3166 has them (DE, FR); none: everywhere.", default_factory=list
    )
    expected_version: int | None = strawberry.field(
        description="The case's `version` as it was looked at; if there is more now, CASE_CHANGED is answered.",
        default=None,
    )
    expected_revision: int | None = strawberry.field(
        description="The content's `revisionCount` as it was looked at. Needed to APPROVE or RESTORE it; if it was edited "
        "since, CONTENT_CHANGED is answered.",
        default=None,
    )
    client_mutation_id: str | None = strawberry.field(description=MUTATION_ID, default=None)


@strawberry.input(description="A decision about a case, to be looked at and not made.")
class PreviewDecisionInput:
    """A decision about a case, to be looked at and not made."""

    case: strawberry.ID = strawberry.field(description="The case's id.")
    measures: list[MeasureInput] = strawberry.field(description="What would be done: 1 to 5, one after another.")
    reason: str | None = strawberry.field(description="As for `decide`.", default=None)
    facts: str = strawberry.field(description="As for `decide`.", default="")
    law: str = strawberry.field(description="As for `decide`.", default="")
    territorial_scope: list[str] = strawberry.field(description="As for `decide`.", default_factory=list)
    saved_reply: strawberry.ID | None = strawberry.field(description=_SAVED_REPLY, default=None)
    expected_version: int | None = strawberry.field(description="As for `decide`.", default=None)
    expected_revision: int | None = strawberry.field(description="As for `decide`.", default=None)
    client_mutation_id: str | None = strawberry.field(description=MUTATION_ID, default=None)


@strawberry.input(description="A case, as it was looked at.")
class LookedAtInput:
    """A case, as it was looked at."""

    case: strawberry.ID = strawberry.field(description="The case's id.")
    expected_version: int | None = strawberry.field(description="As for `decide`.", default=None)
    expected_revision: int | None = strawberry.field(description="As for `decide`.", default=None)


@strawberry.input(description="One decision about many cases.")
class DecideManyInput:
    """One decision about many cases."""

    cases: list[LookedAtInput] = strawberry.field(description="Which: 1 to 100, each once.")
    measures: list[MeasureInput] = strawberry.field(description="What is done about each: 1 to 5, one after another.")
    reason: str | None = strawberry.field(
        description="The name of the reason; null: of each case its own.", default=None
    )
    facts: str = strawberry.field(description="As for `decide`.", default="")
    law: str = strawberry.field(description="As for `decide`.", default="")
    territorial_scope: list[str] = strawberry.field(description="As for `decide`.", default_factory=list)
    saved_reply: strawberry.ID | None = strawberry.field(description=_SAVED_REPLY, default=None)
    client_mutation_id: str | None = strawberry.field(description=MUTATION_ID, default=None)


@strawberry.input(description="Which decision to take back, and why.")
class UndoDecisionInput:
    """Which decision to take back, and why."""

    decision: strawberry.ID = strawberry.field(
        description="The decision's id; of decisions made at once the first stands for all."
    )
    because: str = strawberry.field(description="Why: 1 to 500 characters.")
    expected_revision: int | None = strawberry.field(
        description="The content's `revisionCount` as it was looked at, where it was edited since it was decided on and "
        "would be shown again.",
        default=None,
    )
    client_mutation_id: str | None = strawberry.field(description=MUTATION_ID, default=None)


@strawberry.input(description="Against which decision, and why.")
class AppealInput:
    """Against which decision, and why."""

    decision: strawberry.ID = strawberry.field(description="The decision's id.")
    body: str = strawberry.field(description="Why it is wrong: 1 to 5,000 characters.")
    client_mutation_id: str | None = strawberry.field(description=MUTATION_ID, default=None)


@strawberry.input(description="Which second opinion.")
class SecondOpinionInput:
    """Which second opinion."""

    second_opinion: strawberry.ID = strawberry.field(description="The id of one of `secondOpinions`.")
    client_mutation_id: str | None = strawberry.field(description=MUTATION_ID, default=None)


@strawberry.input(description="A second opinion on a decided case.")
class GiveSecondOpinionInput:
    """A second opinion on a decided case."""

    second_opinion: strawberry.ID = strawberry.field(description="The id of one of `secondOpinions`.")
    verdict: Verdict = strawberry.field(description="What the viewer would have found.")
    client_mutation_id: str | None = strawberry.field(description=MUTATION_ID, default=None)


@strawberry.input(description="How an appeal is judged.")
class DecideAppealInput:
    """How an appeal is judged."""

    appeal: strawberry.ID = strawberry.field(description="The appeal's id.")
    granted: bool = strawberry.field(description="Whether the decision is undone.")
    answer: str = strawberry.field(description="Why, in writing: 1 to 5,000 characters.")
    measures: list[MeasureInput] = strawberry.field(
        description="Where an appeal of who reported it is granted: what is done instead. Without any, the case is open again.",
        default_factory=list,
    )
    expected_revision: int | None = strawberry.field(
        description="As for `decide`, where measures are given, and for `undoDecision`.", default=None
    )
    law: str = strawberry.field(description="As for `decide`, where measures are given.", default="")
    client_mutation_id: str | None = strawberry.field(description=MUTATION_ID, default=None)


def subject_of(written: str) -> tuple[str, int]:
    """Return the kind and number of what is reported.

    Raises:
        NotFound: for what is no id.
    """
    decoded = decode_id(written)
    if decoded is None:
        raise NotFound
    return decoded


def measures_of(given: list[MeasureInput]) -> list[Measure]:
    """Return the measures that an input gives."""
    return [_measure(each) for each in given]


def judgement_of(given: DecideInput | PreviewDecisionInput) -> Judgement:
    """Return the judgement that an input gives."""
    return Judgement(
        measures_of(given.measures),
        given.reason,
        given.facts,
        given.expected_version,
        given.expected_revision,
        saved_reply=_reply(given.saved_reply),
        law=given.law,
        territorial_scope=given.territorial_scope,
    )


def judgement_of_many(given: DecideManyInput) -> Judgement:
    """Return the judgement that an input gives about each of many cases."""
    return Judgement(
        measures_of(given.measures),
        given.reason,
        given.facts,
        saved_reply=_reply(given.saved_reply),
        law=given.law,
        territorial_scope=given.territorial_scope,
    )


def looked_at(given: list[LookedAtInput]) -> list[Asked]:
    """Return the cases that an input names, as they were looked at."""
    return [Asked(number_of("case", each.case), each.expected_version, each.expected_revision) for each in given]


def _reply(written: str | None) -> int | None:
    return None if written is None else number_of("saved_reply", written)


def _measure(given: MeasureInput) -> Measure:
    details: dict[str, Any] = {
        "limits": None if given.limits is None else [each.value for each in given.limits],
        "seconds": given.seconds,
        "label": given.label,
        "title": given.title,
        "body": given.body,
        "space": None if given.space is None else number_of("space", given.space),
        "fields": None if given.fields is None else sorted({each.value for each in given.fields}),
    }
    return Measure(
        given.action.value, given.until, {name: value for name, value in details.items() if value is not None}
    )
