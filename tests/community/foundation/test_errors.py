import pickle
from datetime import UTC, datetime

from community.foundation.errors import Invalid, NotFound, Overloaded, RateLimited, Refusal, Unauthenticated


class RoundClosed(Refusal):
    """Round {name} closed at {closed_at:%H:%M} UTC."""

    code = "ROUND_CLOSED"


def test_a_refusal_says_its_docstring_with_its_fields_in_it() -> None:
    refusal = RoundClosed(name="新茶{}", closed_at=datetime(2026, 5, 1, 9, 30, tzinfo=UTC), path=("input", "round"))

    assert str(refusal) == refusal.message == "Round 新茶{} closed at 09:30 UTC."
    assert (refusal.code, refusal.path) == ("ROUND_CLOSED", ("input", "round"))


def test_an_invalid_field_is_its_own_path() -> None:
    refusal = Invalid(field="handle", reason="is taken")

    assert refusal.path == ("handle",)
    assert refusal.message == "handle: is taken"


def test_what_is_hidden_is_refused_in_the_words_for_what_is_absent() -> None:
    assert NotFound().message == NotFound().message
    assert "post" in NotFound(what="post").message


def test_refusals_survive_a_trip_between_processes() -> None:
    for refusal in (RateLimited(retry_after=7), Unauthenticated(), Invalid(field="a", reason="b"), NotFound(what="c")):
        copy = pickle.loads(pickle.dumps(refusal))  # noqa: S301 - our own bytes

        assert (type(copy), copy.message, copy.path) == (type(refusal), refusal.message, refusal.path)


def test_overload_says_when_to_come_back() -> None:
    assert Overloaded(retry_after=3).retry_after == 3
    assert str(Overloaded()) == "Everything that could serve this is busy."
