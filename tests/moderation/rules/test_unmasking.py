import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from moderation.rules.folding import fold
from moderation.rules.keywords import KeywordIndex, with_variants
from moderation.rules.unmasking import unmasked
from tests.moderation.rules.evasions import EVASIONS, HONEST, KEYWORDS, VARIANTS


def readings(text: str) -> list[str]:
    plain = fold(text)
    return [plain.text, *(bare.text for bare in unmasked(text, plain))]


def caught(text: str) -> set[str]:
    index = KeywordIndex(enumerate(with_variants(KEYWORDS, VARIANTS)))
    plain = fold(text)
    return {found.word for folded in (plain, *unmasked(text, plain)) for found in index.find(folded)}


@pytest.mark.parametrize("text", EVASIONS)
def test_disguised_words_are_found(text: str) -> None:
    assert caught(text)


@pytest.mark.parametrize("text", HONEST)
def test_honest_texts_are_left_alone(text: str) -> None:
    assert not caught(text)


def test_most_disguises_beat_a_plain_search() -> None:
    # The table would prove nothing if these were found anyway.
    assert not any(word in text.lower() for text in EVASIONS for word in KEYWORDS)


@pytest.mark.parametrize(
    ("text", "bare"),
    [
        ("fгее", ["free"]),
        ("СВОБОДА", []),  # Russian, by letters that look like none of Latin
        ("сор", ["cop"]),
        ("сор из избы", []),
        ("v1agra", ["viagra", "vlagra"]),
        ("paypaI", ["paypal"]),
        ("F R E E   T E A", ["free tea"]),
        ("f.r.e.e t.e.a", ["free tea"]),
        ("加 微 信", ["加微信"]),
        ("加\n微\n信", ["加微信"]),
        ("加★微★信", ["加微信"]),
        ("今天下雨，微信群见", []),
        ("🅵🆁🅴🅴", ["free"]),
        ("🇫🇷🇪🇪", ["free"]),
        ("ꜰʀᴇᴇ", ["free"]),
        ("Nice!!!!", []),
    ],
)
def test_disguises_are_undone_and_nothing_else(text: str, bare: list[str]) -> None:
    assert readings(text)[1:] == bare


def test_stretched_letters_only_count_where_they_are_stretched() -> None:
    assert caught("freeee mmmoney")
    assert caught("freeeee moneyyy")
    # A double letter written once is another word.
    assert not caught("fre money")
    assert not caught("fre moneyyyy")


@given(st.text(max_size=60))
@settings(max_examples=500)
def test_places_lead_back_from_what_is_unmasked(text: str) -> None:
    for bare in unmasked(text, fold(text)):
        last = 0
        for place in range(len(bare.text)):
            start, end = bare.origin(place, place + 1)
            assert last <= start < end <= len(text)
            last = start


@given(st.sampled_from(["free", "money", "加微信", "兼职刷单"]), st.data())
def test_any_word_set_apart_by_any_sign_is_found(word: str, data: st.DataObject) -> None:
    between = data.draw(st.sampled_from([" ", ".", "-", "_", "*", "·", "~", "\u200b", "★"]))
    index = KeywordIndex([(0, word)])
    text = f"« {between.join(word)} »"
    plain = fold(text)
    assert any(True for folded in (plain, *unmasked(text, plain)) for _ in index.find(folded))
