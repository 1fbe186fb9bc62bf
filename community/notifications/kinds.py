"""What members are told of. Clients word it, in their own language, by its kind."""

from enum import StrEnum


class NotificationKind(StrEnum):
    """What happened, as it concerns who is told of it."""

    REPLY = "REPLY"
    """Someone answered the member's post or comment (the subject)."""

    COMMENT = "COMMENT"
    """Someone answered someone else under the member's post (the subject)."""

    MENTION = "MENTION"
    """Someone named the member in a post or comment (the subject)."""

    REACTION = "REACTION"
    """Someone reacted to the member's post or comment (the subject)."""

    FOLLOW = "FOLLOW"
    """Someone follows the member."""

    ANSWER_ACCEPTED = "ANSWER_ACCEPTED"
    """The member's comment (the subject) was accepted as the answer."""

    OFFICIAL_ANSWER = "OFFICIAL_ANSWER"
    """The brand answered under the member's post or comment (the subject)."""

    CONTENT_REMOVED = "CONTENT_REMOVED"
    """The member's post or comment (the subject) was taken down by a moderator, who is not named."""

    CONTENT_RESTORED = "CONTENT_RESTORED"
    """The member's post or comment (the subject) was brought back by a moderator, who is not named."""
