"""What questions of surveys ask for."""

from __future__ import annotations

from enum import Enum

import strawberry


@strawberry.enum(description="What a question asks for.")
class SurveyQuestionKind(Enum):
    """What a question asks for."""

    SINGLE_CHOICE = strawberry.enum_value("SINGLE_CHOICE", description="One of some choices.")
    MULTIPLE_CHOICE = strawberry.enum_value(
        "MULTIPLE_CHOICE", description="Several of some choices, `least` to `most` of them."
    )
    SCALE = strawberry.enum_value("SCALE", description="A whole number, `lowest` to `highest`, whose ends have labels.")
    NPS = strawberry.enum_value(
        "NPS", description="How likely one is to recommend: 0 to 10. 9 and 10 are promoters, 0 to 6 detractors."
    )
    CSAT = strawberry.enum_value("CSAT", description="How satisfied one is: 1 to 5. 4 and 5 are satisfied.")
    NUMBER = strawberry.enum_value("NUMBER", description="A number, `lowest` to `highest`, whole or not.")
    TEXT = strawberry.enum_value("TEXT", description="A text in one's own words.")
