"""What cases, decisions and appeals are called."""

from __future__ import annotations

from enum import Enum

import strawberry


def _value(name: str, description: str) -> str:
    return strawberry.enum_value(name, description=description)  # type: ignore[return-value] # as enums are declared


@strawberry.enum(description="How a case came about.")
class CaseKind(Enum):
    """How a case came about."""

    REPORTED = _value("REPORTED", "Members said that something is wrong.")
    NOTICED = _value("NOTICED", "A moderator came upon it.")
    HELD = _value("HELD", "A rule held it before it was seen.")
    LABELLED = _value("LABELLED", "A rule put a label on it. Whatever is decided takes the label's place.")
    LIMITED = _value("LIMITED", "A rule limited whose it is. Whatever is decided lifts that, or takes its place.")
    NEW_MEMBER = _value("NEW_MEMBER", "Somebody new is to be looked at.")
    INTEGRITY = _value("INTEGRITY", "A vote looks as if it was not fair.")
    FRAUD = _value("FRAUD", "A referral looks made up.")
    APPEAL = _value("APPEAL", "Somebody asks that a decision be looked at again.")
    IDENTITY = _value("IDENTITY", "Two accounts look like one person's.")
    STRIKES = _value("STRIKES", "There was so much on somebody's record that a rule decided.")


@strawberry.enum(description="In which order open cases come.")
class CaseSort(Enum):
    """In which order open cases come."""

    URGENT = _value("URGENT", "The most urgent first: how grave, how far spread, said by whom, since when.")
    DUE = _value("DUE", "Those first that are to be decided first.")
    LATEST = _value("LATEST", "Those first that were opened last.")


@strawberry.enum(description="Whether a reason is one of law or of the community's own rules.")
class ReasonBasis(Enum):
    """Whether a reason is one of law or of rules."""

    LAW = _value("LAW", "It is against the law.")
    RULES = _value("RULES", "It is against the community's rules.")


@strawberry.enum(description="What came of a report.")
class ReportOutcome(Enum):
    """What came of a report."""

    PENDING = _value("PENDING", "It is still to be looked at.")
    UPHELD = _value("UPHELD", "Something was wrong.")
    DECLINED = _value("DECLINED", "Nothing was found to be wrong.")
    IGNORED = _value("IGNORED", "It was left as it is.")


@strawberry.enum(description="What a decision found.")
class Verdict(Enum):
    """What a decision found."""

    UPHELD = _value("UPHELD", "Something was wrong.")
    DECLINED = _value("DECLINED", "Nothing was wrong.")
    IGNORED = _value("IGNORED", "It is left as it is, which says nothing of who reported it.")


@strawberry.enum(description="How what a decision is about was come upon.")
class Detection(Enum):
    """How what a decision is about was come upon."""

    REPORT = _value("REPORT", "Somebody reported it.")
    OWN_INITIATIVE = _value("OWN_INITIATIVE", "A moderator came upon it.")
    AUTOMATED = _value("AUTOMATED", "A program found it.")


@strawberry.enum(description="What a decision does.")
class DecisionAction(Enum):
    """What a decision does."""

    APPROVE = _value("APPROVE", "Find nothing wrong, and show what was held. A decision by itself.")
    IGNORE = _value("IGNORE", "Leave it as it is. A decision by itself.")
    EDIT = _value("EDIT", "Have it say `body`, and a post `title`; what it said is a revision.")
    HIDE = _value("HIDE", "Hide it until somebody decides otherwise.")
    REMOVE = _value("REMOVE", "Take it down.")
    RESTORE = _value("RESTORE", "Show again what was hidden or taken down.")
    LOCK = _value("LOCK", "Let a post take no more comments.")
    MOVE = _value("MOVE", "Move a post to `space`.")
    LABEL = _value("LABEL", "Tell its readers `label` before they read it. By itself it leaves no strike.")
    LIMIT = _value("LIMIT", "Keep whose it is from what `limits` say, `until` a day.")
    SILENCE = _value("SILENCE", "Keep whose it is from all that others see, `until` a day: they read, and appeal.")
    WARN = _value("WARN", "Tell whose it is that it was against the rules.")
    SUSPEND = _value("SUSPEND", "Keep whose it is from taking part, `until` a day.")
    BAN = _value("BAN", "Keep whose it is from taking part, for good.")
    RESET_PROFILE = _value("RESET_PROFILE", "Empty `fields` of the profile of whose it is.")
    MERGE = _value(
        "MERGE",
        "Find that `member` and `other` of a case of the kind IDENTITY are one person's: the one is closed, and the other "
        "stands for both. A decision by itself.",
    )


@strawberry.enum(description="What a restriction keeps a member from.")
class LimitKind(Enum):
    """What a restriction keeps a member from."""

    SLOW_MODE = _value("SLOW_MODE", "Posting or commenting before so many seconds have passed since the last time.")
    NO_LINKS = _value("NO_LINKS", "Writing links that lead elsewhere.")
    NO_MEDIA = _value("NO_MEDIA", "Showing images, in what they write and beside their name.")
    NO_VOTES = _value(
        "NO_VOTES", "What counts as their voice: reactions, ballots, votes, favourites, pre-orders, answers to surveys."
    )
    SILENCE = _value("SILENCE", "All that others see. They read, report, appeal, take back, and keep their account.")


@strawberry.enum(description="A part of a profile that can be emptied.")
class ProfileField(Enum):
    """A part of a profile that can be emptied."""

    DISPLAY_NAME = strawberry.enum_value("display_name", description="Becomes the handle.")
    BIO = strawberry.enum_value("bio", description="What they say of themselves.")
    AVATAR_URL = strawberry.enum_value("avatar_url", description="Their picture.")
    WEBSITE_URL = strawberry.enum_value("website_url", description="Their website.")
    LOCATION = strawberry.enum_value("location", description="Where they say they are.")


@strawberry.enum(description="How far an appeal has come.")
class AppealState(Enum):
    """How far an appeal has come."""

    OPEN = _value("OPEN", "It is still to be judged.")
    GRANTED = _value("GRANTED", "The decision was undone.")
    DENIED = _value("DENIED", "The decision stands.")


@strawberry.enum(description="A number that a decision can move.")
class Counter(Enum):
    """A number that a decision can move."""

    POST_COMMENTS = _value("POST_COMMENTS", "A post's `commentCount`.")
    SPACE_POSTS = _value("SPACE_POSTS", "A space's `postCount`.")
    TAG_POSTS = _value("TAG_POSTS", "A tag's `postCount`.")
    MEMBER_POSTS = _value("MEMBER_POSTS", "A member's `postCount`.")
    MEMBER_COMMENTS = _value("MEMBER_COMMENTS", "A member's `commentCount`.")
    COMMENT_REPLIES = _value("COMMENT_REPLIES", "A comment's `replyCount`.")


@strawberry.enum(description="Whether a member may take part.")
class MemberStanding(Enum):
    """Whether a member may take part."""

    ACTIVE = _value("ACTIVE", "They may.")
    SUSPENDED = _value("SUSPENDED", "They may not.")
    MERGED = _value("MERGED", "They may not: another account of theirs stands for this one.")
    ERASED = _value("ERASED", "They are gone.")
