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

    IDEA_ADVANCED = "IDEA_ADVANCED"
    """An idea that the member follows (the subject) is at another stage, with an answer; nobody is named."""

    IDEA_SHIPPED = "IDEA_SHIPPED"
    """An idea that the member follows (the subject) is there; nobody is named."""

    IDEA_CREDITED = "IDEA_CREDITED"
    """An idea (the subject) shipped that is, among others', the member's doing; nobody is named."""

    IDEA_MERGED = "IDEA_MERGED"
    """An idea that the member follows (the subject) went into another; nobody is named."""

    CO_AUTHOR_INVITED = "CO_AUTHOR_INVITED"
    """Someone asks the member to share in an idea (the subject)."""

    CO_AUTHOR_JOINED = "CO_AUTHOR_JOINED"
    """Someone shares in the member's idea (the subject), as they were asked."""

    AMENDMENT_PROPOSED = "AMENDMENT_PROPOSED"
    """Someone proposed another text (the subject) for an idea that is, also, the member's."""

    AMENDMENT_ACCEPTED = "AMENDMENT_ACCEPTED"
    """What the member proposed (the subject) is what the idea says now."""

    AMENDMENT_DECLINED = "AMENDMENT_DECLINED"
    """What the member proposed (the subject) was not taken."""

    ROUND_COUNTED = "ROUND_COUNTED"
    """A round in which the member voted (the subject) has a result."""

    BALLOT_VOIDED = "BALLOT_VOIDED"
    """The member's ballot in a round (the subject) does not count; nobody is named."""

    PLEDGE_CAPTURED = "PLEDGE_CAPTURED"
    """The campaign that the member backs succeeded, and the money of their pledge (the subject) was taken."""

    PLEDGE_CANCELLED = "PLEDGE_CANCELLED"
    """The campaign was missed or called off: the member's pledge (the subject) counts no more, and nothing was taken."""

    PLEDGE_FAILED = "PLEDGE_FAILED"
    """There is no money for the member's pledge (the subject), or it could not be taken."""

    PLEDGE_REFUNDED = "PLEDGE_REFUNDED"
    """The campaign was called off, and the money of the member's pledge (the subject) was given back."""
