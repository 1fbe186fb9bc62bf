"""How Alembic runs a migration here: one transaction, one migrator at a time, and never a long wait for a lock."""

from __future__ import annotations

import asyncio
import importlib
import pkgutil

from alembic import context
from sqlalchemy import Connection, make_url, pool, text
from sqlalchemy.ext.asyncio import create_async_engine

import community
import moderation
from community.foundation.database import plain_url
from community.foundation.settings import Settings
from community.foundation.tables import metadata

# Any number will do, as long as no one else on the database uses it: "teahouse" in base 36, cut to size.
ADVISORY_LOCK = 1_782_440_693
# A migration that waits for a lock makes every later request wait behind it. Rather give up, and be run again.
LOCK_WITHIN = "1s"


def load_tables() -> None:
    """Import every feature's `tables` module, so that `metadata` is whole."""
    for package in (community, moderation):
        for module in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
            if module.name.endswith(".tables"):
                importlib.import_module(module.name)
    importlib.import_module("graph.tables")


def migrate(connection: Connection, partitions: frozenset[str] = frozenset()) -> None:
    """Run the migrations on an open connection; `partitions` are tables that a comparison leaves aside."""
    context.configure(
        connection=connection,
        target_metadata=metadata,
        compare_type=True,
        compare_server_default=True,
        include_name=lambda name, kind, parents: (
            (name if kind == "table" else parents.get("table_name")) not in partitions
        ),
        transaction_per_migration=True,
    )
    with context.begin_transaction():
        context.run_migrations()


async def migrate_url(url: str) -> None:
    """Connect, wait for other migrators, and run the migrations."""
    engine = create_async_engine(
        make_url(plain_url(url)).set(drivername="postgresql+asyncpg"),
        poolclass=pool.NullPool,
        connect_args={"server_settings": {"lock_timeout": LOCK_WITHIN, "application_name": "teahouse migrate"}},
    )
    try:
        # Held by a connection of its own, so that it covers every transaction of the migrations.
        async with engine.execution_options(isolation_level="AUTOCOMMIT").connect() as guard:
            # The wait is for another migrator and may be long; it holds up nobody else.
            await guard.execute(text("SET lock_timeout = 0"))
            await guard.execute(text("SELECT pg_advisory_lock(:lock)"), {"lock": ADVISORY_LOCK})
            # Months of the event log are made while running, and declared nowhere.
            found = await guard.scalars(
                text("SELECT relname FROM pg_class WHERE relispartition AND relkind IN ('r', 'p')")
            )
            partitions = frozenset(found)
            async with engine.connect() as connection:
                await connection.run_sync(migrate, partitions)
                await connection.commit()
    finally:
        await engine.dispose()


load_tables()
given = context.config.attributes.get("connection")
if given is not None:
    migrate(given)
elif context.is_offline_mode():
    context.configure(dialect_name="postgresql", target_metadata=metadata, literal_binds=True)
    with context.begin_transaction():
        context.run_migrations()
else:
    address = context.config.attributes.get("url")
    if address is None:
        set_address = Settings().database_url
        if set_address is None:
            raise SystemExit("Set DATABASE_URL, or use `teahouse migrate` for the embedded database.")
        address = set_address.get_secret_value()
    asyncio.run(migrate_url(address))
