"""What of ideas is the viewer's own."""

from __future__ import annotations

from api.cocreation.ideas.sources import followed_ideas, invitations
from api.cocreation.ideas.types import Idea
from api.reading.connections import Connection
from api.reading.fields import connection, object_type


@object_type
class IdeasViewer:
    """What of ideas is the viewer's own."""

    followed_ideas: Connection[Idea] = connection(
        followed_ideas, "The ideas that the viewer follows, the latest followed first."
    )
    co_author_invitations: Connection[Idea] = connection(
        invitations, "The ideas that the viewer is asked to share in, the latest first."
    )
