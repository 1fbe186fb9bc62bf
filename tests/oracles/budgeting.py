"""What pabutools finds for small random rounds of participatory budgeting, kept as a golden file.

In an environment with `requirements.txt` of this folder, from the top of the repository:

    python tests/oracles/budgeting.py --cases 2000 --seed 1 \
        tests/community/cocreation/rounds/rules/golden/budgeting.json

A ballot is the sum of 2^option over the options it names; among options that are level, the lowest is taken. Every option
has a supporter: pabutools pays greedily for those without, and Teahouse does not.
"""

from __future__ import annotations

import argparse
import json
import random
from pathlib import Path
from typing import Any

from pabutools.election import ApprovalBallot, ApprovalProfile, Cardinality_Sat, Cost_Sat, Instance, Project  # type: ignore[import-not-found]
from pabutools.rules import greedy_utilitarian_welfare, method_of_equal_shares  # type: ignore[import-not-found]


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
    options, voters, most = random.randint(2, 6), random.randint(1, 9), random.choice((4, 20, 60))
    if number % 100 == 0:
        options, voters, most = random.randint(10, 16), random.randint(60, 120), 3_000
    elif number % 10 == 0:
        options, voters = random.randint(5, 9), random.randint(10, 30)
    costs = [random.randint(1, most) for _ in range(options)]
    budget = random.randint(1, sum(costs))
    likely = random.choice((0.2, 0.4, 0.6))
    ballots = [{option for option in range(options) if random.random() < likely} for _ in range(voters)]
    for option in range(options):
        if not any(option in ballot for ballot in ballots):
            random.choice(ballots).add(option)
    projects = [Project(str(option), cost) for option, cost in enumerate(costs)]
    instance = Instance(projects, budget_limit=budget)
    profile = ApprovalProfile([ApprovalBallot(projects[option] for option in ballot) for ballot in ballots])
    case: dict[str, Any] = {
        "costs": costs,
        "budget": budget,
        "ballots": [_mask(ballot) for ballot in ballots],
        # Cost_Sat is approvals times cost, and what is compared is that by cost: approvals.
        "greedy": _mask(_ids(greedy_utilitarian_welfare(instance, profile, sat_class=Cost_Sat))),
    }
    for name, worth in (("cost", Cost_Sat), ("number", Cardinality_Sat)):
        plain = method_of_equal_shares(instance, profile, sat_class=worth)
        raised = method_of_equal_shares(instance, profile, sat_class=worth, voter_budget_increment=1)
        whole = greedy_utilitarian_welfare(instance, profile, sat_class=Cost_Sat, initial_budget_allocation=raised)
        case[name] = [_mask(_ids(plain)), _mask(_ids(raised)), _mask(_ids(whole))]
    return case


def _ids(projects: Any) -> list[int]:
    return [int(project.name) for project in projects]


def _mask(options: Any) -> int:
    return sum(1 << option for option in options)


if __name__ == "__main__":
    main()
