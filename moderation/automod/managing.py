"""Writing rules and switching them: whoever moderates a space has rules for it, whoever oversees the community for all."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Final

import orjson

from community.discussions.texts import clean_text, clean_title
from community.foundation.errors import Invalid, NotFound
from community.foundation.events import Event, record
from community.members.roles import Permission
from moderation.automod import events
from moderation.automod.errors import RuleChanged, RuleOnlyInShadow, TooManyRules
from moderation.automod.signatures import KEPT_FOR
from moderation.reports.errors import ReportReasonUnknown
from moderation.rules.candidates import CONTENT, Kind
from moderation.rules.conditions import Condition, NearDuplicates, walk
from moderation.rules.evaluating import Action, Rule, Scope, Words
from moderation.rules.written import read_condition, written_condition

if TYPE_CHECKING:
    import asyncpg

    from community.foundation.database import Connection
    from community.members.acting import Acting

LONGEST_CONDITION = 200_000
LONGEST_MESSAGE = 500
LONGEST_LABEL = 40
MOST_ON = 500
"""Rules that are on at once: so many are asked of each text in a fraction of a millisecond (docs/rules.md)."""
DONE: Final = frozenset({Action.REPORT, Action.HOLD, Action.REFUSE})
"""What is done where a rule is live; the others only run in shadow so far."""
OF_PROFILES: Final = frozenset({Action.REPORT, Action.REFUSE})
"""What can be done about what members say of themselves: it cannot be held."""

_RULE = "SELECT id, name, space_id, state, version FROM rule WHERE id = $1 FOR NO KEY UPDATE"
_REASON = "SELECT id FROM report_reason WHERE name = $1 AND retired_at IS NULL"
_SPACE_EXISTS = "SELECT EXISTS (SELECT FROM space WHERE id = $1)"
_CREATE = "INSERT INTO rule (name, space_id) VALUES ($1, $2) RETURNING id"
_FOLLOW = "UPDATE rule SET name = $2, version = version + 1 WHERE id = $1 RETURNING version"
_WRITE = """
    INSERT INTO rule_version (
        rule_id, number, condition, action, kinds, staff, label, reason_id, message, written_by
    ) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
"""
_ACTION = "SELECT action FROM rule_version WHERE rule_id = $1 AND number = $2"
_SET_STATE = "UPDATE rule SET state = $2 WHERE id = $1"
# Whoever switches rules on waits for the others, so that there are never more than may be.
_ONE_AT_A_TIME = "SELECT pg_advisory_xact_lock(hashtext('rules that are on'))"
_ON = "SELECT count(*) FROM rule WHERE state <> 'OFF'"


@dataclass(frozen=True, slots=True)
class Written:
    """A rule as somebody writes it."""

    name: str
    condition: str
    """JSON; see docs/rules.md."""
    action: Action
    reason: str
    """The name of the reason for reporting that it stands for: against which rule or law."""
    kinds: Sequence[Kind] = tuple(CONTENT)
    staff: bool = False
    label: str | None = None
    message: Words | None = None


async def save_rule(
    connection: Connection,
    acting: Acting,
    written: Written,
    *,
    rule_id: int | None = None,
    space_id: int | None = None,
    version: int | None = None,
) -> int:
    """Write a rule, or with `rule_id` another version of one; return its id. A new rule is off, until it is switched on.

    `version` is the one that was looked at. Another version of a rule that is on counts at once; where it does what cannot
    be done yet, a live rule is not taken.

    Raises:
        NotFound: if there is no such rule or space that is theirs to moderate.
        NotPermitted: for a rule for all, unless they oversee the community.
        Invalid: for what cannot be asked, with the path that leads to it in the condition.
        ReportReasonUnknown: for a reason that there is not.
        RuleChanged: if there is a later version than the one that was looked at.
        RuleOnlyInShadow: if the rule is live and what it would do cannot be done.
    """
    rule = None if rule_id is None else await _rule_for(connection, acting, rule_id)
    if rule is None:
        await _refuse_place(connection, acting, space_id)
    elif version is not None and version != rule["version"]:
        raise RuleChanged(version=rule["version"])
    name, label, message = _checked(written)
    condition = condition_of(written.condition)
    reason_id = await connection.raw.fetchval(_REASON, written.reason)
    if reason_id is None:
        raise ReportReasonUnknown(reason=written.reason, path=("reason",))
    if rule is not None and rule["state"] == "LIVE":
        _refuse_undoable(written.action)
    if rule is None:
        saved_id: int = await connection.raw.fetchval(_CREATE, name, space_id)
        number = 1
    else:
        saved_id, space_id = rule["id"], rule["space_id"]
        number = await connection.raw.fetchval(_FOLLOW, saved_id, name)
    await connection.raw.execute(
        _WRITE,
        saved_id,
        number,
        written_condition(condition),
        written.action.value,
        sorted(kind.value for kind in written.kinds),
        written.staff,
        label,
        reason_id,
        None if message is None else {"en": message.english, "zh": message.chinese},
        acting.member_id,
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
        RuleOnlyInShadow: to LIVE, if what it does cannot be done yet.
        TooManyRules: if so many are on.
    """
    await connection.raw.execute(_ONE_AT_A_TIME)
    rule = await _rule_for(connection, acting, rule_id)
    if version is not None and version != rule["version"]:
        raise RuleChanged(version=rule["version"])
    if rule["state"] == state:
        return
    if state == "LIVE":
        _refuse_undoable(Action(await connection.raw.fetchval(_ACTION, rule_id, rule["version"])))
    if rule["state"] == "OFF" and await connection.raw.fetchval(_ON) >= MOST_ON:
        raise TooManyRules(most=MOST_ON)
    await connection.raw.execute(_SET_STATE, rule_id, state)
    changed = {"before": rule["state"], "after": state, "version": rule["version"]}
    await _tell(connection, acting, events.RULE_STATE_SET, rule_id, rule["space_id"], **changed)


def condition_of(written: str) -> Condition:
    """Return the condition that somebody wrote as JSON.

    Raises:
        Invalid: if it is no JSON, or none that can be asked here; its path leads to what is wrong.
    """
    if len(written) > LONGEST_CONDITION:
        raise Invalid(field="condition", reason=f"At most {LONGEST_CONDITION:,} characters.")
    try:
        said = orjson.loads(written)
    except orjson.JSONDecodeError:
        raise Invalid(field="condition", reason="This is no JSON.") from None
    condition = read_condition(said)
    for part in walk(condition):
        if isinstance(part, NearDuplicates) and timedelta(seconds=part.within) > KEPT_FOR:
            raise Invalid(field="condition", reason=f"near_duplicates: within {KEPT_FOR.days} days at most.")
    return condition


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


def _checked(written: Written) -> tuple[str, str | None, Words | None]:
    try:
        name = clean_title(written.name)
    except Invalid as wrong:
        raise Invalid(field="name", reason=str(wrong.fields["reason"])) from None
    kinds = set(written.kinds)
    if not kinds:
        raise Invalid(field="kinds", reason="Say of what it is asked.")
    if Kind.PROFILE in kinds and written.action not in OF_PROFILES:
        raise Invalid(field="kinds", reason="Of a profile, a rule can only REPORT or REFUSE.")
    label = None if written.label is None else clean_text(written.label, "label", LONGEST_LABEL)
    if (written.action is Action.LABEL) != bool(label):
        raise Invalid(field="label", reason="It goes with LABEL, and LABEL with it.")
    message = written.message
    if message is not None:
        english, chinese = (clean_text(text, "message", LONGEST_MESSAGE) for text in (message.english, message.chinese))
        if not (english and chinese):
            raise Invalid(field="message", reason="Say it in both languages.")
        message = Words(english, chinese)
    if written.action is Action.REFUSE and message is None:
        raise Invalid(field="message", reason="Say to the author why it is refused.")
    return name, label or None, message


def _refuse_undoable(action: Action) -> None:
    if action not in DONE:
        raise RuleOnlyInShadow(action=action.value)


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
