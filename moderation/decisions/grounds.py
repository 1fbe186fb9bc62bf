"""On what a decision rests: which law, where it holds, and how it was come upon.

Article 17(3) of the Digital Services Act, Regulation (EU) 2022/2065, asks each for it: (a) the territorial scope, (b) whether
it follows a notice or was looked for, (c) whether automated means were used, (d) the legal ground, where it is one.
"""

from __future__ import annotations

import re
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from community.foundation.errors import Invalid
from community.members.names import clean_line
from moderation.decisions.actions import UPHELD
from moderation.decisions.errors import LawMissing

if TYPE_CHECKING:
    from collections.abc import Mapping

    import asyncpg

    from community.foundation.database import Connection
    from moderation.decisions.judgement import Judgement

REPORT, OWN_INITIATIVE, AUTOMATED = "REPORT", "OWN_INITIATIVE", "AUTOMATED"
DETECTED_BY: Final[Mapping[str, str]] = {"REPORTED": REPORT, "NOTICED": OWN_INITIATIVE, "APPEAL": REPORT}
"""By the kind of case. All other kinds are opened by programs, which find what people then look at."""
_FOUND = "SELECT content ->> 'found' FROM moderation_case_content WHERE case_id = $1"
LAW = "LAW"
OPEN_FOR = timedelta(days=190)
"""In which one can appeal: six months (Article 20(1)), 184 days at most, and some more, as they begin when it is told (20(2))."""
LONGEST_LAW = 300
MOST_COUNTRIES = 250
_COUNTRY = re.compile(r"[A-Z]{2}\Z")


async def detection_of(connection: Connection, case: asyncpg.Record) -> str:
    """Return how what a case is about was come upon: of identities, which come up in several ways, it is kept with the case."""
    if case["kind"] == "IDENTITY":
        found: str | None = await connection.raw.fetchval(_FOUND, case["id"])
        return found or AUTOMATED
    return DETECTED_BY.get(case["kind"], AUTOMATED)


def grounds_of(judgement: Judgement, basis: str, verdict: str) -> tuple[str | None, list[str]]:
    """Return the law that a judgement names, and the countries in order, each once.

    Raises:
        LawMissing: if something was wrong by law, and no law is named.
        Invalid: for a law that is too long, or what is no code of a country.
    """
    law = clean_line(judgement.law, "law", LONGEST_LAW) or None
    if law is None and basis == LAW and verdict == UPHELD:
        raise LawMissing(path=("law",))
    countries = sorted({country.strip().upper() for country in judgement.territorial_scope})
    if len(countries) > MOST_COUNTRIES or not all(_COUNTRY.match(country) for country in countries):
        raise Invalid(field="territorial_scope", reason="Two letters a country, as ISO 3166 has them: DE, FR.")
    return law, countries
