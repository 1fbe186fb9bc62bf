"""Files of participatory budgeting: the format's own example, every kind of vote, and what is wrong in which line."""

from __future__ import annotations

import re
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from community.cocreation.rounds.files.pabulib import (
    VOTE_TYPES,
    WITH_POINTS,
    BudgetBallot,
    BudgetFile,
    BudgetFileError,
    BudgetOption,
    read,
    write,
)
from community.cocreation.rounds.rules.budgeting import greedy_budget
from community.cocreation.rounds.rules.outcomes import Lots

# The example of the format's description by PaBuLib.
WIELICZKA = """\
META
key; value
description; Municipal PB in Wieliczka
country; Poland
unit; Wieliczka
instance; 2020
num_projects; 5
num_votes; 10
budget; 2500
rule; greedy
vote_type; approval
min_length; 1
max_length; 3
date_begin; 16.09.2023
date_end; 04.10.2023
PROJECTS
project_id; cost; category
1; 600; culture, education
2; 800; sport
4; 1400; culture
5; 1000; health, sport
7; 1200; education
VOTES
voter_id; age; sex; vote
1; 34; f; 1,2,4
2; 51; m; 1,2
3; 23; m; 2,4,5
4; 19; f; 5,7
5; 62; f; 1,4,7
6; 54; m; 1,7
7; 49; m; 5
8; 27; f; 4
9; 39; f; 2,4,5
10; 44; m; 4,5
"""
POINTS = """\
META
key;value
budget;1000,50
vote_type;cumulative
PROJECTS
project_id;cost;name
a;10.25;"Wall; painted \"\"green\"\"\"
b;7;
VOTES
voter_id;vote;points
x;b,a;3,1.5
y;;
z;a;0
"""


def test_the_example_of_the_format_is_read() -> None:
    file = read(WIELICZKA)

    assert file.vote_type == "approval"
    assert file.budget == 2500
    assert [option.id for option in file.options] == ["1", "2", "4", "5", "7"]
    assert [int(option.cost) for option in file.options] == [600, 800, 1400, 1000, 1200]
    assert file.options[3].details == {"category": "health, sport"}
    assert file.ballots[0] == BudgetBallot("1", ("1", "2", "4"), (), {"age": "34", "sex": "f"})
    assert file.metadata["date_end"] == "04.10.2023"
    costs, budget = file.whole_costs()
    found = greedy_budget(file.approvals(), costs, budget, Lots("file", 5))
    assert found.steps[0].tally == (4, 4, 6, 5, 3)
    assert {file.options[winner].id for winner in found.winners} == {"4", "5"}


def test_points_and_decimals_are_read_as_they_are() -> None:
    file = read(POINTS)

    assert file.options[0].name == 'Wall; painted "green"'
    assert file.ballots[0].options == ("b", "a")
    assert file.ballots[0].points == (Fraction(3), Fraction(3, 2))
    assert file.ballots[1] == BudgetBallot("y", (), ())
    assert file.whole_costs() == ([41, 28], 4002)
    given = file.approvals()
    assert given.counts.sum() == 3
    assert (given.counts @ given.approved).tolist() == [1, 1], "no points are no approval"


def test_where_votes_have_no_points_the_column_is_one_more_detail() -> None:
    ballot = read(POINTS.replace("cumulative", "approval")).ballots[0]

    assert ballot.points == ()
    assert ballot.details == {"points": "3,1.5"}


def test_an_ordinal_vote_keeps_its_order() -> None:
    file = read(WIELICZKA.replace("approval", "ordinal").replace("1; 34; f; 1,2,4", "1; 34; f; 4,1,2"))

    assert file.ballots[0].options == ("4", "1", "2")


def test_points_are_counted_as_whole_numbers() -> None:
    given = read(POINTS).points()

    assert (given.counts @ given.scores.astype(int)).tolist() == [3, 6], "in halves"


@pytest.mark.parametrize(("length", "expected"), [("3", [1, 2, 3]), ("5", [3, 4, 5]), ("", [1, 2, 3])])
def test_an_order_gives_as_many_points_as_it_may_name_options(length: str, expected: list[int]) -> None:
    text = re.sub("max_length;.*", f"max_length;{length}", WIELICZKA.replace("approval", "ordinal"))
    [first] = [row for row in read(text).points().scores.tolist() if row[:2] == [expected[2], expected[1]] and row[2]]

    assert first == [expected[2], expected[1], expected[0], 0, 0]


@pytest.mark.parametrize(
    ("text", "line", "wrong"),
    [
        ("", 1, "META is missing"),
        ("budget;3\n", 1, "begins with META"),
        ("META\nkey;value\n", 2, "PROJECTS is missing"),
        (WIELICZKA + "VOTES\n", 35, "VOTES is there twice"),
        (WIELICZKA.replace("vote_type; approval", "vote_type; loud"), 11, "vote type 'loud'"),
        (WIELICZKA.replace("budget; 2500", "budget; much"), 9, "budget is a number"),
        (WIELICZKA.replace("budget; 2500\n", ""), 1, "budget is a number"),
        (WIELICZKA.replace("budget; 2500", "budget; 1e9"), 9, "budget is a number"),
        (WIELICZKA.replace("budget; 2500", "unit; 2500"), 9, "'unit' is there twice"),
        (WIELICZKA.replace("budget; 2500", "budget; 2;500"), 9, "'budget' has 2 values"),
        (WIELICZKA.replace("num_votes; 10", "num_votes; 11"), 8, "num_votes is '11', and there are 10"),
        (WIELICZKA.replace("project_id; cost", "project_id; price"), 17, "no column cost"),
        (WIELICZKA.replace("category", "cost"), 17, "same name"),
        (WIELICZKA.replace("2; 800; sport", "2; -800; sport"), 19, "cost is a number from 0 up, not '-800'"),
        (WIELICZKA.replace("2; 800; sport", "1; 800; sport"), 19, "project '1' is there twice"),
        (WIELICZKA.replace("2; 800; sport", "; 800; sport"), 19, "project_id is empty"),
        (WIELICZKA.replace("2; 800; sport", "2; 800; sport; more"), 19, "4 fields for 3 columns"),
        (WIELICZKA.replace("7; 49; m; 5", "7; 49; m; 6"), 31, "no project '6'"),
        (WIELICZKA.replace("7; 49; m; 5", "7; 49; m; 5,5"), 31, "names a project twice"),
        (WIELICZKA.replace("7; 49; m; 5", "6; 49; m; 5"), 31, "voter '6' is there twice"),
        (WIELICZKA.replace("7; 49; m; 5", '7; 49; m; "5'), 34, "unexpected end of data"),
        (WIELICZKA.replace("approval", "choose-1"), 25, "chooses 1 names 3"),
        (POINTS.replace("3,1.5", "3"), 11, "1 points for 2 projects"),
        (POINTS.replace("3,1.5", "3,x"), 11, "points is a number, not 'x'"),
    ],
)
def test_what_is_wrong_is_named_with_its_line(text: str, line: int, wrong: str) -> None:
    with pytest.raises(BudgetFileError, match=wrong) as error:
        read(text)
    assert error.value.line == line
    assert str(error.value).startswith(f"line {line}: ")


words = st.text(st.characters(codec="utf-8", exclude_categories=("Cs", "Cc")), max_size=6).map(str.strip)
ids = words.filter(lambda word: word and "," not in word)
numbers = st.decimals(0, 10**6, places=2).map(Fraction)


@st.composite
def files(draw: st.DrawFn) -> BudgetFile:
    vote_type = draw(st.sampled_from(sorted(VOTE_TYPES)))
    names = draw(st.lists(ids, unique=True, max_size=4))
    options = tuple(BudgetOption(name, draw(numbers), draw(words), {"target": draw(words)}) for name in names)
    ballots = []
    for voter in draw(st.lists(ids, unique=True, max_size=4)):
        most = 1 if vote_type == "choose-1" else len(names)
        named = tuple(draw(st.permutations(names)))[: draw(st.integers(0, most))]
        points = tuple(draw(numbers) for _ in named) if vote_type in WITH_POINTS else ()
        ballots.append(BudgetBallot(voter, named, points, {"age": draw(words)}))
    return BudgetFile(vote_type, draw(numbers), options, tuple(ballots), {"unit": draw(words)})


@settings(deadline=None)
@given(files())
def test_what_is_written_is_read_as_it_was(file: BudgetFile) -> None:
    again = read(write(file))

    assert (again.vote_type, again.budget) == (file.vote_type, file.budget)
    assert again.options == file.options
    assert again.ballots == file.ballots
    assert again.metadata["unit"] == file.metadata["unit"]
    assert again.metadata["num_votes"] == str(len(file.ballots))
    assert read(write(again)) == again


@settings(deadline=None)
@given(st.text(alphabet='METAPROJCSVb;,\n"01 -.', max_size=60))
def test_text_that_is_no_file_is_refused_by_its_line(text: str) -> None:
    with pytest.raises(BudgetFileError):
        read("META\nkey;value\n" + text)


@pytest.mark.parametrize(
    ("file", "wrong"),
    [
        (BudgetFile("approval", Fraction(1, 3), (), ()), "no end"),
        (BudgetFile("approval", Fraction(1), (BudgetOption("a,b", Fraction(1)),), ()), "cannot be an id"),
        (BudgetFile("approval", Fraction(1), (), (BudgetBallot(" x", ()),)), "cannot be an id"),
    ],
)
def test_what_a_file_cannot_say_is_not_written(file: BudgetFile, wrong: str) -> None:
    with pytest.raises(ValueError, match=wrong):
        write(file)
