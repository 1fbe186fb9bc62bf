"""The rules that are on, ready to be asked, with the classifiers that they ask."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import cached_property
from typing import TYPE_CHECKING, Any

import structlog

from community.foundation.errors import Invalid
from moderation.automod.outside import Outside
from moderation.automod.sieve import Sieve
from moderation.rules.candidates import Kind
from moderation.rules.conditions import AccountAge, FirstPosts, Images, NearDuplicates, Score, Velocity, walk
from moderation.rules.evaluating import Action, Limits, Mode, Rule, RuleSet, Scope, Words
from moderation.rules.weakening import OF_AUTHOR, OF_EARLIER, OF_EXTERNAL, asks
from moderation.rules.written import read_condition

if TYPE_CHECKING:
    import asyncpg

    from community.foundation.database import Connection
    from moderation.classifier.model import Model

logger = structlog.get_logger(__name__)

_RULES = """
    SELECT rule.id, rule.name, rule.space_id, rule.state, rule_version.number AS version, condition, action, kinds, staff,
        label, reason_id, message, limits, seconds, hours
    FROM rule JOIN rule_version ON rule_version.rule_id = rule.id AND rule_version.number = rule.version
    WHERE rule.state <> 'OFF' ORDER BY rule.id
"""
_VERSION = """
    SELECT rule.id, rule.name, rule.space_id, rule.state, rule_version.number AS version, condition, action, kinds, staff,
        label, reason_id, message, limits, seconds, hours
    FROM rule JOIN rule_version ON rule_version.rule_id = rule.id WHERE rule.id = $1 AND rule_version.number = $2
"""
_MODELS = """
    SELECT DISTINCT ON (label) label, model FROM text_model WHERE label = ANY($1::text[]) ORDER BY label, number DESC
"""


@dataclass(frozen=True, eq=False)
class Book:
    """Rules by their places, from 0, and what each needs."""

    rules: tuple[Rule, ...]
    reason_ids: tuple[int, ...]
    """Against which rule or law, by place."""
    whole: RuleSet
    at_sight: Sieve
    """Of the text alone."""
    knowing_author: Sieve
    """Of the text and its author, without what was written before."""
    of_author: frozenset[int]
    """Places of those that ask for the author."""
    of_earlier: frozenset[int]
    """Places of those that ask for what was written before."""
    longest: timedelta
    """How far back what was written before is asked for."""
    settled_after: timedelta
    """An account that is older is new to none of the rules ..."""
    settled_from: int
    """... and has written enough for all of them with so many texts."""
    models: Mapping[str, Model]
    outside: Outside | None
    """Of the rules that ask the operator's own classifier, if one does."""

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to ask."""
        return not self.rules

    @property
    def asks_near_duplicates(self) -> bool:
        """Whether signatures are needed."""
        return any(asks(rule.condition, (NearDuplicates,)) for rule in self.rules)

    @cached_property
    def asks_images(self) -> bool:
        """Whether hashes of images are needed."""
        return any(asks(rule.condition, (Images,)) for rule in self.rules)


async def load_book(connection: Connection) -> Book:
    """Load the rules that are on. What cannot be read is left out, and said in the log: no rule keeps people from writing."""
    rows = await connection.raw.fetch(_RULES)
    read = [(rule, row["reason_id"]) for row in rows if (rule := _read(row)) is not None]
    rules = [rule for rule, _ in read]
    models = await models_asked(connection, rules)
    # Hundreds of rules take a third of a second.
    return await asyncio.to_thread(made_ready, rules, [reason_id for _, reason_id in read], models)


async def models_asked(connection: Connection, rules: Sequence[Rule]) -> list[Model]:
    """Return the latest of the classifiers whose scores some rules ask for."""
    labels = {part.label for rule in rules for part in walk(rule.condition) if isinstance(part, Score)}
    packed = await connection.raw.fetch(_MODELS, sorted(labels)) if labels else []
    return [model for row in packed if (model := _unpacked(row["label"], row["model"])) is not None]


async def rule_in_version(connection: Connection, rule_id: int, number: int) -> Rule:
    """Return a rule as one of its versions has it, whether it is on or off."""
    return rule_of(await connection.raw.fetchrow(_VERSION, rule_id, number))


def made_ready(rules: Sequence[Rule], reason_ids: Sequence[int], models: Sequence[Model] = ()) -> Book:
    """Compile rules; O(total length of keywords and patterns)."""
    parts = [part for rule in rules for part in walk(rule.condition)]
    within = [part.within for part in parts if isinstance(part, NearDuplicates | Velocity)]
    book = Book(
        tuple(rules),
        tuple(reason_ids),
        RuleSet(rules),
        Sieve(rules, OF_AUTHOR + OF_EARLIER + OF_EXTERNAL),
        Sieve(rules, OF_EARLIER + OF_EXTERNAL),
        frozenset(place for place, rule in enumerate(rules) if asks(rule.condition, OF_AUTHOR)),
        frozenset(place for place, rule in enumerate(rules) if asks(rule.condition, OF_EARLIER)),
        timedelta(seconds=max(within, default=0)),
        timedelta(seconds=max((part.under for part in parts if isinstance(part, AccountAge)), default=0)),
        max((part.first for part in parts if isinstance(part, FirstPosts)), default=0),
        {model.label: model for model in models},
        Outside.of(rules),
    )
    if book.asks_near_duplicates:
        # What is compiled at its first use is compiled here, where nobody waits for it.
        from moderation.rules.near_duplicates import signature

        signature("compiled 编译")
    return book


def rule_of(row: Any) -> Rule:
    """Return the rule in a row of a rule with one of its versions.

    Raises:
        Invalid: if its condition is none that can be asked.
    """
    space_id, message = row["space_id"], row["message"]
    return Rule(
        id=row["id"],
        version=row["version"],
        name=row["name"],
        condition=read_condition(row["condition"]),
        action=Action(row["action"]),
        mode=Mode(row["state"]) if row["state"] in set(Mode) else Mode.SHADOW,
        scope=Scope(
            spaces=frozenset() if space_id is None else frozenset({space_id}),
            kinds=frozenset(Kind(kind) for kind in row["kinds"]),
            staff=row["staff"],
        ),
        label=row["label"],
        message=None if message is None else Words(message["en"], message["zh"]),
        limits=Limits(tuple(row["limits"]), row["hours"], row["seconds"]) if row["limits"] else None,
    )


def _read(row: asyncpg.Record) -> Rule | None:
    try:
        return rule_of(row)
    except Invalid as wrong:
        logger.error("moderation.rule_unreadable", rule=row["id"], version=row["version"], error=str(wrong))  # noqa: TRY400 - it says it all
        return None


def _unpacked(label: str, packed: bytes) -> Model | None:
    from moderation.classifier.model import (
        BadModelError,
        unpack,
    )  # what it needs, a server without classifiers is spared

    try:
        return unpack(packed)
    except BadModelError as wrong:
        logger.error("moderation.model_unreadable", label=label, error=str(wrong))  # noqa: TRY400 - it says it all
        return None
