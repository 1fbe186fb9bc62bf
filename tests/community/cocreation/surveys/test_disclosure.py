"""What is told never gives a few away, not even as the difference of what is told."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from community.cocreation.surveys.disclosure import withheld
from community.cocreation.surveys.results import Counts, Segment, told

PROPERTY = settings(deadline=None)

COUNTS = st.lists(st.integers(0, 12), min_size=1, max_size=8)


@PROPERTY
@given(COUNTS, st.integers(5, 9))
def test_of_what_is_withheld_there_are_enough_together(counts: list[int], smallest: int) -> None:
    hidden = withheld(counts, smallest)
    together = sum(count for count, hides in zip(counts, hidden, strict=True) if hides)

    assert all(count == 0 or count >= smallest for count, hides in zip(counts, hidden, strict=True) if not hides)
    # Unless there is nothing else to hide them among, as the whole is of few itself.
    assert together == 0 or together >= smallest or sum(counts) < smallest


@PROPERTY
@given(COUNTS)
def test_no_more_is_withheld_than_must_be(counts: list[int]) -> None:
    if all(count == 0 or count >= 5 for count in counts):
        assert not any(withheld(counts, 5))
    hidden = withheld(counts, 5)
    more = sorted(count for count, hides in zip(counts, hidden, strict=True) if hides and count >= 5)
    assert len(more) <= 1, "one part that could be told hides any few"


@PROPERTY
@given(st.lists(st.tuples(st.integers(0, 12), st.booleans()), min_size=1, max_size=8))
def test_what_is_withheld_already_stays_so_and_is_hidden_as_well(parts: list[tuple[int, bool]]) -> None:
    counts, besides = [count for count, _ in parts], [hides for _, hides in parts]
    hidden = withheld(counts, 5, besides=besides)
    together = sum(count for count, hides in zip(counts, hidden, strict=True) if hides)

    assert all(hides for hides, already in zip(hidden, besides, strict=True) if already)
    assert together == 0 or together >= 5 or all(hides for count, hides in zip(counts, hidden, strict=True) if count)


def question(place: int, kind: str, choices: int) -> dict[str, Any]:
    titles = [{"title": str(number)} for number in range(choices)]
    return {"question": str(place), "place": place, "number": place + 1, "title": "", "kind": kind, "lowest": None,
        "highest": None, "choices": titles}  # fmt: skip


@PROPERTY
@given(
    st.lists(st.tuples(st.integers(0, 3), st.none() | st.integers(0, 3), st.none() | st.integers(0, 2)), max_size=60),
    st.booleans(),
)
def test_no_segment_of_few_can_be_had_from_what_is_told(
    said: list[tuple[int, int | None, int | None]],
    anonymous: bool,  # noqa: FBT001 - drawn
) -> None:
    """Of each response: its segment, and the answers to two questions."""

    def segment(key: str, rows: list[tuple[int, int | None, int | None]]) -> Segment:
        counts = {}
        for place in (0, 1):
            values = [float(row[place + 1] or 0) for row in rows if row[place + 1] is not None]
            counts[place] = Counts(len(values), {value: values.count(value) for value in values})
        return Segment(key, key, len(rows), counts)

    keys = sorted({row[0] for row in said})
    segments = [segment(str(key), [row for row in said if row[0] == key]) for key in keys]
    questions = [question(0, "SINGLE_CHOICE", 4), question(1, "SINGLE_CHOICE", 3)]
    found = told(questions, segment("", said), segments, smallest=5, anonymous=anonymous)

    if found["withheld"]:
        assert len(said) < 5
        assert (found["questions"], found["segments"]) == ([], [])
        return
    shown = [each for each in found["segments"] if not each["withheld"]]
    rest = len(said) - sum(each["response_count"] for each in shown)
    assert rest == 0 or rest >= 5
    for place, whole in enumerate(found["questions"]):
        parts = [each["questions"][place] for each in shown]
        open_parts = [each for each in parts if not each["withheld"]]
        assert all(each["answer_count"] >= 5 for each in open_parts)
        if whole["withheld"]:
            assert open_parts == []
            continue
        rest = whole["answer_count"] - sum(each["answer_count"] for each in open_parts)
        assert rest == 0 or rest >= 5
        for before, after in pairwise(open_parts):
            # The same answers are left unsaid in each segment: what is unsaid in one could be had from another.
            assert [each["count"] is None for each in before["answers"]] == [
                each["count"] is None for each in after["answers"]
            ]
        if anonymous:
            for each in open_parts:
                unsaid = [answer["count"] is None for answer in each["answers"]]
                few = [all_["count"] for all_, hides in zip(whole["answers"], unsaid, strict=True) if hides]
                assert sum(few) == 0 or sum(few) >= 5
                for all_, hides in zip(whole["answers"], unsaid, strict=True):
                    assert hides or all_["count"] == 0 or all_["count"] >= 5
                assert not any(unsaid) or each["mean"] is None
