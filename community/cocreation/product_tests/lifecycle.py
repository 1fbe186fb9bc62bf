"""Product tests: prepared, opened and closed by who runs campaigns."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from community.cocreation.asking import asked_seen
from community.cocreation.product_tests import events
from community.cocreation.product_tests.errors import ProductTestNotDraft, ProductTestNotOpen
from community.discussions.access import refuse_archived, space_seen
from community.discussions.comments import create_comment
from community.discussions.posts import create_post
from community.discussions.texts import clean_text
from community.foundation.errors import Invalid, NotFound
from community.foundation.events import Event, record
from community.foundation.markdown import render
from community.members.acting import Acting
from community.members.names import clean_line
from community.members.roles import Permission

if TYPE_CHECKING:
    import asyncpg

    from community.foundation.database import Connection

LONGEST_TITLE = 200
LONGEST_BODY = 20_000
LONGEST_ADDRESS = 2_000
FEWEST_VARIANTS, MOST_VARIANTS = 2, 50
MOST_MONEY = 10**12
"""In minor units."""
LARGEST_LOT = 10_000_000

_INSERT = """
    INSERT INTO product_test (space_id, created_by, title, body, body_html, currency, show_totals, discussed)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8) RETURNING id
"""
_INSERT_VARIANTS = """
    INSERT INTO variant
        (product_test_id, position, title, body, body_html, image_url, price, unit_cost, salvage, minimum_lot)
    SELECT $1, place - 1, title, body, body_html, image_url, price, unit_cost, salvage, minimum_lot
    FROM unnest($2::text[], $3::text[], $4::text[], $5::text[], $6::bigint[], $7::bigint[], $8::bigint[], $9::integer[])
        WITH ORDINALITY
        AS variant (title, body, body_html, image_url, price, unit_cost, salvage, minimum_lot, place)
"""
# Whoever takes part holds FOR KEY SHARE, so that nothing is on its way when a test closes.
_LOCKED = "SELECT * FROM product_test WHERE id = $1 FOR UPDATE"
_OPEN = "UPDATE product_test SET state = 'OPEN', opened_at = now(), post_id = $2 WHERE id = $1"
_CLOSE = "UPDATE product_test SET state = 'CLOSED', closed_at = now() WHERE id = $1"
_VARIANTS = "SELECT id, title, body FROM variant WHERE product_test_id = $1 ORDER BY position"
_DISCUSS_UNDER = "UPDATE variant SET comment_id = $2 WHERE id = $1"
_CURRENCY = re.compile("[A-Z]{3}")
_ADDRESS = re.compile(r"https://[^\s\\\x00-\x20\x7f\"'<>`]+")


@dataclass(frozen=True, slots=True)
class Money:
    """An amount in minor units of a currency."""

    amount: int
    currency: str


@dataclass(frozen=True, slots=True)
class Design:
    """A variant as it is proposed: what it is, and what making and selling it comes to, as far as that is known."""

    title: str
    body: str = ""
    image_url: str | None = None
    price: Money | None = None
    unit_cost: Money | None = None
    salvage: Money | None = None
    """What one that is left over brings; below 0 what getting rid of it costs."""
    minimum_lot: int | None = None


@dataclass(frozen=True, slots=True)
class Showing:
    """What a product test shows, and how."""

    title: str
    variants: Sequence[Design]
    body: str = ""
    show_totals: bool = False
    discussed: bool = True


async def create_product_test(connection: Connection, acting: Acting, space_id: int, showing: Showing) -> int:
    """Make a draft of a product test; return its id.

    Raises:
        NotFound: if the member may not see the space.
        NotPermitted: unless they run campaigns.
        SpaceArchived: if it is read-only.
        Invalid: if something of it is not what it may be.
    """
    space = await space_seen(connection, acting, space_id)
    _require(acting)
    refuse_archived(space)
    if not FEWEST_VARIANTS <= len(showing.variants) <= MOST_VARIANTS:
        raise Invalid(field="variants", reason=f"Give {FEWEST_VARIANTS} to {MOST_VARIANTS} variants.")
    title = _line(showing.title)
    body = clean_text(showing.body, "body", LONGEST_BODY)
    currency = _currency(showing.variants)
    rows = []
    for place, design in enumerate(showing.variants):
        with within("variants", str(place)):
            rows.append(_row(design))
    test_id: int = await connection.raw.fetchval(
        _INSERT,
        *(space_id, acting.member_id, title, body, render(body).html),
        *(currency, showing.show_totals, showing.discussed),
    )
    await connection.raw.execute(_INSERT_VARIANTS, test_id, *(list(column) for column in zip(*rows, strict=True)))
    await _record(connection, events.PRODUCT_TEST_CREATED, acting, test_id, space_id)
    return test_id


async def open_product_test(connection: Connection, acting: Acting, test_id: int) -> None:
    """Show a test to members, and let them take part.

    Where it is to be discussed, it is posted in its space: each variant is a comment under that post, and is discussed in
    the replies to it. So there is one post in the feed and one place to compare, and each variant has a thread of its own.

    Raises:
        NotFound: if the member may not see it.
        NotPermitted: unless they run campaigns, or if they may not start posts in its space.
        SpaceArchived: if the space is read-only.
        ProductTestNotDraft: if it was opened before.
    """
    test = await managed(connection, acting, test_id)
    refuse_archived(await space_seen(connection, acting, test["space_id"]))
    if test["state"] != "DRAFT":
        raise ProductTestNotDraft
    post_id = await _discuss(connection, acting, test) if test["discussed"] else None
    await connection.raw.execute(_OPEN, test_id, post_id)
    await _record(connection, events.PRODUCT_TEST_OPENED, acting, test_id, test["space_id"])


async def close_product_test(connection: Connection, acting: Acting, test_id: int) -> None:
    """Let nobody take part any more. What was said on the way is in; purchases can still be recorded.

    Raises:
        NotFound, NotPermitted: as for opening one.
        ProductTestNotOpen: if it is not open.
    """
    test = await managed(connection, acting, test_id)
    if test["state"] != "OPEN":
        raise ProductTestNotOpen
    await connection.raw.execute(_CLOSE, test_id)
    await _record(connection, events.PRODUCT_TEST_CLOSED, acting, test_id, test["space_id"])


async def managed(connection: Connection, acting: Acting, test_id: int) -> asyncpg.Record:
    """Return a test that the member may manage, locked: nothing is on its way into it.

    Raises:
        NotFound: if they may not see it.
        NotPermitted: unless they run campaigns.
    """
    test = await connection.raw.fetchrow(_LOCKED, test_id)
    if test is None:
        raise NotFound(what="product test")
    await refuse_unseen(connection, acting, test)
    _require(acting)
    return test


async def refuse_unseen(
    connection: Connection, acting: Acting, test: asyncpg.Record, what: str = "product test"
) -> None:
    """Refuse who may not see a test, as if it were not there.

    Raises:
        NotFound: in a space that they may not see, or as a draft that is not theirs to know of.
    """
    knows_drafts = acting.may(Permission.SEE_INSIGHTS)
    await asked_seen(connection, acting, test, what, knows_drafts=knows_drafts)


async def _discuss(connection: Connection, acting: Acting, test: asyncpg.Record) -> int:
    post_id = await create_post(
        connection, acting, space_id=test["space_id"], title=test["title"], body=test["body"] or test["title"]
    )
    for variant in await connection.raw.fetch(_VARIANTS, test["id"]):
        body = f"**{_escaped(variant['title'])}**\n\n{variant['body']}"
        comment_id = await create_comment(connection, acting, post_id=post_id, body=body)
        await connection.raw.execute(_DISCUSS_UNDER, variant["id"], comment_id)
    return post_id


def _escaped(title: str) -> str:
    """Return a line as Markdown that reads as it is written."""
    return re.sub(r"([\\`*_{}\[\]<>()#+\-.!|~&:@])", r"\\\1", title)


def _require(acting: Acting) -> None:
    acting.require(Permission.MANAGE_CAMPAIGNS, action="run product tests")


def _currency(designs: Sequence[Design]) -> str | None:
    """Return the one currency of all prices and costs; None where nothing has one."""
    found = {
        money.currency for each in designs for money in (each.price, each.unit_cost, each.salvage) if money is not None
    }
    if len(found) > 1:
        raise Invalid(field="variants", reason="All prices and costs of a test are in one currency.")
    currency = next(iter(found), None)
    if currency is not None and not _CURRENCY.fullmatch(currency):
        raise Invalid(field="variants", reason="A currency is three capital letters, as ISO 4217 has them: EUR, CNY.")
    return currency


def _row(design: Design) -> tuple[object, ...]:
    """Return the columns of a variant.

    Raises:
        Invalid: if something of it is not what it may be.
    """
    price, cost, salvage = (
        None if each is None else each.amount for each in (design.price, design.unit_cost, design.salvage)
    )
    if price is not None and not 0 < price <= MOST_MONEY:
        raise Invalid(field="price", reason="A price is above 0.")
    if cost is not None and (price is None or not 0 <= cost <= MOST_MONEY):
        raise Invalid(field="unitCost", reason="What one costs is 0 or more, and there is a price beside it.")
    if salvage is not None and (cost is None or not -MOST_MONEY <= salvage < cost):
        raise Invalid(field="salvage", reason="What is left over brings less than it cost to make.")
    if design.minimum_lot is not None and not 1 <= design.minimum_lot <= LARGEST_LOT:
        raise Invalid(field="minimumLot", reason=f"A lot is 1 to {LARGEST_LOT:,}.")
    address = design.image_url
    if address is not None and (len(address) > LONGEST_ADDRESS or not _ADDRESS.fullmatch(address)):
        reason = f"An address begins with https:// and has at most {LONGEST_ADDRESS:,} characters."
        raise Invalid(field="imageUrl", reason=reason)
    body = clean_text(design.body, "body", LONGEST_BODY)
    return _line(design.title), body, render(body).html, address, price, cost, salvage, design.minimum_lot


def _line(written: str) -> str:
    line = clean_line(written, "title", LONGEST_TITLE)
    if not line:
        raise Invalid(field="title", reason="There is a title.")
    return line


@contextmanager
def within(*at: str) -> Iterator[None]:
    """Let what is refused within say where that stands in the input."""
    try:
        yield
    except Invalid as refusal:
        raise Invalid(**refusal.fields, path=(*at, *(refusal.path or ()))) from None  # type: ignore[arg-type] # as it was raised
    except NotFound as refusal:
        raise NotFound(**refusal.fields, path=(*at, *(refusal.path or ()))) from None  # type: ignore[arg-type] # the same


async def _record(connection: Connection, kind: str, acting: Acting, test_id: int, space_id: int) -> None:
    happened = Event(
        kind, actor_id=acting.member_id, subject_kind="product_test", subject_id=test_id, space_id=space_id
    )
    await record(connection, happened)
