"""How well made-up referrals are told from real ones, on programmes not seen before. Ends by itself, in four minutes.

    python -m bench.referral_fraud [--seeds 20] [--write docs/referral_fraud.md]

Programmes are made up by `tests/community/referrals/generator.py`. The shipped weights were fitted on seeds below
`LOOKED_AT`.
"""

from __future__ import annotations

import argparse
import os
import time
from collections.abc import Callable, Iterable
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from bench import referral_intervals
from bench.referral_live import measured_live
from bench.referral_page import HEAD, TAIL
from community.referrals.fraud.claims import COLUMNS, Claims
from community.referrals.fraud.learning import learned, quality, with_thresholds
from community.referrals.fraud.score import HOLD_FROM, REJECT_FROM, SHIPPED, Judging, judged, probabilities
from community.referrals.fraud.signals import INTERCEPT, SIGNALS, measured
from tests.community.referrals.generator import FRAUD, HONEST, world

LOOKED_AT = 30_000
"""Weights and thresholds were chosen by looking at seeds below; what is reported is from there on."""
DRAWS = 10
"""Times that decisions are drawn, of which the mean is shown."""
DECISIONS = (100, 300, 1_000, 3_000)
ROUNDS = 1_000
JUDGED_AT_ONCE = 100_000
MOST_HELD, LEAST_FOUND = 0.01, 0.9
"""What is aimed at."""

Numbers = NDArray[np.float64]


class Pool(NamedTuple):
    """The claims of several programmes."""

    strengths: Numbers
    fraud: NDArray[np.bool_]
    kinds: NDArray[np.str_]
    skills: Numbers
    worlds: NDArray[np.int64]

    def where(self, which: NDArray[np.bool_]) -> Pool:
        """Return some of them."""
        return Pool(self.strengths[which], self.fraud[which], self.kinds[which], self.skills[which], self.worlds[which])


def main() -> None:
    """Judge, print, and write the document."""
    parser = argparse.ArgumentParser(
        prog="python -m bench.referral_fraud", description="How well made-up referrals are told from real ones."
    )
    parser.add_argument("--seeds", type=int, default=20)
    parser.add_argument("--write", type=Path, help="the document to write the tables to")
    options = parser.parse_args()
    seeds = range(LOOKED_AT, LOOKED_AT + options.seeds)
    scored, unscored = pooled(seeds), pooled(seeds, without_trust)
    at_once = pooled(seeds, at_sign_up)
    live = measured_live(seeds)
    text = (
        HEAD.format(
            signals=signals(),
            intercept=INTERCEPT,
            seeds=options.seeds,
            first=LOOKED_AT,
            hold=HOLD_FROM,
            reject=REJECT_FROM,
            claims=len(scored.fraud),
            made_up=int(scored.fraud.sum()),
            kinds=of_kinds(scored, unscored, at_once),
            worlds=of_worlds(scored),
            skills=of_parts(
                scored,
                (
                    (name, (scored.skills >= low) & (scored.skills < high))
                    for name, low, high in (("little", 0, 1 / 3), ("some", 1 / 3, 2 / 3), ("much", 2 / 3, 1.01))
                ),
            ),
            calibration=calibration(scored),
            live=live.table,
            agreement=live.agreement,
            reading=live.reading,
            idle=SIGNALS["IDLE"].weight,
            taught=taught(seeds),
            speed=speed(),
            intervals=referral_intervals.table(ROUNDS),
        )
        + TAIL
    )
    print(text)
    if options.write:
        options.write.write_text(text, encoding="utf-8")


def everything(claims: Claims) -> Claims:
    """Return claims as they are."""
    return claims


def without_trust(claims: Claims) -> Claims:
    """Return what is known in a community where no scoring run has been."""
    unknown = np.full(len(claims), np.nan)
    return replace(claims, trust=unknown, referrer_trust=unknown)


def at_sign_up(claims: Claims) -> Claims:
    """Return what is known on the day of signing up: nothing of what referees do afterwards."""
    unknown = np.full(len(claims), np.nan)
    return replace(
        claims,
        verified_at=unknown,
        active_at=unknown,
        purchased_at=unknown,
        acts=unknown,
        active_days=unknown,
        trust=unknown,
        payment=np.zeros(len(claims), np.int64),
        now=float(claims.signed_up_at.min()),
    )


def pooled(seeds: Iterable[int], known: Callable[[Claims], Claims] = everything) -> Pool:
    """Return the claims of the programmes of some seeds, measured by what is known of them."""
    made = [world(seed) for seed in seeds]
    sizes = [len(one.claims) for one in made]
    return Pool(
        np.concatenate([measured(known(one.claims)).strengths for one in made]),
        np.concatenate([one.fraud for one in made]),
        np.concatenate([one.kinds for one in made]),
        np.repeat([one.skill for one in made], sizes),
        np.repeat(np.arange(len(made)), sizes),
    )


def signals() -> str:
    """Return the table of signals."""
    lines = ["| signal | what a moderator reads | from | full | weight |", "|---|---|---|---|---|"]
    for name, signal in SIGNALS.items():
        sentence = (
            signal.sentence.replace("{measured:.0f}", "*n*")
            .replace("{measured:.1f}", "*n*")
            .replace("{measured:.0%}", "*n*%")
        )
        lines.append(f"| `{name}` | {sentence} | {signal.start:g} | {signal.full:g} | {signal.weight:+.1f} |")
    return "\n".join(lines)


def of_kinds(scored: Pool, unscored: Pool, at_once: Pool) -> str:
    """Return the table of how many of each kind are held and rejected, by what is known of them."""
    lines = [
        "| kind | claims | **held or rejected** | rejected | held, no trust known | held, on the day of signing up |",
        "|---|---|---|---|---|---|",
    ]
    for names, title in ((FRAUD, "**all fraud**"), (HONEST, "**all honest**")):
        for name in (*names, title):
            which = np.isin(scored.kinds, names if name == title else (name,))
            likely, without, early = (probabilities(pool.strengths[which]) for pool in (scored, unscored, at_once))
            cells = (likely >= HOLD_FROM, likely >= REJECT_FROM, without >= HOLD_FROM, early >= HOLD_FROM)
            lines.append(f"| {name} | {len(likely):,} | " + " | ".join(map(_percent, cells)) + " |")
    return "\n".join(lines)


def of_worlds(pool: Pool) -> str:
    """Return in words how programmes differ."""
    held = probabilities(pool.strengths) >= HOLD_FROM
    found, wrong = (
        np.array([held[(pool.worlds == one) & (pool.fraud == fraud)].mean() for one in np.unique(pool.worlds)])
        for fraud in (True, False)
    )
    low, high = quality(probabilities(pool.strengths), pool.fraud).false_positive_bounds
    return (
        f"Of honest claims {100 * low:.2f}% to {100 * high:.2f}% are held, if claims were independent "
        "(Clopper and Pearson, 95%); they are\n"
        f"not quite, and programmes differ: from {100 * wrong.min():.2f}% to {100 * wrong.max():.2f}%, and over 1% in "
        f"{np.count_nonzero(wrong > MOST_HELD)} of {len(wrong)}. Recall is from\n"
        f"{100 * found.min():.0f}% to {100 * found.max():.0f}%, and below 90% in "
        f"{np.count_nonzero(found < LEAST_FOUND)}."
    )


def of_parts(pool: Pool, parts: Iterable[tuple[str, NDArray[np.bool_]]]) -> str:
    """Return the table of parts of the claims."""
    lines = ["| | made up | found | honest | held |", "|---|---|---|---|---|"]
    for name, which in parts:
        part = pool.where(which)
        held = probabilities(part.strengths) >= HOLD_FROM
        lines.append(
            f"| {name} | {np.count_nonzero(part.fraud):,} | {_percent(held[part.fraud])} "
            f"| {np.count_nonzero(~part.fraud):,} | {_percent(held[~part.fraud])} |"
        )
    return "\n".join(lines)


def calibration(pool: Pool) -> str:
    """Return the table of what is said and what is so."""
    likely = probabilities(pool.strengths)
    lines = ["| probability said | claims | mean said | made up |", "|---|---|---|---|"]
    for low, high in ((0, 0.02), (0.02, 0.1), (0.1, 0.3), (0.3, 0.5), (0.5, 0.7), (0.7, 0.95), (0.95, 1.01)):
        which = (likely >= low) & (likely < high)
        lines.append(
            f"| {low:g} to {min(high, 1):g} | {np.count_nonzero(which):,} "
            f"| {_percent(likely[which])} | {_percent(pool.fraud[which])} |"
        )
    return "\n".join(lines)


def taught(seeds: range) -> str:
    """Return the table of what decisions teach a community in which trust is not known."""
    others = pooled(range(seeds.stop, seeds.stop + 20), without_trust)
    fresh = pooled(range(seeds.stop + 20, seeds.stop + 40), without_trust)
    random = np.random.default_rng(1)
    lines = ["| decisions | held from | precision | recall | honest claims held |", "|---|---|---|---|---|"]
    for amount in (0, *DECISIONS):
        rows = []
        for _ in range(DRAWS):
            judging = _decided(others, random, amount) if amount else SHIPPED
            found = quality(probabilities(fresh.strengths, judging), fresh.fraud, judging)
            rows.append((judging.hold_from, found.precision, found.recall, found.false_positives))
        hold, precision, recall, wrong = np.mean(rows, axis=0)
        name = f"{amount:,} + {amount:,}" if amount else "none: as shipped"
        lines.append(f"| {name} | {hold:.2f} | {100 * precision:.1f}% | {100 * recall:.1f}% | {100 * wrong:.2f}% |")
    return "\n".join(lines)


def _decided(pool: Pool, random: np.random.Generator, amount: int) -> Judging:
    """Learn from some decisions, and certify thresholds by as many others."""
    drawn = random.choice(len(pool.fraud), 2 * amount, replace=False)
    first, second = drawn[:amount], drawn[amount:]
    judging = learned(pool.strengths[first], pool.fraud[first])
    return with_thresholds(judging, probabilities(pool.strengths[second], judging), pool.fraud[second])


def speed() -> str:
    """Return in words how long it takes to judge a hundred thousand claims."""
    many = world(1, size=130_000).claims
    claims = Claims(now=many.now, **{name: getattr(many, name)[:JUDGED_AT_ONCE] for name in COLUMNS})
    taken = [_seconds(lambda: judged(claims)) for _ in range(5)]
    return (
        f"{len(claims):,} claims are judged in {min(taken):.2f} s of one core (the best of five; the median is "
        f"{sorted(taken)[2]:.2f} s; load average {os.getloadavg()[0]:.1f} on {os.cpu_count()} processors)."
    )


def _seconds(work: Callable[[], object]) -> float:
    begun = time.process_time()
    work()
    return time.process_time() - begun


def _percent(values: NDArray[np.bool_] | Numbers) -> str:
    return f"{100 * float(values.mean()):.1f}%" if len(values) else "none"


if __name__ == "__main__":
    main()
