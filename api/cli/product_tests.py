"""`teahouse product-test`: forecasts of product tests, and the sales of a shop brought in from a file."""

from __future__ import annotations

import asyncio
import csv
from collections.abc import Awaitable, Callable, Iterable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, TypeVar

import orjson
import typer
from rich.markup import escape
from rich.table import Table

import migrations
from api.cli.database import database_url
from api.cli.terminal import complain, errors, output
from api.node import id_of
from community.cocreation.product_tests.forecasting import Sale, make_forecast
from community.cocreation.product_tests.purchases import Purchase, bring_in_purchases
from community.foundation.database import Database
from community.foundation.errors import Refusal
from community.foundation.settings import Settings

if TYPE_CHECKING:
    from community.foundation.database import Connection

T = TypeVar("T")

COLUMNS = ("external_id", "variant", "quantity", "bought_at")
MOST_TOLD = 20
"""Wrong lines that are told of at once."""
MOST_LINES = 1_000_000
MOST_DIGITS = 9

_FORECAST = """
    SELECT forecast.*, product_test.title, product_test.currency FROM product_forecast AS forecast
        JOIN product_test ON product_test.id = product_test_id
    WHERE product_test_id = $1 ORDER BY forecast.id DESC LIMIT 1
"""
_VARIANTS = """
    SELECT said.*, variant.title FROM variant_forecast AS said JOIN variant ON variant.id = variant_id
    WHERE product_forecast_id = $1 ORDER BY position
"""

product_tests = typer.Typer(
    name="product-test",
    help="Product tests: what is forecast of their variants, and what was bought of them.",
    no_args_is_help=True,
)


def register(application: typer.Typer) -> None:
    """Add the commands."""
    application.add_typer(product_tests)


@product_tests.command("forecast")
def forecast(
    product_test: Annotated[str, typer.Argument(metavar="ID", help="The product test's id, product_test_7.")],
    *,
    market: Annotated[
        int | None,
        typer.Option(min=1, help="Forecast anew, for so many people to whom each variant will be shown."),
    ] = None,
    until: Annotated[datetime | None, typer.Option(help="The end of sales, for forecasting anew; UTC.")] = None,
    service_level: Annotated[
        float | None, typer.Option(min=0.01, max=0.99, help="With what probability nobody is to go away without.")
    ] = None,
    learn_from_purchases: Annotated[
        bool, typer.Option(help="Let purchases so far tell how many of those who would buy do.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print the forecast as JSON, on standard output.")] = False,
) -> None:
    """Print what is forecast of a product test's variants and how many to make; with --market and --until, forecast anew."""
    number = id_of("product_test", product_test)
    if number is None:
        complain(f"{product_test} is not the id of a product test.")
        raise typer.Exit(2)
    if (market is None) != (until is None):
        complain("Give --market and --until together, to forecast anew, or neither, to see the latest forecast.")
        raise typer.Exit(2)
    sale = None
    if market is not None and until is not None:
        sale = Sale(market, _in_utc(until), service_level, learn_from_purchases)

    async def act(database: Database) -> dict[str, Any] | None:
        if sale is not None:
            parameters = {
                "productTest": number,
                "market": sale.market,
                "salesUntil": sale.sales_until.isoformat(),
                "serviceLevel": sale.service_level,
                "learnFromPurchases": sale.learn_from_purchases,
            }
            await make_forecast(database, parameters, 0, lambda _progress, _step: None)
        async with database.reading() as connection:
            return await _latest(connection, number)

    found = _on_database(act)
    if found is None:
        complain(f"{product_test} is not there, or has no forecast yet: give --market and --until.")
        raise typer.Exit(1)
    if as_json:
        typer.echo(orjson.dumps(found).decode())
    else:
        _show(found)


@product_tests.command("purchases")
def purchases(
    file: Annotated[
        Path,
        typer.Argument(help=f"CSV in UTF-8 with a heading: {', '.join(COLUMNS)} and, where buyers are known, member."),
    ],
) -> None:
    """Bring in what a shop sold. Lines that were brought in before are left as they are, or corrected; all, or nothing."""
    try:
        with file.open(encoding="utf-8-sig", newline="") as opened:
            lines = _read(opened)
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        complain(f"{file}: {error}")
        raise typer.Exit(1) from error

    async def act(database: Database) -> Any:
        async with database.writing() as connection:
            await connection.raw.execute("SET LOCAL statement_timeout = 0")
            return await bring_in_purchases(connection, [purchase for _, purchase in lines])

    done = _on_database(act, lines=[line for line, _ in lines])
    output.print(
        f"Lines added: {done.added:,}; corrected: {done.corrected:,}; as they were: {done.unchanged:,}.",
        highlight=False,
    )


def _on_database(act: Callable[[Database], Awaitable[T]], *, lines: list[int] | None = None) -> T:
    """Return what is done on the database; if it is refused, say why, by the file's line where one is at fault, and end."""

    async def run(url: str) -> T:
        database = await Database.connect(url, maximum=2, acquire_within=10, application_name="teahouse product-test")
        try:
            return await act(database)
        finally:
            await database.close()

    with database_url(Settings()) as url:
        migrations.upgrade(url)
        try:
            return asyncio.run(run(url))
        except Refusal as refusal:
            match refusal.path:
                case ("purchases", place, field) if lines is not None and place.isdecimal():
                    complain(f"Line {lines[int(place)]}, {field}: {refusal.fields.get('reason', refusal.message)}")
                    errors.print("Nothing was brought in.")
                case _:
                    complain(str(refusal))
            raise typer.Exit(1) from refusal


def _read(opened: Iterable[str]) -> list[tuple[int, Purchase]]:
    """Return the purchases in a file, each with the line it ends on; if any cannot be read, say which, and end."""
    reader = csv.DictReader(opened, strict=True)
    missing = [name for name in COLUMNS if name not in (reader.fieldnames or ())]
    if missing:
        complain(f"The heading lacks {', '.join(missing)}. It has to name {', '.join(COLUMNS)}.")
        raise typer.Exit(1)
    found: list[tuple[int, Purchase]] = []
    wrong: list[str] = []
    for row in reader:
        problems = [f"Line {reader.line_num}, {problem}" for problem in _problems(row)]
        wrong += problems
        if len(wrong) >= MOST_TOLD or len(found) >= MOST_LINES:
            break
        if not problems:
            found.append((reader.line_num, _purchase(row)))
    if len(found) >= MOST_LINES:
        wrong.append(f"A file has at most {MOST_LINES:,} lines; give several.")
    for problem in wrong[:MOST_TOLD]:
        complain(problem)
    if wrong:
        errors.print("Nothing was brought in.")
        raise typer.Exit(1)
    return found


def _problems(row: dict[str, Any]) -> Iterator[str]:
    """Yield what is wrong with a line, by its columns; what stands in them may yet be refused."""
    if None in row or None in row.values():
        yield "columns: it has not as many as the heading."
        return
    if id_of("variant", row["variant"]) is None:
        yield f"variant: {row['variant']!r} is not the id of a variant, such as variant_7."
    if not (row["quantity"].isascii() and row["quantity"].isdecimal()) or len(row["quantity"]) > MOST_DIGITS:
        yield f"quantity: {row['quantity']!r} is not a whole number of 0 or more."
    if _moment(row["bought_at"]) is None:
        yield f"bought_at: {row['bought_at']!r} is not a time such as 2026-11-23T08:30:00Z."
    if row.get("member") and id_of("member", row["member"]) is None:
        yield f"member: {row['member']!r} is not the id of a member, such as member_7."


def _purchase(row: dict[str, str]) -> Purchase:
    variant, moment = id_of("variant", row["variant"]), _moment(row["bought_at"])
    assert variant is not None  # its line has no problems
    assert moment is not None  # the same
    member = id_of("member", row["member"]) if row.get("member") else None
    return Purchase(row["external_id"], variant, int(row["quantity"]), moment, member)


def _moment(written: str) -> datetime | None:
    try:
        return _in_utc(datetime.fromisoformat(written))
    except (ValueError, OverflowError):
        return None


def _in_utc(moment: datetime) -> datetime:
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)


async def _latest(connection: Connection, test_id: int) -> dict[str, Any] | None:
    """Return the latest forecast of a test as plain data; None where there is none."""
    row = await connection.raw.fetchrow(_FORECAST, test_id)
    if row is None:
        return None
    variants = [
        {
            "variant": f"variant_{said['variant_id']}",
            "title": said["title"],
            "exposed": said["exposed"],
            "ordering": said["ordering"],
            "perExposed": _interval(said["rate"]),
            "demand": _interval(said["demand"]),
            "criticalRatio": said["critical_ratio"],
            "quantity": said["quantity"],
            "expectedProfit": said["expected_profit"],
            "expectedLostSales": said["expected_lost"],
            "expectedLeftOver": said["expected_left"],
        }
        for said in await connection.raw.fetch(_VARIANTS, row["id"])
    ]
    return {
        "title": row["title"],
        "currency": row["currency"],
        "model": row["model"],
        "computedAt": row["computed_at"],
        "market": row["market"],
        "salesUntil": row["sales_until"],
        "serviceLevel": row["service_level"],
        "pastTests": row["past_tests"],
        "conversion": _interval(row["conversion"]),
        "variants": variants,
    }


def _interval(quantiles: list[float]) -> dict[str, float]:
    """Return the median and the bounds of 80%, of quantiles at every half percent from the first."""
    return {"estimate": quantiles[99], "low": quantiles[19], "high": quantiles[179], "level": 0.8}


def _show(found: dict[str, Any]) -> None:
    conversion, past = found["conversion"], found["pastTests"]
    output.print(
        f"{found['title']}: shown to {found['market']:,} people until {found['salesUntil']:%Y-%m-%d}. "
        f"Forecast of {found['computedAt']:%Y-%m-%d %H:%M} UTC, model {found['model']}.",
        highlight=False,
        markup=False,
    )
    source = f"learnt from {past:,} earlier tests" if past else "a guess: there is no earlier test to learn from"
    output.print(
        f"Bought for each piece that would be: {conversion['estimate']:.2f} ({conversion['low']:.2f} to "
        f"{conversion['high']:.2f}), {source}.",
        highlight=False,
    )
    names = ("Variant", "Looked", "Pre-ordered", "Share (80%)", "Demand (80%)", "Make", "Earns", "Lost", "Left")
    table = Table(*names)
    for each in found["variants"]:
        share, demand = each["perExposed"], each["demand"]
        table.add_row(
            escape(each["title"]),
            f"{each['exposed']:,}",
            f"{each['ordering']:,}",
            f"{share['estimate']:.1%} ({share['low']:.1%} to {share['high']:.1%})",
            f"{demand['estimate']:,.0f} ({demand['low']:,.0f} to {demand['high']:,.0f})",
            *(_whole(each[name]) for name in ("quantity", "expectedProfit", "expectedLostSales", "expectedLeftOver")),
        )
    output.print(table)
    if found["currency"]:
        output.print(f"Earnings in minor units of {found['currency']}.", highlight=False)


def _whole(value: float | None) -> str:
    return "" if value is None else f"{value:,.0f}"
