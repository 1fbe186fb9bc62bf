"""The application's clock. Deadlines are decided by the database's clock instead: every process must agree on them."""

from datetime import UTC, datetime


def now() -> datetime:
    """Return the present moment, aware of its zone, which is always UTC."""
    return datetime.now(UTC)
