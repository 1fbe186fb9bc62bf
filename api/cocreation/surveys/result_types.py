"""What came of a survey, as GraphQL shows it."""

from __future__ import annotations

import strawberry

from api.cocreation.surveys.kinds import SurveyQuestionKind
from api.graph.types import Interval
from api.reading.fields import object_type, returned


@object_type
class SurveyAnswerResult:
    """How many gave an answer, of those that can be told apart: a choice, or a step of a scale."""

    choice: int | None = returned("The choice's number, from 1.")
    value: float | None = returned("The number, of scales, NPS and CSAT.")
    title: str = returned("What the choice is called, or the number.")
    count: int | None = returned("How many gave it; null in a segment of an anonymous survey if few did in all.")
    share: Interval | None = returned("Their share of who answered the question, 0 to 1, with Wilson's interval.")


@object_type
class NetPromoterScore:
    """How many more would recommend than would not: the percentage of promoters less that of detractors."""

    score: Interval = returned("The score, -100 to 100, with an adjusted Wald interval.")
    promoters: int = returned("How many answered 9 or 10.")
    passives: int = returned("How many answered 7 or 8.")
    detractors: int = returned("How many answered 0 to 6.")


@object_type
class SurveyQuestionResult:
    """What was answered to one question."""

    question: strawberry.ID = returned("The question's id.")
    number: int = returned("The question's number, from 1.")
    title: str = returned("The question.")
    kind: SurveyQuestionKind = returned("What it asks for.")
    withheld: bool = returned("Whether nothing is told, as too few answered, or others could be told apart by it.")
    answer_count: int | None = returned("How many answered it; null where it is withheld.")
    answers: list[SurveyAnswerResult] | None = returned(
        "How many named each choice, or gave each number; null of numbers without steps, and of texts."
    )
    mean: Interval | None = returned("The mean of numbers, with Student's interval.")
    median: float | None = returned("The median of numbers.")
    net_promoter_score: NetPromoterScore | None = returned("The net promoter score, of NPS.")
    satisfied: Interval | None = returned("The share who answered 4 or 5, of CSAT, 0 to 1, with Wilson's interval.")


@object_type
class SurveySegmentResult:
    """What members answered who are alike in something."""

    key: str = returned(
        "What they are alike in, for programs: a role, MONTHS_3, JOINED, a choice's number and the like."
    )
    title: str = returned("The same for people; of answers, what was answered.")
    withheld: bool = returned("Whether nothing is told, as they are too few, or others could be told apart by it.")
    response_count: int | None = returned("How many they are; null where it is withheld.")
    questions: list[SurveyQuestionResult] = returned("What they answered, question by question.")


@object_type
class SurveyResults:
    """What came of a survey. Intervals are at the 95% level, for who answered as a sample of all who might."""

    response_count: int = returned("How many responses there are.")
    withheld: bool = returned("Whether nothing else is told, as there are fewer than the survey's `smallestResult`.")
    questions: list[SurveyQuestionResult] = returned("What was answered, question by question.")
    segments: list[SurveySegmentResult] | None = returned(
        "The same by segment; null where none were asked for, or those asked for are not to be had: by what is not known, "
        "or for who may not see insights."
    )
