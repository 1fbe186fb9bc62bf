"""A model: one number an n-gram, which add up to how likely a text is what the model looks for.

    decision    = intercept + sum of the weights of the text's n-grams / sqrt(how many n-grams it has)
    probability = the decision, calibrated (`calibration.Calibration`)

There is nothing else in it, so that what it says can be taken apart again (`explaining.explained`).
"""

from __future__ import annotations

import json
import struct
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from moderation.classifier.calibration import Calibration
from moderation.classifier.ngrams import Shape, rows_of
from moderation.classifier.normalising import normalised
from moderation.classifier.regression import Floats, sums

MOST_BYTES = 32 * 1024 * 1024
"""A larger file is no model, and is not read."""
_MOST_HEADER = 64 * 1024
_MAGIC = b"teahouse-text-1\n"
_HEADER = struct.Struct("<16sI")
_LEAST_BITS, _MOST_BITS, _MOST_LONGEST, _MOST_REACH = 8, 24, 8, 32


class BadModelError(ValueError):
    """Bytes that are no model, or not one of this version."""


@dataclass(frozen=True, slots=True)
class Training:
    """What a model was made of, and how well it did on texts that took no part in it (out of fold)."""

    texts: int
    positive: int
    home: int
    """By how many texts of the community itself all that follows was found; 0: by all."""
    auc: float
    calibration_error: float
    precision: float
    """That was asked for."""
    threshold: float | None
    """From which probability on that precision is reached with certainty; None if it cannot be known of any."""
    recall: float
    """Of what is looked for, how much is above the threshold."""


@dataclass(frozen=True, eq=False, slots=True)
class Model:
    """What tells one kind of text. Immutable, and used by any number of threads."""

    label: str
    """What is looked for: abuse, spam."""
    shape: Shape
    weights: NDArray[np.float32]
    """float32[2^bits], 0 for what says nothing; each a number that float16 has, as it is kept so."""
    intercept: float
    calibration: Calibration
    training: Training

    def decisions(self, texts: Sequence[str]) -> Floats:
        """Return the evidence for each text, in nats before calibration. O(signs)."""
        rows = rows_of([normalised(text) for text in texts], self.shape)
        found: Floats = sums(rows.numbers, rows.starts, self.weights) + self.intercept
        return found

    def probabilities(self, texts: Sequence[str]) -> Floats:
        """Return how likely each text is what is looked for. O(signs); without the interpreter's lock for the most."""
        return self.calibration.probabilities(self.decisions(texts))

    @property
    def share_used(self) -> float:
        """How likely an n-gram that the model never met shares its number, and so its weight, with one that it did."""
        return float(np.count_nonzero(self.weights)) / self.shape.size

    def pack(self) -> bytes:
        """Return the model as bytes, which are the same for the same model: a header of JSON, places, weights."""
        used = np.flatnonzero(self.weights)
        header = json.dumps(
            {
                "label": self.label,
                "shape": self.shape._asdict(),
                "intercept": self.intercept,
                "calibration": self.calibration._asdict(),
                "training": asdict(self.training),
                "count": len(used),
            },
            ensure_ascii=False,
        ).encode()
        return b"".join(
            [
                _HEADER.pack(_MAGIC, len(header)),
                header,
                used.astype("<u4").tobytes(),
                self.weights[used].astype("<f2").tobytes(),
            ]
        )


def unpack(data: bytes) -> Model:
    """Return the model that was packed. Nothing in the bytes is run, and what they claim is checked before it is used.

    Raises:
        BadModelError: if they are no model.
    """
    if len(data) > MOST_BYTES:
        raise BadModelError(f"a model has at most {MOST_BYTES:,} bytes")
    try:
        magic, length = _HEADER.unpack_from(data)
    except struct.error as error:
        raise BadModelError("this is no model: it is too short") from error
    if magic != _MAGIC:
        raise BadModelError("this is no model, or one of another version")
    body = _HEADER.size + length
    if length > _MOST_HEADER or body > len(data):
        raise BadModelError("the model's header is longer than it may be")
    try:
        header = json.loads(data[_HEADER.size : body])
        return _model(header, memoryview(data)[body:])
    except (ValueError, TypeError, KeyError, OverflowError, RecursionError) as error:
        raise error if isinstance(error, BadModelError) else BadModelError("the model's header is damaged") from error


def _model(header: dict[str, Any], rest: memoryview) -> Model:
    shape = Shape(**{name: int(value) for name, value in header["shape"].items()})
    if not (
        _LEAST_BITS <= shape.bits <= _MOST_BITS
        and 1 <= shape.longest <= _MOST_LONGEST
        and 0 <= shape.reach <= _MOST_REACH
    ):
        raise BadModelError(f"no model has this shape: {shape}")
    count = int(header["count"])
    if not 0 <= count <= shape.size or len(rest) != 6 * count:
        raise BadModelError("the model is cut off, or has something behind it")
    used = np.frombuffer(rest[: 4 * count], "<u4").astype(np.int64)
    kept = np.frombuffer(rest[4 * count :], "<f2").astype(np.float32)
    calibration = Calibration(**{name: float(value) for name, value in header["calibration"].items()})
    intercept = float(header["intercept"])
    if count and (used[-1] >= shape.size or (np.diff(used) <= 0).any()):
        raise BadModelError("the model's places are out of order")
    if not (np.isfinite(kept).all() and np.isfinite([intercept, *calibration]).all() and min(calibration[:2]) >= 0):
        raise BadModelError("the model has weights that are no numbers, or a calibration that falls")
    weights = np.zeros(shape.size, np.float32)
    weights[used] = kept
    weights.flags.writeable = False
    return Model(str(header["label"]), shape, weights, intercept, calibration, Training(**header["training"]))
