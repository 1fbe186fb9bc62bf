"""What is written to get past a filter reads as what it looks like; what is only another language stays."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from moderation.classifier.normalising import MOST_SIGNS, normalised


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("ＦＲＥＥ  money", "free money"),
        ("fr\u0435e m\u043eney", "free money"),
        ("加\u200b微\u2060信", "加微信"),
        ("fr\u00adee\ufe0f", "free"),
        ("fr\x00ee", "free"),
        ("好好好好好好好吃！！！！！", "好好好吃!!!"),
        ("@someone 你好", "@ 你好"),
        ("привет, Γεια", "привет, γεια"),
        ("Straße", "strasse"),
    ],
)
def test_a_text_is_read_in_one_spelling(written: str, read: str) -> None:
    assert normalised(written) == read


@given(st.text(max_size=200))
def test_any_text_is_read_and_none_grows_without_end(text: str) -> None:
    assert len(normalised(text)) <= MOST_SIGNS


def test_a_text_that_grows_in_its_normal_form_is_cut() -> None:
    assert len(normalised("ﷺ" * MOST_SIGNS)) == MOST_SIGNS
