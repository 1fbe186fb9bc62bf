"""Options that members propose, while a round takes proposals; numbered anew if one is taken back, as nobody has voted."""

from __future__ import annotations

from typing import TYPE_CHECKING

from community.cocreation.rounds import events
from community.cocreation.rounds.errors import NotEligible, NotProposing, TooManyProposals, VotingBegan
from community.cocreation.rounds.lifecycle import (
    VOTING_BEGAN,
    insert_options,
    record_of_round,
    require_manager,
    round_locked,
)
from community.cocreation.rounds.methods import METHOD
from community.cocreation.rounds.questions import Option, most_options, refuse_bad_cost
from community.discussions.access import refuse_archived
from community.eligibility.rules import eligible
from community.foundation.errors import Invalid, NotFound

if TYPE_CHECKING:
    from community.foundation.database import Connection
    from community.members.acting import Acting

PROPOSING = "round.state = 'OPEN' AND round.proposals_each > 0 AND clock_timestamp() < round.proposals_until"
"""The predicate that a round takes proposals now."""

_STANDS = f"""
    SELECT coalesce({PROPOSING}, false) AS proposing,
        round.state <> 'DRAFT' AND {VOTING_BEGAN} AS voting_began,
        ({eligible("proposers", "$2::bigint")}) AS eligible,
        (SELECT count(*) FROM round_option WHERE round_id = round.id) AS options,
        (SELECT count(*) FROM round_option WHERE round_id = round.id AND proposed_by = $2::bigint) AS own
    FROM round LEFT JOIN eligibility AS proposers ON proposers.id = round.proposers_id
    WHERE round.id = $1
"""  # noqa: S608 - made of predicates of ours
_OPTION = "SELECT round_id, position, proposed_by FROM round_option WHERE id = $1"
_REMOVE = "DELETE FROM round_option WHERE id = $1 RETURNING position"
# By way of numbers that none has: each row is checked for itself.
_CLOSE_RANKS = """
    UPDATE round_option SET position = position + CASE WHEN $3 THEN 1000 ELSE -1001 END
    WHERE round_id = $1 AND position > $2
"""


async def propose_option(connection: Connection, acting: Acting, round_id: int, option: Option) -> int:
    """Add an option to a round that takes proposals; return its id.

    Raises:
        NotFound: if the member may not see the round.
        SpaceArchived: if its space is read-only.
        NotProposing: if it takes no proposals, or none any more.
        NotEligible: if others may propose.
        TooManyProposals: if the member has proposed as many as they may, or the round is full.
        Invalid: if the option is not what it may be.
    """
    round_, space = await round_locked(connection, acting, round_id)
    refuse_archived(space)
    (stands,) = await connection.raw.fetch(_STANDS, round_id, acting.member_id)
    if not stands["proposing"]:
        raise NotProposing
    if not stands["eligible"]:
        raise NotEligible(whom="members whom its rule for proposing names")
    most = most_options(round_["ballot_kind"])
    if stands["own"] >= round_["proposals_each"] or stands["options"] >= most:
        raise TooManyProposals(each=round_["proposals_each"], most=most)
    refuse_bad_cost(option.cost, spends=METHOD[round_["method"]].spends, field="cost")
    await insert_options(connection, round_id, [option], stands["options"], proposed_by=acting.member_id)
    option_id: int = await connection.raw.fetchval(
        "SELECT id FROM round_option WHERE round_id = $1 AND position = $2", round_id, stands["options"]
    )
    await record_of_round(
        connection, events.OPTION_PROPOSED, acting.member_id, round_id, round_["space_id"], option=option_id
    )
    return option_id


async def withdraw_option(connection: Connection, acting: Acting, option_id: int) -> int:
    """Take an option out of a round; return the round's id.

    For who proposed it while proposals are taken, and for who manages the round until voting begins.

    Raises:
        NotFound: if the member may not see the round, or it has no such option.
        NotPermitted: if it is neither theirs nor theirs to manage.
        SpaceArchived: if its space is read-only.
        NotProposing: to who proposed it, once proposals are over.
        VotingBegan: if ballots may have named it.
    """
    option = await connection.raw.fetchrow(_OPTION, option_id)
    if option is None:
        raise NotFound(what="option")
    round_id = option["round_id"]
    try:
        round_, space = await round_locked(connection, acting, round_id)
    except NotFound:
        raise NotFound(what="option") from None
    (stands,) = await connection.raw.fetch(_STANDS, round_id, acting.member_id)
    if option["proposed_by"] != acting.member_id:
        require_manager(acting, round_["space_id"])
    elif not stands["proposing"]:
        raise NotProposing
    refuse_archived(space)
    if stands["voting_began"] or round_["state"] == "CLOSED":
        raise VotingBegan
    if round_["state"] == "DRAFT" and not round_["proposals_each"]:
        raise Invalid(field="option", reason="The options of a round that takes no proposals are as they were asked.")
    position = await connection.raw.fetchval(_REMOVE, option_id)
    if position is None:
        raise NotFound(what="option")
    await connection.raw.execute(_CLOSE_RANKS, round_id, position, True)
    await connection.raw.execute(_CLOSE_RANKS, round_id, position, False)
    await record_of_round(
        connection, events.OPTION_WITHDRAWN, acting.member_id, round_id, round_["space_id"], option=option_id
    )
    return int(round_id)
