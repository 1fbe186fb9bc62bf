"""Programmes: what they promise, version by version, and when they take referrals."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from community.discussions.texts import clean_text
from community.eligibility.rules import ANYBODY, Eligibility, keep_eligibility
from community.foundation.errors import Invalid, NotFound
from community.foundation.events import Event, record
from community.foundation.markdown import render
from community.members.names import clean_line
from community.members.reputation import HIGHEST_LEVEL
from community.members.roles import Permission
from community.referrals import events
from community.referrals.errors import ReferralProgramEnded
from community.referrals.tables import MODELS, STEPS, WITH_THRESHOLD

if TYPE_CHECKING:
    import asyncpg

    from community.foundation.database import Connection
    from community.members.acting import Acting

LONGEST_NAME = 100
LONGEST_BODY = 20_000
LONGEST_WINDOW = 366  # days
MOST_STEPS, MOST_REWARDS = 20, 40
MOST_MONEY = 10**15
MOST_POINTS = 10**9
MOST_REFERRALS = 10**9
CURRENCY = re.compile(r"[A-Z]{3}")
ALWAYS = ("SIGN_UP", "VERIFIED")
"""Steps of every programme, as its funnel tells of them."""

_INSERT = """
    INSERT INTO referral_program (name, starts_at, ends_at, created_by) VALUES ($1, coalesce($2, now()), $3, $4)
    RETURNING id
"""
_INSERT_TERMS = """
    WITH made AS (
        INSERT INTO referral_terms (program_id, version, body, body_html, referrers_id, window_days, model, rewarded_each,
            rewarded_most, budget, currency, hold_days, created_by)
        SELECT $1, 1 + coalesce(max(version), 0), $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12
        FROM referral_terms WHERE program_id = $1
        RETURNING id, version
    ), current AS (
        UPDATE referral_program SET terms_id = made.id FROM made WHERE referral_program.id = $1
    )
    SELECT id, version FROM made
"""
_INSERT_STEPS = """
    INSERT INTO referral_asked_step (terms_id, step, threshold, position)
    SELECT $1, step, threshold, place FROM unnest($2::text[], $3::bigint[]) WITH ORDINALITY AS asked (step, threshold, place)
"""
_INSERT_REWARDS = """
    INSERT INTO referral_reward_rule (terms_id, step, threshold, side, kind, amount, name)
    SELECT $1, * FROM unnest($2::text[], $3::bigint[], $4::text[], $5::text[], $6::bigint[], $7::text[])
"""
_LOCKED = "SELECT * FROM referral_program WHERE id = $1 FOR NO KEY UPDATE"
_CHANGE = """
    UPDATE referral_program SET name = coalesce($2, name), ends_at = coalesce($3, ends_at) WHERE id = $1
"""
_MOVE = """
    UPDATE referral_program SET state = $2, ended_at = CASE WHEN $2 = 'ENDED' THEN now() END
    WHERE id = $1 AND state <> 'ENDED' RETURNING id
"""


@dataclass(frozen=True, slots=True)
class Step:
    """A step that a referral comes to: from a threshold on, where it has one."""

    step: str
    threshold: int = 0


@dataclass(frozen=True, slots=True)
class RewardRule:
    """What a step earns, and who."""

    step: Step
    side: str
    kind: str
    amount: int = 1
    name: str = ""


@dataclass(frozen=True, slots=True)
class Terms:
    """What a programme promises."""

    body: str = ""
    referrers: Eligibility = ANYBODY
    window_days: int = 30
    model: str = "LAST_TOUCH"
    steps: Sequence[Step] = ()
    """Besides those of every programme."""
    rewards: Sequence[RewardRule] = ()
    rewarded_each: int | None = None
    rewarded_most: int | None = None
    budget: int | None = None
    currency: str | None = None
    hold_days: int = 0


async def create_program(
    connection: Connection,
    acting: Acting,
    name: str,
    terms: Terms,
    *,
    starts_at: datetime | None = None,
    ends_at: datetime | None = None,
) -> int:
    """Make a programme with its first terms; return its id. It takes referrals once it starts.

    Raises:
        NotPermitted: unless the acting member runs campaigns.
        NotFound: if its rule for referrers names a space that they may not see.
        Invalid: naming what cannot be promised.
    """
    _require(acting)
    name = _clean_name(name)
    moment: datetime = await connection.raw.fetchval("SELECT coalesce($1::timestamptz, now())", starts_at)
    if ends_at is not None and ends_at <= moment:
        raise Invalid(field="endsAt", reason="A programme ends after it starts.")
    program_id: int = await connection.raw.fetchval(_INSERT, name, starts_at, ends_at, acting.member_id)
    await _add_terms(connection, acting, program_id, terms)
    await _tell(connection, acting, events.REFERRAL_PROGRAM_CREATED, program_id)
    return program_id


async def update_program(
    connection: Connection,
    acting: Acting,
    program_id: int,
    *,
    name: str | None = None,
    ends_at: datetime | None = None,
    terms: Terms | None = None,
) -> None:
    """Change a programme. Other terms are another version, for referrals to come; those there are keep theirs.

    Raises:
        NotPermitted, Invalid: as for creating one.
        NotFound: if there is no such programme.
        ReferralProgramEnded: if it is over.
    """
    program = await _managed(connection, acting, program_id)
    if program["state"] == "ENDED":
        raise ReferralProgramEnded
    if ends_at is not None and ends_at <= program["starts_at"]:
        raise Invalid(field="endsAt", reason="A programme ends after it starts.")
    await connection.raw.execute(_CHANGE, program_id, None if name is None else _clean_name(name), ends_at)
    version = None if terms is None else await _add_terms(connection, acting, program_id, terms)
    data = {} if version is None else {"version": version}
    await _tell(connection, acting, events.REFERRAL_PROGRAM_CHANGED, program_id, **data)


async def move_program(connection: Connection, acting: Acting, program_id: int, state: str) -> None:
    """Pause a programme (it takes no referrals, and those there are go on), take it up again, or end it for good.

    Raises:
        NotPermitted: unless the acting member runs campaigns.
        NotFound: if there is no such programme.
        ReferralProgramEnded: if it is over.
    """
    await _managed(connection, acting, program_id)
    if await connection.raw.fetchval(_MOVE, program_id, state) is None:
        raise ReferralProgramEnded
    await _tell(connection, acting, events.REFERRAL_PROGRAM_CHANGED, program_id, state=state)


def clean_currency(written: str, field: str) -> str:
    """Return a currency's code.

    Raises:
        Invalid: if it is none.
    """
    if CURRENCY.fullmatch(written) is None:
        raise Invalid(field=field, reason="A currency is named by its three letters, such as EUR or CNY.")
    return written


def _require(acting: Acting) -> None:
    acting.require(Permission.MANAGE_CAMPAIGNS, action="run referral programmes")


async def _managed(connection: Connection, acting: Acting, program_id: int) -> asyncpg.Record:
    _require(acting)
    program = await connection.raw.fetchrow(_LOCKED, program_id)
    if program is None:
        raise NotFound(what="referral programme")
    return program


async def _add_terms(connection: Connection, acting: Acting, program_id: int, terms: Terms) -> int:
    body = clean_text(terms.body, "body", LONGEST_BODY)
    steps = _ordered_steps(terms)
    _refuse_bad_numbers(terms)
    _refuse_bad_rewards(terms.rewards, steps)
    referrers_id = await keep_eligibility(connection, acting, terms.referrers, field="referrers")
    (made,) = await connection.raw.fetch(
        _INSERT_TERMS,
        *(program_id, body, render(body).html, referrers_id, terms.window_days, terms.model, terms.rewarded_each),
        *(terms.rewarded_most, terms.budget, terms.currency, terms.hold_days, acting.member_id),
    )
    await connection.raw.execute(
        _INSERT_STEPS, made["id"], [each.step for each in steps], [each.threshold for each in steps]
    )
    rewards = terms.rewards
    await connection.raw.execute(
        _INSERT_REWARDS,
        *(made["id"], [each.step.step for each in rewards], [each.step.threshold for each in rewards]),
        *([each.side for each in rewards], [each.kind for each in rewards], [each.amount for each in rewards]),
        [clean_line(each.name, "rewards", LONGEST_NAME) for each in rewards],
    )
    return int(made["version"])


def _refuse_bad_numbers(terms: Terms) -> None:
    if not 1 <= terms.window_days <= LONGEST_WINDOW:
        raise Invalid(field="windowDays", reason=f"The window is 1 to {LONGEST_WINDOW} days.")
    if not 0 <= terms.hold_days <= LONGEST_WINDOW:
        raise Invalid(field="holdDays", reason=f"Rewards wait 0 to {LONGEST_WINDOW} days.")
    if terms.model not in MODELS:
        raise Invalid(field="model", reason=f"One of {', '.join(MODELS)}.")
    for field, most in (("rewardedEach", terms.rewarded_each), ("rewardedMost", terms.rewarded_most)):
        if most is not None and not 1 <= most <= MOST_REFERRALS:
            raise Invalid(field=field, reason=f"1 to {MOST_REFERRALS:,}, or any number if left out.")
    if terms.budget is not None and not 0 <= terms.budget <= MOST_MONEY:
        raise Invalid(field="budget", reason=f"A budget is 0 to {MOST_MONEY:,} of the currency's smallest unit.")
    if terms.currency is not None:
        clean_currency(terms.currency, "currency")
    elif terms.budget is not None or any(each.step == "PURCHASE" for each in terms.steps):
        raise Invalid(field="currency", reason="Say in which currency the budget and the purchases are.")


def _ordered_steps(terms: Terms) -> list[Step]:
    """Return all steps of a programme in the order in which people come to them."""
    if len(terms.steps) > MOST_STEPS:
        raise Invalid(field="steps", reason=f"{MOST_STEPS} steps at most.")
    for asked in terms.steps:
        if asked.step not in STEPS:
            raise Invalid(field="steps", reason=f"A step is one of {', '.join(STEPS)}.")
        highest = HIGHEST_LEVEL if asked.step == "LEVEL" else MOST_MONEY
        if asked.step in WITH_THRESHOLD and not 1 <= asked.threshold <= highest:
            raise Invalid(field="steps", reason=f"{asked.step} is reached from a threshold on, 1 to {highest:,}.")
        if asked.step not in WITH_THRESHOLD and asked.threshold:
            raise Invalid(field="steps", reason=f"{asked.step} has no threshold.")
    whole = {*terms.steps, *(Step(step) for step in ALWAYS)}
    if len(whole - {Step(step) for step in ALWAYS}) != len([each for each in terms.steps if each.step not in ALWAYS]):
        raise Invalid(field="steps", reason="Name each step once.")
    return sorted(whole, key=lambda each: (STEPS.index(each.step), each.threshold))


def _refuse_bad_rewards(rewards: Sequence[RewardRule], steps: Sequence[Step]) -> None:
    if len(rewards) > MOST_REWARDS:
        raise Invalid(field="rewards", reason=f"{MOST_REWARDS} rewards at most.")
    for each in rewards:
        if each.step not in steps:
            raise Invalid(field="rewards", reason="Rewards are for steps that the terms ask, with the same threshold.")
        if not 1 <= each.amount <= MOST_POINTS:
            raise Invalid(field="rewards", reason=f"An amount is 1 to {MOST_POINTS:,}.")
        if (each.kind == "POINTS") != (not each.name.strip()):
            raise Invalid(field="rewards", reason="Badges, vouchers and tiers have a name, and points have none.")
    if len({(each.step, each.side, each.kind, each.name.strip()) for each in rewards}) != len(rewards):
        raise Invalid(field="rewards", reason="Name each reward once.")


def _clean_name(written: str) -> str:
    name = clean_line(written, "name", LONGEST_NAME)
    if not name:
        raise Invalid(field="name", reason="A programme has a name.")
    return name


async def _tell(connection: Connection, acting: Acting, kind: str, program_id: int, **data: object) -> None:
    happened = Event(
        kind,
        actor_id=acting.member_id,
        subject_kind="referral_program",
        subject_id=program_id,
        data=data,
        context=acting.context,
    )
    await record(connection, happened)
