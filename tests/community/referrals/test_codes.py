import itertools
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from community.foundation.errors import Invalid
from community.referrals.codes import (
    ALPHABET,
    GUESSES,
    LONGEST,
    LONGEST_TYPED,
    SHORTEST,
    check_sign,
    draw,
    is_rude,
    length_for,
    read,
    shown,
)

lengths = st.integers(SHORTEST, LONGEST)
codes = st.integers(SHORTEST - 1, LONGEST - 1).flatmap(
    lambda length: st.text(ALPHABET, min_size=length, max_size=length).map(lambda signs: signs + check_sign(signs))
)


@given(codes)
def test_every_single_wrong_sign_is_told(code: str) -> None:
    for place, sign in itertools.product(range(len(code)), ALPHABET):
        if sign != code[place]:
            with pytest.raises(Invalid, match="wrong"):
                read(code[:place] + sign + code[place + 1 :])


@given(codes)
def test_every_swap_of_two_signs_is_told(code: str) -> None:
    for one, other in itertools.combinations(range(len(code)), 2):
        swapped = list(code)
        swapped[one], swapped[other] = swapped[other], swapped[one]
        if code[one] != code[other]:
            with pytest.raises(Invalid, match="swapped"):
                read("".join(swapped))


@pytest.mark.parametrize("length", range(SHORTEST, LONGEST + 1))
def test_no_pair_of_signs_at_any_places_makes_up_for_another(length: int) -> None:
    # Errors shift the sum by weight * difference, whatever the other signs are: so these are all cases there are.
    weights, differences = range(1, length + 1), range(1, len(ALPHABET))
    assert all(weight * difference % len(ALPHABET) for weight in weights for difference in differences)
    assert all(
        (one - other) * difference % len(ALPHABET)
        for one, other in itertools.combinations(weights, 2)
        for difference in differences
    )


def test_the_alphabet_has_one_sign_at_most_of_those_that_look_alike() -> None:
    for alike in ("0ODQ", "1ILJ", "2Z", "5S", "6G", "8B", "UV"):
        assert len(set(alike) & set(ALPHABET)) <= 1
        if common := set(alike) & set(ALPHABET):
            code = "3" * 4 + common.pop()
            code += check_sign(code)
            for sign in alike:
                assert read(code[:4] + sign + code[5:]) == code
    assert len(set(ALPHABET)) == len(ALPHABET) == 23


@given(codes, st.data())
def test_a_code_is_read_however_it_is_typed(code: str, data: st.DataObject) -> None:
    # Given signs in any case, in full width, with spaces and dashes of any kind between them
    between = st.text(" -‐–—―－　_·・\t\u200b\ufeffー"[:10] + "\t\u200b\ufeffー", max_size=2)
    typed = ""
    for sign in code:
        wide = chr(ord(sign) + 0xFEE0)
        typed += data.draw(st.sampled_from([sign, sign.lower(), wide, wide.lower()])) + data.draw(between)
    # Then it is the same code
    if len(typed) <= LONGEST_TYPED:
        assert read(typed) == code


@given(lengths)
def test_a_drawn_code_reads_as_itself_and_is_not_rude(length: int) -> None:
    code = draw(length)
    assert len(code) == length
    assert read(code) == read(shown(code)) == read(shown(code).lower()) == code
    assert not is_rude(code)


def test_drawn_codes_differ_and_use_the_whole_alphabet() -> None:
    drawn = [draw(10) for _ in range(2_000)]
    assert len(set(drawn)) == len(drawn)
    assert set("".join(drawn)) == set(ALPHABET)


@given(lengths)
def test_groups_are_of_three_or_four(length: int) -> None:
    assert all(3 <= len(part) <= 4 for part in shown("2" * length).split("-"))


@pytest.mark.parametrize(
    "word", ["FVCK", "5HJ7", "455", "C4Q", "CNM", "7MQ", "58", "N8", "J488", "748", "38", "8964", "6VN"]
)
def test_rude_words_are_found_within_a_code(word: str) -> None:
    assert is_rude("XY" + word + "HK")


@given(st.integers(0, 10**9))
def test_a_guess_hits_a_code_once_in_a_million_times_at_most(amount: int) -> None:
    length = length_for(amount)
    assert amount * GUESSES <= 23 ** (length - 1)
    assert length == SHORTEST or amount * GUESSES > 23 ** (length - 2)


@pytest.mark.parametrize("amount", [-1, 10**30])
def test_no_length_is_given_for_what_cannot_be(amount: int) -> None:
    with pytest.raises(ValueError, match="code"):
        length_for(amount)


@pytest.mark.parametrize("length", [SHORTEST - 1, LONGEST + 1])
def test_no_code_is_drawn_that_is_too_short_or_long(length: int) -> None:
    with pytest.raises(ValueError, match="signs"):
        draw(length)


@pytest.mark.parametrize(
    ("typed", "reason"),
    [
        ("", "0"),
        ("23", "has 6 to 22"),
        ("2" * 23, "has 6 to 22"),
        ("2" * (LONGEST_TYPED + 1), "not longer"),
        ("邀请码234567", "“邀”"),
        ("AE2345", "“A”"),
        ("2345\x0067", "wrong|swapped"),
    ],
)
def test_what_is_no_code_is_refused_with_a_reason_that_names_the_field(typed: str, reason: str) -> None:
    with pytest.raises(Invalid) as refused:
        read(typed, field="referralCode")
    assert refused.value.path == ("referralCode",)
    assert re.search(reason, refused.value.message)


@given(st.text(max_size=200))
def test_any_text_is_read_or_refused(typed: str) -> None:
    try:
        code = read(typed)
    except Invalid:
        return
    assert read(code) == code
    assert set(code) <= set(ALPHABET)
