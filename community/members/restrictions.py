"""Restrictions: what a member may not do for a while, short of suspension. Several hold at once; each lapses by the clock.

They are rows of their own, and those that hold stand once more on the member's own row (`member.limits`), for whoever acts
reads that row anyhow: asking costs no further statement, and to nearly all members, of whom the column is null, nothing at all.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Final

from community.members.errors import MemberLimited


class Limit(StrEnum):
    """What a restriction keeps from a member."""

    SLOW_MODE = "SLOW_MODE"
    NO_LINKS = "NO_LINKS"
    NO_MEDIA = "NO_MEDIA"
    NO_VOTES = "NO_VOTES"
    SILENCE = "SILENCE"


class Deed(StrEnum):
    """What somebody is about to do, as far as it matters to who is restricted."""

    SHOWN = "SHOWN"
    """What others see, or are told of. What is not declared to be anything else is this."""
    VOTE = "VOTE"
    """What is counted as their voice: a reaction, a ballot, a vote, a favourite, a pre-order, an answer to a survey."""
    OWN = "OWN"
    """What is between them and the community: their account, what they take back, report, appeal against, buy or pay for."""


REFUSED_BY: Final[Mapping[Deed, tuple[Limit, ...]]] = {
    Deed.SHOWN: (Limit.SILENCE,),
    Deed.VOTE: (Limit.SILENCE, Limit.NO_VOTES),
    Deed.OWN: (),
}
"""Which restrictions refuse a deed as such. The others go by what a text has in it (`contributing.py`)."""
ACTIONS: Final[Mapping[Limit, str]] = {
    Limit.SLOW_MODE: "write again",
    Limit.NO_LINKS: "write links",
    Limit.NO_MEDIA: "show images",
    Limit.NO_VOTES: "vote or react",
    Limit.SILENCE: "do what others see",
}
"""What is refused, as a verb that follows "you may not"."""


def held(member: str) -> str:
    """Return the restrictions on a member's row as a table: `kind`, `until`, `seconds`, those that lapsed included."""
    return f"jsonb_to_recordset({member}.limits) AS held (kind text, until timestamptz, seconds integer)"


def unrestricted(member: str, deed: Deed) -> str:
    """Return the predicate that no restriction on a member's row refuses a deed."""
    if not REFUSED_BY[deed]:
        return "true"
    kinds = ", ".join(f"'{limit}'" for limit in REFUSED_BY[deed])
    return f"""(
        {member}.limits IS NULL
        OR NOT EXISTS (SELECT FROM {held(member)} WHERE held.until > now() AND held.kind IN ({kinds}))
    )"""


def refuse_restricted(limits: Sequence[Mapping[str, Any]] | None, deed: Deed) -> None:
    """Refuse a deed to who is restricted, given the restrictions that hold.

    Raises:
        MemberLimited: with the one that lasts longest.
    """
    refusing = [each for each in limits or () if each["kind"] in REFUSED_BY[deed]]
    if refusing:
        last = max(refusing, key=lambda each: datetime.fromisoformat(each["until"]))
        raise limited(Limit(last["kind"]), datetime.fromisoformat(last["until"]))


def limited(limit: Limit, until: datetime) -> MemberLimited:
    """Return the refusal by a restriction that holds until then; the second that is told is one after it."""
    return MemberLimited(action=ACTIONS[limit], until=until + timedelta(seconds=bool(until.microsecond)), limit=limit)
