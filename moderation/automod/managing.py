"""Writing rules and switching them: whoever moderates a space has rules for it, whoever oversees the community for all."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from community.discussions.labels import label_named
from community.foundation.errors import Invalid, NotFound
from community.foundation.events import Event, record
from community.members.roles import Permission
from moderation.automod import events
from moderation.automod.checking import Written, checked, condition_of
from moderation.automod.errors import RuleChanged, RuleOnlyInShadow, TooManyRules
from moderation.reports.errors import ReportReasonUnknown
from moderation.rules.candidates import CONTENT, Kind
from moderation.rules.evaluating import Action, Rule, Scope
from moderation.rules.written import written_condition

if TYPE_CHECKING:
    import asyncpg

    from community.foundation.database import Connection
    from community.members.acting import Acting

MOST_ON = 500
"""Rules that are on at once: so many are asked of each text in a fraction of a millisecond (docs/rules.md)."""

_RULE = "SELECT id, name, space_id, state, version FROM rule WHERE id = $1 FOR NO KEY UPDATE"
_REASON = "SELECT id FROM report_reason WHERE name = $1 AND retired_at IS NULL"
_SPACE_EXISTS = "SELECT EXISTS (SELECT FROM space WHERE id = $1)"
_CREATE = "INSERT INTO rule (name, space_id) VALUES ($1, $2) RETURNING id"
_FOLLOW = "UPDATE rule SET name = $2, version = version + 1 WHERE id = $1 RETURNING version"
_WRITE = """
    INSERT INTO rule_version (
        rule_id, number, condition, action, kinds, staff, label, reason_id, message, written_by, limits, seconds, hours
    ) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)
"""
_DOES = "SELECT action, label, limits FROM rule_version WHERE rule_id = $1 AND number = $2"
_SET_STATE = "UPDATE rule SET state = $2 WHERE id = $1"
# Whoever switches rules on waits for the others, so that there are never more than may be.
_ONE_AT_A_TIME = "SELECT pg_advisory_xact_lock(hashtext('rules that are on'))"
_ON = "SELECT count(*) FROM rule WHERE state <> 'OFF'"


async def save_rule(
    connection: Connection,
    acting: Acting,
    written: Written,
    *,
    rule_id: int | None = None,
    space_id: int | None = None,
    version: int | None = None,
    has_external: bool = False,
) -> int:
    """Write a rule, or with `rule_id` another version of one; return its id. A new rule is off, until it is switched on.

    `version` is the one that was looked at. Another version of a rule that is on counts at once.
    `has_external` says whether the operator has set a classifier of their own.

    Raises:
        NotFound: if there is no such rule or space that is theirs to moderate.
        NotPermitted: for a rule for all, unless they oversee the community, and for one that limits members.
        LabelUnknown: for a label that there is not.
        Invalid: for what cannot be asked, with the path that leads to it in the condition.
        ReportReasonUnknown: for a reason that there is not.
        RuleChanged: if there is a later version than the one that was looked at.
    """
    rule = None if rule_id is None else await _rule_for(connection, acting, rule_id)
    if rule is None:
        await _refuse_place(connection, acting, space_id)
    elif version is not None and version != rule["version"]:
        raise RuleChanged(version=rule["version"])
    kept = checked(written, has_external=has_external)
    if written.action is Action.LIMIT:
        _require_limiting(acting)
    if kept.label is not None:
        await label_named(connection, kept.label, path=("label",))
    reason_id = await connection.raw.fetchval(_REASON, written.reason)
    if reason_id is None:
        raise ReportReasonUnknown(reason=written.reason, path=("reason",))
    if rule is None:
        saved_id: int = await connection.raw.fetchval(_CREATE, kept.name, space_id)
        number = 1
    else:
        saved_id, space_id = rule["id"], rule["space_id"]
        number = await connection.raw.fetchval(_FOLLOW, saved_id, kept.name)
    await connection.raw.execute(
        _WRITE,
        saved_id,
        number,
        written_condition(kept.condition),
        written.action.value,
        sorted(kind.value for kind in written.kinds),
        written.staff,
        kept.label,
        reason_id,
        None if kept.message is None else {"en": kept.message.english, "zh": kept.message.chinese},
        acting.member_id,
        [] if kept.limits is None else list(kept.limits.kinds),
        None if kept.limits is None else kept.limits.seconds,
        None if kept.limits is None else kept.limits.hours,
    )
    await _tell(connection, acting, events.RULE_SAVED, saved_id, space_id, version=number)
    return saved_id


async def set_rule_state(
    connection: Connection, acting: Acting, rule_id: int, state: str, *, version: int | None = None
) -> None:
    """Switch a rule OFF, into SHADOW (it is written down what it would do), or LIVE. As it is already, nothing happens.

    Raises:
        NotFound: if there is no such rule that is theirs to see.
        RuleChanged: if there is a later version than the one that was looked at.
        NotPermitted: to LIVE, if it limits members and that is not theirs to do.
        RuleOnlyInShadow: to LIVE, if it limits members and does not say how.
        LabelUnknown: to LIVE, if its label is no more.
        TooManyRules: if so many are on.
    """
    await connection.raw.execute(_ONE_AT_A_TIME)
    rule = await _rule_for(connection, acting, rule_id)
    if version is not None and version != rule["version"]:
        raise RuleChanged(version=rule["version"])
    if rule["state"] == state:
        return
    if state == "LIVE":
        await _refuse_undoable(connection, acting, rule_id, rule["version"])
    if rule["state"] == "OFF" and await connection.raw.fetchval(_ON) >= MOST_ON:
        raise TooManyRules(most=MOST_ON)
    await connection.raw.execute(_SET_STATE, rule_id, state)
    changed = {"before": rule["state"], "after": state, "version": rule["version"]}
    await _tell(connection, acting, events.RULE_STATE_SET, rule_id, rule["space_id"], **changed)


def rule_to_try(written: str, kinds: Sequence[Kind]) -> Rule:
    """Return a condition as a rule that is only tried.

    Raises:
        Invalid: as `condition_of`, or if it is asked of nothing that is kept.
    """
    asked = CONTENT.intersection(kinds)
    if not asked:
        raise Invalid(field="kinds", reason="Rules are tried on posts and comments.")
    return Rule(0, 1, "", condition_of(written), Action.REPORT, scope=Scope(kinds=asked))


async def rule_seen(connection: Connection, acting: Acting, rule_id: int) -> asyncpg.Record:
    """Return a rule that is a member's to manage.

    Raises:
        NotFound: if there is none.
    """
    return await _rule_for(connection, acting, rule_id)


def may_manage(acting: Acting, space_id: int | None) -> bool:
    """Say whether rules of a space, or those for all, are a member's to manage."""
    return acting.may(Permission.MODERATE_CONTENT, space_id)


async def _rule_for(connection: Connection, acting: Acting, rule_id: int) -> asyncpg.Record:
    rule = await connection.raw.fetchrow(_RULE, rule_id)
    if rule is None or not may_manage(acting, rule["space_id"]):
        raise NotFound(what="rule")
    return rule


async def _refuse_place(connection: Connection, acting: Acting, space_id: int | None) -> None:
    if space_id is None:
        acting.require(Permission.MODERATE_CONTENT, action="write rules for the whole community")
    elif not may_manage(acting, space_id) or not await connection.raw.fetchval(_SPACE_EXISTS, space_id):
        raise NotFound(what="space")


def _require_limiting(acting: Acting) -> None:
    """Refuse who may not limit members: what they may not do themselves, no rule of theirs does."""
    acting.require(Permission.SUSPEND_MEMBERS, action="have rules limit members")


async def _refuse_undoable(connection: Connection, acting: Acting, rule_id: int, version: int) -> None:
    """Refuse to have done what cannot be, as labels are given up, or may not be done."""
    does = await connection.raw.fetchrow(_DOES, rule_id, version)
    assert does is not None  # versions stay
    if does["label"] is not None:
        await label_named(connection, does["label"], path=("rule",))
    if does["action"] == Action.LIMIT:
        _require_limiting(acting)
        if not does["limits"]:
            raise RuleOnlyInShadow(action=does["action"])


async def _tell(
    connection: Connection, acting: Acting, kind: str, rule_id: int, space_id: int | None, **data: object
) -> None:
    happened = Event(
        kind,
        actor_id=acting.member_id,
        subject_kind="rule",
        subject_id=rule_id,
        space_id=space_id,
        data=data,
        context=acting.context,
    )
    await record(connection, happened)
