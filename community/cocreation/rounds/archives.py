"""Rounds held elsewhere, brought in whole with their ballots, which nobody here cast; and rounds of here as files."""

from __future__ import annotations

import secrets
from datetime import datetime
from fractions import Fraction
from typing import TYPE_CHECKING

import numpy as np

from community.cocreation.rounds.cast import Cast, load_ballots
from community.cocreation.rounds.files import ballots, pabulib, preflib
from community.cocreation.rounds.files.rounds import BadRoundFileError, RoundFile
from community.cocreation.rounds.methods import APPROVING, CHOOSING, METHOD, RANKING, ballot_width
from community.cocreation.rounds.questions import MOST_MONEY, MOST_OPTIONS, SMALLEST_RESULT
from community.cocreation.rounds.rules.counted import Terms
from community.cocreation.rounds.rules.profiles import approvals, rankings
from community.foundation.errors import NotFound

if TYPE_CHECKING:
    from collections.abc import Iterator

    import asyncpg

    from community.foundation.database import Connection

MOST_BALLOTS = 2_000_000

_INSERT = """
    INSERT INTO round (space_id, title, body, method, ballot_kind, winners, budget, smallest_result, seed, state, opened_at,
        closes_at, closed_at, credits)
    SELECT id, $2, $3, $4, $5, $6, $7, 1, $8, 'CLOSED', $9, $9, $9, $10 FROM space WHERE slug = $1
    RETURNING id
"""
_INSERT_OPTIONS = """
    INSERT INTO round_option (round_id, position, title, cost)
    SELECT $1, place - 1, title, cost FROM unnest($2::text[], $3::integer[]) WITH ORDINALITY AS option (title, cost, place)
"""
_ROUND = """
    SELECT round.*, options.titles, options.costs FROM round, LATERAL (
        SELECT array_agg(title ORDER BY position) AS titles, array_agg(cost ORDER BY position) AS costs
        FROM round_option WHERE round_id = round.id
    ) AS options
    WHERE round.id = $1 AND state = 'CLOSED'
"""


async def bring_in(connection: Connection, file: RoundFile, terms: Terms, *, slug: str, held_at: datetime) -> int:
    """Bring a round in, closed, with its ballots, within the caller's transaction; return its id. It is not counted yet.

    Raises:
        NotFound: if there is no space of this slug.
        BadRoundFileError: if its ballots are not for the method, or it is larger than a round can be.
    """
    if len(file.options) > MOST_OPTIONS or int(file.approvals.counts.sum()) > MOST_BALLOTS:
        raise BadRoundFileError(f"a round has {MOST_OPTIONS} options and {MOST_BALLOTS:,} ballots at most")
    if file.budget is not None and max(file.budget, *file.costs) > MOST_MONEY:
        raise BadRoundFileError(f"a budget is {MOST_MONEY:,} at most")
    method = METHOD[terms.method]
    marks, counts = file.marks(terms.method)
    round_id: int | None = await connection.raw.fetchval(
        _INSERT,
        *(slug, file.title[:200], "", terms.method, method.ballot_kind, terms.winners),
        *(file.budget if method.spends else None, terms.seed or secrets.token_hex(16), held_at, terms.credits),
    )
    if round_id is None:
        raise NotFound(what="space")
    costs = list(file.costs) if method.spends else [None] * len(file.options)
    await connection.raw.execute(_INSERT_OPTIONS, round_id, [option[:200] for option in file.options], costs)

    def rows() -> Iterator[tuple[int, list[int], str]]:
        for said, amount in zip(marks.tolist(), counts.tolist(), strict=True):
            for _ in range(amount):
                yield round_id, said, secrets.token_hex(16)

    await connection.raw.copy_records_to_table("ballot", columns=("round_id", "marks", "receipt"), records=rows())
    return round_id


async def written(connection: Connection, round_id: int) -> tuple[str, str]:
    """Return a closed round as the text of a file, and how the file's name is to end. Nobody's name is in it.

    Raises:
        NotFound: if there is no such round, or it is not closed.
        BadRoundFileError: if there are too few ballots to keep them secret, or few were voided since all was told.
    """
    row = await connection.raw.fetchrow(_ROUND, round_id)
    if row is None:
        raise NotFound(what="round")
    cast = await load_ballots(connection, round_id, ballot_width(row["ballot_kind"], len(row["titles"])))
    if cast.amount < row["smallest_result"]:
        raise BadRoundFileError(f"there are fewer than {max(row['smallest_result'], SMALLEST_RESULT)} ballots")
    if row["result"] is None or row["result"].get("detailsWithheld"):
        raise BadRoundFileError("it is not counted, or of its recount only who won is told")
    kind, titles, title = row["ballot_kind"], tuple(row["titles"]), row["title"]
    if row["budget"] is not None and kind == APPROVING:
        return pabulib.write(_budget_file(row["budget"], row["costs"], titles, title, cast.marks, cast.counts)), "pb"
    if kind == RANKING:
        file = preflib.of_rankings(rankings(cast.marks, cast.counts), titles, title)
    elif kind in {APPROVING, CHOOSING}:
        file = preflib.of_approvals(approvals(cast.marks == 1, cast.counts), titles, title)
    else:
        return ballots.write(_ballot_file(row, titles, cast)), ballots.KIND
    return preflib.write(file), file.kind


def _ballot_file(row: asyncpg.Record, titles: tuple[str, ...], cast: Cast) -> ballots.BallotFile:
    return ballots.BallotFile(
        row["method"],
        titles,
        cast.marks,
        cast.counts,
        row["title"],
        row["seed"],
        row["winners"],
        row["credits"],
        tuple(row["costs"]) if row["budget"] is not None else (),
        row["budget"],
    )


def _budget_file(
    budget: int,
    costs: list[int],
    titles: tuple[str, ...],
    title: str,
    marks: np.ndarray[tuple[int, int], np.dtype[np.int16]],
    counts: np.ndarray[tuple[int], np.dtype[np.int64]],
) -> pabulib.BudgetFile:
    options = tuple(
        pabulib.BudgetOption(str(number), Fraction(cost), name)
        for number, (cost, name) in enumerate(zip(costs, titles, strict=True), 1)
    )
    named = [tuple(str(option + 1) for option in np.flatnonzero(said == 1)) for said in marks]
    ballots = [said for said, amount in zip(named, counts.tolist(), strict=True) for _ in range(amount)]
    return pabulib.BudgetFile(
        "approval",
        Fraction(budget),
        options,
        tuple(pabulib.BudgetBallot(str(number), said) for number, said in enumerate(ballots, 1)),
        {"description": title},
    )
