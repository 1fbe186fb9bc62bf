"""What the connections of members draw on."""

from __future__ import annotations

from api.reading.cursors import by_number, by_time
from api.reading.fields import Scope, Source
from community.members.tables import follows, members


def member_followers(scope: Scope) -> Source:
    """Draw on who follows a member."""
    return _followed(scope, other="follower_id", own="member_id")


def member_following(scope: Scope) -> Source:
    """Draw on whom a member follows."""
    return _followed(scope, other="member_id", own="follower_id")


def _followed(scope: Scope, *, other: str, own: str) -> Source:
    member, follow = scope.enter(members), scope.enter(follows)
    other_id = getattr(follow.c, other)
    return Source(
        member,
        (by_time(follow.c.created_at, descending=True), by_number(other_id, descending=True)),
        "new",
        where=[getattr(follow.c, own) == scope.row.c.id],
        joined=[(follow, other_id == member.c.id)],
    )
