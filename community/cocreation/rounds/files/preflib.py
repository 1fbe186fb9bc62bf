"""PrefLib's files: orders (.soc, .soi, .toc, .toi) and categories (.cat) of options, equal ballots on one line.

    # DATA TYPE: soi
    # NUMBER ALTERNATIVES: 3
    # ALTERNATIVE NAME 1: Oolong
    ...
    60: 3,1,2
    12: 2,{1,3}

A line has how many cast the ballot, and then its options from the best to the worst, level ones in braces; in a .cat
file, the options of each category in turn.

Source: N. Mattei, T. Walsh: PrefLib: A Library for Preferences. ADT 2013; the format as of 2022.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

import numpy as np

from community.cocreation.rounds.rules.profiles import UNRANKED, Approvals, Rankings, approvals, rankings

KINDS = ("soc", "soi", "toc", "toi", "cat")
MOST_OPTIONS = 10_000
MOST_VOTERS = 2**31 - 1
_CATEGORIES = "cat"
_HEADER = re.compile(r"#\s*([A-Z][A-Z 0-9]*?)\s*:\s?(.*)")
_NUMBERED = re.compile(r"(ALTERNATIVE|CATEGORY) NAME (\d{1,9})")
_LINE = re.compile(r"\s*(\d{1,10})\s*:\s*(.*?)\s*")
_GROUP = re.compile(r"\s*(?:\{([\d,\s]*)\}|(\d{1,9}))\s*(?:,|$)")

Groups = tuple[tuple[int, ...], ...]
"""Options from 0, the best group first."""


class BadPreferenceFileError(ValueError):
    """A file that is none of PrefLib's, with the line that shows it."""

    def __init__(self, line: int, reason: str) -> None:
        """Say what is wrong on which line, from 1; 0 is the file as a whole."""
        super().__init__(f"line {line}: {reason}" if line else reason)


@dataclass(frozen=True, slots=True)
class PreferenceFile:
    """What a file says."""

    kind: str
    options: tuple[str, ...]
    ballots: tuple[tuple[int, Groups], ...]
    """How many cast it, and what it says."""
    title: str = ""
    categories: tuple[str, ...] = ()
    """Of a .cat file."""
    header: Mapping[str, str] = field(default_factory=dict)
    """All else that stands at its top, kept as it is."""

    def rankings(self) -> Rankings:
        """Return its ballots as orders; of a .cat file, options of one category are level."""
        ranks = np.full((len(self.ballots), len(self.options)), UNRANKED, np.int16)
        for ballot, (_, groups) in enumerate(self.ballots):
            for rank, group in enumerate(groups):
                ranks[ballot, list(group)] = rank
        return rankings(ranks, self._counts())

    def approvals(self) -> Approvals:
        """Return its ballots as approvals: of a .cat file the first category, of an order the options at its top."""
        approved = np.zeros((len(self.ballots), len(self.options)), np.bool_)
        for ballot, (_, groups) in enumerate(self.ballots):
            if groups:
                approved[ballot, list(groups[0])] = True
        return approvals(approved, self._counts())

    def _counts(self) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
        return np.array([count for count, _ in self.ballots], np.int64)


def read(text: str) -> PreferenceFile:
    """Read a file.

    Raises:
        BadPreferenceFileError: naming the line, if it says nothing that can be counted: an unknown kind, an option that is
            not there or stands in a ballot twice, level options where the kind has none, a total that does not agree.
    """
    header: dict[str, str] = {}
    names: dict[str, dict[int, str]] = {"ALTERNATIVE": {}, "CATEGORY": {}}
    lines: list[tuple[int, str]] = []
    for number, line in enumerate(text.splitlines(), 1):
        if not line.startswith("#"):
            if line.strip():
                lines.append((number, line))
            continue
        found = _HEADER.fullmatch(line.rstrip())
        if found is None:
            raise BadPreferenceFileError(number, "a line of the header reads `# NAME: value`")
        key, value = found.group(1), found.group(2).strip()
        numbered = _NUMBERED.fullmatch(key)
        if numbered is None:
            header[key] = value
        else:
            names[numbered.group(1)][int(numbered.group(2))] = value
    kind = header.pop("DATA TYPE", "")
    if kind not in KINDS:
        raise BadPreferenceFileError(0, f"its data type is {kind or 'not said'}; {', '.join(KINDS)} can be read")
    options = _named(names["ALTERNATIVE"], header.pop("NUMBER ALTERNATIVES", ""), "alternatives")
    categories: tuple[str, ...] = ()
    if kind == _CATEGORIES:
        categories = _named(names["CATEGORY"], header.pop("NUMBER CATEGORIES", ""), "categories")
    ballots = tuple(_ballots(lines, kind, len(options), len(categories)))
    _agree(header, "NUMBER VOTERS", sum(count for count, _ in ballots))
    return PreferenceFile(kind, options, ballots, header.pop("TITLE", ""), categories, header)


def write(file: PreferenceFile) -> str:
    """Write a file: `read` gives the same again."""
    head = {"TITLE": file.title, "DATA TYPE": file.kind, **file.header}
    head["NUMBER ALTERNATIVES"] = str(len(file.options))
    head["NUMBER VOTERS"] = str(sum(count for count, _ in file.ballots))
    head["NUMBER UNIQUE ORDERS"] = str(len(file.ballots))
    if file.kind == _CATEGORIES:
        head["NUMBER CATEGORIES"] = str(len(file.categories))
        head |= {f"CATEGORY NAME {number}": name for number, name in enumerate(file.categories, 1)}
    head |= {f"ALTERNATIVE NAME {number}": name for number, name in enumerate(file.options, 1)}
    lines = [f"# {name}: {' '.join(value.split())}".rstrip() for name, value in head.items()]
    lines += [f"{count}: {','.join(map(_written, groups))}" for count, groups in file.ballots]
    return "\n".join(lines) + "\n"


def of_rankings(ballots: Rankings, options: Iterable[str], title: str = "") -> PreferenceFile:
    """Return a file with these ballots, of the narrowest kind that holds them. Ballots that order nothing are left out."""
    rows: list[tuple[int, Groups]] = []
    for ranks, count in zip(ballots.ranks.tolist(), ballots.counts.tolist(), strict=True):
        groups: dict[int, list[int]] = {}
        for option, rank in enumerate(ranks):
            if rank != UNRANKED:
                groups.setdefault(rank, []).append(option)
        if groups:
            rows.append((count, tuple(tuple(groups[rank]) for rank in sorted(groups))))
    names = tuple(options)
    level = any(len(group) > 1 for _, groups in rows for group in groups)
    complete = all(sum(map(len, groups)) == len(names) for _, groups in rows)
    return PreferenceFile(("t" if level else "s") + "o" + ("c" if complete else "i"), names, tuple(rows), title)


def of_approvals(ballots: Approvals, options: Iterable[str], title: str = "") -> PreferenceFile:
    """Return a .cat file with these ballots: what they name, and what they do not."""
    rows: list[tuple[int, Groups]] = []
    for approved, count in zip(ballots.approved, ballots.counts.tolist(), strict=True):
        groups = np.flatnonzero(approved), np.flatnonzero(~approved)
        rows.append((count, tuple(tuple(group.tolist()) for group in groups)))
    return PreferenceFile(_CATEGORIES, tuple(options), tuple(rows), title, ("Approved", "Not approved"))


def _written(group: tuple[int, ...]) -> str:
    numbers = ",".join(str(option + 1) for option in group)
    return numbers if len(group) == 1 else f"{{{numbers}}}"


def _named(names: Mapping[int, str], said: str, what: str) -> tuple[str, ...]:
    if not said.isascii() or not said.isdecimal() or not 0 < int(said[:9]) <= MOST_OPTIONS:
        raise BadPreferenceFileError(
            0, f"it says how many {what} there are by `# NUMBER {what.upper()}:`, 1 to {MOST_OPTIONS}"
        )
    if set(names) != set(range(1, int(said) + 1)):
        raise BadPreferenceFileError(0, f"it has {said} {what}, and names for others than 1 to {said}")
    return tuple(names[number] for number in sorted(names))


def _agree(header: dict[str, str], name: str, found: int) -> None:
    said = header.pop(name, None)
    header.pop("NUMBER UNIQUE ORDERS", None)
    header.pop("NUMBER UNIQUE PREFERENCES", None)
    if said is not None and said != str(found):
        raise BadPreferenceFileError(0, f"`# {name}:` says {said[:20]}, and its lines have {found}")


def _ballots(
    lines: Iterable[tuple[int, str]], kind: str, options: int, categories: int
) -> Iterator[tuple[int, Groups]]:
    voters = 0
    for number, line in lines:
        found = _LINE.fullmatch(line)
        if found is None:
            raise BadPreferenceFileError(number, "a ballot reads `count: option,option,...`")
        count = int(found.group(1))
        voters += count
        if not count or voters > MOST_VOTERS:
            raise BadPreferenceFileError(
                number, f"a ballot is cast once at least, and {MOST_VOTERS} at most are counted"
            )
        groups = tuple(_groups(number, found.group(2)))
        _check(number, kind, groups, options)
        if kind == _CATEGORIES and len(groups) > categories:
            raise BadPreferenceFileError(number, f"there are {categories} categories, and here {len(groups)}")
        yield count, groups


def _groups(number: int, text: str) -> Iterator[tuple[int, ...]]:
    at = 0
    while at < len(text):
        found = _GROUP.match(text, at)
        if found is None:
            raise BadPreferenceFileError(number, f"`{text[at : at + 20]}` is no option, nor options in braces")
        at = found.end()
        together, alone = found.group(1), found.group(2)
        if alone is not None:
            yield (int(alone) - 1,)
            continue
        try:
            yield tuple(int(option) - 1 for option in together.split(",")) if together.strip() else ()
        except ValueError:
            raise BadPreferenceFileError(number, f"`{{{together[:20]}}}` does not list options") from None


def _check(number: int, kind: str, groups: Groups, options: int) -> None:
    named = [option for group in groups for option in group]
    if any(not 0 <= option < options for option in named):
        raise BadPreferenceFileError(number, f"options are 1 to {options}")
    if len(set(named)) != len(named):
        raise BadPreferenceFileError(number, "an option stands there twice")
    if kind == _CATEGORIES:
        return
    if kind.startswith("s") and any(len(group) != 1 for group in groups):
        raise BadPreferenceFileError(number, f"options are level, which a .{kind} file does not have")
    if not all(groups):
        raise BadPreferenceFileError(number, "braces with nothing between them")
    if kind.endswith("c") and len(named) != options:
        raise BadPreferenceFileError(number, f"a .{kind} file orders all {options} options")
