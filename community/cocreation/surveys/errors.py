"""What the rules of surveys refuse."""

from community.foundation.errors import Refusal


class SurveyNotOpen(Refusal):
    """This survey takes no responses: it is not open, or its time is over."""

    code = "SURVEY_NOT_OPEN"


class SurveyNotDraft(Refusal):
    """This survey is open or closed already; only a draft can be opened."""

    code = "SURVEY_NOT_DRAFT"


class SurveyAnswered(Refusal):
    """You have answered this survey. As it is anonymous, nobody can tell which answers are yours, to change them or take them back."""

    code = "SURVEY_ANSWERED"


class ResponsesWithheld(Refusal):
    """This survey is anonymous: responses are given out once it is closed, if there are at least {smallest}."""

    code = "RESPONSES_WITHHELD"


class SurveyNotForYou(Refusal):
    """This survey is for members of its space."""

    code = "NOT_ELIGIBLE"


class BadQuestionInSurvey(Refusal):
    """Question {number}: {reason}"""  # noqa: D415 - the reason ends the sentence

    code = "BAD_QUESTION"

    def __init__(self, *, number: int, reason: str) -> None:
        """Name the question, from 1, and what is wrong with it."""
        super().__init__(path=("questions", str(number - 1)), number=number, reason=reason)


class BadAnswerToQuestion(Refusal):
    """Question {number}: {reason}"""  # noqa: D415 - the reason ends the sentence

    code = "BAD_ANSWER"

    def __init__(self, *, number: int, reason: str) -> None:
        """Name the question, from 1, and what is wrong with its answer."""
        super().__init__(path=("answers",), number=number, reason=reason)
