"""Ballots that order options, as tests write, draw and read them."""

from __future__ import annotations

import json
import random
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import pytest
from hypothesis import strategies as st

from community.cocreation.rounds.rules.outcomes import Lots
from community.cocreation.rounds.rules.profiles import UNRANKED, Rankings, rankings
from tests.shared_data import SHARED

DEBIAN = SHARED / "preflib_debian"
GOLDEN = Path(__file__).parent / "golden" / "rankings.json"

needs_debian = pytest.mark.skipif(not DEBIAN.is_dir(), reason="Debian's votes are not in the shared data")

Ballot = tuple[int | None, ...]
"""The rank of each option, None for one left out."""

TENNESSEE = {"M>N>C>K": 42, "N>C>K>M": 26, "C>K>N>M": 15, "K>C>N>M": 17}
"""Where the capital is to be, of Memphis, Nashville, Chattanooga and Knoxville: the example of many textbooks."""
BURLINGTON = {
    "M>K>W": 1332,
    "M>W>K": 767,
    "M": 455,
    "K>M>W": 2043,
    "K>W>M": 371,
    "K": 568,
    "W>M>K": 1513,
    "W>K>M": 495,
    "W": 1289,
}
"""Burlington's election of a mayor in 2009, of Montroll, Kiss and Wright: as published, and others left out."""


def votes(options: str, ballots: Mapping[str, int]) -> Rankings:
    """Return ballots written as "A>B=C", numbering options by their place among all."""
    profile: list[Ballot] = []
    for text in ballots:
        ranked = {name: rank for rank, level in enumerate(text.split(">")) for name in level.split("=")}
        profile.append(tuple(ranked.get(name) for name in options))
    return of(profile, list(ballots.values()), len(options))


def of(ballots: Sequence[Ballot], counts: Sequence[int] | None = None, options: int | None = None) -> Rankings:
    """Return ballots given by ranks."""
    width = len(ballots[0]) if options is None else options
    ranks = np.array([[UNRANKED if rank is None else rank for rank in ballot] for ballot in ballots], np.int16)
    return rankings(ranks.reshape(len(ballots), width), None if counts is None else np.array(counts, np.int64))


def names(options: str, numbers: Sequence[int]) -> str:
    """Return options by name."""
    return "".join(options[number] for number in numbers)


def lots_in(order: Sequence[int]) -> Lots:
    """Return lots that draw options in a given order."""
    lots = Lots("", len(order))
    lots.order = tuple(order)
    lots._place = {option: place for place, option in enumerate(order)}
    return lots


def strict(options: int) -> st.SearchStrategy[Ballot]:
    """Draw a ballot that orders all options, none level."""
    return st.permutations(range(options)).map(tuple)


def loose(options: int) -> st.SearchStrategy[Ballot]:
    """Draw a ballot on which options may be level, or left out."""
    return st.tuples(*[st.none() | st.integers(0, options - 1)] * options)


@st.composite
def profiles(
    draw: st.DrawFn, *, only_strict: bool = False, least: int = 1, most: int = 5, voters: int = 12
) -> list[Ballot]:
    """Draw the ballots of a few voters, one each."""
    options = draw(st.integers(least, most))
    return draw(st.lists(strict(options) if only_strict else loose(options), min_size=1, max_size=voters))


def random_ballots(ballots: int, options: int, kind: str, seed: int = 1) -> Rankings:
    """Draw many ballots of different tastes: `strict`, `short` of a few options, or `level`, with many at one rank."""
    chance = np.random.default_rng(seed)
    ranks = chance.random((ballots, options)).argsort(axis=1).astype(np.int16)
    if kind == "short":
        ranks[ranks >= chance.integers(1, 9, (ballots, 1))] = UNRANKED
    if kind == "level":
        ranks = chance.integers(0, 6, (ballots, options)).astype(np.int16)
        ranks[ranks == 5] = UNRANKED
    return rankings(ranks)


def debian(number: int) -> tuple[Rankings, list[str]]:
    """Return one of Debian's votes as PrefLib keeps them, and the names of its options."""
    titles: list[str] = []
    ballots: Counter[Ballot] = Counter()
    for line in (DEBIAN / f"00002-{number:08}.soi").read_text("utf-8").splitlines():
        if line.startswith("# ALTERNATIVE NAME"):
            titles.append(line.split(": ", 1)[1])
        elif line and not line.startswith("#"):
            count, _, order = line.partition(": ")
            place = {int(option) - 1: rank for rank, option in enumerate(order.split(","))}
            ballots[tuple(place.get(option) for option in range(len(titles)))] += int(count)
    return of(list(ballots), list(ballots.values())), titles


def golden(rule: str) -> list[tuple[Rankings, list[int] | int | None]]:
    """Return random profiles, and who may win from each by a rule as another library has it."""
    kept = json.loads(GOLDEN.read_text("utf-8"))
    column = 1 + kept["rules"].index(rule)
    return [(_golden_profile(row[0]), row[column]) for row in kept["profiles"]]


def _golden_profile(text: str) -> Rankings:
    counts, _, ranks = zip(*(ballot.partition(":") for ballot in text.split()), strict=True)
    return of(
        [tuple(None if rank == "-" else int(rank) for rank in ballot) for ballot in ranks],
        [int(count) for count in counts],
    )


def seeds(amount: int) -> list[str]:
    """Return seeds of lots."""
    return [str(random.Random(number).random()) for number in range(amount)]
