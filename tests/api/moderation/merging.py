"""Merging accounts, as moderators do."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tests.api.moderation.moderating import codes, decide

if TYPE_CHECKING:
    from community.members.acting import Acting
    from tests.api.conftest import Client

WHY = "同一部手机，同一写法 the same phone, the same words"


async def propose(graphql: Client, moderator: Acting, member: int, into: int, reason: str = WHY) -> Any:
    return await graphql.change(
        "proposeIdentityMerge",
        "case { id kind member { handle } other { handle } memberHistory { strikePoints } otherHistory { strikePoints } "
        "contents(first: 1) { nodes { body } } notes(first: 3) { nodes { body } } }",
        as_=moderator,
        member=f"member_{member}",
        into=f"member_{into}",
        reason=reason,
    )


async def merge(graphql: Client, moderator: Acting, member: int, into: int) -> str:
    """Merge two accounts; return the decision."""
    proposed = await propose(graphql, moderator, member, into)
    assert codes(proposed) == [], proposed
    decided = await decide(graphql, moderator, "MERGE", case=proposed["case"]["id"], facts="同一人 one person")
    assert codes(decided) == [], decided
    decision: str = decided["decision"]["id"]
    return decision


async def undo(graphql: Client, moderator: Acting, decision: str) -> Any:
    return await graphql.change(
        "undoDecision", "case { id closedAt }", as_=moderator, decision=decision, because="认错人了 not one person"
    )
