"""Our own files of ballots: what is written is read again, and what is none is refused with the line that shows it."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from community.cocreation.rounds.files.ballots import BadBallotFileError, BallotFile, read, write
from community.cocreation.rounds.methods import METHOD, ballot_width

QUADRATIC = """\
# METHOD: QUADRATIC
# TITLE: 明年的礼盒 Next year's box
# SEED: 6f1c
# SEATS: 2
# CREDITS: 25
# OPTION: Plum
# OPTION: 竹
12: 3,-1
4: 0,5
"""


@given(data=st.data(), method=st.sampled_from(sorted(METHOD)), options=st.integers(2, 5))
def test_what_is_written_is_read_again(data: st.DataObject, method: str, options: int) -> None:
    kind, spends = METHOD[method].ballot_kind, METHOD[method].spends
    mark = {"APPROVING": st.sampled_from([0, 1]), "CHOOSING": st.sampled_from([0, 1]), "COMPARING": st.integers(-1, 1)}
    width = ballot_width(kind, options)
    rows = data.draw(st.lists(st.lists(mark.get(kind, st.integers(-1, 1)), min_size=width, max_size=width), max_size=5))
    title = st.text(st.characters(blacklist_categories=("Cc", "Cs", "Zl", "Zp")), max_size=9)
    file = BallotFile(
        method,
        tuple(data.draw(st.lists(title, min_size=options, max_size=options))),
        np.array(rows, np.int16).reshape(len(rows), width),
        np.array(data.draw(st.lists(st.integers(1, 9), min_size=len(rows), max_size=len(rows))), np.int64),
        data.draw(title),
        "seed",
        data.draw(st.integers(1, 3)),
        data.draw(st.one_of(st.none(), st.integers(1, 99))),
        tuple(data.draw(st.lists(st.integers(1, 99), min_size=options, max_size=options))) if spends else (),
        500 if spends else None,
    )

    again = read(write(file))

    assert (again.marks == file.marks).all()
    assert (again.counts == file.counts).all()
    for name in ("method", "options", "title", "seed", "seats", "credits", "costs", "budget"):
        assert getattr(again, name) == getattr(file, name)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (("QUADRATIC", "COIN_TOSS"), "COIN_TOSS"),
        (("12: 3,-1", "12: 3"), "2 marks"),
        (("12: 3,-1", "twelve: 3,-1"), "line 8"),
        (("12: 3,-1", "0: 3,-1"), "line 8"),
        (("12: 3,-1", "12: 3,-99999"), "line 8"),
        (("# SEATS: 2", "# SEATS: two"), "SEATS"),
        (("# SEATS: 2", "#SEATS 2"), "line 4"),
        (("QUADRATIC", "APPROVAL"), "marks of APPROVAL"),
        (("QUADRATIC", "BUDGET_GREEDY"), "cost"),
    ],
)
def test_what_is_no_file_of_ballots_is_refused_by_name(change: tuple[str, str], said: str) -> None:
    with pytest.raises(BadBallotFileError, match=said):
        read(QUADRATIC.replace(*change))
