"""What happens in discussions, as the names of the events that tell of it.

`actor_id` is who did it (none: the system), `member_id` whom it concerns; `post_id` and `space_id` say where, and so who
may know of it. `subject_kind` is space, post, comment or tag.
"""

from community.foundation.events import Event
from community.members.acting import Caller

POST_CREATED = "PostCreated"
"""A post is there, or is shown after it was held as it was written. data: tags, their names. member_id is none."""

COMMENT_CREATED = "CommentCreated"
"""A comment is there, or is shown after it was held as it was written. member_id: who is answered, the author of the parent
or of the post. data: parent_id, post_author_id, official."""

CONTENT_EDITED = "ContentEdited"
"""A post or comment says something else. member_id: its author. data: revision, reason."""

CONTENT_LABELLED = "ContentLabelled"
"""Readers of a post or comment are told something before they read it, or no longer. member_id: its author. data: label, its
id or null."""

CONTENT_REMOVED = "ContentRemoved"
"""A post or comment is no longer plainly visible, or was held as it was written. member_id: its author. data: visibility,
reason."""

CONTENT_RESTORED = "ContentRestored"
"""A post or comment is back. member_id: its author. data: visibility, which is not 0 while the author is suspended."""

POST_PINNED = "PostPinned"
"""A post stands on top of its space. member_id: its author."""

POST_UNPINNED = "PostUnpinned"
"""A post stands on top no longer. member_id: its author."""

POST_LOCKED = "PostLocked"
"""A post takes no more comments. member_id: its author."""

POST_UNLOCKED = "PostUnlocked"
"""A post takes comments again. member_id: its author."""

POST_MOVED = "PostMoved"
"""A post is in another space. member_id: its author. data: from_space_id."""

ANSWER_ACCEPTED = "AnswerAccepted"
"""A comment is the answer to its post. member_id: the comment's author."""

ANSWER_UNACCEPTED = "AnswerUnaccepted"
"""A comment is the answer no longer. member_id: the comment's author."""

REACTION_ADDED = "ReactionAdded"
"""actor_id reacted to a post or comment of member_id. data: kind."""

REACTION_REMOVED = "ReactionRemoved"
"""actor_id took a reaction back. member_id: the author. data: kind."""

MEMBER_MENTIONED = "MemberMentioned"
"""member_id was named in a post or comment that they may see."""

SPACE_CREATED = "SpaceCreated"
"""A space is there."""

SPACE_UPDATED = "SpaceUpdated"
"""A space changed. data: fields, the names of what changed."""

SPACE_ARCHIVED = "SpaceArchived"
"""A space can only be read from now on."""

SPACE_UNARCHIVED = "SpaceUnarchived"
"""A space can be written in again."""

SPACE_JOINED = "SpaceJoined"
"""member_id joined a space."""

SPACE_LEFT = "SpaceLeft"
"""member_id left a space, or was put out of it by actor_id."""

SPACE_INVITED = "SpaceInvited"
"""member_id was invited to a space."""

SPACE_INVITATION_WITHDRAWN = "SpaceInvitationWithdrawn"
"""member_id's invitation to a space is gone."""

TAG_FOLLOWED = "TagFollowed"
"""actor_id follows a tag."""

TAG_UNFOLLOWED = "TagUnfollowed"
"""actor_id follows a tag no longer."""


def happened(
    kind: str,
    acting: Caller | None,
    *,
    subject_kind: str,
    subject_id: int,
    member_id: int | None = None,
    post_id: int | None = None,
    space_id: int | None = None,
    **data: object,
) -> Event:
    """Return the event of something that a member did, or nobody."""
    return Event(
        kind,
        actor_id=None if acting is None else acting.member_id,
        member_id=member_id,
        subject_kind=subject_kind,
        subject_id=subject_id,
        post_id=post_id,
        space_id=space_id,
        data=data,
        context={} if acting is None else acting.context,
    )
