"""What the lists and connections of backing draw on."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from sqlalchemy import and_, func, literal_column, select

from api.discussions.permissions import not_archived
from api.reading.cursors import by_number, by_time
from api.reading.json_sql import literal
from api.reading.readings import Row, Scope, Source
from community.cocreation.backing.tables import ACTIVE, pledges, tiers
from community.cocreation.backing.visibility import runs_campaigns
from community.ledger.tables import accounts, entries, transactions

if TYPE_CHECKING:
    from sqlalchemy import ColumnElement

_FALSE: ColumnElement[Any] = literal_column("false")


def tiers_of(scope: Scope) -> Source:
    """Draw on a campaign's tiers, in order."""
    tier = scope.enter(tiers)
    return Source(tier, (by_number(tier.c.position),), "position", where=[tier.c.campaign_id == scope.row.c.id])


def pledges_of(scope: Scope) -> Source:
    """Draw on a campaign's pledges, the latest first."""
    pledge = scope.enter(pledges)
    where: list[ColumnElement[Any]] = [pledge.c.campaign_id == scope.row.c.id]
    given = scope.arguments.shape("filter") or {}
    if given.get("state") is not None:
        where.append(pledge.c.state == literal(given["state"].value))
    return Source(pledge, _latest(pledge), "new", where=where)


def viewer_pledges_in(scope: Scope) -> Source:
    """Draw on the viewer's own pledges for a campaign, the latest first."""
    pledge = scope.enter(pledges)
    own = pledge.c.member_id == scope.viewer.member_id if scope.viewer.kind.signed_in else _FALSE
    return Source(pledge, _latest(pledge), "new", where=[pledge.c.campaign_id == scope.row.c.id, own])


def viewer_pledges(scope: Scope) -> Source:
    """Draw on all pledges of the viewer's, the latest first."""
    pledge = scope.enter(pledges)
    return Source(pledge, _latest(pledge), "new", where=[pledge.c.member_id == scope.viewer.member_id])


def statement_of(scope: Scope) -> Source:
    """Draw on what was booked on a campaign's accounts, the latest first; for who runs campaigns."""
    allowed = literal_column("true") if runs_campaigns(scope.viewer) else _FALSE
    account = scope.enter(accounts)
    owned = and_(account.c.owner_kind == literal("backing_campaign"), account.c.owner_id == scope.row.c.id)
    return _statement(scope, account, and_(owned, allowed))


def viewer_statement(scope: Scope) -> Source:
    """Draw on what was booked on the viewer's own accounts of money, the latest first."""
    account = scope.enter(accounts)
    owned = and_(account.c.owner_kind == literal("member"), account.c.owner_id == scope.viewer.member_id)
    return _statement(scope, account, and_(owned, account.c.kind == literal("PAYMENT")))


def _statement(scope: Scope, account: Row, which: ColumnElement[Any]) -> Source:
    entry = scope.enter(entries)
    ids = select(account.c.id).select_from(account.source).where(which)
    return Source(entry, (by_number(entry.c.id, descending=True),), "booked", where=[entry.c.account_id.in_(ids)])


def account_kind(scope: Scope) -> ColumnElement[Any]:
    """Return what lies on the account of an entry."""
    account = scope.enter(accounts)
    found = select(account.c.kind).select_from(account.source).where(account.c.id == scope.row.c.account_id)
    return found.scalar_subquery()


def booked(name: str) -> Callable[[Scope], ColumnElement[Any]]:
    """Read a column of the transaction that an entry belongs to."""

    def sql(scope: Scope) -> ColumnElement[Any]:
        transaction = scope.enter(transactions)
        column = getattr(transaction.c, name)
        found = select(column).select_from(transaction.source).where(transaction.c.id == scope.row.c.transaction_id)
        return found.scalar_subquery()

    return sql


def may_pledge(scope: Scope) -> ColumnElement[Any]:
    """Return whether the viewer can make a pledge now."""
    viewer, campaign = scope.viewer, scope.row.c
    if not (viewer.kind.signed_in and viewer.kind.writes):
        return _FALSE
    pledge = pledges.alias()
    active = ", ".join(f"'{state}'" for state in ACTIVE)
    backing: Any = select(literal_column("1")).where(
        pledge.c.campaign_id == campaign.id,
        pledge.c.member_id == viewer.member_id,
        pledge.c.state.op("IN", is_comparison=True)(literal_column(f"({active})")),
    )
    return and_(
        campaign.state == literal("OPEN"),
        func.clock_timestamp() < campaign.deadline,
        not_archived(scope, campaign.space_id),
        ~backing.exists(),
    )


def viewers_own(scope: Scope) -> ColumnElement[Any]:
    """Return whether a pledge is the viewer's own."""
    if not scope.viewer.kind.signed_in:
        return _FALSE
    own: ColumnElement[Any] = scope.row.c.member_id == scope.viewer.member_id
    return and_(literal_column("true"), own)


def _latest(pledge: Any) -> tuple[Any, Any]:
    return by_time(pledge.c.created_at, descending=True), by_number(pledge.c.id, descending=True)
