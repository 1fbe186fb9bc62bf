"""What could name somebody is taken out of free text, in both languages."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from moderation.transparency.anonymous import REMOVED, without_personal_data


@pytest.mark.parametrize(
    ("text", "names", "left"),
    [
        ("Ana Lima threatened ana.lima", ["Ana Lima", "ana.lima"], "[…] threatened […]"),
        ("ANA LIMA wrote", ["Ana Lima"], "[…] wrote"),
        ("王小明骂人，加微信13800138000", ["王小明"], "[…]骂人，加微信[…]"),
        ("Write to a.b@example.org, or 王@例子.中国", [], "Write to […], or […]"),
        ("见 https://example.org/x?y=1 以及 www.example.com", [], "见 […] 以及 […]"),
        ("@bob and ＠小李 said so", [], "[…] and […] said so"),
        ("+49 (30) 1234-567", [], "[…]"),
        ("An analyst saw it in 2026", ["An", "Ana"], "[…] analyst saw it in 2026"),
        ("nothing to take out 没有", ["", "x"], "nothing to take out 没有"),
    ],
)
def test_names_and_addresses_are_taken_out(text: str, names: list[str], left: str) -> None:
    assert without_personal_data(text, names) == left


@given(st.text(max_size=60), st.lists(st.text(min_size=2, max_size=8), max_size=4))
def test_no_text_is_too_odd(text: str, names: list[str]) -> None:
    left = without_personal_data(text, names)

    assert len(left) <= len(text) + len(REMOVED) * len(text)


@given(st.text(alphabet="王小明李", min_size=2, max_size=4), st.text(alphabet="在说骂 人。", max_size=10))
def test_a_chinese_name_is_found_wherever_it_stands(name: str, around: str) -> None:
    assert name not in without_personal_data(around + name + around, [name])
