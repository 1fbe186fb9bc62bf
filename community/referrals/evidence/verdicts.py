"""What was found of each referral when it was judged last: kept so that moderators see why, and decisions can teach."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import orjson

from community.referrals.evidence.tables import MOST_REASONS
from community.referrals.fraud.score import Band, Evidence, Judged, Judging, evidence
from community.referrals.fraud.signals import NAMES

if TYPE_CHECKING:
    from community.foundation.database import Connection

MOST_SENTENCES = 3
"""Of what spoke for fraud, so much is the reason of a reward that is held."""

_KEEP = """
    INSERT INTO referral_verdict (referral_id, judging_id, probability, band, strengths, evidence)
    SELECT found.id, $1, probability, band, strengths::jsonb, evidence::jsonb
    FROM unnest($2::bigint[], $3::float8[], $4::text[], $5::text[], $6::text[])
            AS found (id, probability, band, strengths, evidence)
        JOIN referral ON referral.id = found.id
    ORDER BY found.id
    ON CONFLICT (referral_id) DO UPDATE SET judging_id = excluded.judging_id, probability = excluded.probability,
        band = excluded.band, strengths = excluded.strengths, evidence = excluded.evidence, judged_at = now()
"""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What was found of one referral."""

    referral_id: int
    band: Band
    probability: float
    strengths: Mapping[str, float]
    """Of the signals that hold at all."""
    reasons: Sequence[Evidence]
    """What weighed most first."""

    @property
    def words(self) -> str:
        """What spoke for fraud most, in words; nothing of what is to be granted."""
        if self.band is Band.GRANT:
            return ""
        against = [each.sentence for each in self.reasons if each.weight > 0]
        return " ".join(against[:MOST_SENTENCES])


def verdict_of(found: Judged, place: int, referral_id: int, judging: Judging) -> Verdict:
    """Return what was found of the referral in this place."""
    strengths = found.measured.strengths[place]
    return Verdict(
        referral_id,
        Band(found.bands[place]),
        float(found.probabilities[place]),
        {name: round(float(strength), 6) for name, strength in zip(NAMES, strengths, strict=True) if strength > 0},
        evidence(found, place, judging)[:MOST_REASONS],
    )


async def keep_verdicts(connection: Connection, judging_id: int | None, verdicts: Sequence[Verdict]) -> None:
    """Keep what was found of some referrals, in place of what was found before."""
    await connection.raw.execute(
        _KEEP,
        judging_id,
        [each.referral_id for each in verdicts],
        [each.probability for each in verdicts],
        [each.band.name for each in verdicts],
        [orjson.dumps(dict(each.strengths)).decode() for each in verdicts],
        [orjson.dumps([_kept(reason) for reason in each.reasons]).decode() for each in verdicts],
    )


def _kept(reason: Evidence) -> dict[str, Any]:
    return {"signal": reason.signal, "sentence": reason.sentence, "weight": round(reason.weight, 4)}
