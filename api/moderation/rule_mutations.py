"""What can be changed about rules."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import strawberry

from api.changing import Change, Returns, change, payload
from api.ids import MUTATION_ID, number_of
from api.moderation.enums import LimitKind
from api.moderation.rule_enums import RuleAction, RuleKind, RuleState
from api.moderation.rule_types import Rule, RuleTrial
from api.reading.fields import object_type, returned
from community.foundation.errors import Invalid, NotFound
from community.members.principals import Scope
from moderation.automod import managing
from moderation.automod.book import models_asked, rule_in_version
from moderation.automod.checking import Written
from moderation.automod.trial import try_rule
from moderation.rules.candidates import Kind
from moderation.rules.evaluating import Action, Limits, Words

if TYPE_CHECKING:
    from moderation.automod.trial import Tried
    from moderation.rules.trying import Share


@strawberry.input(description="A rule, or another version of one.")
class SaveRuleInput:
    """A rule, or another version of one."""

    rule: strawberry.ID | None = strawberry.field(
        description="The id of the rule that this is another version of; null for a new one, which is off at first.",
        default=None,
    )
    space: strawberry.ID | None = strawberry.field(
        description="Where a new rule is asked; null for everywhere.", default=None
    )
    name: str = strawberry.field(
        description="1 to 200 characters. Whoever a decision of it concerns is told it, so say it plainly."
    )
    condition: str = strawberry.field(description="What it asks, as JSON; see docs/rules.md.")
    action: RuleAction = strawberry.field(description="What it does to what it catches.")
    reason: str = strawberry.field(description="The name of one of `reportReasons`: what it catches is against that.")
    kinds: list[RuleKind] = strawberry.field(
        description="Of what it is asked.",
        default_factory=lambda: [RuleKind.POST, RuleKind.COMMENT],
    )
    staff: bool = strawberry.field(description="Whether it is asked of what staff write as well.", default=False)
    label: str | None = strawberry.field(
        description="What LABEL puts on it: the `kind` of one of `community.contentLabels`.", default=None
    )
    limits: list[LimitKind] | None = strawberry.field(
        description="From what LIMIT keeps the author; not SILENCE. For who may suspend members.", default=None
    )
    seconds: int | None = strawberry.field(
        description="With SLOW_MODE: between two posts or comments, 10 to 86,400.", default=None
    )
    for_hours: int | None = strawberry.field(description="With `limits`: for how long, 1 to 720.", default=None)
    message_en: str | None = strawberry.field(
        description="What its author is told, in English; REFUSE needs it. Give both languages or none.", default=None
    )
    message_zh: str | None = strawberry.field(description="The same in Chinese.", default=None)
    expected_version: int | None = strawberry.field(
        description="The `number` of the version that was looked at; if there is a later one, RULE_CHANGED is answered.",
        default=None,
    )
    client_mutation_id: str | None = strawberry.field(description=MUTATION_ID, default=None)


@strawberry.input(description="Which rule is switched to what.")
class SetRuleStateInput:
    """Which rule is switched to what."""

    rule: strawberry.ID = strawberry.field(description="The rule's id.")
    state: RuleState = strawberry.field(description="What it shall be.")
    expected_version: int | None = strawberry.field(
        description="The `number` of the version that was looked at; if there is a later one, RULE_CHANGED is answered.",
        default=None,
    )
    client_mutation_id: str | None = strawberry.field(description=MUTATION_ID, default=None)


@strawberry.input(description="Which rule is tried, or what is tried before it is saved.")
class TestRuleInput:
    """Which rule is tried, or what is tried before it is saved."""

    rule: strawberry.ID | None = strawberry.field(description="The id of a rule; or give `condition`.", default=None)
    condition: str | None = strawberry.field(description="A condition, as JSON, in place of a rule's.", default=None)
    kinds: list[RuleKind] = strawberry.field(
        description="With `condition`: of what it is asked.",
        default_factory=lambda: [RuleKind.POST, RuleKind.COMMENT],
    )
    space: strawberry.ID | None = strawberry.field(
        description="On what was written in this space; null: everywhere, or in the rule's own.", default=None
    )
    locale: str = strawberry.field(description="In which language reasons are given: `en` or `zh`.", default="en")
    client_mutation_id: str | None = strawberry.field(description=MUTATION_ID, default=None)


@payload
class SaveRulePayload(Returns):
    """What `saveRule` answers."""

    rule: Rule | None = returned("The rule.")


@payload
class SetRuleStatePayload(Returns):
    """What `setRuleState` answers."""

    rule: Rule | None = returned("The rule.")


@payload
class TestRulePayload(Returns):
    """What `testRule` answers."""

    trial: RuleTrial | None = returned("What came of it.")


@object_type
class RuleMutations:
    """What can be changed about rules."""

    @change(traced=True)
    async def save_rule(info: Change, input: SaveRuleInput) -> SaveRulePayload:
        """Write a rule, or another version of one. A new rule is off; another version of one that is on counts at once.

        For the moderators of its space, or of the community. What is wrong with the condition is named by its place, e.g.
        `input.condition.all.1.pattern.pattern`.
        """
        acting = await info.acting(Scope.MODERATE)
        rule_id = await managing.save_rule(
            info.connection,
            acting,
            Written(
                name=input.name,
                condition=input.condition,
                action=Action(input.action.value),
                reason=input.reason,
                kinds=[Kind(kind.value) for kind in input.kinds],
                staff=input.staff,
                label=input.label,
                message=_message(input),
                limits=_limits(input),
            ),
            rule_id=None if input.rule is None else number_of("rule", input.rule),
            space_id=None if input.space is None else number_of("space", input.space),
            version=input.expected_version,
            has_external=info.context.application.screening.external is not None,
        )
        _follow(info)
        return SaveRulePayload.of(rule=rule_id)

    @change(traced=True)
    async def set_rule_state(info: Change, input: SetRuleStateInput) -> SetRuleStatePayload:
        """Switch a rule off, into shadow, or live. It counts at once here, and within seconds on every other process."""
        acting = await info.acting(Scope.MODERATE)
        rule_id = number_of("rule", input.rule)
        await managing.set_rule_state(
            info.connection, acting, rule_id, input.state.value, version=input.expected_version
        )
        _follow(info)
        return SetRuleStatePayload.of(rule=rule_id)

    @change(traced=True)
    async def test_rule(info: Change, input: TestRuleInput) -> TestRulePayload:
        """Say what a rule would have caught in the last 30 days, with examples, and how often people would have agreed."""
        acting = await info.acting(Scope.MODERATE)
        if (input.rule is None) == (input.condition is None):
            raise Invalid(field="condition", reason="Give either a rule or a condition.")
        space_id = None if input.space is None else number_of("space", input.space)
        if input.rule is not None:
            seen = await managing.rule_seen(info.connection, acting, number_of("rule", input.rule))
            rule = await rule_in_version(info.connection, seen["id"], seen["version"])
            space_id = seen["space_id"] if seen["space_id"] is not None else space_id
        else:
            rule = managing.rule_to_try(input.condition or "", [Kind(kind.value) for kind in input.kinds])
        if not managing.may_manage(acting, space_id):
            raise NotFound(what="space")
        # Where it is tried is said by the space, wherever it is asked.
        rule = replace(rule, scope=replace(rule.scope, spaces=frozenset()))
        tried = await try_rule(info.connection, rule, await models_asked(info.connection, [rule]), space_id=space_id)
        return TestRulePayload.of(trial=_told(tried, input.locale))


def _follow(info: Change) -> None:
    """Have this process know of it as soon as it is committed; the others hear of it by the event log."""

    async def forget() -> None:
        info.context.application.screening.forget()

    info.afterwards.append(forget)


def _message(given: SaveRuleInput) -> Words | None:
    if given.message_en is None and given.message_zh is None:
        return None
    return Words(given.message_en or "", given.message_zh or "")


def _limits(given: SaveRuleInput) -> Limits | None:
    if given.limits is None and given.seconds is None and given.for_hours is None:
        return None
    return Limits(tuple([limit.value for limit in given.limits or ()]), given.for_hours or 0, given.seconds)


def _told(tried: Tried, locale: str) -> dict[str, Any]:
    trial, chinese = tried.trial, locale.lower().startswith("zh")
    return {
        "looked_at": trial.looked_at,
        "caught": trial.caught,
        "precision": _share(trial.precision),
        "recall": _share(trial.recall),
        "examples": [
            {
                "subject": f"{kind}_{number}",
                "excerpt": excerpt,
                "was_wrong": example.was_wrong,
                "reasons": [each.chinese if chinese else each.english for each in example.evidence],
            }
            for example, (kind, number), excerpt in zip(trial.examples, tried.subjects, tried.excerpts, strict=True)
        ],
    }


def _share(found: Share) -> dict[str, Any]:
    known = None if math.isnan(found.share) else found.share
    return {"found": found.found, "of": found.of, "share": known, "low": found.low, "high": found.high}
