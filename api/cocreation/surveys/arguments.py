"""By what results of surveys are parted."""

from __future__ import annotations

from enum import Enum

import strawberry


@strawberry.enum(description="What makes members alike for the results of a survey.")
class SurveySegmentation(Enum):
    """What makes members alike for the results of a survey."""

    ANSWER = strawberry.enum_value(
        "ANSWER", description="What they answered to another question of the survey: one choice, a scale, NPS or CSAT."
    )
    ROLE = strawberry.enum_value("ROLE", description="Which role they have; of several, the one that may do most.")
    MONTHS_SINCE_JOINING = strawberry.enum_value(
        "MONTHS_SINCE_JOINING", description="How many months before they answered they had joined the community."
    )
    SPACE = strawberry.enum_value("SPACE", description="Whether they are members of a space.")


@strawberry.input(
    description="By what to part those who answered. In an anonymous survey only answers are known of them."
)
class SurveySegmentationInput:
    """By what to part those who answered."""

    by: SurveySegmentation = strawberry.field(description="What makes members alike.")
    question: strawberry.ID | None = strawberry.field(
        default=strawberry.UNSET, description="By ANSWER: to which question of the survey."
    )
    space: strawberry.ID | None = strawberry.field(default=strawberry.UNSET, description="By SPACE: of which.")
