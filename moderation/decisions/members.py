"""What decisions do to members, and how it is undone."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

from community.foundation.errors import Invalid, NotFound
from community.foundation.events import Event, record
from community.members.errors import NotOneself
from community.members.events import PROFILE_UPDATED
from community.members.restricting import Restriction, lift_restrictions, place_restrictions
from community.members.restrictions import Limit
from community.members.standing import reinstate_member, suspend_member
from moderation.decisions.errors import DecisionOverlaid
from moderation.decisions.ruling import Changed

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from community.foundation.database import Connection
    from moderation.decisions.ruling import Measure, Ruling

RESETTABLE = ("display_name", "bio", "avatar_url", "website_url", "location")
"""What of a profile can be emptied; of a name that is the handle."""

_STANDING = """
    SELECT state, suspended_until, suspension_reason FROM member WHERE id = $1 AND state <> 'ERASED' FOR NO KEY UPDATE
"""
_PROFILE = """
    SELECT display_name, bio, bio_html, avatar_url, website_url, location, handle FROM member
    WHERE id = $1 AND state <> 'ERASED' FOR NO KEY UPDATE
"""
_WRITE_PROFILE = """
    UPDATE member SET display_name = $2, bio = $3, bio_html = $4, avatar_url = $5, website_url = $6, location = $7
    WHERE id = $1
"""


async def warn(_: Connection, ruling: Ruling, __: Measure) -> Changed:
    """Tell a member that it was against the rules: the decision itself says so."""
    if ruling.member_id == ruling.acting.member_id:
        raise NotOneself(action="warn")
    return Changed({}, {})


async def undo_warning(_: Connection, __: Ruling, ___: Mapping[str, Any], ____: Mapping[str, Any]) -> None:
    """Nothing was changed by it: what is left of it goes with the decision."""


async def suspend(connection: Connection, ruling: Ruling, measure: Measure) -> Changed:
    """Keep a member from taking part, until a day or until somebody decides otherwise.

    What they wrote is hidden after the decision (`community.discussions.standing`); reads go by their standing at once.
    """
    before = await _standing(connection, ruling.member_id)
    await suspend_member(connection, ruling.actor_id, ruling.member_id, reason=ruling.reason, until=measure.until)
    return Changed(before, await _standing(connection, ruling.member_id))


async def undo_suspension(
    connection: Connection, ruling: Ruling, before: Mapping[str, Any], after: Mapping[str, Any]
) -> None:
    """Let them take part again, or be suspended as they were before. A suspension that has lapsed is over anyway."""
    now = await _standing(connection, ruling.member_id)
    if now["state"] == "ACTIVE":
        return
    if now != after:
        raise DecisionOverlaid(what="the member was suspended again")
    if before["state"] == "ACTIVE":
        await reinstate_member(connection, ruling.actor_id, ruling.member_id)
        return
    until = before["until"] and datetime.fromisoformat(before["until"])
    await suspend_member(connection, ruling.actor_id, ruling.member_id, reason=before["reason"], until=until or None)


async def limit(connection: Connection, ruling: Ruling, measure: Measure) -> Changed:
    """Keep a member from some things for a while: beside what other decisions keep them from."""
    named, seconds = measure.details["limits"], measure.details.get("seconds")
    if seconds is not None and Limit.SLOW_MODE not in named:
        raise Invalid(field="seconds", reason="They are those of SLOW_MODE.", path=("measures",))
    limits = [Restriction(Limit(name), seconds if name == Limit.SLOW_MODE else None) for name in named]
    if any(each.limit is Limit.SILENCE for each in limits):
        raise Invalid(field="limits", reason="SILENCE is an action of its own.", path=("measures",))
    return await _restrict(connection, ruling, measure, limits)


async def silence(connection: Connection, ruling: Ruling, measure: Measure) -> Changed:
    """Keep a member from all that others see, for a while: they read, and do what is between them and the community."""
    return await _restrict(connection, ruling, measure, [Restriction(Limit.SILENCE)])


async def _restrict(connection: Connection, ruling: Ruling, measure: Measure, limits: Sequence[Restriction]) -> Changed:
    assert measure.until is not None  # the action asks for it
    await place_restrictions(
        connection,
        ruling.actor_id,
        ruling.member_id,
        limits,
        until=measure.until,
        decision_id=ruling.decision_id,
    )
    return Changed({}, {"limits": [each.limit for each in limits], "until": measure.until.isoformat()})


async def undo_restriction(connection: Connection, ruling: Ruling, _: Mapping[str, Any], __: Mapping[str, Any]) -> None:
    """Give back what this decision took, whether it has lapsed or not; what others took stays taken."""
    await lift_restrictions(connection, ruling.actor_id, ruling.member_id, decision_id=ruling.decision_id)


async def reset_profile(connection: Connection, ruling: Ruling, measure: Measure) -> Changed:
    """Empty parts of a profile; a display name becomes the handle."""
    before = await _profile(connection, ruling.member_id)
    emptied: dict[str, Any] = dict.fromkeys(measure.details["fields"])
    if "display_name" in emptied:
        emptied["display_name"] = before["handle"]
    if "bio" in emptied:
        emptied |= {"bio": "", "bio_html": ""}
    after = {**before, **emptied}
    await _write_profile(connection, ruling, before, after)
    return Changed({name: before[name] for name in emptied}, emptied)


async def undo_reset(
    connection: Connection, ruling: Ruling, before: Mapping[str, Any], after: Mapping[str, Any]
) -> None:
    """Bring back what was emptied, unless the member has written something else there since."""
    now = await _profile(connection, ruling.member_id)
    if any(now[name] != value for name, value in after.items()):
        raise DecisionOverlaid(what="the profile was changed again")
    await _write_profile(connection, ruling, now, {**now, **before})


async def _standing(connection: Connection, member_id: int) -> dict[str, Any]:
    row = await connection.raw.fetchrow(_STANDING, member_id)
    if row is None:
        raise NotFound(what="member")
    until = row["suspended_until"]
    return {
        "state": row["state"],
        "until": None if until is None else until.isoformat(),
        "reason": row["suspension_reason"],
    }


async def _profile(connection: Connection, member_id: int) -> dict[str, Any]:
    row = await connection.raw.fetchrow(_PROFILE, member_id)
    if row is None:
        raise NotFound(what="member")
    return dict(row)


async def _write_profile(
    connection: Connection, ruling: Ruling, before: Mapping[str, Any], after: Mapping[str, Any]
) -> None:
    fields = sorted(name for name in RESETTABLE if before[name] != after[name])
    await connection.raw.execute(
        _WRITE_PROFILE,
        ruling.member_id,
        *(after[name] for name in ("display_name", "bio", "bio_html", "avatar_url", "website_url", "location")),
    )
    happened = Event(
        PROFILE_UPDATED,
        actor_id=ruling.acting.member_id,
        member_id=ruling.member_id,
        subject_kind="member",
        subject_id=ruling.member_id,
        data={"fields": fields, "decision": ruling.decision_id},
    )
    await record(connection, happened)
