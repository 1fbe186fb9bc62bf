"""The types of the social graph, as GraphQL shows them."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any

import strawberry
from sqlalchemy import Double, Text, cast, func, literal_column

from api.graph.arguments import Level, ScoreDimension
from api.graph.sources import (
    bridges,
    capital_points,
    core_members,
    in_compared_scope,
    level_of,
    member_ties,
    telling_tags,
    topics,
)
from api.node import Node
from api.reading.connections import Connection
from api.reading.fields import Argument, column, connection, embedded, entity, expression, object_type, reference, rows
from api.reading.json_sql import literal
from api.reading.readings import Scope
from community.foundation.visibility import Visible
from graph.tables import (
    influences,
    interaction_kinds,
    score_runs,
    score_weights,
    social_capital_points,
    social_capitals,
    ties,
    tribe_bridges,
    tribes,
)
from graph.visibility import (
    visible_influences,
    visible_insights,
    visible_scores,
    visible_ties,
    visible_tribes,
)

if TYPE_CHECKING:
    from api.discussions.space_types import Space, Tag
    from api.members.types import Member

LazyMember = Annotated["Member", strawberry.lazy("api.members.types")]
LazyTag = Annotated["Tag", strawberry.lazy("api.discussions.space_types")]
LazySpace = Annotated["Space", strawberry.lazy("api.discussions.space_types")]

_FIRST = {"first": Argument(int, "How many at most, 1 to 100.")}


@object_type
class Score:
    """A value, where it stands among all, and how that changed."""

    value: float = column("value", "The value as measured. Values of different scores do not compare; percentiles do.")
    percentile: float = column("percentile", "The percentage of other members who have less, 0 to 100.")
    change: float | None = column(
        "change", "By how many points the percentile changed since the run before; null for who was not scored then."
    )


def _score(name: str, description: str) -> Any:
    """Read a score from the columns that begin with its name."""
    columns = {"value": name, "percentile": f"{name}_percentile", "change": f"{name}_change"}
    return embedded(description, columns=columns)


def _confidence(scope: Scope) -> Any:
    """Return how sure an interval's bounds are: as its row says, if it does, and otherwise 95%."""
    return scope.row.c.confidence if "confidence" in scope.row.types else literal_column("0.95", Double)


@object_type
class Interval:
    """An estimate, and the bounds within which the truth is at the given level of confidence."""

    estimate: float = column("estimate", "The estimate.")
    low: float = column("low", "The lower bound.")
    high: float = column("high", "The upper bound.")
    level: float = expression(_confidence, "How sure the bounds are, of 1.")


_LEVEL = "How much they are part of the community."


@entity("score_run", score_runs, visible_insights)
class ScoreRun(Node):
    """One scoring of the whole community. Only who may see insights sees runs."""

    state: str = column("state", "RUNNING, DONE or FAILED.")
    started_at: datetime = column("started_at", "When it began.")
    finished_at: datetime | None = column("finished_at", "When it ended; null while it runs.")
    as_of: datetime | None = column("as_of", "What had happened until then was counted.")
    whole: bool = column(
        "whole",
        "Whether everything was read; otherwise the graph of the run before was brought up to date by the event log.",
    )
    model: int = column("model", "The version of the definitions; scores of different models are not compared.")
    parameters: str = expression(
        lambda scope: cast(scope.row.c.parameters, Text), "The weights and the rest that it went by, as JSON."
    )
    members: int = column("members", "How many members were scored.")
    ties: float = expression(lambda scope: cast(scope.row.c.ties, Double), "How many ties there were.")
    interactions: float = expression(
        lambda scope: cast(scope.row.c.interactions, Double), "How many interactions made them."
    )
    seconds: str = expression(lambda scope: cast(scope.row.c.seconds, Text), "How long each step took, as JSON.")
    failure: str | None = column("failure", "Why it failed.")


def _reason(scope: Scope) -> Any:
    """Return the reason in the asked language, in English where it has none."""
    reasons = scope.row.c.reasons
    locale = scope.arguments.value("locale", Text())
    return func.coalesce(reasons.op("->>")(locale), reasons.op("->>")(literal("en")))


@entity("interaction_kind", interaction_kinds, lambda _row, _viewer: Visible())
class InteractionWeight:
    """How much a kind of interaction counts, and why."""

    kind: str = column("name", "What is done: POST, FOLLOW, COMMENT and so on.")
    weight: float = column(
        "weight", "What the first of its kind adds to a tie, times log 2; further ones add less each."
    )
    half_life_days: float = column("half_life_days", "After how many days one counts half.")
    reason: str = expression(
        _reason,
        "Why it weighs so.",
        arguments={"locale": Argument(str, "A language tag, e.g. zh.", "en")},
    )


@entity("score_weight", score_weights, lambda _row, _viewer: Visible())
class DimensionWeight:
    """How much a dimension of social capital weighs in the composite."""

    dimension: ScoreDimension = expression(lambda scope: func.upper(scope.row.c.dimension), "Which.")
    weight: float = column("weight", "How much, beside the others.")


@entity("tie", ties, visible_ties)
class Tie:
    """What two members did towards each other, faded by age and saturated by kind."""

    member: LazyMember | None = reference(
        lambda scope: scope.row.c.member_id, "Whose tie it is; null if the viewer may not see them."
    )
    other: LazyMember | None = reference(
        lambda scope: scope.row.c.other_id, "The other end; null if the viewer may not see them."
    )
    strength: float = column("strength", "Both directions together.")
    given: float = column("given", "What the member did towards the other.")
    received: float = column("received", "What the other did towards the member.")


@entity("tribe_bridge", tribe_bridges, visible_tribes)
class TribeBridge:
    """How strongly two tribes are tied."""

    tribe: LazyTribe | None = reference(lambda scope: scope.row.c.other_id, "The other tribe.")
    weight: float = column("weight", "The weight of all ties between their members.")
    ties: int = column("ties", "How many ties there are.")


@entity("tribe", tribes, visible_tribes)
class Tribe(Node):
    """Members who are tied to each other more than to others, as the last run found them.

    A tribe keeps its id from run to run while most of its members stay together.
    """

    size: int = column("size", "How many members it has.")
    cohesion: float = column("cohesion", "The share of its members' tie weight that stays within, 0 to 1.")
    tags: list[LazyTag] = rows(
        telling_tags, "What its members write about more than others do, the most telling first.", limit=10
    )
    core_members: Connection[SocialCapital] = connection(
        core_members,
        "Its members by social capital, the most first. Members who may not see insights see only themselves.",
    )
    bridges: list[TribeBridge] = rows(bridges, "The tribes that it is tied to most, ten at most.", limit=10)


LazyTribe = Annotated["Tribe", strawberry.lazy("api.graph.types")]


@entity("social_capital_point", social_capital_points, visible_scores)
class SocialCapitalPoint:
    """Social capital as one run of the past found it, in percentiles."""

    as_of: datetime = column("as_of", "When.")
    composite: float = column("composite", "The percentile of the composite.")
    trust_and_support: float = column("trust_and_support", "The percentile of trust and support.")
    strong_ties: float = column("strong_ties", "The percentile of strong ties.")
    participation: float = column("participation", "The percentile of participation.")
    brand_support: float = column("brand_support", "The percentile of brand support.")


@entity("social_capital", social_capitals, visible_scores)
class SocialCapital:
    """What a member's ties and deeds are worth, in four dimensions. Members see their own; who may see insights, all.

    Nobody has one who objects to profiling, is suspended, or was not there yet when the last run began.
    """

    member: LazyMember | None = reference(lambda scope: scope.row.c.member_id, "Whose it is.")
    composite: Score = _score("composite", "All four together: a weighted geometric mean of their percentiles.")
    trust_and_support: Score = _score("trust_and_support", "Who is trusted, and is supported by those who are.")
    strong_ties: Score = _score("strong_ties", "Ties that go both ways, and ties that connect others.")
    participation: Score = _score("participation", "How much, how variously and how regularly they take part.")
    brand_support: Score = _score("brand_support", "How much they do around what is the brand's own.")
    trust: Score = _score("trust", "How well they are spoken of by who is trusted, beginning with the brand's staff.")
    support: Score = _score("support", "What others did towards them, weighed by how far those are trusted.")
    bonding: Score = _score("bonding", "Ties that are returned, among people who know each other.")
    bridging: Score = _score("bridging", "Contacts who have no ties among each other but through them.")
    level: Level = expression(lambda scope: level_of(scope.row), _LEVEL)
    core: int = column("core", "The most k such that they belong to a group in which all have k ties or more.")
    tribe: Tribe | None = reference(lambda scope: scope.row.c.tribe_id, "Their tribe; null for who is in none.")
    top_ties: list[Tie] = rows(
        member_ties, "Their strongest ties, the strongest first; 32 are kept.", limit=32, arguments=_FIRST
    )
    run: ScoreRun | None = reference(
        lambda scope: scope.row.c.run_id, "The run that found it; null for who may not see runs."
    )
    history: list[SocialCapitalPoint] = rows(
        capital_points,
        "What earlier runs found, the latest first; kept for each day of a month, each week of a year, and each month before.",
        limit=100,
        arguments=_FIRST,
    )


@object_type
class Standing:
    """What a place in a ranking says of a member."""

    rank: int = column("position", "The place in the scope's ranking; 1 is who has the most influence.")
    score: Score = _score(
        "score",
        "The share of the attention of trusted members that ends with them, times what each would have if all had alike.",
    )
    expected_reach: Interval = embedded(
        "How many members they are expected to reach alone, themselves included, when word passes on with the share of "
        "attention that everybody gives.",
        columns={"estimate": "reach", "low": "reach_low", "high": "reach_high"},
    )
    trust: Score = _score(
        "trust", "How well they are spoken of everywhere by who is trusted, beginning with the brand's staff."
    )
    bridging: Score = _score("bridging", "Contacts who have no ties among each other but through them, everywhere.")
    trend: float | None = column(
        "score_change", "By how many points of the percentile they rose since the run before; negative: fell."
    )
    level: Level = expression(lambda scope: level_of(scope.row), _LEVEL)
    topics: list[LazyTag] = rows(
        topics,
        "The tags about which they are in the upper half, the highest place first.",
        limit=20,
        arguments=_FIRST,
    )
    tribe: Tribe | None = reference(lambda scope: scope.row.c.tribe_id, "Their tribe; null for who is in none.")
    top_ties: list[Tie] = rows(
        member_ties, "Their strongest ties, the strongest first; 32 are kept.", limit=32, arguments=_FIRST
    )


@entity("influence", influences, visible_influences)
class Influence(Standing):
    """A member's place in one ranking. Members see their own; who may see insights, all."""


@entity("influencer", influences, visible_influences)
class Influencer(Standing):
    """A member and their place in one ranking."""

    member: LazyMember | None = reference(
        lambda scope: scope.row.c.member_id, "Who it is; null if the viewer may not see them."
    )


_INSTEAD = "Since 2026-11-26: select it of `member`."


@object_type
class MemberScores:
    """A member beside others: what is found of them, for comparing. Members see their own scores, who may see insights all."""

    member: LazyMember | None = reference(lambda scope: scope.row.c.member_id, "Who it is.")
    social_capital: SocialCapital | None = reference(
        lambda scope: scope.row.c.member_id, "What their ties and deeds are worth.", column="member_id"
    )
    influence: Influence | None = reference(
        lambda scope: scope.row.c.member_id,
        "Their place in the ranking that `scope` names; null for who is not in it.",
        column="member_id",
        also=in_compared_scope,
    )
    id: strawberry.ID = expression(
        lambda scope: literal("member_").op("||")(scope.row.c.member_id),
        "The member's id.",
        deprecation_reason=_INSTEAD,
    )
    handle: str = column("handle", "The member's handle.", deprecation_reason=_INSTEAD)
    display_name: str = column("display_name", "The member's name.", deprecation_reason=_INSTEAD)
