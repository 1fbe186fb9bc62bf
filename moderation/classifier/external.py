"""A classifier of the operator's own, asked by HTTP: another model, or a service.

    POST {"texts": [{"id": "0", "text": "…"}]}   answered by   {"scores": [{"id": "0", "probability": 0.93}]}

Signed and bounded as every call is (`community.foundation.calls`). If it does not answer, in time and in full, texts are
let through (fail open) or held for a person (fail closed), as the operator has set. After several failures in a row it is
left alone for a while, so that nobody's post waits for what is down.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Sequence
from typing import NamedTuple

import orjson
import structlog

from community.foundation.calls import NotTaken, Receiver, call
from community.foundation.settings import OnFailure, Settings

MOST_TEXTS = 100
"""Texts of one call."""
FAILURES = 5
"""In a row, after which it is left alone."""
RESTS = 30.0
"""Seconds that it is left alone for; then one call tries."""

logger = structlog.get_logger(__name__)


class Score(NamedTuple):
    """What came of asking about a text."""

    probability: float | None
    """None if there was no answer."""
    hold: bool
    """Whether the text waits for a person because there was no answer."""


class External:
    """A classifier that is called, and how it has done lately. One a process, on one event loop."""

    def __init__(
        self,
        receiver: Receiver,
        *,
        within: float,
        on_failure: OnFailure,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._receiver = receiver
        self._within = within
        self._failed = Score(None, hold=on_failure is OnFailure.CLOSED)
        self._clock = clock
        self._failures = 0
        self._rests_until = -math.inf

    @classmethod
    def of(cls, settings: Settings) -> External | None:
        """Return the one that the operator has set, if any."""
        if settings.classifier_url is None or settings.classifier_secret is None:
            return None
        secret = settings.classifier_secret.get_secret_value()
        receiver = Receiver(settings.classifier_url, secret, loopback=settings.classifier_loopback)
        return cls(receiver, within=settings.classifier_within, on_failure=settings.classifier_on_failure)

    async def scores(self, texts: Sequence[str]) -> list[Score]:
        """Return what it says of each text. Never raises: without an answer, texts pass or wait as is set.

        No transaction may be open meanwhile: it can take as long as it is given.
        """
        found: list[Score] = []
        for begin in range(0, len(texts), MOST_TEXTS):
            found += await self._some(texts[begin : begin + MOST_TEXTS])
        return found

    async def _some(self, texts: Sequence[str]) -> list[Score]:
        now = self._clock()
        if now < self._rests_until:
            return [self._failed] * len(texts)
        if self._failures >= FAILURES:
            # This call tries; whoever comes meanwhile does not.
            self._rests_until = now + RESTS
        named = [
            {"id": str(number), "text": text.encode(errors="replace").decode()} for number, text in enumerate(texts)
        ]
        try:
            answer = await call(self._receiver, orjson.dumps({"texts": named}), within=self._within)
            likely = _probabilities(answer, len(texts))
        except NotTaken as error:
            self._failures += 1
            if self._failures >= FAILURES:
                self._rests_until = self._clock() + RESTS
            logger.warning("moderation.classifier_failed", error=str(error), failures=self._failures)
            return [self._failed] * len(texts)
        self._failures, self._rests_until = 0, -math.inf
        return [Score(probability, hold=False) for probability in likely]


def _probabilities(answer: bytes, texts: int) -> list[float]:
    """Return the probability of each text, whichever order they come in.

    Raises:
        NotTaken: unless each text has exactly one.
    """
    try:
        scores = {str(each["id"]): each["probability"] for each in orjson.loads(answer)["scores"]}
        likely = [scores[str(number)] for number in range(texts)]
    except (orjson.JSONDecodeError, KeyError, TypeError) as error:
        raise NotTaken("it answered something else than scores") from error
    if not all(type(each) in {int, float} and 0 <= each <= 1 for each in likely):
        raise NotTaken("it answered with what is no probability")
    return [float(each) for each in likely]
