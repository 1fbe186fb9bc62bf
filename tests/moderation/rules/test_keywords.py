import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from moderation.rules.folding import fold
from moderation.rules.keywords import KeywordIndex, with_variants
from moderation.rules.scripts import in_spaced_word


def found(keywords: list[str], text: str) -> list[tuple[str, int, int]]:
    index = KeywordIndex(enumerate(keywords))
    return [(one.word, one.start, one.end) for one in index.find(fold(text))]


@pytest.mark.parametrize(
    ("word", "text", "is_found"),
    [
        ("tea", "Tea!", True),
        ("tea", "teapot", False),
        ("tea", "steam", False),
        ("tea", "喝tea吧", True),
        ("tea party", "a tea  party", True),
        ("加微信", "请加微信号", True),
        ("加vx", "请加vx。", True),
        ("加vx", "请加vxyz", False),
        ("c++", "I like c++ a lot", True),
        ("광고", "광고를 봤다", True),
        ("$$$", "give me $$$", True),
        ("чай", "Чай!", True),
        ("чай", "чайник", False),
    ],
)
def test_words_are_whole_where_spaces_part_them(word: str, text: str, is_found: bool) -> None:  # noqa: FBT001
    assert bool(found([word], text)) == is_found


@given(
    st.lists(st.text(alphabet="ab加微 ", min_size=1, max_size=5).filter(str.strip), max_size=8),
    st.text(alphabet="ab加微 ", max_size=40),
)
@settings(max_examples=500)
def test_one_pass_finds_what_looking_for_each_word_finds(keywords: list[str], text: str) -> None:
    # Given what a search of each keyword at each place finds
    folded = fold(text).text
    expected = set()
    for owner, keyword in enumerate(keywords):
        word = fold(keyword).text.strip()
        for start in range(len(folded)):
            end = start + len(word)
            if folded[start:end] == word:
                before = start and in_spaced_word(word[0]) and in_spaced_word(folded[start - 1])
                after = end < len(folded) and in_spaced_word(word[-1]) and in_spaced_word(folded[end])
                if not before and not after:
                    expected.add((owner, start, end))
    # Then the automaton finds the same
    index = KeywordIndex(enumerate(keywords))
    assert {(one.owner, one.start, one.end) for one in index.find(fold(text))} == expected


def test_words_within_words_and_of_several_owners_are_all_found() -> None:
    index = KeywordIndex([(1, "微信"), (2, "加微信"), (3, "微信"), (4, "信号")])
    assert {one.owner for one in index.find(fold("加微信号"))} == {1, 2, 3, 4}


def test_variants_are_put_into_words_that_have_their_meaning() -> None:
    spelled = with_variants(["加微信", "喝茶"], {"薇信": "微信", "ＶＸ": "微信"})
    assert set(spelled) == {"加微信", "加薇信", "加vx", "喝茶"}


def test_no_keyword_finds_nothing() -> None:
    assert found([], "anything") == []
