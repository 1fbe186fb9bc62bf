"""The types of updates. Another one is a class here, its kinds of events in `EVENTS`, and its line in the union."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from enum import Enum
from typing import Annotated, Any

import strawberry
from sqlalchemy import literal_column

from api.cocreation.ideas.types import Idea
from api.cocreation.rounds.types import Round
from api.discussions.reaction_types import Reactable
from api.discussions.types import Comment, Post
from api.graph.job_types import Job
from api.moderation.case_types import Case
from api.node import Node
from api.notifications.types import UNREAD_COUNT_MEANING, Notification, unread_count
from api.reading.cursors import SEPARATOR
from api.reading.fields import (
    column,
    expression,
    interface_type,
    object_type,
    page_part,
    polymorphic,
    reference,
    variant,
)
from api.reading.json_sql import glue, literal
from api.reading.readings import Scope
from community.cocreation.ideas import events as ideas
from community.cocreation.rounds import events as rounds
from community.discussions import events as discussions
from community.foundation.jobs import JOB_CHANGED
from community.foundation.tables import events
from community.notifications.events import NOTIFICATION_RECEIVED, NOTIFICATIONS_READ
from moderation.cases import events as cases
from moderation.teams import events as teams

KIND = "update_kind"
"""The column of :func:`api.updates.log.window` that says which of these types a row of the log is told as."""

EVENTS: Mapping[str, tuple[str, ...]] = {
    "PostCreated": (discussions.POST_CREATED,),
    "PostChanged": (
        discussions.POST_PINNED,
        discussions.POST_UNPINNED,
        discussions.POST_LOCKED,
        discussions.POST_UNLOCKED,
        discussions.POST_MOVED,
        discussions.ANSWER_ACCEPTED,
        discussions.ANSWER_UNACCEPTED,
    ),
    "CommentCreated": (discussions.COMMENT_CREATED,),
    "ContentEdited": (discussions.CONTENT_EDITED, discussions.CONTENT_LABELLED),
    "ContentRemoved": (discussions.CONTENT_REMOVED,),
    "ContentRestored": (discussions.CONTENT_RESTORED,),
    "ReactionsChanged": (discussions.REACTION_ADDED, discussions.REACTION_REMOVED),
    "NotificationReceived": (NOTIFICATION_RECEIVED,),
    "NotificationsRead": (NOTIFICATIONS_READ,),
    "JobChanged": (JOB_CHANGED,),
    "RoundChanged": (
        rounds.ROUND_OPENED,
        rounds.OPTION_PROPOSED,
        rounds.OPTION_WITHDRAWN,
        rounds.ROUND_CLOSED,
        rounds.ROUND_HELD,
        rounds.ROUND_COUNTED,
    ),
    "TallyChanged": (rounds.ROUND_TALLIED,),
    "IdeaChanged": (
        ideas.IDEA_CREATED,
        ideas.IDEA_ADVANCED,
        ideas.IDEA_VOTED,
        ideas.IDEA_VOTE_WITHDRAWN,
        ideas.IDEA_RECOUNTED,
        ideas.IDEAS_MERGED,
        ideas.MERGE_UNDONE,
        ideas.CO_AUTHOR_JOINED,
    ),
    "CaseChanged": (
        cases.CASE_OPENED,
        cases.CASE_REPORTED_AGAIN,
        cases.CASE_CLAIMED,
        cases.CASE_RELEASED,
        cases.CASE_NOTED,
        cases.CASE_CLOSED,
        cases.CASE_REOPENED,
        teams.CASE_ASSIGNED,
        teams.CASE_ESCALATED,
    ),
}
"""As which update each kind of event is told; of all other events nobody is told."""

OF_THE_VIEWER = frozenset({"NotificationReceived", "NotificationsRead"})
"""Updates that only the member hears whom they concern."""

OF_INSIGHTS = frozenset({"JobChanged"})
"""Updates that the member hears whom they concern, and who may see insights."""

OF_MODERATORS = frozenset({"CaseChanged"})
"""Updates that nobody hears but moderators."""

LAST_ALONE = frozenset({"ReactionsChanged", "JobChanged", "IdeaChanged", "TallyChanged", "CaseChanged"})
"""Updates of which, where there are several of one subject at once, only the last is told."""

UPDATE_OF: Mapping[str, str] = {kind: update for update, kinds in EVENTS.items() for kind in kinds}


@strawberry.enum(description="Which of the types of `Update`.")
class UpdateKind(Enum):
    """Which of the types of `Update`."""

    POST_CREATED = strawberry.enum_value("PostCreated", description="`PostCreated`.")
    POST_CHANGED = strawberry.enum_value("PostChanged", description="`PostChanged`.")
    COMMENT_CREATED = strawberry.enum_value("CommentCreated", description="`CommentCreated`.")
    CONTENT_EDITED = strawberry.enum_value("ContentEdited", description="`ContentEdited`.")
    CONTENT_REMOVED = strawberry.enum_value("ContentRemoved", description="`ContentRemoved`.")
    CONTENT_RESTORED = strawberry.enum_value("ContentRestored", description="`ContentRestored`.")
    REACTIONS_CHANGED = strawberry.enum_value("ReactionsChanged", description="`ReactionsChanged`.")
    NOTIFICATION_RECEIVED = strawberry.enum_value("NotificationReceived", description="`NotificationReceived`.")
    NOTIFICATIONS_READ = strawberry.enum_value("NotificationsRead", description="`NotificationsRead`.")
    JOB_CHANGED = strawberry.enum_value("JobChanged", description="`JobChanged`.")
    ROUND_CHANGED = strawberry.enum_value("RoundChanged", description="`RoundChanged`.")
    TALLY_CHANGED = strawberry.enum_value("TallyChanged", description="`TallyChanged`.")
    IDEA_CHANGED = strawberry.enum_value("IdeaChanged", description="`IdeaChanged`.")
    CASE_CHANGED = strawberry.enum_value("CaseChanged", description="`CaseChanged`.")


def cursor_text(transaction_id: Any, event_id: Any) -> Any:
    """Return a place in the log as SQL text, as `event_readers.encode_cursor` writes it."""
    prefix, separator = literal(f"event{SEPARATOR}"), literal(SEPARATOR)
    return glue([prefix, transaction_id, separator, event_id])


def _cursor(scope: Scope) -> Any:
    return cursor_text(scope.row.c.transaction_id, scope.row.c.id)


def _subject_id(scope: Scope) -> Any:
    return scope.row.c.subject_kind.op("||")(literal_column("'_'")).op("||")(scope.row.c.subject_id)


def _subject(description: str) -> Any:
    return polymorphic(lambda scope: scope.row.c.subject_kind, lambda scope: scope.row.c.subject_id, description)


@interface_type
class Occurrence:
    """Something that happened, at a place in the log."""

    cursor: str = expression(_cursor, "Its place in the log: give it to `updatesSince` to hear of what came after it.")
    occurred_at: datetime = column("occurred_at", "When it happened.")


@variant(events, KIND, "PostCreated")
class PostCreated(Occurrence):
    """There is a new post."""

    post: Post = reference(lambda scope: scope.row.c.subject_id, "The post.")


@variant(events, KIND, "PostChanged")
class PostChanged(Occurrence):
    """A post was pinned, locked or moved, its answer was accepted, or any of these was undone."""

    post: Post = reference(lambda scope: scope.row.c.post_id, "The post as it is now.")


@variant(events, KIND, "CommentCreated")
class CommentCreated(Occurrence):
    """There is a new comment."""

    comment: Comment = reference(lambda scope: scope.row.c.subject_id, "The comment.")


@variant(events, KIND, "ContentEdited")
class ContentEdited(Occurrence):
    """A post or comment says something else."""

    subject: Node = _subject("The post or comment as it is now.")


@variant(events, KIND, "ContentRemoved")
class ContentRemoved(Occurrence):
    """A post or comment is gone: withdrawn by its author, or taken down."""

    subject_id: strawberry.ID = expression(_subject_id, "The id of the post or comment that is no longer there.")


@variant(events, KIND, "ContentRestored")
class ContentRestored(Occurrence):
    """A post or comment that was gone is back."""

    subject: Node = _subject("The post or comment.")


@variant(events, KIND, "ReactionsChanged")
class ReactionsChanged(Occurrence):
    """Somebody reacted to a post or comment, or took a reaction back. Of several at once only the last is told."""

    subject: Reactable = _subject("The post or comment, with its counts as they are now.")


@variant(events, KIND, "NotificationReceived")
class NotificationReceived(Occurrence):
    """The viewer is told of something new, or something was added to what they have not read yet."""

    notification: Notification = reference(lambda scope: scope.row.c.subject_id, "The notification as it is now.")
    unread_notification_count: int = expression(unread_count, UNREAD_COUNT_MEANING)


@variant(events, KIND, "NotificationsRead")
class NotificationsRead(Occurrence):
    """The viewer has read notifications, here or on another device."""

    unread_notification_count: int = expression(unread_count, UNREAD_COUNT_MEANING)


@variant(events, KIND, "JobChanged")
class JobChanged(Occurrence):
    """A job was asked for or has come further. Of several changes at once only the last is told.

    Who asked for it hears of it, and who may see insights.
    """

    job: Job = reference(lambda scope: scope.row.c.subject_id, "The job as it is now.")


@variant(events, KIND, "RoundChanged")
class RoundChanged(Occurrence):
    """A round was opened, closed, held for review or counted, or an option was proposed or taken back."""

    round: Round = reference(lambda scope: scope.row.c.subject_id, "The round as it is now.")


@variant(events, KIND, "TallyChanged")
class TallyChanged(Occurrence):
    """A round that tells how it stands has been tallied anew. Of several at once only the last is told."""

    round: Round = reference(lambda scope: scope.row.c.subject_id, "The round, with its tally as it is now.")


@variant(events, KIND, "IdeaChanged")
class IdeaChanged(Occurrence):
    """An idea was proposed, voted for, moved along or merged, or somebody joined it. Of several changes only the last is told.

    What it says is its post's: of that, `ContentEdited` tells.
    """

    idea: Idea = reference(lambda scope: scope.row.c.subject_id, "The idea as it is now.")


@variant(events, KIND, "CaseChanged")
class CaseChanged(Occurrence):
    """A case was opened, reported again, claimed, given back, noted on, assigned, escalated, decided or opened again.

    Told to moderators who may look at the case. Of several changes at once only the last is told.
    """

    case: Case = reference(lambda scope: scope.row.c.subject_id, "The case as it is now.")


Update = Annotated[
    PostCreated
    | PostChanged
    | CommentCreated
    | ContentEdited
    | ContentRemoved
    | ContentRestored
    | ReactionsChanged
    | NotificationReceived
    | NotificationsRead
    | JobChanged
    | RoundChanged
    | TallyChanged
    | IdeaChanged
    | CaseChanged,
    strawberry.union(
        "Update",
        description="Something that happened, told to those who may see what it happened to. "
        "There will be more types: pass over those you do not know.",
    ),
]


@object_type
class UpdateBatch:
    """What happened after a place in the log, as far as the viewer may know."""

    updates: list[Update] = page_part("nodes", "The updates, in the order of the log.")
    end_cursor: str = page_part("endCursor", "Where to go on from, whether or not there was anything to tell.")
    has_more: bool = page_part("hasMore", "Whether to ask again at once, as the log goes on after `endCursor`.")


@strawberry.input(description="Which updates. All that is given must hold.")
class UpdateFilter:
    """Which updates. All that is given must hold."""

    space: strawberry.ID | None = strawberry.field(default=strawberry.UNSET, description="In this space.")
    post: strawberry.ID | None = strawberry.field(default=strawberry.UNSET, description="Of this post and under it.")
    mine: bool | None = strawberry.field(
        default=strawberry.UNSET,
        description="If true, only what concerns the viewer: what they wrote, and their notifications.",
    )
    kinds: list[UpdateKind] | None = strawberry.field(
        default=strawberry.UNSET,
        description="Of these types.",
    )
