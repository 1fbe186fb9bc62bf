"""What came of a survey: from what was counted to what is told of it, as plain values.

Nothing is told of fewer responses than the survey says, per question and per segment, nor what could be had by taking what
is told from the whole. In an anonymous survey's segments, what few answered in all is not told either: a table by another
question's answers would tell of these few what the other question's own table withholds.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from community.cocreation.surveys.disclosure import withheld
from community.cocreation.surveys.intervals import Estimate, mean, median, moments, net_promoters, share
from community.cocreation.surveys.questions import (
    CHOOSING,
    CSAT,
    MEASURING,
    MULTIPLE_CHOICE,
    NPS,
    NUMBER,
    SINGLE_CHOICE,
)

Told = dict[str, Any]
PROMOTES, SATISFIED = 9, 4
"""From which answer on: of 10, and of 5."""
DETRACTS = 6
"""Up to which answer."""
UNANSWERED = "UNANSWERED"
TITLES: Mapping[str, str] = {
    UNANSWERED: "No answer",
    "PROMOTERS": "Promoters (9, 10)",
    "PASSIVES": "Passives (7, 8)",
    "DETRACTORS": "Detractors (0 to 6)",
    "JOINED": "Members of the space",
    "OTHERS": "Other members",
    "MEMBER": "Members without a role",
    "MODERATOR": "Moderators",
    "MARKETER": "Marketers",
    "ADMIN": "Administrators",
    "MONTHS_0": "Under 1 month",
    "MONTHS_1": "1 and 2 months",
    "MONTHS_3": "3 to 5 months",
    "MONTHS_6": "6 to 11 months",
    "MONTHS_12": "12 to 23 months",
    "MONTHS_24": "2 years and more",
}
"""What segments are called, but for those that an answer makes."""


@dataclass(frozen=True, slots=True)
class Counts:
    """What was answered to one question in one segment."""

    answers: int = 0
    values: Mapping[float, int] = field(default_factory=dict)
    """How many answered each number; of single choices, by their places."""
    choices: Mapping[int, int] = field(default_factory=dict)
    """How many named each choice, by their places; where several may be named."""
    summary: tuple[float, float, float] | None = None
    """Mean, standard deviation and median of numbers that are not counted one by one."""


@dataclass(slots=True)
class Segment:
    """Who is alike in something, and what they answered, by their questions' places."""

    key: str
    title: str
    responses: int
    questions: dict[int, Counts]


def told(
    questions: Sequence[Told], whole: Segment, segments: Sequence[Segment] | None, *, smallest: int, anonymous: bool
) -> Told:
    """Return what is told of a survey. O(segments x questions x answers that differ)."""
    result: Told = {
        "response_count": whole.responses,
        "withheld": whole.responses < smallest,
        "questions": [],
        "segments": None if segments is None else [],
    }
    if result["withheld"]:
        return result
    counts = [whole.questions.get(question["place"], Counts()) for question in questions]
    result["questions"] = [
        _question(question, each, withheld=each.answers < smallest)
        for question, each in zip(questions, counts, strict=True)
    ]
    if segments is not None:
        unsaid = [
            _few(question, each, smallest) if anonymous else frozenset[int]()
            for question, each in zip(questions, counts, strict=True)
        ]
        result["segments"] = _segments(questions, unsaid, segments, smallest)
    return result


def _segments(
    questions: Sequence[Told], unsaid: Sequence[frozenset[int]], segments: Sequence[Segment], smallest: int
) -> list[Told]:
    """Return what is told of segments; `unsaid` are each question's answers that are not."""
    hidden = withheld([segment.responses for segment in segments], smallest)
    shown: list[Told] = [
        {
            "key": segment.key,
            "title": segment.title,
            "withheld": hides,
            "response_count": None if hides else segment.responses,
            "questions": [],
        }
        for segment, hides in zip(segments, hidden, strict=True)
    ]
    for question, few in zip(questions, unsaid, strict=True):
        parts = [segment.questions.get(question["place"], Counts()) for segment in segments]
        gone = withheld([part.answers for part in parts], smallest, besides=hidden)
        for each, part, hides in zip(shown, parts, gone, strict=True):
            if not each["withheld"]:
                each["questions"].append(
                    _question(question, part, withheld=hides or part.answers < smallest, unsaid=few)
                )
    return shown


def _few(question: Told, counts: Counts, smallest: int) -> frozenset[int]:
    """Return the answers that few gave, by their places among all that can be: not to be told by segment."""
    if question["kind"] == MULTIPLE_CHOICE:
        named = [counts.choices.get(place, 0) for place in range(len(question["choices"]))]
        return frozenset(
            place for place, count in enumerate(named) if 0 < count < smallest or 0 < counts.answers - count < smallest
        )
    hidden = withheld([counts.values.get(value, 0) for value in _steps(question)], smallest)
    return frozenset(place for place, hides in enumerate(hidden) if hides)


def _steps(question: Told) -> list[float]:
    """Return the numbers that can be answered, where they are counted one by one."""
    if question["kind"] == SINGLE_CHOICE:
        return [float(place) for place in range(len(question["choices"]))]
    if question["kind"] in MEASURING and question["kind"] != NUMBER:
        return [float(step) for step in range(int(question["lowest"]), int(question["highest"]) + 1)]
    return []


def _question(question: Told, counts: Counts, *, withheld: bool, unsaid: frozenset[int] = frozenset()) -> Told:
    shown: Told = {
        **{name: question[name] for name in ("question", "number", "title", "kind")},
        "withheld": withheld,
        "answer_count": None if withheld else counts.answers,
        **dict.fromkeys(("answers", "mean", "median", "net_promoter_score", "satisfied")),
    }
    if withheld:
        return shown
    kind, total = question["kind"], counts.answers
    amounts = _amounts(question, counts)
    if amounts:
        shown["answers"] = [
            {**named, **_counted(count, total, place in unsaid)} for place, (named, count) in enumerate(amounts)
        ]
    # What sums up all answers would give away those that are not told.
    if kind in MEASURING and not unsaid:
        shown |= _summed(kind, counts)
    return shown


def _amounts(question: Told, counts: Counts) -> list[tuple[Told, int]]:
    """Return the answers that are counted one by one, and how many gave each."""
    kind, steps = question["kind"], _steps(question)
    if kind in CHOOSING:
        given = counts.choices if kind == MULTIPLE_CHOICE else {int(step): counts.values.get(step, 0) for step in steps}
        return [
            ({"choice": place + 1, "title": choice["title"]}, given.get(place, 0))
            for place, choice in enumerate(question["choices"])
        ]
    return [({"value": step, "title": f"{step:g}"}, counts.values.get(step, 0)) for step in steps]


def _counted(count: int, total: int, unsaid: bool) -> Told:  # noqa: FBT001 - a part of what is told
    return {"count": None if unsaid else count, "share": None if unsaid else _interval(share(count, total))}


def _summed(kind: str, counts: Counts) -> Told:
    if counts.summary is not None:
        average, deviation, middle = counts.summary
        return {"mean": _interval(mean(counts.answers, average, deviation)), "median": middle}
    values = counts.values
    shown: Told = {"mean": _interval(mean(*moments(values))), "median": median(values)}
    if kind == NPS:
        promoters = sum(count for value, count in values.items() if value >= PROMOTES)
        detractors = sum(count for value, count in values.items() if value <= DETRACTS)
        passives = counts.answers - promoters - detractors
        shown["net_promoter_score"] = {
            "score": _interval(net_promoters(promoters, passives, detractors)),
            "promoters": promoters,
            "passives": passives,
            "detractors": detractors,
        }
    if kind == CSAT:
        satisfied = sum(count for value, count in values.items() if value >= SATISFIED)
        shown["satisfied"] = _interval(share(satisfied, counts.answers))
    return shown


def _interval(estimate: Estimate) -> Told:
    return {"estimate": estimate.estimate, "low": estimate.low, "high": estimate.high, "level": 0.95}


def gathered(facts: Mapping[str, Any]) -> tuple[Segment, list[Segment] | None]:
    """Return all responses as one segment, and the segments if there are any to tell, from what the database counted.

    `cells` are rows of segment, question's place, value and how many, with null for no answer; `chosen` of segment,
    question's place, choice's place and how many; `numbers` of segment (null: all), question's place, mean, deviation
    and median.
    """
    questions = {question["place"]: question for question in facts["questions"]}
    counted = {place for place, question in questions.items() if _steps(question)}
    sizes: dict[str, int] = defaultdict(int)
    answers: dict[tuple[str | None, int], int] = defaultdict(int)
    values: dict[tuple[str | None, int], dict[float, int]] = defaultdict(lambda: defaultdict(int))
    choices: dict[tuple[str | None, int], dict[int, int]] = defaultdict(lambda: defaultdict(int))
    for segment, place, value, count in facts["cells"]:
        # Each response has a cell for each question, be it empty.
        sizes[segment] += count if place == 0 else 0
        if value is None:
            continue
        for key in ((segment, place), (None, place)):
            answers[key] += count
            if place in counted:
                values[key][value] += count
    for segment, place, choice, count in facts["chosen"]:
        for key in ((segment, place), (None, place)):
            choices[key][choice] += count
    summaries = {
        (segment, place): (average, deviation or 0.0, middle)
        for segment, place, average, deviation, middle in facts["numbers"]
    }

    def of(segment: str | None) -> dict[int, Counts]:
        return {
            place: Counts(
                answers[segment, place],
                values[segment, place],
                choices[segment, place],
                summaries.get((segment, place)),
            )
            for place in questions
        }

    whole = Segment("", "", sum(sizes.values()), of(None))
    if not facts["segmented"]:
        return whole, None
    title = _titles(facts)
    return whole, [Segment(key, title(key), sizes[key], of(key)) for key in sorted(sizes, key=_order)]


def _order(key: str) -> tuple[bool, int, str]:
    """Order segments: numbers by what they are, before words."""
    return not key.isdecimal(), int(key) if key.isdecimal() else 0, key


def _titles(facts: Mapping[str, Any]) -> Callable[[str], str]:
    """Return what gives a segment's title from its key: of the choices of a question, that of the choice."""
    place = facts["by_answer_to"]
    choices = [] if place is None else facts["questions"][place]["choices"]

    def title(key: str) -> str:
        if key in TITLES or not choices:
            return TITLES.get(key, key)
        return str(choices[int(key) - 1]["title"])

    return title


def results(facts: Mapping[str, Any] | None) -> Told | None:
    """Return what is told of a survey from what the database counted; None where nothing is to be told at all."""
    if facts is None:
        return None
    whole, segments = gathered(facts)
    return told(facts["questions"], whole, segments, smallest=facts["smallest"], anonymous=facts["anonymous"])
