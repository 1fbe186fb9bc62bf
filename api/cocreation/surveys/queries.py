"""Where reading about surveys begins."""

from __future__ import annotations

import strawberry
from sqlalchemy import BigInteger

from api.cocreation.sources import latest
from api.cocreation.surveys.sources import members_marked
from api.cocreation.surveys.types import Survey, SurveyState
from api.members.types import Member
from api.node import id_of
from api.reading.connections import Connection
from api.reading.fields import Argument, connection, object_type, reference
from community.cocreation.surveys.tables import surveys


@strawberry.input(description="Which surveys. All that is given must hold.")
class SurveyFilter:
    """Which surveys. All that is given must hold."""

    space: strawberry.ID | None = strawberry.field(default=strawberry.UNSET, description="In this space.")
    state: SurveyState | None = strawberry.field(default=strawberry.UNSET, description="That have come so far.")


@object_type
class SurveyQueries:
    """Where reading about surveys begins."""

    survey: Survey | None = reference(
        lambda scope: scope.arguments.value("id", BigInteger(), lambda written: id_of("survey", written)),
        "The survey with this id.",
        arguments={"id": Argument(strawberry.ID, "A survey's id.")},
    )
    surveys: Connection[Survey] = connection(
        latest(surveys),
        "Surveys of the community, the latest first.",
        arguments={"filter": Argument(SurveyFilter | None, "Which of them.", None)},
    )
    members_tagged: Connection[Member] = connection(
        members_marked,
        "Members whose own answers in surveys by name gave them a tag. For who may see insights; empty for all others.",
        arguments={
            "tag": Argument(strawberry.ID, "The tag."),
            "survey": Argument(strawberry.ID | None, "Only by answers in this survey.", None),
        },
    )
