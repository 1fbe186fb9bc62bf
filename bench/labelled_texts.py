"""The labelled texts that classifiers are measured on, from the shared data; what is trained on and what is not."""

from __future__ import annotations

import csv
import gzip
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from tests.shared_data import SHARED

SEED = 7
"""Draws which fifth of each class of the English tweets is tested."""


class Part(NamedTuple):
    """What is learned from, and what it is tried on."""

    texts: list[str]
    positive: NDArray[np.bool_]
    unseen: list[str]
    unseen_positive: NDArray[np.bool_]


class Task(NamedTuple):
    """Something to tell, on one or more parts of which the mean is shown."""

    name: str
    parts: list[Part]
    kinds: NDArray[np.int64] | None = None
    """What the texts of the only part are more finely."""


def tasks() -> list[Task]:
    """Return all that there is to tell."""
    return [_chinese(), *_english(), _spam()]


def topics() -> Iterator[Part]:
    """Yield the Chinese training texts by topic: each is tried by what the other two teach. For choosing, not reporting."""
    rows = [row for name in ("train", "dev") for row in _read(SHARED / "cold_zh" / f"{name}.csv.gz")]
    texts, positive = [row["TEXT"] for row in rows], np.array([row["label"] == "1" for row in rows])
    topic = np.array([row["topic"] for row in rows])
    for each in np.unique(topic):
        yield _part(texts, positive, topic == each)


def _chinese() -> Task:
    learned = [row for name in ("train", "dev") for row in _read(SHARED / "cold_zh" / f"{name}.csv.gz")]
    tested = _read(SHARED / "cold_zh" / "test.csv.gz")
    part = Part(
        [row["TEXT"] for row in learned],
        np.array([row["label"] == "1" for row in learned]),
        [row["TEXT"] for row in tested],
        np.array([row["label"] == "1" for row in tested]),
    )
    return Task("Chinese, offensive", [part], np.array([int(row["fine-grained-label"]) for row in tested]))


def _english() -> list[Task]:
    rows = _read(SHARED / "davidson_hate_en" / "labeled_data.csv.gz")
    texts, kinds = [row["tweet"] for row in rows], np.array([int(row["class"]) for row in rows])
    random = np.random.default_rng(SEED)
    unseen = np.zeros(len(rows), np.bool_)
    for kind in range(3):
        those = np.flatnonzero(kinds == kind)
        unseen[random.permutation(those)[: len(those) // 5]] = True
    return [
        Task("English, hate or offensive", [_part(texts, kinds < 2, unseen)]),  # noqa: PLR2004 - 2 is neither
        Task("English, hate alone", [_part(texts, kinds == 0, unseen)]),
    ]


def _spam() -> Task:
    files = [_read(path) for path in sorted((SHARED / "youtube_spam_en").glob("*.csv.gz"))]
    texts = [row["CONTENT"] for rows in files for row in rows]
    positive = np.array([row["CLASS"] == "1" for rows in files for row in rows])
    video = np.repeat(np.arange(len(files)), [len(rows) for rows in files])
    return Task("English, spam", [_part(texts, positive, video == each) for each in range(len(files))])


def _part(texts: list[str], positive: NDArray[np.bool_], unseen: NDArray[np.bool_]) -> Part:
    return Part(
        [texts[place] for place in np.flatnonzero(~unseen)],
        positive[~unseen],
        [texts[place] for place in np.flatnonzero(unseen)],
        positive[unseen],
    )


def _read(path: Path) -> list[dict[str, str]]:
    with gzip.open(path, "rt", encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))
