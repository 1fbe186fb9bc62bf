"""The n-grams of a text: what they are, that their numbers never change, and that a batch says what one text does."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from moderation.classifier.ngrams import Shape, places_of, rows_of

KEPT = [
    2157488,
    2857658,
    1270252,
    2868114,
    1419312,
    2104004,
    3965218,
    3386710,
    3974340,
    3764308,
    2537595,
    3800499,
    138263,
]
SHAPE = Shape(bits=22, longest=5, reach=3)


def named(text: str, shape: Shape = SHAPE) -> list[str]:
    _, places = places_of(text, shape)
    return [
        text[max(0, begin) : end] + (f"~{text[again:last]}" if again >= 0 else "")
        for begin, end, again, last in places.tolist()
    ]


def test_words_of_letters_are_taken_whole_and_chinese_signs_one_by_one() -> None:
    found = named("好茶 teahouse")

    assert {"好", "好茶", "teaho", "teahouse", "好~茶", "茶~teahouse", "好~teahouse"} <= set(found)
    assert "好茶 " in found
    assert "好茶 t" not in found, "a run with a wide sign has three at most"


def test_pairs_reach_as_far_as_the_shape_says_and_keep_their_order() -> None:
    found = named("a b c d e", Shape(bits=22, longest=1, reach=3))

    assert {"a~b", "a~c", "a~d"} <= set(found)
    assert "a~e" not in found
    assert "b~a" not in found


def test_numbers_are_what_they_were_when_models_were_kept() -> None:
    numbers, _ = places_of("茶 ok", Shape(bits=22, longest=2, reach=1))

    assert numbers.tolist() == KEPT


@given(st.lists(st.text(max_size=60), max_size=6))
def test_a_batch_has_each_texts_different_numbers_once(texts: list[str]) -> None:
    rows = rows_of(texts, SHAPE)

    assert len(rows) == len(texts)
    for place, text in enumerate(texts):
        own = rows.numbers[rows.starts[place] : rows.starts[place + 1]]
        assert sorted(own.tolist()) == sorted(set(places_of(text, SHAPE)[0].tolist()))


@given(st.lists(st.text(max_size=30), min_size=1, max_size=6))
def test_some_of_the_texts_are_the_rows_of_those_texts(texts: list[str]) -> None:
    which = np.array([len(texts) - 1, 0, 0])

    some, again = rows_of(texts, SHAPE).of(which), rows_of([texts[place] for place in which], SHAPE)

    assert some.starts.tolist() == again.starts.tolist()
    assert some.numbers.tolist() == again.numbers.tolist()
