"""What members may be and do, as GraphQL names it."""

from __future__ import annotations

from enum import Enum

import strawberry


@strawberry.enum(description="What a member may be beyond a member.")
class Role(Enum):
    """What a member may be beyond a member."""

    MODERATOR = strawberry.enum_value("MODERATOR", description="Keeps it fair: everywhere, or in one space.")
    MARKETER = strawberry.enum_value("MARKETER", description="Asks who matters and why, and runs campaigns.")
    AUDITOR = strawberry.enum_value(
        "AUDITOR", description="Sees to it that votes were fair: releases held rounds and voids ballots."
    )
    ADMIN = strawberry.enum_value("ADMIN", description="May do everything, and gives roles to others.")


@strawberry.enum(description="What may be done by some members and not by others.")
class Permission(Enum):
    """What may be done by some members and not by others."""

    MODERATE_CONTENT = strawberry.enum_value("MODERATE_CONTENT", description="Take posts and comments down.")
    SUSPEND_MEMBERS = strawberry.enum_value("SUSPEND_MEMBERS", description="Keep members from taking part.")
    CREATE_SPACES = strawberry.enum_value("CREATE_SPACES", description="Open spaces.")
    MANAGE_SPACES = strawberry.enum_value("MANAGE_SPACES", description="Change and archive spaces.")
    MANAGE_TAGS = strawberry.enum_value("MANAGE_TAGS", description="Describe and merge tags.")
    MANAGE_ROLES = strawberry.enum_value("MANAGE_ROLES", description="Give and take roles.")
    MANAGE_COMMUNITY = strawberry.enum_value("MANAGE_COMMUNITY", description="Change the community's name and rules.")
    SEE_INSIGHTS = strawberry.enum_value("SEE_INSIGHTS", description="See scores and segments.")
    MANAGE_CAMPAIGNS = strawberry.enum_value("MANAGE_CAMPAIGNS", description="Plan campaigns.")
    EXPORT_DATA = strawberry.enum_value("EXPORT_DATA", description="Take data out.")
    READ_AUDIT_LOG = strawberry.enum_value("READ_AUDIT_LOG", description="See who did what.")
    AUDIT_ROUNDS = strawberry.enum_value(
        "AUDIT_ROUNDS", description="Void ballots and release rounds that were held, other than one's own."
    )


@strawberry.enum(description="How far a personal access token reaches; within it, never further than its owner.")
class TokenScope(Enum):
    """How far a personal access token reaches."""

    READ = strawberry.enum_value("READ", description="See what its owner sees as an ordinary member.")
    WRITE = strawberry.enum_value("WRITE", description="Change what its owner may change as an ordinary member.")
    MODERATE = strawberry.enum_value("MODERATE", description="See and do what its owner may as a moderator.")
    ADMIN = strawberry.enum_value("ADMIN", description="Do what its owner may as an administrator.")


@strawberry.enum(description="In which order members come.")
class MemberSort(Enum):
    """In which order members come."""

    NEWEST = strawberry.enum_value("NEWEST", description="Who joined last comes first.")
    MOST_FOLLOWED = strawberry.enum_value("MOST_FOLLOWED", description="Whom most follow comes first.")
    HANDLE = strawberry.enum_value("HANDLE", description="By handle.")
