"""What abcvoting finds for small random profiles, kept as a golden file.

In an environment with `requirements.txt` of this folder, from the top of the repository:

    python tests/oracles/committees.py --cases 2000 --seed 1 \
        tests/community/cocreation/rounds/rules/golden/committees.json

A ballot is the sum of 2^option over the options it names; among options that are level, abcvoting takes the lowest.
"""

from __future__ import annotations

import argparse
import json
import random
from pathlib import Path
from typing import Any

from abcvoting import abcrules  # type: ignore[import-not-found]
from abcvoting.preferences import Profile  # type: ignore[import-not-found]


def main() -> None:
    """Write the file."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("file", type=Path)
    parser.add_argument("--cases", type=int, default=2000)
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    random.seed(arguments.seed)
    cases = [_case(number) for number in range(arguments.cases)]
    arguments.file.write_text(
        "[\n" + ",\n".join(json.dumps(case, separators=(",", ":")) for case in cases) + "\n]\n", encoding="utf-8"
    )


def _case(number: int) -> dict[str, Any]:
    options, voters = random.randint(2, 6), random.randint(1, 9)
    if number % 100 == 0:
        options, voters = random.randint(9, 12), random.randint(60, 120)
    elif number % 10 == 0:
        options, voters = random.randint(5, 9), random.randint(10, 30)
    winners = random.randint(1, options - 1)
    likely = random.choice((0.2, 0.4, 0.6))
    ballots = [
        [option for option in range(options) if random.random() < likely] or [random.randrange(options)]
        for _ in range(voters)
    ]
    profile = Profile(options)
    profile.add_voters(ballots)
    best = abcrules.compute_pav(profile, winners, algorithm="branch-and-bound", resolute=False)
    return {
        "m": options,
        "k": winners,
        "ballots": [_mask(ballot) for ballot in ballots],
        "seqpav": _mask(_one(abcrules.compute_seqpav(profile, winners, resolute=True))),
        "pav": sorted(_mask(committee) for committee in best),
        "phragmen": _mask(
            _one(abcrules.compute_seqphragmen(profile, winners, algorithm="standard-fractions", resolute=True))
        ),
        "shares": _mask(
            _one(abcrules.compute_equal_shares(profile, winners, algorithm="standard-fractions", resolute=True))
        ),
    }


def _one(committees: list[Any]) -> Any:
    (committee,) = committees
    return committee


def _mask(options: Any) -> int:
    return sum(1 << int(option) for option in options)


if __name__ == "__main__":
    main()
