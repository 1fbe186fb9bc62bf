import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from moderation.rules.near_duplicates import BANDS, NUMBERS, ROWS, SHINGLE, band_keys, likeness, signature


def jaccard(one: str, other: str) -> float:
    def shingles(text: str) -> set[str]:
        signs = "".join(filter(str.isalnum, text))
        return {signs[place : place + SHINGLE] for place in range(len(signs) - SHINGLE + 1)}

    return len(shingles(one) & shingles(other)) / len(shingles(one) | shingles(other))


def signed(text: str) -> bytes:
    found = signature(text)
    assert found is not None
    return found


def pairs(amount: int) -> list[tuple[str, str]]:
    """Return random texts, and each with a part of it written anew."""
    random = np.random.default_rng(7)
    alphabet = np.array(list("abcdefghijklmnop加微信茶水"))
    made = []
    for _ in range(amount):
        text = alphabet[random.integers(0, len(alphabet), 200)]
        other = text.copy()
        begin, length = random.integers(0, 200), random.integers(0, 200)
        other[begin : begin + length] = alphabet[random.integers(0, len(alphabet), len(other[begin : begin + length]))]
        made.append(("".join(text), "".join(other)))
    return made


def test_the_estimate_is_within_its_bound_as_often_as_said_and_leans_to_neither_side() -> None:
    # Given 500 pairs of texts of every likeness
    texts = pairs(500)
    true = np.array([jaccard(*pair) for pair in texts])
    assert np.ptp(true) > 0.9
    # When it is estimated
    errors = np.array([likeness(signed(one), signed(other)) for one, other in texts]) - true
    # Then Hoeffding's bound holds at a quarter (1 of 1,490), the spread is that of 64 draws, and the mean is nothing
    assert np.count_nonzero(np.abs(errors) >= 0.25) <= 2
    assert np.sqrt((errors**2).mean()) <= 1.1 * np.sqrt((true * (1 - true)).mean() / NUMBERS)
    assert abs(errors.mean()) <= 3 * errors.std() / np.sqrt(len(errors))


def test_texts_share_a_band_as_often_as_the_formula_says() -> None:
    texts = [(pair, jaccard(*pair)) for pair in pairs(1_500)]
    for least, most in ((0.15, 0.35), (0.4, 0.6), (0.75, 0.95)):
        within = [(pair, true) for pair, true in texts if least <= true <= most]
        expected = np.mean([1 - (1 - true**ROWS) ** BANDS for _, true in within])
        shared = np.mean([bool({*band_keys(signed(a))} & {*band_keys(signed(b))}) for (a, b), _ in within])
        assert abs(shared - expected) <= 4 * np.sqrt(expected * (1 - expected) / len(within)) + 0.01


@given(st.text(alphabet="abc加微 .", max_size=60))
@settings(deadline=None)
def test_only_letters_and_digits_count(text: str) -> None:
    assert signature(text) == signature("".join(filter(str.isalnum, text)))
    if (found := signature(text)) is not None:
        assert likeness(found, found) == 1
        assert len(found) == 4 * NUMBERS
        assert all(-(2**63) <= key < 2**63 for key in band_keys(found))
        assert len(set(band_keys(found))) == BANDS


def test_signatures_stay_what_they_were() -> None:
    # They are kept in the database: another signature of the same text would make it a stranger to itself.
    found = signed("a cup of tea 一杯茶")
    assert found[:12].hex() == "f15b851eca9c0529181b4f0e"
    assert band_keys(found)[0] == 2059805918210228911


@pytest.mark.parametrize("text", ["", "ab", "!!! ... ???", "茶"])
def test_what_is_too_short_has_no_signature(text: str) -> None:
    assert signature(text) is None


@pytest.mark.parametrize(
    ("one", "other", "least", "most"),
    [
        ("check out my channel please subscribe", "check out my channel, please SUBSCRIBE!!!".lower(), 1, 1),
        ("加我微信领取免费茶叶优惠券名额有限", "加我微信领取免费茶叶优惠券，名额有限！", 1, 1),
        ("加我微信领取免费茶叶优惠券名额有限先到先得", "加我微信领取免费茶叶代金券名额有限先到先得", 0.4, 0.8),
        ("今天的春茶很好喝，大家都来尝尝吧", "请问明天的茶会几点开始，在哪里集合", 0, 0.15),
    ],
)
def test_small_changes_stay_alike_in_both_languages(one: str, other: str, least: float, most: float) -> None:
    assert least <= likeness(signed(one), signed(other)) <= most
