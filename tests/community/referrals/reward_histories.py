"""Histories of rewards, made up and chosen: what happens, and at which statement whoever does it dies."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from community.referrals.programs import RewardRule, Step
from tests.factories.crashing import HOWS, Fate

MEMBERS = 5
POST, BOUGHT = Step("FIRST_POST"), Step("PURCHASE", 500)
POOL = "茶券 vouchers"
RULES = (
    RewardRule(POST, "REFERRER", "POINTS", 50),
    RewardRule(POST, "REFEREE", "BADGE", 1, "新朋友 Newcomer"),
    RewardRule(POST, "UPLINE", "POINTS", 10),
    RewardRule(BOUGHT, "REFEREE", "VOUCHER", 1, POOL),
    RewardRule(BOUGHT, "REFERRER", "POINTS", 30),
)

_members = st.integers(0, MEMBERS - 1)
_some = st.integers(0, 30)
_fates = st.none() | st.builds(Fate, st.just(0) | st.integers(1, 30), st.sampled_from(HOWS))
OPERATIONS = st.one_of(
    st.tuples(st.just("claim"), st.tuples(_members, st.integers(0, MEMBERS))),
    st.tuples(st.just("post"), _members),
    st.tuples(st.just("buy"), _members),
    st.tuples(st.just("read"), st.none()),
    st.tuples(st.just("hear_again"), st.lists(_some, min_size=1, max_size=12)),
    st.tuples(st.just("judge"), st.none()),
    st.tuples(st.just("clock"), st.integers(1, 3)),
    st.tuples(st.just("decide"), st.tuples(_some, st.booleans())),
    st.tuples(st.just("give"), st.tuples(_members, st.sampled_from([20, 60, 100]), st.integers(0, 3))),
    st.tuples(st.just("reverse"), _some),
    st.tuples(st.just("redeem"), st.tuples(_members, st.integers(0, 1), st.integers(0, 1))),
    st.tuples(st.just("redeem_at_once"), st.tuples(_members, st.integers(2, 6))),
    st.tuples(st.just("cancel"), _some),
    st.tuples(st.just("fulfil"), _some),
    st.tuples(st.just("lapse"), _members),
)
HISTORY = st.lists(st.tuples(OPERATIONS, _fates), min_size=10, max_size=30)
# Who was brought by whom and wrote something when a history begins, so that it has something to earn.
BEGINNING_WITH = st.lists(st.tuples(st.integers(1, MEMBERS - 1), _members), max_size=4, unique_by=lambda each: each[0])


Happening = tuple[tuple[str, Any], Fate | None]


def step(what: str, how: Any = None, statement: int | None = None, end: str = "unanswered") -> Happening:
    """Return a step of a history, which dies at a statement if one is given."""
    return (what, how), None if statement is None else Fate(statement, end)


# Three were brought by one, of whom two may earn; whoever reads, judges and grants dies on the way.
BROUGHT_BY_ONE = [(1, 0), (2, 0), (3, 0), (4, 1)]
EARNED = [
    step("read", None, 9, "terminated"),
    step("read", None, 0, "unanswered"),
    step("hear_again", [0, 3, 2, 2, 9]),
    step("judge", None, 12, "unanswered"),
    step("clock", 2, 5, "aborted"),
    step("clock", 1, 0, "terminated"),
    step("clock", 1, 0, "unanswered"),
]
# Points that are spent are taken back, and what they were spent for is cancelled: what comes back fills what is owed.
TAKEN_BACK = [
    *(step(what, 1 if what == "clock" else None) for what in ("read", "judge", "clock")),
    step("give", (0, 20, 0)),
    *(step("redeem", (0, 0, key), 0) for key in (0, 1)),
    *(
        step("reverse", place, 0, end)
        for place, end in enumerate(["aborted", "unanswered", "aborted", "terminated"] * 2)
    ),
    *(step("reverse", 0) for _ in range(8)),
    step("cancel", 0, 8, "aborted"),
    step("cancel", 1, 0, "unanswered"),
    step("give", (0, 60, 1)),
    step("lapse", 0, 9, "terminated"),
]
# The answer is lost, and the same is asked again; then what was given expires, comes back, and expires once more.
ASKED_AGAIN = [
    step("give", (0, 100, 1), 0),
    step("redeem", (0, 0, 0), 0),
    step("redeem", (0, 0, 0)),
    step("buy", 1, 0),
    step("lapse", 0, 0),
    step("cancel", 0, 0),
    step("lapse", 0, 7, "terminated"),
    step("reverse", 0, 0),
]
# Three have bought something that earns a voucher, and there are two: the third waits for somebody to look.
OUT_OF_VOUCHERS = [
    *(step("claim", (member, 0 if member < 3 else 4)) for member in (1, 2, 3)),
    *(step("buy", member) for member in (1, 2, 3)),
    step("read", None, 0),
    step("judge", None, 0, "terminated"),
    step("clock", 1, 6, "aborted"),
    step("clock", 3),
]
