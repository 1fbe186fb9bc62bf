"""What a decision would do, and which of many were not made, as GraphQL shows it."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

import strawberry

from api.changing import Returns, payload
from api.moderation.decision_types import Decision
from api.moderation.enums import Counter, DecisionAction, MemberStanding, Verdict
from api.reading.fields import object_type, returned
from community.notifications.kinds import NotificationKind

if TYPE_CHECKING:
    from moderation.decisions.many import Many
    from moderation.decisions.previewing import Preview


@object_type
class CounterMoved:
    """A number that clients show, and that would be another."""

    counter: Counter = returned("Which.")
    of: strawberry.ID = returned("The id of what it is a number of.")
    before: int = returned("As it is.")
    after: int = returned("As it would be.")


@object_type
class WouldBeTold:
    """Of what members would be told, and how many."""

    kind: NotificationKind = returned("Of what.")
    members: int = returned("How many.")


@object_type
class Suggestion:
    """What a member's strikes suggest. Nothing follows from it by itself."""

    action: DecisionAction = returned("What is to be done.")
    days: int | None = returned("For how long; null: for good, or for what has no end.")


@object_type
class DecisionPreview:
    """What a decision would do: it was made, looked at and undone, and nothing of it is left."""

    verdict: Verdict = returned("What it would find.")
    hidden_posts: int = returned("How many posts others would no longer see.")
    hidden_comments: int = returned("How many comments others would no longer see, in the thread or of the member's.")
    shown_posts: int = returned("How many posts others would see that they do not see now.")
    shown_comments: int = returned("How many comments others would see that they do not see now.")
    counters: list[CounterMoved] = returned("Numbers that would move at once.")
    told: list[WouldBeTold] = returned("Who would be told.")
    standing_before: MemberStanding = returned("Whether the member may take part.")
    standing_after: MemberStanding = returned("Whether they might afterwards.")
    suspended_until: datetime | None = returned("Until when they might not; null: they might, or for good.")
    strike_points_before: int = returned("What holds against them.")
    strike_points_after: int = returned("What would hold against them afterwards.")
    suggestion: Suggestion | None = returned("What their strikes suggest, this one included; null: nothing.")


@payload
class PreviewDecisionPayload(Returns):
    """What `previewDecision` answers."""

    preview: DecisionPreview | None = returned("What the decision would do.")


@object_type
class CaseRefused:
    """A case of many that was not decided. Nothing of its decision was done."""

    case: strawberry.ID = returned("The case's id, as it was given.")
    code: str = returned("Why, in a word for programs.")
    message: str = returned("Why, in a sentence for people.")


@payload
class DecideManyPayload(Returns):
    """What `decideMany` answers."""

    decision: Decision | None = returned(
        "The first decision, which stands for all: `madeAtOnce` has the others, and undoing it undoes all of them."
    )
    decided_count: int | None = returned("How many cases were decided.")
    refused: list[CaseRefused] | None = returned("Which cases were not, and why.")


def shown(preview: Preview) -> dict[str, Any]:
    """Return a preview as it is answered."""
    return {
        "verdict": preview.verdict,
        "hidden_posts": preview.hidden_posts,
        "hidden_comments": preview.hidden_comments,
        "shown_posts": preview.shown_posts,
        "shown_comments": preview.shown_comments,
        "counters": [moved._asdict() for moved in preview.counters],
        "told": [told._asdict() for told in preview.told],
        "standing_before": preview.standing_before,
        "standing_after": preview.standing_after,
        "suspended_until": preview.suspended_until,
        "strike_points_before": preview.points_before,
        "strike_points_after": preview.points_after,
        "suggestion": preview.suggestion and preview.suggestion._asdict(),
    }


def refusals(many: Many) -> list[dict[str, str]]:
    """Return which of many cases were refused, as they are answered."""
    return [
        {"case": f"case_{each.case_id}", "code": each.refusal.code, "message": each.refusal.message}
        for each in many.refused
    ]
