"""What of surveys is the viewer's own."""

from __future__ import annotations

from api.cocreation.surveys.sources import own_marks
from api.cocreation.surveys.types import MemberTag
from api.reading.connections import Connection
from api.reading.fields import connection, object_type


@object_type
class SurveysViewer:
    """What of surveys is the viewer's own."""

    tags_from_surveys: Connection[MemberTag] = connection(
        own_marks,
        "The tags that their own answers in surveys by name gave them, the latest first. Another answer takes one away.",
    )
