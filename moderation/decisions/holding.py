"""Holding what is urgent: reports that weigh enough hide it at once, until somebody decides. A program decides that, and says so.

It is a decision like any other, of a case of its own: with a statement of reasons that says that nobody has looked at it yet, and
with an appeal. What members reported stays open beside it, and whatever a moderator decides about that ends it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final

from community.discussions.events import CONTENT_REMOVED
from community.discussions.states import move_comments, move_posts
from community.discussions.tables import Visibility
from community.foundation.events import Event, record
from community.media.hiding import hold_image, move_image, moved
from moderation.cases import events as case_events
from moderation.cases.opening import open_case
from moderation.decisions import events
from moderation.decisions.actions import UPHELD
from moderation.decisions.grounds import REPORT
from moderation.decisions.ruling import named

if TYPE_CHECKING:
    import asyncpg

    from community.foundation.database import Connection
    from community.members.acting import Acting
    from moderation.subjects import Subject

URGENT: Final = frozenset({"MINORS", "SELF_HARM", "ILLEGAL"})
"""Reasons for which minutes count."""
TRUSTED: Final = 1.0
"""Whose word counts less has been wrong too often: it hides nothing. A guest's does not, whoever they say they are."""
HELD_BECAUSE: Final = "Members whose word counts reported it as urgent. 可信成员将其举报为紧急内容。"
ENDED_BECAUSE: Final = "A moderator has decided. 管理员已作出决定。"

_WEIGHT = """
    SELECT coalesce(sum(weight), 0) FROM report JOIN report_reason ON report_reason.id = reason_id
    WHERE case_id = $1 AND reporter_id IS NOT NULL AND weight >= $2 AND name = ANY($3::text[])
"""
_STATE = {
    "post": "SELECT visibility, author_id, id AS post_id, space_id FROM post WHERE id = $1",
    "comment": """
        SELECT comment.visibility, comment.author_id, post_id, space_id FROM comment JOIN post ON post.id = post_id
        WHERE comment.id = $1
    """,
}
_DECIDE = """
    INSERT INTO decision (case_id, verdict, reason_id, facts, member_id, space_id, automated, detection)
    VALUES ($1, $2, $3, $4, $5, $6, true, $7) RETURNING id
"""
_MEASURE = """
    INSERT INTO measure (decision_id, position, action, before, after) VALUES ($1, 0, 'HIDE', $2, $3)
"""
_CLOSE = "UPDATE moderation_case SET closed_at = now(), version = version + 1 WHERE id = $1"
_END = """
    UPDATE decision SET undone_at = now(), undone_by = $3, undone_because = $4
    FROM moderation_case WHERE moderation_case.id = decision.case_id AND moderation_case.kind = 'HELD'
        AND subject_kind = $1 AND subject_id = $2 AND automated AND undone_at IS NULL AND moderation_case.id <> $5
    RETURNING decision.id, decision.case_id
"""


async def _hold_content(connection: Connection, subject: Subject) -> Callable[[int], Event] | None:
    """Hold a post or comment; return what is told of it, given the decision. None: it is not shown."""
    row = await connection.raw.fetchrow(_STATE[subject.kind], subject.id)
    if row is None or row["visibility"] != Visibility.VISIBLE:
        return None
    moves = move_posts if subject.kind == "post" else move_comments
    if not await moves(connection, [subject.id], Visibility.VISIBLE, Visibility.HELD):
        return None
    return lambda decision_id: Event(
        CONTENT_REMOVED,
        subject_kind=subject.kind,
        subject_id=subject.id,
        member_id=subject.member_id,
        space_id=subject.space_id,
        post_id=row["post_id"],
        data={"visibility": int(Visibility.HELD), "reason": HELD_BECAUSE, "decision": decision_id},
    )


async def _hold_image(connection: Connection, subject: Subject) -> Callable[[int], Event] | None:
    """Hold an image, as `_hold_content` does a post."""
    image = await hold_image(connection, subject.id)
    if image is None or image["visibility"] != Visibility.VISIBLE:
        return None
    await move_image(connection, image, Visibility.HELD)
    return lambda decision_id: moved(image, Visibility.HELD, reason=HELD_BECAUSE, decision=decision_id)


_HOLDS: Final = {"post": _hold_content, "comment": _hold_content, "image": _hold_image}


async def hold_urgent(
    connection: Connection, subject: Subject, case_id: int, reason_id: int, weight: float
) -> int | None:
    """Hide what is shown where trusted reports of what is urgent weigh so much together; return the decision's id."""
    hold = _HOLDS.get(subject.kind)
    if hold is None or await connection.raw.fetchval(_WEIGHT, case_id, TRUSTED, sorted(URGENT)) < weight:
        return None
    told = await hold(connection, subject)
    if told is None:
        return None
    held_id, _ = await open_case(connection, "HELD", subject, reason_id=reason_id, severity=5, weight=weight)
    decision_id: int = await connection.raw.fetchval(
        _DECIDE, held_id, UPHELD, reason_id, HELD_BECAUSE, subject.member_id, subject.space_id, REPORT
    )
    before = {"visibility": int(Visibility.VISIBLE), "hidden_at": None, "hidden_by": None}
    await connection.raw.execute(_MEASURE, decision_id, before, {"visibility": int(Visibility.HELD)})
    await connection.raw.execute(_CLOSE, held_id)
    about: dict[str, Any] = {"member_id": subject.member_id, "space_id": subject.space_id}
    await record(
        connection,
        told(decision_id),
        Event(
            events.DECISION_MADE,
            subject_kind="decision",
            subject_id=decision_id,
            data={"case": held_id, "verdict": UPHELD, "actions": ["HIDE"], "automated": True},
            **about,
        ),
        Event(
            case_events.CASE_CLOSED, subject_kind="case", subject_id=held_id, data={"decision": decision_id}, **about
        ),
    )
    return decision_id


async def end_holds(connection: Connection, acting: Acting, case: asyncpg.Record) -> None:
    """End what a program held, as a moderator has decided on the same: what is shown now follows from their decision."""
    ended = await connection.raw.fetch(
        _END, case["subject_kind"], case["subject_id"], named(acting), ENDED_BECAUSE, case["id"]
    )
    for row in ended:
        happened = Event(
            events.DECISION_UNDONE,
            actor_id=named(acting),
            member_id=case["member_id"],
            subject_kind="decision",
            subject_id=row["id"],
            space_id=case["space_id"],
            data={"case": row["case_id"], "because": ENDED_BECAUSE},
        )
        await record(connection, happened)
