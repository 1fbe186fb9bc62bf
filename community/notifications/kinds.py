"""What members are told of. Clients word it, in their own language, by its kind.

This is the one list: the tables' constraints, GraphQL's enum and what preferences may name are all made from it. A kind that
is new needs a migration besides, as the constraints of a database are as old as it is.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Self


class NotificationKind(StrEnum):
    """What a notification tells of, each with what that means to who reads it."""

    meaning: str

    def __new__(cls, word: str, meaning: str) -> Self:
        """Make a kind of its word and its meaning."""
        kind = str.__new__(cls, word)
        kind._value_ = word
        kind.meaning = meaning
        return kind

    REPLY = "REPLY", "Someone answered the viewer's post or comment (the subject); `comment` is the latest answer."
    COMMENT = (
        "COMMENT",
        "Someone answered someone else under the viewer's post (the subject); `comment` is the latest answer.",
    )
    MENTION = "MENTION", "Someone named the viewer in a post or comment (the subject)."
    REACTION = "REACTION", "Someone reacted to the viewer's post or comment (the subject)."
    FOLLOW = "FOLLOW", "Someone follows the viewer."
    ANSWER_ACCEPTED = "ANSWER_ACCEPTED", "The viewer's comment (the subject) was accepted as the answer."
    OFFICIAL_ANSWER = "OFFICIAL_ANSWER", "The brand answered under the viewer's post or comment (the subject)."
    CONTENT_REMOVED = "CONTENT_REMOVED", "The viewer's post or comment (the subject) was taken down by a moderator."
    CONTENT_RESTORED = "CONTENT_RESTORED", "The viewer's post or comment (the subject) was brought back by a moderator."
    IDEA_ADVANCED = (
        "IDEA_ADVANCED",
        "An idea that the viewer follows (the subject) is at another stage; see its `answers`.",
    )
    IDEA_SHIPPED = "IDEA_SHIPPED", "An idea that the viewer follows (the subject) is there."
    IDEA_CREDITED = "IDEA_CREDITED", "An idea (the subject) shipped that is, among others', the viewer's doing."
    IDEA_MERGED = (
        "IDEA_MERGED",
        "An idea that the viewer follows (the subject) went into another: see its `mergedInto`.",
    )
    CO_AUTHOR_INVITED = "CO_AUTHOR_INVITED", "Someone asks the viewer to share in an idea (the subject)."
    CO_AUTHOR_JOINED = "CO_AUTHOR_JOINED", "Someone shares in the viewer's idea (the subject), as they were asked."
    AMENDMENT_PROPOSED = (
        "AMENDMENT_PROPOSED",
        "Someone proposed an amendment (the subject) to an idea that is the viewer's, or also theirs.",
    )
    AMENDMENT_ACCEPTED = "AMENDMENT_ACCEPTED", "What the viewer proposed (the subject) is what the idea says now."
    AMENDMENT_DECLINED = (
        "AMENDMENT_DECLINED",
        "What the viewer proposed (the subject) was not taken; see its `decision`.",
    )
    ROUND_COUNTED = "ROUND_COUNTED", "A round in which the viewer voted (the subject) has a result."
    BALLOT_VOIDED = (
        "BALLOT_VOIDED",
        "The viewer's ballot in a round (the subject) does not count; see its `voidReason`.",
    )
    PLEDGE_CAPTURED = (
        "PLEDGE_CAPTURED",
        "The campaign succeeded, and the money of the viewer's pledge (the subject) was taken.",
    )
    PLEDGE_CANCELLED = (
        "PLEDGE_CANCELLED",
        (
            "The campaign was missed or called off: the viewer's pledge (the subject) counts no more, and nothing "
            "was taken."
        ),
    )
    PLEDGE_FAILED = (
        "PLEDGE_FAILED",
        "There is no money for the viewer's pledge (the subject), or it could not be taken; see its `failureReason`.",
    )
    PLEDGE_REFUNDED = (
        "PLEDGE_REFUNDED",
        "The campaign was called off, and the money of the viewer's pledge (the subject) was given back.",
    )
    FRIEND_JOINED = "FRIEND_JOINED", "Someone joined by a code of the viewer's (the referral, which is the subject)."
    REFERRAL_QUALIFIED = (
        "REFERRAL_QUALIFIED",
        "Someone whom the viewer brought came to the last step that is asked (of the referral, which is the subject).",
    )
    REWARD_GRANTED = "REWARD_GRANTED", "A reward (the subject) is the viewer's."
    VOUCHER_GIVEN = "VOUCHER_GIVEN", "A reward (the subject) is the viewer's, and is a voucher: see its `voucher`."
    REWARD_REJECTED = (
        "REWARD_REJECTED",
        "A reward that the viewer was promised (the subject) came to nothing; see its `reason`.",
    )
    REWARD_REVERSED = (
        "REWARD_REVERSED",
        "A reward that was the viewer's (the subject) was taken back; see its `reason`.",
    )
    POINTS_EXPIRING = "POINTS_EXPIRING", "Points of the viewer's expire soon: see `viewer.rewards.lots`."
    REDEMPTION_FULFILLED = "REDEMPTION_FULFILLED", "What the viewer redeemed points for (the subject) is theirs."
    REDEMPTION_CANCELLED = (
        "REDEMPTION_CANCELLED",
        "What the viewer redeemed points for (the subject) was called off; see its `reason`. Their points are back.",
    )
    DECISION = (
        "DECISION",
        "Something of the viewer's was decided on (the decision, which is the subject), or that was undone.",
    )
    REPORT_ANSWERED = "REPORT_ANSWERED", "What the viewer reported (the report is the subject) was decided on."
    APPEAL_DECIDED = "APPEAL_DECIDED", "The viewer's appeal (the subject) was judged; see its `answer`."
    CASE_NOTE = "CASE_NOTE", "Moderators tell the viewer something about a case of theirs (the note is the subject)."
    CASE_ASSIGNED = "CASE_ASSIGNED", "A case (the subject) is the viewer's to answer, or their team's."
