"""PrefLib's files, read and written."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from community.cocreation.rounds.files import preflib
from community.cocreation.rounds.files.preflib import BadPreferenceFileError, PreferenceFile
from community.cocreation.rounds.rules.profiles import UNRANKED
from tests.shared_data import SHARED

DEBIAN = SHARED / "preflib_debian"
ORDERS = """\
# FILE NAME: tea.toi
# TITLE: 茶 of the year
# DATA TYPE: toi
# NUMBER ALTERNATIVES: 3
# NUMBER VOTERS: 6
# NUMBER UNIQUE ORDERS: 3
# ALTERNATIVE NAME 1: 铁观音
# ALTERNATIVE NAME 2: Sencha
# ALTERNATIVE NAME 3: Rooibos: caffeine free
3: 2,{1,3}
2: 1
1: {1,2,3}
"""
CATEGORIES = """\
# DATA TYPE: cat
# NUMBER ALTERNATIVES: 3
# NUMBER CATEGORIES: 2
# CATEGORY NAME 1: Yes
# CATEGORY NAME 2: No
# ALTERNATIVE NAME 1: a
# ALTERNATIVE NAME 2: b
# ALTERNATIVE NAME 3: c
4: {1,2},3
1: {},{1,2,3}
"""


def test_orders_are_read_with_what_is_level_and_left_out() -> None:
    file = preflib.read(ORDERS)

    assert (file.title, file.options[2]) == ("茶 of the year", "Rooibos: caffeine free")
    assert file.ballots == ((3, ((1,), (0, 2))), (2, ((0,),)), (1, ((0, 1, 2),)))
    found = file.rankings()
    assert {tuple(ranks): count for ranks, count in zip(found.ranks.tolist(), found.counts.tolist(), strict=True)} == {
        (1, 0, 1): 3,
        (0, UNRANKED, UNRANKED): 2,
        (0, 0, 0): 1,
    }


def test_categories_are_read_the_first_as_what_is_approved() -> None:
    found = preflib.read(CATEGORIES).approvals()

    assert (found.counts @ found.approved.astype(int)).tolist() == [4, 4, 0]
    assert found.counts.sum() == 5


@st.composite
def files(draw: st.DrawFn) -> PreferenceFile:
    options = draw(st.integers(1, 5))
    kind = draw(st.sampled_from(preflib.KINDS))
    names = draw(
        st.lists(
            st.text(st.characters(blacklist_categories=["C", "Z"]), max_size=6), min_size=options, max_size=options
        )
    )
    ballots = []
    for _ in range(draw(st.integers(0, 4))):
        order = draw(st.permutations(range(options)))
        if kind.endswith("i"):
            order = order[: draw(st.integers(1, options))]
        if kind == "cat":
            cut = draw(st.integers(0, options))
            groups: preflib.Groups = (tuple(sorted(order[:cut])), tuple(sorted(order[cut:])))
        elif kind.startswith("t"):
            cuts = sorted({0, len(order), *draw(st.lists(st.integers(0, len(order)), max_size=2))})
            groups = tuple(tuple(sorted(order[a:b])) for a, b in itertools.pairwise(cuts))
        else:
            groups = tuple((option,) for option in order)
        ballots.append((draw(st.integers(1, 9)), groups))
    categories = ("Yes", "No") if kind == "cat" else ()
    return PreferenceFile(kind, tuple(names), tuple(ballots), draw(st.sampled_from(["", "题 title"])), categories)


@given(files())
def test_what_is_written_is_read_again(file: PreferenceFile) -> None:
    assert preflib.read(preflib.write(file)) == file


@given(files())
def test_ballots_go_into_a_file_and_back(file: PreferenceFile) -> None:
    ranked, approved = file.rankings(), file.approvals()

    again = preflib.of_rankings(ranked, file.options).rankings()
    said = ~np.all(ranked.ranks == UNRANKED, axis=1)
    assert (again.ranks.tolist(), again.counts.tolist()) == (ranked.ranks[said].tolist(), ranked.counts[said].tolist())
    back = preflib.read(preflib.write(preflib.of_approvals(approved, file.options))).approvals()
    assert (back.approved.tolist(), back.counts.tolist()) == (approved.approved.tolist(), approved.counts.tolist())


@pytest.mark.parametrize(
    ("old", "new", "reason"),
    [
        ("# DATA TYPE: toi", "# DATA TYPE: wmd", "its data type is wmd"),
        ("# DATA TYPE: toi", "# data type", "line 3: a line of the header"),
        ("NUMBER ALTERNATIVES: 3", "NUMBER ALTERNATIVES: 4", "names for others than 1 to 4"),
        ("NUMBER ALTERNATIVES: 3", "NUMBER ALTERNATIVES: ９", "1 to 10000"),
        ("NUMBER ALTERNATIVES: 3", "NUMBER ALTERNATIVES: 99999999999999999999", "1 to 10000"),
        ("NUMBER VOTERS: 6", "NUMBER VOTERS: 7", "says 7, and its lines have 6"),
        ("3: 2,{1,3}", "3: 2,{1,4}", "line 10: options are 1 to 3"),
        ("3: 2,{1,3}", "3: 2,{1,2}", "line 10: an option stands there twice"),
        ("3: 2,{1,3}", "3: 2,{1,,3}", "line 10: `{1,,3}` does not list options"),
        ("3: 2,{1,3}", "3: 2,{}", "line 10: braces with nothing"),
        ("3: 2,{1,3}", "3: 2,one", "line 10: `one` is no option"),
        ("3: 2,{1,3}", "-3: 2", "line 10: a ballot reads"),
        ("3: 2,{1,3}", "0: 2", "line 10: a ballot is cast once at least"),
        ("3: 2,{1,3}", "9999999999: 2", "line 10: a ballot is cast once at least"),
        ("DATA TYPE: toi", "DATA TYPE: soi", "line 10: options are level"),
        ("DATA TYPE: toi", "DATA TYPE: toc", "line 11: a .toc file orders all 3"),
    ],
)
def test_what_is_wrong_is_said_with_its_line(old: str, new: str, reason: str) -> None:
    assert old in ORDERS
    with pytest.raises(
        BadPreferenceFileError, match=reason.replace("{", r"\{").replace("}", r"\}").replace(".", r"\.")
    ):
        preflib.read(ORDERS.replace(old, new))


@given(
    st.text(max_size=200)
    | st.builds(lambda lines: ORDERS + "\n".join(lines), st.lists(st.text("0123456789:,{}# ", max_size=12)))
)
def test_any_text_is_read_or_refused(text: str) -> None:
    try:
        file = preflib.read(text)
    except BadPreferenceFileError:
        return
    assert all(count > 0 for count, _ in file.ballots)


@pytest.mark.skipif(not DEBIAN.is_dir(), reason="the shared data is not here")
@pytest.mark.parametrize(("number", "voters"), [("1", 475), ("7", 403), ("8", 143)])
def test_real_files_are_read(number: str, voters: int) -> None:
    file = preflib.read((DEBIAN / f"00002-0000000{number}.soi").read_text(encoding="utf-8"))

    assert file.rankings().counts.sum() == voters
    assert preflib.read(preflib.write(file)) == file
