"""What members do about variants: favour them, vote for one, and say how many they would buy.

Each is one statement that looks at everything itself, and holds the test's row: closing waits for what is on its way.
Where a mark replaces another, its row keeps what it replaced, as PostgreSQL tells what a row was before only since 18.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from community.cocreation.product_tests import events
from community.cocreation.product_tests.errors import ProductTestNotOpen
from community.cocreation.product_tests.lifecycle import refuse_unseen
from community.cocreation.product_tests.tables import MOST_PIECES
from community.cocreation.product_tests.tallies import tallied
from community.discussions.access import refuse_archived, sees_space, space_seen
from community.foundation.errors import Invalid, NotFound
from community.members.acting import Acting, Caller, done_or_refused, in_good_standing, moderates
from community.members.restrictions import Deed

if TYPE_CHECKING:
    from collections.abc import Mapping

    from community.foundation.database import Connection


# $1 the variant, $2 and $3 the caller, $4 the event's context.
def _door(deed: Deed) -> str:
    return f"""
        SELECT variant.id AS variant_id, variant.product_test_id, product_test.space_id
        FROM variant
            JOIN product_test ON product_test.id = variant.product_test_id
            JOIN space ON space.id = product_test.space_id
        WHERE {in_good_standing(deed)} AND variant.id = $1 AND product_test.state = 'OPEN' AND space.archived_at IS NULL
            AND {sees_space(moderates("space.id"))}
        FOR KEY SHARE OF product_test
    """  # noqa: S608 - made of predicates of ours


_TEST = """
    SELECT product_test.* FROM variant JOIN product_test ON product_test.id = product_test_id WHERE variant.id = $1
"""
_TAKING_PART = """
    INSERT INTO product_test_participant (product_test_id, member_id) SELECT product_test_id, $2 FROM door
    ON CONFLICT DO NOTHING
"""
_LOST_AND_GAINED = """
    (
        SELECT variant_id, 1 AS gained FROM changed UNION ALL SELECT previous_id, -1 FROM changed WHERE previous_id IS NOT NULL
    ) AS moved
"""


def _statement(
    change: str, counts: Mapping[str, str], kind: str, source: str = "changed", *, took_part: bool = True
) -> str:
    # Who takes part votes; who takes back is refused by no restriction.
    return f"""
        WITH door AS ({_door(Deed.VOTE if took_part else Deed.OWN)}), changed AS ({change}),
        {f"took_part AS ({_TAKING_PART})," if took_part else ""}
        {tallied(counts, source)},
        told AS (
            INSERT INTO event (kind, actor_id, subject_kind, subject_id, space_id, data, context)
            SELECT '{kind}', $2, 'product_test', door.product_test_id, door.space_id,
                jsonb_build_object('variant', door.variant_id), $4
            FROM changed, door
        )
        SELECT outcome.* FROM (SELECT) AS always LEFT JOIN (
            SELECT EXISTS (SELECT FROM changed) AS changed FROM door
        ) AS outcome ON true
    """  # noqa: S608 - made of names of ours


_FAVOUR = _statement(
    """
        INSERT INTO variant_favourite (variant_id, member_id) SELECT variant_id, $2 FROM door
        ON CONFLICT DO NOTHING RETURNING variant_id
    """,
    {"favourites": "1"},
    events.VARIANT_FAVOURITED,
)
_UNFAVOUR = _statement(
    """
        DELETE FROM variant_favourite USING door
        WHERE variant_favourite.variant_id = door.variant_id AND variant_favourite.member_id = $2
        RETURNING variant_favourite.variant_id
    """,
    {"favourites": "-1"},
    events.VARIANT_UNFAVOURITED,
    took_part=False,
)
_VOTE = _statement(
    """
        INSERT INTO variant_vote AS held (product_test_id, member_id, variant_id)
        SELECT product_test_id, $2, variant_id FROM door
        ON CONFLICT (product_test_id, member_id) DO UPDATE
            SET variant_id = excluded.variant_id, previous_id = held.variant_id, cast_at = now()
            WHERE held.variant_id <> excluded.variant_id
        RETURNING held.variant_id, held.previous_id
    """,
    {"votes": "gained"},
    events.VARIANT_VOTED_FOR,
    _LOST_AND_GAINED,
)
_PRE_ORDER = _statement(
    """
        INSERT INTO pre_order AS held (variant_id, member_id, quantity) SELECT variant_id, $2, $5::smallint FROM door
        ON CONFLICT (variant_id, member_id) DO UPDATE
            SET quantity = excluded.quantity, previous_quantity = held.quantity, changed_at = now()
            WHERE held.quantity <> excluded.quantity
        RETURNING held.variant_id, held.quantity, held.previous_quantity
    """,
    {"pre_orders": "(previous_quantity = 0)::integer", "pre_ordered": "quantity - previous_quantity"},
    events.PRE_ORDER_PLACED,
)
_CANCEL = _statement(
    """
        DELETE FROM pre_order USING door WHERE pre_order.variant_id = door.variant_id AND pre_order.member_id = $2
        RETURNING pre_order.variant_id, quantity
    """,
    {"pre_orders": "-1", "pre_ordered": "-quantity"},
    events.PRE_ORDER_CANCELLED,
    took_part=False,
)


async def favourite_variant(connection: Connection, caller: Caller, variant_id: int) -> bool:
    """Make a variant one of the caller's favourites; say whether that is new.

    Raises:
        Unauthenticated, AccountSuspended: if the caller may not take part.
        MemberLimited: if they may not vote.
        NotFound: if they may not see it.
        ProductTestNotOpen: if its test takes nothing, or nothing any more.
        SpaceArchived: if its space is read-only.
    """
    return await _marked(connection, caller, _FAVOUR, variant_id)


async def unfavourite_variant(connection: Connection, caller: Caller, variant_id: int) -> bool:
    """Make it none any more; say whether it was one. The refusals are those of :func:`favourite_variant`."""
    return await _marked(connection, caller, _UNFAVOUR, variant_id)


async def vote_for_variant(connection: Connection, caller: Caller, variant_id: int) -> bool:
    """Vote for a variant, and for none of its test's others; say whether that is new.

    The refusals are those of :func:`favourite_variant`.
    """
    return await _marked(connection, caller, _VOTE, variant_id)


async def pre_order_variant(connection: Connection, caller: Caller, variant_id: int, quantity: int) -> bool:
    """Say how many of a variant the caller would buy; say whether that is new.

    Raises:
        Invalid: if it is not 1 to 20; the other refusals are those of :func:`favourite_variant`.
    """
    if not 1 <= quantity <= MOST_PIECES:
        raise Invalid(field="quantity", reason=f"Pre-order 1 to {MOST_PIECES}; to pre-order none, cancel it.")
    return await _marked(connection, caller, _PRE_ORDER, variant_id, quantity)


async def cancel_pre_order(connection: Connection, caller: Caller, variant_id: int) -> bool:
    """Pre-order none any more; say whether there was a pre-order. The refusals are those of :func:`favourite_variant`."""
    return await _marked(connection, caller, _CANCEL, variant_id)


async def _marked(connection: Connection, caller: Caller, statement: str, variant_id: int, *values: int) -> bool:
    async def attempt() -> bool | None:
        # Not by `change`, which lets what waits go together: a transaction of many would hold the totals of several variants
        # at once, in any order, and two such would wait in a circle. Alone, each takes them in one order and lets go.
        given = variant_id, caller.member_id, caller.with_roles, dict(caller.context), *values
        row = await connection.raw.fetchrow(statement, *given)
        return None if row is None else row["changed"]

    async def doors(acting: Acting) -> None:
        test = await connection.raw.fetchrow(_TEST, variant_id)
        if test is None:
            raise NotFound(what="variant")
        await refuse_unseen(connection, acting, test, "variant")
        refuse_archived(await space_seen(connection, acting, test["space_id"]))
        if test["state"] != "OPEN":
            raise ProductTestNotOpen

    deed = Deed.OWN if statement in {_UNFAVOUR, _CANCEL} else Deed.VOTE
    return await done_or_refused(connection, caller, attempt, doors, deed=deed)
