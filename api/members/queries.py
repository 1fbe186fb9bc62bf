"""Where reading about members and their community begins."""

from __future__ import annotations

from api.community.types import Community, the_community
from api.members.arguments import MemberFilter
from api.members.enums import MemberSort
from api.members.sources import all_members
from api.members.types import Member
from api.reading.connections import Connection
from api.reading.fields import Argument, connection, object_type, reference
from api.viewer.types import Viewer, viewer


@object_type
class MemberQueries:
    """Where reading about members and their community begins."""

    viewer: Viewer | None = viewer("Who asks, and all that is theirs; null when signed out.")
    community: Community = reference(the_community, "The one community that this server runs.")
    members: Connection[Member] = connection(
        all_members,
        "The members of the community.",
        arguments={
            "filter": Argument(MemberFilter | None, "Which members.", None),
            "sort": Argument(MemberSort, "In which order.", MemberSort.NEWEST),
        },
    )
