"""Scalars that GraphQL leaves to each server."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import strawberry
from graphql import GraphQLError


def _read_moment(written: Any) -> datetime:
    """Return a moment in UTC; what names no offset is meant so."""
    try:
        moment = datetime.fromisoformat(written)
        return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    except (ValueError, TypeError, OverflowError) as error:
        message = "A DateTime is written as in 2026-11-23T08:30:00Z."
        raise GraphQLError(message) from error


DATE_TIME = strawberry.scalar(
    name="DateTime",
    description="A moment, as ISO 8601 has it: 2026-11-23T08:30:00Z. Answers are in UTC; so is what names no offset.",
    specified_by_url="https://scalars.graphql.org/andimarek/date-time",
    serialize=lambda moment: moment.isoformat(),
    parse_value=_read_moment,
)
