"""What became of a round: who won, how that came about, and how parts of the voters voted."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any

import strawberry
from sqlalchemy import Boolean, Text, cast, func, literal_column

from api.cocreation.rounds.enums import Segmentation
from api.cocreation.rounds.options import RoundOption
from api.cocreation.rounds.sources import (
    exported_ballots,
    groups_of,
    options_named,
    own_statements_of,
    receipt_counted,
    segment_tallies,
    segment_tribe,
    segment_winners,
    segments_of,
    statements_of,
    steps_of,
    tallies_of,
    tally_of,
    ties_of,
    winners_of,
)
from api.reading.fields import Argument, column, entity, expression, object_type, reference, rows
from api.reading.json_sql import literal
from community.cocreation.rounds.questions import MOST_OPTIONS, MOST_SEGMENTS
from community.cocreation.rounds.tables import SEGMENTATIONS, round_segments
from community.cocreation.rounds.visibility import visible_segments

if TYPE_CHECKING:
    from api.graph.types import Tribe

LazyTribe = Annotated["Tribe", strawberry.lazy("api.graph.types")]

MOST_STEPS = 1_000


@object_type
class OptionTally:
    """What an option had in the end."""

    option: RoundOption | None = reference(lambda scope: scope.row.c.option_id, "Which option.")
    count: float = column("count", "How much, as the round's rule counts it.")


@object_type
class OptionCount:
    """What an option had in a step of a count."""

    option: RoundOption | None = reference(lambda scope: scope.row.c.option_id, "Which option.")
    count: float = column("count", "How much.")
    exactly: str = column("exactly", "The same exactly, as a whole number or a fraction such as 7/3.")


@object_type
class CountStep:
    """One step of a count."""

    what: str = column("what", "What happened: counted, elected, eliminated and so on.")
    options: list[RoundOption] = rows(options_named, "To which options.", limit=MOST_OPTIONS)
    tally: list[OptionCount] = rows(tally_of, "What each option had then.", limit=MOST_OPTIONS)


@object_type
class BrokenTie:
    """Options that the ballots left level where it mattered, and the one that the lot preferred."""

    where: str = column("at", "Where in the count.")
    options: list[RoundOption] = rows(options_named, "Which were level.", limit=MOST_OPTIONS)
    chosen: RoundOption | None = reference(lambda scope: scope.row.c.chosen, "Which was drawn first.")


@object_type
class StatementVotes:
    """What a group thinks of a statement."""

    option: RoundOption | None = reference(lambda scope: scope.row.c.option_id, "The statement.")
    agreed: int = column("agreed", "How many agree.")
    disagreed: int = column("disagreed", "How many disagree.")
    passed: int = column("passed", "How many saw it and pass.")


@object_type
class OwnStatement:
    """A statement that tells a group from the others."""

    option: RoundOption | None = reference(lambda scope: scope.row.c.option_id, "The statement.")
    agrees: bool = column("agrees", "Whether it is theirs to agree with, or to disagree.")
    share: float = column("share", "How likely one of them says so, 0 to 1.")


@object_type
class OpinionGroup:
    """Members who see things alike. Who they are is told to nobody."""

    size: int = column("size", "How many they are.")
    statements: list[StatementVotes] = rows(statements_of, "What they think of each.", limit=MOST_OPTIONS)
    own: list[OwnStatement] = rows(
        own_statements_of, "What tells them from the others, the most telling first.", limit=5
    )


@entity("round_segment", round_segments, visible_segments)
class RoundSegment:
    """How a part of the voters voted. Only large parts are told of."""

    segmentation: Segmentation = column("segmentation", "By what voters are parted.")
    segment: str | None = column(
        "segment", "Which part; null for who belongs to none, and where voters are weighed. Of tribes see `tribe`."
    )
    tribe: LazyTribe | None = reference(segment_tribe, "The tribe, where parted by that; null if it is no more.")
    ballot_count: int = column("ballot_count", "How many ballots they cast.")
    winners: list[RoundOption] = rows(segment_winners, "Who would have won by their votes.", limit=MOST_OPTIONS)
    tally: list[OptionTally] = rows(segment_tallies, "What each option had.", limit=MOST_OPTIONS)


def _result(name: str, kind: Any) -> Any:
    return lambda scope: cast(scope.row.c.result.op("->>")(literal(name)), kind)


@object_type
class RoundResult:
    """What became of a round."""

    ballot_count: int = column("ballot_count", "How many ballots were counted.")
    counted_at: datetime = column("counted_at", "When.")
    withheld: bool = expression(
        _result("withheld", Boolean()),
        "Whether nothing else is told, as there were too few ballots to keep them secret.",
    )
    quorum_reached: bool = expression(
        _result("quorumReached", Boolean()), "Whether enough voted; otherwise nobody wins."
    )
    rule: str | None = expression(_result("rule", Text()), "The rule that counted.")
    winners: list[RoundOption] = rows(winners_of, "Who won, the first first.", limit=MOST_OPTIONS)
    tally: list[OptionTally] = rows(
        tallies_of,
        "What each option was last counted to have, in the order of the options; how that came about is in `steps`.",
        limit=MOST_OPTIONS,
    )
    details_withheld: bool = expression(
        lambda scope: func.coalesce(_result("detailsWithheld", Boolean())(scope), literal_column("false")),
        "Whether only who won is told: few ballots were voided since all was, and the difference would tell how they voted.",
    )
    steps: list[CountStep] = rows(steps_of, "How the count went.", limit=MOST_STEPS)
    ties: list[BrokenTie] = rows(ties_of, "What was broken by lot; none: nothing hung on it.", limit=MOST_STEPS)
    receipt_counted: bool = expression(
        receipt_counted,
        "Whether the ballot with this receipt was counted.",
        arguments={"receipt": Argument(str, "As `viewerBallot` had it.")},
    )
    groups: list[OpinionGroup] = rows(
        groups_of,
        "Where opinions were asked for: the groups of members who see things alike, the largest first; none if one of "
        "them is too small to be told of.",
        limit=5,
        long=True,
    )
    segments: list[RoundSegment] = rows(
        segments_of,
        "How large parts of the voters voted, for who may see insights; empty for others.",
        limit=len(SEGMENTATIONS) * MOST_SEGMENTS,
        arguments={"by": Argument(Segmentation | None, "By what they are parted; all ways unless given.", None)},
    )
    exported_ballots: str | None = expression(
        exported_ballots,
        "All ballots without who cast them, and what else counting them again takes: a file that `teahouse round result` "
        "counts. Below some lines that begin with # it has one for each ballot that differs, `how many: mark,mark,...`, with a "
        "mark for each option in their order (for each two of them where they are compared: 1 if the first is better, -1 if "
        "the second is, 0 if neither was said); ranks from 0, 32767 and -32768 for what a ballot leaves out.",
        cost=500,
    )
