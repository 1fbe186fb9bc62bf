"""Files of participatory budgeting in the format of PaBuLib (`.pb`): text to data, and back.

A file has three sections, META, PROJECTS and VOTES, each with its name on a line, a line that names the columns, and a
line for each entry, with `;` between fields; quotes are those of CSV. A vote names projects, with `,` between them: as a set (`approval`,
`choose-1`), in order (`ordinal`), or with `points` for each (`cumulative`, `scoring`).

Source:
    1. P. Faliszewski, J. Flis, D. Peters, G. Pierczynski, P. Skowron, D. Stolicki, S. Szufa, N. Talmon: Participatory
       Budgeting: Data, Tools and Analysis. IJCAI 2023; and the library's description of the format.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from math import lcm

import numpy as np

from community.cocreation.rounds.rules.profiles import Approvals, Ratings, approvals, ratings

WITH_POINTS = frozenset({"cumulative", "scoring"})
MOST_POINTS = 32_000
"""That one ballot gives one option."""
VOTE_TYPES = WITH_POINTS | {"approval", "choose-1", "ordinal"}
_SECTIONS = ("META", "PROJECTS", "VOTES")
_NUMBER = re.compile(r"(-?)([0-9]{1,30})(?:[.,]([0-9]{1,30}))?")


class BudgetFileError(ValueError):
    """Text that is no file of the format."""

    def __init__(self, line: int, what: str) -> None:
        """Say what is wrong in which line, from 1."""
        super().__init__(f"line {line}: {what}")
        self.line = line


@dataclass(frozen=True, slots=True)
class BudgetOption:
    """A project that may be paid for."""

    id: str
    cost: Fraction
    name: str = ""
    details: Mapping[str, str] = field(default_factory=dict)
    """Further columns, as they are."""


@dataclass(frozen=True, slots=True)
class BudgetBallot:
    """What a voter said."""

    voter: str
    options: tuple[str, ...]
    """The ids named; the best first if the vote type is `ordinal`."""
    points: tuple[Fraction, ...] = ()
    """For each of them; none unless the vote type has points."""
    details: Mapping[str, str] = field(default_factory=dict)
    """Further columns, as they are."""


@dataclass(frozen=True, slots=True)
class BudgetFile:
    """A round of participatory budgeting."""

    vote_type: str
    budget: Fraction
    options: tuple[BudgetOption, ...]
    ballots: tuple[BudgetBallot, ...]
    metadata: Mapping[str, str] = field(default_factory=dict)
    """All of META, as it is."""

    def whole_costs(self) -> tuple[list[int], int]:
        """Return costs and budget as whole numbers of the largest unit, 1 or a part of it, in which all are whole."""
        unit = lcm(self.budget.denominator, *(option.cost.denominator for option in self.options))
        return [int(option.cost * unit) for option in self.options], int(self.budget * unit)

    def approvals(self) -> Approvals:
        """Return whom each ballot names, or gives points above 0, by the order of `options`. O(b m)."""
        place = {option.id: number for number, option in enumerate(self.options)}
        approved = np.zeros((len(self.ballots), len(place)), bool)
        for row, ballot in enumerate(self.ballots):
            points = ballot.points or (Fraction(1),) * len(ballot.options)
            named = [place[option] for option, given in zip(ballot.options, points, strict=True) if given > 0]
            approved[row, named] = True
        return approvals(approved)

    @property
    def gives_points(self) -> bool:
        """Whether ballots do more than name options."""
        return self.vote_type in WITH_POINTS or self.vote_type == "ordinal"

    def points(self) -> Ratings:
        """Return what each ballot gives each option, 0 where it says nothing, in the largest unit in which all is whole.

        Of an order the first gets as many points as an order may name (`max_length` of META, else the longest there is), and
        each further one a point less. O(b m).

        Raises:
            BudgetFileError: if points are too many to count.
        """
        place = {option.id: number for number, option in enumerate(self.options)}
        longest = max((len(ballot.options) for ballot in self.ballots), default=0)
        most = self.metadata.get("max_length", "")
        best = max(int(most) if re.fullmatch(r"[0-9]{1,4}", most) else 0, longest)
        unit = lcm(*(points.denominator for ballot in self.ballots for points in ballot.points))
        given = np.zeros((len(self.ballots), len(place)), np.int64)
        for row, ballot in enumerate(self.ballots):
            if self.vote_type == "ordinal":
                points = list(range(best, best - len(ballot.options), -1))
            else:
                points = [int(each * unit) for each in ballot.points] or [unit] * len(ballot.options)
            if any(abs(each) > MOST_POINTS for each in points):
                raise BudgetFileError(1, f"a ballot gives more points than {MOST_POINTS:,}")
            given[row, [place[option] for option in ballot.options]] = points
        return ratings(given.astype(np.int16))


def read(text: str) -> BudgetFile:
    """Read a file. O(its length).

    A decimal point may be a comma. A line may end before columns that are empty; empty lines mean nothing.

    Raises:
        BudgetFileError: naming the first line that is wrong: a section that is missing or unknown, a field that is
            missing or too much, an id that is there twice or nowhere, what should be a number and is none, points that
            do not fit their projects, or an amount of projects or votes that is not that of META.
    """
    sections = _sections(text)
    meta, where = _metadata(sections["META"])
    vote_type = meta.get("vote_type", "").lower()
    if vote_type not in VOTE_TYPES:
        raise BudgetFileError(where.get("vote_type", 1), f"the vote type {vote_type!r} is none of {sorted(VOTE_TYPES)}")
    options: dict[str, BudgetOption] = {}
    for line, row in _rows(sections["PROJECTS"], ("project_id", "cost")):
        key, cost, name = row.pop("project_id"), row.pop("cost"), row.pop("name", "")
        if key in options:
            raise BudgetFileError(line, f"the project {key!r} is there twice")
        options[key] = BudgetOption(key, _number(line, "a cost", cost), name, row)
    ballots: dict[str, BudgetBallot] = {}
    for line, row in _rows(sections["VOTES"], ("voter_id", "vote")):
        ballot = _ballot(line, row, options, vote_type)
        if ballot.voter in ballots:
            raise BudgetFileError(line, f"the voter {ballot.voter!r} is there twice")
        ballots[ballot.voter] = ballot
    for key, amount in (("num_projects", len(options)), ("num_votes", len(ballots))):
        if key in meta and meta[key] != str(amount):
            raise BudgetFileError(where[key], f"{key} is {meta[key]!r}, and there are {amount}")
    budget = _number(where.get("budget", 1), "the budget", meta.get("budget", ""))
    return BudgetFile(vote_type, budget, tuple(options.values()), tuple(ballots.values()), meta)


def write(file: BudgetFile) -> str:
    """Return the text of a file, which `read` reads as it was but for what META says of amounts. O(its length).

    Raises:
        ValueError: if a number has no end as a decimal, or an id is empty, has a comma, or has space at an end.
    """
    out = io.StringIO()
    writer = csv.writer(out, delimiter=";", lineterminator="\n")
    meta = dict(file.metadata)
    meta |= {"num_projects": str(len(file.options)), "num_votes": str(len(file.ballots))}
    meta |= {"budget": _decimal(file.budget), "vote_type": file.vote_type}
    writer.writerows([("META",), ("key", "value"), *meta.items()])
    further = list(dict.fromkeys(key for option in file.options for key in option.details))
    writer.writerows([("PROJECTS",), ("project_id", "cost", "name", *further)])
    for option in file.options:
        details = [option.details.get(key, "") for key in further]
        writer.writerow((_named(option.id), _decimal(option.cost), option.name, *details))
    further = list(dict.fromkeys(key for ballot in file.ballots for key in ballot.details))
    points = ("points",) if file.vote_type in WITH_POINTS else ()
    writer.writerows([("VOTES",), ("voter_id", "vote", *points, *further)])
    for ballot in file.ballots:
        given = (",".join(map(_decimal, ballot.points)),) if points else ()
        details = [ballot.details.get(key, "") for key in further]
        writer.writerow((_named(ballot.voter), ",".join(map(_named, ballot.options)), *given, *details))
    return out.getvalue()


Lines = list[tuple[int, list[str]]]


def _sections(text: str) -> dict[str, Lines]:
    """Return the lines of each section, with their numbers."""
    sections: dict[str, Lines] = {}
    name, last = "", 1
    for line, row in _lines(text):
        last = line
        if len(row) == 1 and row[0].upper() in _SECTIONS:
            name = row[0].upper()
            if name in sections:
                raise BudgetFileError(line, f"the section {name} is there twice")
            sections[name] = []
        elif not name:
            raise BudgetFileError(line, f"a file begins with META, not with {row[0]!r}")
        else:
            sections[name].append((line, row))
    for missing in _SECTIONS:
        if missing not in sections:
            raise BudgetFileError(last, f"the section {missing} is missing")
        if not sections[missing]:
            raise BudgetFileError(last, f"the section {missing} does not name its columns")
    return sections


def _lines(text: str) -> Iterator[tuple[int, list[str]]]:
    """Return the fields of each line that has any, without the empty ones at its end."""
    reader = csv.reader(
        io.StringIO(text.removeprefix("\ufeff"), newline=""), delimiter=";", skipinitialspace=True, strict=True
    )
    try:
        for fields in reader:
            row = [value.strip() for value in fields]
            while row and not row[-1]:
                row.pop()
            if row:
                yield reader.line_num, row
    except csv.Error as error:
        raise BudgetFileError(reader.line_num, str(error)) from error


def _metadata(lines: Lines) -> tuple[dict[str, str], dict[str, int]]:
    meta, where = dict[str, str](), dict[str, int]()
    for line, (key, *values) in lines[1:]:
        if key in meta:
            raise BudgetFileError(line, f"{key!r} is there twice")
        if len(values) > 1:
            raise BudgetFileError(line, f"{key!r} has {len(values)} values")
        meta[key], where[key] = values[0] if values else "", line
    return meta, where


def _rows(lines: Lines, needed: Sequence[str]) -> Iterator[tuple[int, dict[str, str]]]:
    """Return each line as its fields by column, those that are empty for what it leaves out."""
    first, columns = lines[0]
    for column in needed:
        if column not in columns:
            raise BudgetFileError(first, f"there is no column {column}")
    if len(set(columns)) < len(columns):
        raise BudgetFileError(first, "two columns have the same name")
    for line, row in lines[1:]:
        if len(row) > len(columns):
            raise BudgetFileError(line, f"there are {len(row)} fields for {len(columns)} columns")
        fields = dict(zip(columns, row + [""] * (len(columns) - len(row)), strict=True))
        if not fields[needed[0]]:
            raise BudgetFileError(line, f"{needed[0]} is empty")
        yield line, fields


def _ballot(line: int, row: dict[str, str], options: Mapping[str, BudgetOption], vote_type: str) -> BudgetBallot:
    voter, vote = row.pop("voter_id"), row.pop("vote")
    named = tuple(part.strip() for part in vote.split(",") if part.strip())
    for option in named:
        if option not in options:
            raise BudgetFileError(line, f"there is no project {option!r}")
    if len(set(named)) < len(named):
        raise BudgetFileError(line, "a vote names a project twice")
    if vote_type == "choose-1" and len(named) > 1:
        raise BudgetFileError(line, f"a vote that chooses 1 names {len(named)}")
    if vote_type not in WITH_POINTS:
        return BudgetBallot(voter, named, (), row)
    # Points with a decimal comma could not be told from two points.
    given = [part.strip() for part in row.pop("points", "").split(",") if part.strip()]
    if len(given) != len(named):
        raise BudgetFileError(line, f"there are {len(given)} points for {len(named)} projects")
    return BudgetBallot(voter, named, tuple(_number(line, "points", part, negative=True) for part in given), row)


def _number(line: int, what: str, text: str, *, negative: bool = False) -> Fraction:
    found = _NUMBER.fullmatch(text)
    if found is None or (found[1] and not negative):
        raise BudgetFileError(line, f"{what} is a number{'' if negative else ' from 0 up'}, not {text!r}")
    return Fraction(f"{found[1]}{found[2]}.{found[3] or 0}")


def _decimal(number: Fraction) -> str:
    """Return a number as a decimal.

    Raises:
        ValueError: if it has no end as one.
    """
    places = 0
    while (number * 10**places).denominator > 1:
        places += 1
        if places > 30:  # noqa: PLR2004 - as many as are read
            raise ValueError(f"{number} has no end as a decimal")
    digits = str(abs(int(number * 10**places))).rjust(places + 1, "0")
    whole = digits[: len(digits) - places]
    return f"{'-' if number < 0 else ''}{whole}{'.' if places else ''}{digits[len(digits) - places :]}"


def _named(name: str) -> str:
    if not name or "," in name or name != name.strip():
        raise ValueError(f"{name!r} cannot be an id in a file")
    return name
