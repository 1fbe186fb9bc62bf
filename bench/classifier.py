"""How well texts are told, beside a list of keywords and scikit-learn, on the shared data. Ends by itself, in a quarter of an hour.

    python -m bench.classifier [--write docs/classifier.md]

scikit-learn is a peer and no dependency: where it is not installed, its rows are left out and the page says so.
"""

from __future__ import annotations

import argparse
import statistics
import time
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import numpy as np

from bench.classifier_page import page
from bench.classifier_peers import Scorer, keywords, scikit_learn
from bench.labelled_texts import SEED, Part, Task, tasks, topics
from moderation.classifier import training
from moderation.classifier.calibration import Calibration, Floats
from moderation.classifier.model import Model
from moderation.classifier.ngrams import Shape, rows_of
from moderation.classifier.normalising import normalised
from moderation.classifier.quality import auc, calibration_error, quality
from moderation.classifier.regression import sums
from moderation.classifier.training import COST, Example, trained

SINGLE = 1_000
"""Texts that are scored one by one, of which the median is taken."""
BATCHES = 5
BITS = (16, 18, 20, 22)
DECIDED = (200, 500, 1_000)
"""Texts of a community itself that a model is given besides."""
KINDS = ("neither", "attacks a person", "attacks a group", "speaks against bias")


class Found(NamedTuple):
    """How one classifier did on one part."""

    precision: float
    recall: float
    auc: float
    brier: float | None
    calibration_error: float | None
    single: float
    """Milliseconds for a text by itself."""
    batch: float
    """Milliseconds for a text among all."""


def main() -> None:
    """Measure, print the page, and write it where asked."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--write", type=Path, help="the page to write")
    arguments = parser.parse_args()
    rows, told, home, sizes, videos = [], "", "", [], ""
    peer = "its rows are left out, as it is not installed"
    for task in tasks():
        own: list[Found] = []
        words: list[Found] = []
        others: list[Found] = []
        for part in task.parts:
            began = time.perf_counter()
            model = trained(map(Example, part.texts, map(bool, part.positive)), task.name)
            taken = time.perf_counter() - began
            sizes.append((task.name, len(part.texts), len(model.pack()), taken))
            own.append(_measured(part, model.probabilities, 0.5, likely=True))
            if task.kinds is not None:
                told = _by_kind(task, model) + _calibration(part, model)
                home = _at_home(task, model)
            words.append(_measured(part, keywords(part), 1.0, likely=False))
            other = scikit_learn(part)
            if other is not None:
                others.append(_measured(part, other, 0.5, likely=True))
        for name, found in (("**Teahouse**", own), ("keywords", words), ("scikit-learn", others)):
            if found:
                rows.append(_row(task.name, name, found))
        if others:
            peer = "TF-IDF of runs of one to three signs with logistic regression, C = 2"
        if len(task.parts) > 1:
            videos = "; ".join(
                f"{name} {', '.join(f'{each.auc:.4f}' for each in found)}"
                for name, found in (("Teahouse", own), ("keywords", words), ("scikit-learn", others))
                if found
            )
        print(*rows[-3:], sep="\n", flush=True)
    text = page(
        table="\n".join(rows),
        told=told,
        home=home,
        videos=videos,
        sizes=_sizes(sizes),
        collisions=_collisions(),
        peer=peer,
    )
    print(text)
    if arguments.write:
        arguments.write.write_text(text, encoding="utf-8")


def _measured(part: Part, score: Scorer | Callable[[list[str]], Floats], threshold: float, *, likely: bool) -> Found:
    """Return how a classifier does on what it has not seen. It is warm: a server scores many texts."""
    scores = score(part.unseen)
    found = quality(scores, part.unseen_positive, threshold)
    single = []
    for text in part.unseen[:SINGLE]:
        began = time.perf_counter()
        score([text])
        single.append(time.perf_counter() - began)
    batch = []
    for _ in range(BATCHES):
        began = time.perf_counter()
        score(part.unseen)
        batch.append(time.perf_counter() - began)
    return Found(
        found.precision,
        found.recall,
        found.auc,
        found.brier if likely else None,
        found.calibration_error if likely else None,
        1_000 * statistics.median(single),
        1_000 * statistics.median(batch) / len(part.unseen),
    )


def _row(task: str, name: str, found: list[Found]) -> str:
    means = [None if None in column else statistics.mean(column) for column in zip(*found, strict=True)]
    shown = ["" if mean is None else f"{mean:.4f}" if place == 2 else f"{mean:.3f}" for place, mean in enumerate(means)]  # noqa: PLR2004 - the area
    return f"| {task} | {name} | " + " | ".join(shown) + " |"


def _by_kind(task: Task, model: Model) -> str:
    """Say which kinds of texts are named, from even odds on and from the threshold that the model gave itself."""
    part, kinds = task.parts[0], task.kinds
    assert kinds is not None
    likely = model.probabilities(part.unseen)
    strict = float(np.quantile(likely, 0.8))
    lines = ["| kind | texts | named at 0.5 | among the likeliest fifth |", "|---|---|---|---|"]
    for kind, name in enumerate(KINDS):
        own = likely[kinds == kind]
        lines.append(f"| {name} | {len(own):,} | {np.mean(own >= 0.5):.1%} | {np.mean(own >= strict):.1%} |")  # noqa: PLR2004 - even odds
    return "\n".join(lines) + "\n"


def _calibration(part: Part, model: Model) -> str:
    """Say how far probabilities are from what happens, before calibration and after it."""
    raw = calibration_error(Calibration().probabilities(model.decisions(part.unseen)), part.unseen_positive)
    own = calibration_error(model.probabilities(part.unseen), part.unseen_positive)
    threshold = model.training.threshold
    reached = (
        ""
        if threshold is None
        else f"{quality(model.probabilities(part.unseen), part.unseen_positive, threshold).precision:.1%}"
    )
    return (
        f"\nOn texts like those it learned from, probabilities are off by {model.training.calibration_error:.1%} on average"
        f" (out of fold); on these test texts by {own:.1%}, and by {raw:.1%} without calibration. The threshold for a"
        f" precision of {model.training.precision:.0%}, certain on texts like those it learned from, reaches {reached} here.\n"
    )


def _at_home(task: Task, elsewhere: Model) -> str:
    """Say what decisions of the place that a model is for change: some of the texts, measured on all that are not among any."""
    part, kinds = task.parts[0], task.kinds
    assert kinds is not None
    order = np.random.default_rng(SEED).permutation(len(part.unseen))
    rest = order[max(DECIDED) :]
    texts, positive, bias = (
        [part.unseen[place] for place in rest],
        part.unseen_positive[rest],
        kinds[rest] == len(KINDS) - 1,
    )
    lines = [
        "| decided here | precision | recall | AUC | Brier | calibration error | named of what speaks against bias |",
        "|---|---|---|---|---|---|---|",
    ]
    for many in (0, *DECIDED):
        decided = [Example(part.unseen[place], bool(part.unseen_positive[place]), home=True) for place in order[:many]]
        model = (
            trained([*map(Example, part.texts, map(bool, part.positive)), *decided], task.name) if many else elsewhere
        )
        likely = model.probabilities(texts)
        found = quality(likely, positive)
        lines.append(
            f"| {many:,} | {found.precision:.3f} | {found.recall:.3f} | {found.auc:.4f} | {found.brier:.3f} "
            f"| {found.calibration_error:.3f} | {np.mean(likely[bias] >= 0.5):.1%} |"  # noqa: PLR2004 - even odds
        )
    return "\n".join(lines)


def _sizes(sizes: list[tuple[str, int, int, float]]) -> str:
    lines = ["| task | learned from | file | seconds to train |", "|---|---|---|---|"]
    for name in dict.fromkeys(name for name, *_ in sizes):
        own = [each[1:] for each in sizes if each[0] == name]
        texts, size, seconds = (statistics.mean(column) for column in zip(*own, strict=True))
        lines.append(f"| {name} | {texts:,.0f} texts | {size / 1e6:.2f} MB | {seconds:.0f} |")
    return "\n".join(lines)


def _collisions() -> str:
    """Say what fewer numbers cost: Chinese training texts, each topic by what the other two teach. No test text is read."""
    lines = ["| numbers | memory | AUC, mean of three topics |", "|---|---|---|"]
    for bits in BITS:
        shape, found = Shape(bits=bits), []
        for part in topics():
            rows = rows_of([normalised(text) for text in part.texts], shape)
            task = training.Task(rows, part.positive, np.ones(len(rows)), shape, COST, balanced=False, seed=0)
            weights, intercept = task.of(np.ones(len(rows), np.bool_))
            unseen = rows_of([normalised(text) for text in part.unseen], shape)
            found.append(auc(sums(unseen.numbers, unseen.starts, weights) + intercept, part.unseen_positive))
        lines.append(f"| 2^{bits} | {4 * shape.size / 2**20:.2f} MiB | {statistics.mean(found):.4f} |")
    return "\n".join(lines)


if __name__ == "__main__":
    main()
