"""What planted rings, farms and pods gain by each measure. Ends by itself, after half a minute.

    python -m bench.graph.resistance [--members 20000] [--data ../shared/data] [--write docs/graph_resistance.md]

Attacks (`bench.graph.plots`) are things that are done, and go through a scoring run as it is (`graph.scoring.score`).
"""

from __future__ import annotations

import argparse
from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from bench.graph.history import KINDS, UNFADING, history
from bench.graph.plots import Plot, courting, grown, mutual_pod, reaction_farm, sybil_ring
from graph.interactions import NOBODY, STAFF, Activity, People, weighted_ties
from graph.measures.rank import pagerank
from graph.measures.trust import trust
from graph.scoring import Parameters, Scores, score

Values = NDArray[np.float64]

DIMENSIONS = {"trust_and_support": 1.0, "strong_ties": 1.0, "participation": 1.0, "brand_support": 1.0}
COUNTED = ("in-degree", "weighted in-degree", "PageRank")
JUDGED = ("rank", "trust", "support", "bonding", "composite")
"""By which nobody who attacks may come into the top percent."""
DONE = ("bridging", "participation", "brand_support", "reach")
"""What anyone can do or have done to them."""
MEASURES = COUNTED + JUDGED + DONE
TOP = 0.01

HEAD = """\
# What attackers gain

    python -m bench.graph.resistance --members {members} --data ../shared/data --write docs/graph_resistance.md

Attacks are planted as things that are done, by as many accounts as one percent of the members, and the community is then
scored as any other (`graph.scoring.score`, with the weights that a community begins with). Attackers do all that there
is to do, every week of half a year: each pair of them makes a tie as strong as can be. Shown is the best place that
anyone has who is to gain by an attack or was made for it, in percent of the members (0 is the first of all). Before the
attack it is the best place of the targets. **Bold** is a place in the top percent.

- **Ring**: fakes do everything for each other and for one quiet member (of those whom fewest attend to); for
  every six fakes, a real member is tricked into doing each thing once towards one: following, answering, praising.
- **Farm**: fakes do everything for one quiet member, and nobody anything for them.
- **Pod**: real members of low standing do everything for each other.
- **courting**: the same, and all who are in it take part in what the brand does as well, as keenly as can be.

In-degree, weighted in-degree and plain PageRank are what is compared with. *rank*, *trust*, *support*, *bonding* and the
*composite* are to withstand. *bridging*, *participation*, *brand support* and *reach* count what is done, whoever does it,
and so these attackers lead by them: of participation and brand support that is what they say, who does most; the composite
is where they are held against what others give.

"""

TAIL = """\
## What stops them

- *Voices* (`graph.measures.trust.voices`). What comes through to a ring from the few whom it tricked is shared among the
  fakes, and once more among all whom each endorses; what is then less than the median falls by the
  square. A ring's fakes, and its target through them, are hardly heard. A farm is not heard at all: nobody attends to its
  fakes. And the more fakes there are, the less they all have to say.
- *A ceiling to strength* (`graph.measures.trust.ceiling`). No endorsement counts more than the strongest that the trusted
  make, by the median. Without it the target of a ring came first of 3,000 by trust: what is done every week, in every
  way, makes a tie more than ten times as strong as most, which made up for how little its maker was heard. Support and
  bonding count ties up to the same strength.
- *Ties and support count by the other's voice* (`graph.measures.ties`): strong ties within a ring are worth what those in
  it are. Before, support counted by percentiles of trust, and bonding by nothing.
- *Teleport in proportion to trust*: the walker of the rank begins with whom the trusted speak well of.
- *Regulars* (`graph.measures.regulars`). Where no staff is named, trust starts from members to whom many attend and
  who have a high PageRank. When it started from the keenest, 22 of 30 of them were fakes of a ring in a community of
  3,000, and all that follows was theirs.
- *The composite is a geometric mean*: what one can do alone (take part, court the brand) does not make up for what
  others have to give.

Distrusting a member raises nobody: {distrust}

## What does not stop them

- *Many who are tricked.* Who is endorsed by many real members is endorsed by many real members, whatever these were told.
  The same ring, having tricked one member in sixty ({tricked}), in percent: {many}.
  Moderators find rings by `graph.measures.trust.per_endorsement`.
- *A community of a few hundred of whom nobody is named.* Of the real site above, where nothing fades, four members of a
  pod have as many interactions as a quarter of its whole history, and come, in percent, to
  {unfading}. With what fades as it does by default they stay out of the
  top percent.
- *No staff, and fakes who are more than a few.* No rule that treats all members alike is safe [1]. Name staff.
- *Bridging* is Burt's effective size: contacts who do not know each other, whoever they are. The target of a farm has
  many. It is a third of one of four parts of the composite.

[1] Cheng, Friedman: Sybilproof reputation mechanisms. P2PECON 2005.
"""


def main() -> None:
    """Attack, print, and write the document."""
    parser = argparse.ArgumentParser(prog="python -m bench.graph.resistance", description="What attackers gain.")
    parser.add_argument("--members", type=int, default=20_000)
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    parser.add_argument("--write", type=Path, help="the document to write the tables to")
    options = parser.parse_args()
    honest = grown(options.members, 8 * options.members, seed=1, staff=10)
    parts = [
        HEAD.format(members=options.members),
        told("The generated community, with ten of staff", honest, courted=True),
        told("The same without staff", without_staff(honest), courted=False),
    ]
    site = options.data / "se_history_meta"
    unfading = "absent, there are no data of it here"
    if site.is_dir():
        real = taking_part(history(site).activity)
        parts.append(told("A real site without staff: history meta of Stack Exchange", real, courted=False))
        unfading = _judged(after(mutual_pod(real, planted_in(real)), fading=False))
    else:
        parts.append("A real site: absent, se_history_meta is not in the shared data.\n\n")
    tricked = options.members // 60
    many = _judged(after(sybil_ring(honest, planted_in(honest), 1, gullible=tricked)))
    parts.append(TAIL.format(distrust=distrusting(honest), unfading=unfading, tricked=tricked, many=many))
    text = "".join(parts)
    print(text)
    if options.write:
        options.write.write_text(text, encoding="utf-8")


def plots(activity: Activity, *, courted: bool) -> dict[str, Plot]:
    """Return each attack by its name, of one percent of the members."""
    planted = planted_in(activity)
    plain = {
        "ring": sybil_ring(activity, planted, 1),
        "farm": reaction_farm(activity, planted),
        "pod": mutual_pod(activity, planted),
    }
    return plain | ({f"{name}, courting": courting(plot) for name, plot in plain.items()} if courted else {})


def planted_in(activity: Activity) -> int:
    """Return how many accounts are one percent of the members."""
    return max(2, round(TOP * len(activity.people.members)))


def told(name: str, honest: Activity, *, courted: bool) -> str:
    """Return the table of a community."""
    before = standings(honest, scored(honest))
    lines = [
        f"## {name}\n",
        f"{len(honest.people.members):,} members, {len(honest.interactions):,} things done; attacks by",
        f"{planted_in(honest)}. Places in percent.\n",
        "| | " + " | ".join(name.replace("_", " ") for name in MEASURES) + " |",
        "|---" * (len(MEASURES) + 1) + "|",
    ]
    for attack, plot in plots(honest, courted=courted).items():
        lines.extend((_line(f"{attack}: before", _places(before, plot.targets)), _line("after", after(plot))))
    return "\n".join(lines) + "\n\n"


def after(plot: Plot, *, fading: bool = True) -> dict[str, float]:
    """Return the best place, in percent, that anyone in an attack has by each measure."""
    return _places(
        standings(plot.activity, scored(plot.activity, fading=fading)), np.concatenate([plot.targets, plot.fakes])
    )


def scored(activity: Activity, *, fading: bool = True) -> Scores:
    """Return a scoring run of a community, by the weights that a community begins with."""
    return score(activity, Parameters(KINDS if fading else UNFADING, DIMENSIONS))


def standings(activity: Activity, scores: Scores) -> dict[str, Values]:
    """Return what each person has by each measure, by their place among the people."""
    snapshot, ranking, members = scores.snapshot, scores.rankings[0], activity.people.members
    place, ranked = np.searchsorted(members, snapshot.members), np.searchsorted(members, ranking.members)
    found = {
        "in-degree": (place, snapshot.into.degrees()),
        "weighted in-degree": (place, snapshot.into.strengths()),
        "PageRank": (place, pagerank(snapshot.out, snapshot.into).scores),
        "rank": (ranked, ranking.scores),
        "reach": (ranked, ranking.reach),
        **{name: (place, values) for name, values in scores.values.items()},
    }
    moved = {name: np.zeros(len(members)) for name in found}
    for name, (places, values) in found.items():
        moved[name][places] = values
    return moved


def distrusting(activity: Activity, amount: int = 50) -> str:
    """Return what distrusting does to others, by trying it on some members one after another."""
    out = weighted_ties(len(activity.people.members), activity.interactions, KINDS)
    seeds = activity.people.having(STAFF).astype(np.float64)
    before = trust(out, seeds)
    gained, lost = -1.0, 0
    for member in np.random.default_rng(1).choice(np.flatnonzero(before > 0), amount, replace=False):
        change = trust(out, seeds, distrusted=np.arange(out.size) == member) - before
        gained, lost = max(gained, float(change.max())), lost + int(np.count_nonzero(change < 0))
    return (
        f"of {amount} members distrusted one by one, the most that anyone's trust rose by is {gained:g}, and on average\n"
        f"{lost / amount:,.0f} others lost some. It is tested to hold to the last bit."
    )


def taking_part(activity: Activity) -> Activity:
    """Return a community without those who never did anything and to whom nothing was done."""
    done, size = activity.interactions, len(activity.people.members)
    there = np.zeros(size, np.bool_)
    there[done.actors] = True
    there[done.targets[done.targets != NOBODY]] = True
    place = np.full(size + 1, NOBODY, np.uint32)
    place[:-1][there] = np.arange(np.count_nonzero(there))
    return replace(
        activity,
        people=People(activity.people.members[there], activity.people.facts[there]),
        interactions=replace(done, actors=place[done.actors], targets=place[np.minimum(done.targets, size)]),
    )


def without_staff(activity: Activity) -> Activity:
    """Return a community in which nobody is named."""
    return replace(activity, people=People(activity.people.members, np.zeros_like(activity.people.facts)))


def best_place(values: Values, who: NDArray[np.int64]) -> float:
    """Return what percent of all are placed above the best placed of some."""
    return 100 * float(np.count_nonzero(values > values[who].max())) / len(values)


def _places(found: dict[str, Values], who: NDArray[np.int64]) -> dict[str, float]:
    return {name: best_place(found[name], who) for name in MEASURES}


def _line(name: str, places: dict[str, float]) -> str:
    cells = [f"**{place:.1f}**" if place < 100 * TOP else f"{place:.1f}" for place in places.values()]
    return f"| {name} | " + " | ".join(cells) + " |"


def _judged(places: dict[str, float]) -> str:
    return ", ".join(f"{name} {places[name]:.1f}" for name in JUDGED)


if __name__ == "__main__":
    main()
