import unicodedata

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from moderation.rules.folding import Folded, fold

TEXTS = st.one_of(
    st.text(max_size=60),
    # What folding has most to do with: marks, fillers, letters of Korean, blanks, full-width and compatibility forms.
    st.text(
        alphabet="aAée\u0301\u200b\u200d\u115f\u1100\u1161\u11a8ㄱㅏ가 \n\t\u3000Ａ①ﬁßİ加か\u3099\u0345\u0338",
        max_size=40,
    ),
)


@given(TEXTS)
@example("ㄱㅏ")
@example("\u1100\u200b\u1161")
@settings(max_examples=500)
def test_folding_what_is_folded_changes_nothing(text: str) -> None:
    folded = fold(text).text
    assert fold(folded).text == folded


@given(TEXTS)
@settings(max_examples=500)
def test_every_sign_leads_back_to_where_it_came_from(text: str) -> None:
    # Given a folded text
    folded = fold(text)
    # Then each sign is made of what stands at its place in the original, and places never go back
    last = 0
    for place, sign in enumerate(folded.text):
        start, end = folded.origin(place, place + 1)
        assert last <= start < end <= len(text)
        last = start
        assert sign in fold(text[start:end]).text
    if folded.starts is not None and folded.ends is not None:
        assert len(folded.text) == len(folded.starts) == len(folded.ends)


@given(st.text(alphabet=st.characters(min_codepoint=32, max_codepoint=126), max_size=60))
def test_in_english_nothing_but_case_and_runs_of_blanks_goes(text: str) -> None:
    assert fold(text).text.replace(" ", "") == text.lower().replace(" ", "")


@pytest.mark.parametrize(
    ("written", "compared"),
    [
        ("Ｆｒｅｅ　ｔｅａ", "free tea"),
        ("fr\u200be\u200de", "free"),
        ("\u202efree\u202c", "free"),
        ("f\u0336r\u0336e\u0336e\u0336", "free"),
        ("𝓯𝓻𝓮𝓮 ⓣⓔⓐ", "free tea"),
        ("Café", "cafe"),
        ("Cafe\u0301", "cafe"),
        ("加\u200b微\ufeff信", "加微信"),
        ("加微信：①②③", "加微信:123"),
        ("一  二\n三", "一 二 三"),
        ("がっこう", "がっこう"),
        ("か\u3099", "が"),
        ("한국어", unicodedata.normalize("NFC", "한국어")),
        ("नमस्ते", "नमस्ते"),
        ("ﬁne", "fine"),
        ("a\x00b", "a b"),
    ],
)
def test_what_looks_the_same_is_the_same(written: str, compared: str) -> None:
    assert fold(written).text == compared


def test_a_part_shows_what_was_taken_out_within_it() -> None:
    written = "so f\u200br\u0301ee it is"
    folded = fold(written)
    start = folded.text.index("free")
    assert folded.origin(start, start + 4) == (3, written.index(" it"))


def test_text_that_needs_no_change_keeps_no_places() -> None:
    assert fold("plain 加微信") == Folded("plain 加微信", None, None)
