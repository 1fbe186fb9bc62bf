"""Ask the library pref_voting who wins from many small random profiles, for the tests of the rules on rankings.

In an environment of its own, with `pip install -r tests/oracles/requirements.txt`:

    python tests/oracles/rankings.py tests/community/cocreation/rounds/rules/golden/rankings.json

A profile is a string of ballots, "count:ranks" with a digit for each option and - for one left out. Expected are all
options that may win however ties are broken. The single transferable vote is asked for one outcome under the rules of
Scottish local elections with nine decimals, and one by weighted inclusive Gregory; both break ties in their own ways.
Nothing is expected where the library means something else: of ranked pairs if two options draw, for it locks draws too;
of the single transferable vote if options are level, for a vote it hands on passes by those level with who had it.
"""

# mypy: disable-error-code="import-not-found"
from __future__ import annotations

import argparse
import json
import random
from itertools import combinations
from pathlib import Path

from pref_voting.c1_methods import top_cycle
from pref_voting.iterative_methods import split_irv_put
from pref_voting.margin_based_methods import beat_path, ranked_pairs_with_test
from pref_voting.profiles_with_ties import ProfileWithTies
from pref_voting.proportional_methods import stv_scottish, stv_wig
from pref_voting.scoring_methods import borda_for_profile_with_ties

Ballot = tuple[int, list[int | None]]


def random_ballot(chance: random.Random, options: int, kind: str) -> list[int | None]:
    """Return ranks: a strict order, one cut short, or one in which options may be level and left out."""
    order = chance.sample(range(options), options)
    ranks: list[int | None] = [None] * options
    last = options if kind == "strict" else chance.randint(1, options)
    rank = 0
    for place, option in enumerate(order[:last]):
        rank += place > 0 and (kind != "level" or chance.random() < 0.6)
        ranks[option] = rank
    return ranks


def winners(ballots: list[Ballot], options: int) -> dict[str, object]:
    """Return who may win by each rule."""
    profile = ProfileWithTies(
        [{option: rank + 1 for option, rank in enumerate(ranks) if rank is not None} for _, ranks in ballots],
        rcounts=[count for count, _ in ballots],
        candidates=list(range(options)),
    )
    profile.use_extended_strict_preference()
    draws = any(profile.margin(one, other) == 0 for one, other in combinations(range(options), 2))
    found = {
        "condorcet": profile.condorcet_winner(),
        "smith": top_cycle(profile),
        "borda": borda_for_profile_with_ties(profile),
        "instant_runoff": split_irv_put(profile),
        "schulze": beat_path(profile, strength_function=profile.support),
        "ranked_pairs": None if draws else ranked_pairs_with_test(profile, strength_function=profile.support),
    }
    level = any(len(set(given)) < len(given) for given in ([r for r in ranks if r is not None] for _, ranks in ballots))
    for seats in (2, 3):
        if level:
            found |= {f"scottish {seats}": None, f"gregory {seats}": None}
            continue
        found[f"scottish {seats}"] = stv_scottish(profile, num_seats=seats, decimals=9, rng=random.Random(0))
        found[f"gregory {seats}"] = stv_wig(profile, num_seats=seats, quota_rule="droop")
    return {
        rule: [int(option) for option in who] if isinstance(who, list) else None if who is None else int(who)
        for rule, who in found.items()
    }


def main() -> None:
    """Write the profiles and what the library says of them."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("file", type=Path)
    parser.add_argument("--profiles", type=int, default=2_500)
    parser.add_argument("--seed", type=int, default=2026)
    arguments = parser.parse_args()
    chance = random.Random(arguments.seed)
    rows: list[list[object]] = []
    while len(rows) < arguments.profiles:
        options, kind = chance.randint(3, 6), chance.choice(("strict", "short", "level"))
        ballots = [(chance.randint(1, 9), random_ballot(chance, options, kind)) for _ in range(chance.randint(3, 8))]
        text = " ".join(
            f"{count}:{''.join('-' if rank is None else str(rank) for rank in ranks)}" for count, ranks in ballots
        )
        expected = winners(ballots, options)
        # Where one wins against all others most rules agree: of these a third is enough.
        if expected["condorcet"] is None or chance.random() < 1 / 3:
            rows.append([text, *expected.values()])
    rules = list(winners([(1, [0, 1, 2])], 3))
    lines = ",\n".join(json.dumps(row, separators=(",", ":")) for row in rows)
    arguments.file.write_text(f'{{"rules":{json.dumps(rules)},"profiles":[\n{lines}\n]}}\n', encoding="utf-8")


if __name__ == "__main__":
    main()
