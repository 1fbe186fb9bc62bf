"""What a decision does that two accounts are one person's, and how it is undone."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from community.cocreation.ideas.persons import join_votes, part_votes
from community.cocreation.rounds.persons import join_ballots, part_ballots
from community.foundation.errors import NotFound
from community.members.merging import merge_member, part_member
from community.referrals.persons import question_referral
from moderation.decisions.errors import DecisionOverlaid
from moderation.decisions.ruling import Changed

if TYPE_CHECKING:
    from collections.abc import Mapping

    from community.foundation.database import Connection
    from moderation.decisions.ruling import Measure, Ruling

VOTED_TWICE = "You voted by your other account. 您已用另一账号投票。"
BROUGHT_THEMSELVES = "Both accounts are one person's: who brings themselves brings nobody."


async def merge(connection: Connection, ruling: Ruling, _: Measure) -> Changed:
    """Close an account that is one person's with another, which stands for both from now on.

    Raises:
        NotFound: if the other is gone.
        And as `merge_member`.
    """
    if ruling.other_id is None:
        raise NotFound(what="member")
    actor_id, member_id, into_id = ruling.acting.member_id, ruling.member_id, ruling.other_id
    await merge_member(connection, actor_id, member_id, into_id)
    ballots = await join_ballots(connection, actor_id, member_id, into_id, VOTED_TWICE)
    votes = await join_votes(connection, member_id, into_id)
    await question_referral(connection, member_id, into_id, BROUGHT_THEMSELVES)
    return Changed({"into": None}, {"into": into_id, "ballots": ballots, "votes": votes})


async def undo_merge(connection: Connection, ruling: Ruling, _: Mapping[str, Any], after: Mapping[str, Any]) -> None:
    """Let both be by themselves again. What a referral between them earned is decided on in its own case."""
    into_id: int = after["into"]
    if not await part_member(connection, ruling.acting.member_id, ruling.member_id, into_id):
        raise DecisionOverlaid(what="the account stands by itself, or another stands for it")
    await part_ballots(connection, ruling.member_id, into_id, after["ballots"])
    await part_votes(connection, ruling.member_id, into_id, after["votes"])
