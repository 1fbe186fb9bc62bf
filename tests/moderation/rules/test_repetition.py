import pytest

from moderation.rules.repetition import commonest_word, longest_run, repeated_share, share_of_capitals
from moderation.rules.scripts import Script, in_spaced_word, script_of, shares_of_scripts


def test_the_longest_run_of_one_sign_is_shown() -> None:
    assert longest_run("no!! yes!!!!! oo") == (8, 13)
    assert longest_run("哈哈哈，好") == (0, 3)
    assert longest_run("a b c    d") is None


def test_the_commonest_word_is_counted() -> None:
    assert commonest_word("sub sub, please sub!") == ("sub", 3)
    assert commonest_word("！？") == ("", 0)


@pytest.mark.parametrize(
    ("text", "least", "most"),
    [
        ("buy now " * 20, 0.9, 1),
        ("加我微信" * 20, 0.9, 1),
        ("the quick brown fox jumps over a lazy dog", 0, 0.05),
        ("abc", 0, 0),
    ],
)
def test_what_was_there_before_is_a_share(text: str, least: float, most: float) -> None:
    assert least <= repeated_share(text) <= most


def test_capitals_are_counted_among_letters_that_have_any() -> None:
    assert share_of_capitals("LOUD loud 加微信 123") == (0.5, 8)
    assert share_of_capitals("加微信") == (0, 0)


def test_scripts_are_shares_of_letters() -> None:
    assert shares_of_scripts("ab 茶茶茶茶茶茶 12!") == {Script.LATIN: 0.25, Script.HAN: 0.75}
    assert shares_of_scripts("123 !?") == {}


@pytest.mark.parametrize(
    ("sign", "script"),
    [
        *[("a", Script.LATIN), ("ж", Script.CYRILLIC), ("茶", Script.HAN), ("か", Script.KANA), ("한", Script.HANGUL)],
        *[("λ", Script.GREEK), ("ع", Script.ARABIC), ("ש", Script.HEBREW), ("न", Script.DEVANAGARI)],
        *[("ไ", Script.THAI), ("ა", Script.OTHER), ("1", None), ("!", None), ("🍵", None)],
    ],
)
def test_each_letter_has_a_script(sign: str, script: Script | None) -> None:
    assert script_of(sign) is script


def test_spaces_part_words_of_some_scripts() -> None:
    assert [in_spaced_word(sign) for sign in "aЖ1_"] == [True] * 4
    assert [in_spaced_word(sign) for sign in "茶か한ไ !"] == [False] * 6
