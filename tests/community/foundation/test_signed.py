"""What was signed is read again, and nothing else is."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from community.foundation.signed import SignedForm

KEY, OTHER = b"k" * 32, b"o" * 32
FORM = SignedForm("?qB")
NUMBERS = st.integers(-(2**63), 2**63 - 1)


@given(st.booleans(), NUMBERS, st.integers(0, 255))
def test_what_was_written_is_read_by_who_has_the_key_alone(yes: bool, number: int, small: int) -> None:  # noqa: FBT001 - drawn
    token = FORM.write(KEY, yes, number, small)

    assert FORM.read(KEY, token) == (yes, number, small)
    assert FORM.read(OTHER, token) is None
    assert FORM.read(KEY, token, about="茶") is None
    assert FORM.read(KEY, FORM.write(KEY, yes, number, small, about="茶"), about="茶") == (yes, number, small)
    assert SignedForm("?qB", version=2).read(KEY, token) is None
    assert len(token) <= FORM.longest


@given(NUMBERS, st.integers(0, 1_000), st.characters(codec="ascii"))
def test_a_token_that_was_altered_is_none(number: int, place: int, sign: str) -> None:
    token = FORM.write(KEY, True, number, 7)
    place %= len(token)
    altered = token[:place] + sign + token[place + 1 :]

    assert FORM.read(KEY, altered) is None or altered == token


@given(st.text(max_size=60))
def test_what_was_never_written_is_none(written: str) -> None:
    assert FORM.read(KEY, written) is None


def test_one_token_is_written_in_one_way() -> None:
    token = FORM.write(KEY, True, -1, 7)
    assert "_" in token

    for other in (
        token.replace("_", "/"),
        f"{token}=",
        f"{token[:5]} {token[5:]}",
        f"{token[:-1]}{chr(ord(token[-1]) + 1)}",
    ):
        assert FORM.read(KEY, other) is None, other
