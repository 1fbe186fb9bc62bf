"""Relay connections: the types that every list of the API shares."""

from __future__ import annotations

from typing import Generic, TypeVar

from api.reading.fields import object_type, page_part

T = TypeVar("T")

COUNTED_UP_TO = 1_000
LONGEST_PAGE = 100


@object_type
class PageInfo:
    """Where a page stands in its connection."""

    has_next_page: bool = page_part("hasNextPage", "Whether there is more after this page.")
    has_previous_page: bool = page_part("hasPreviousPage", "Whether there is more before this page.")
    start_cursor: str | None = page_part("startCursor", "The cursor of the first edge; null on an empty page.")
    end_cursor: str | None = page_part("endCursor", "The cursor of the last edge; null on an empty page.")


@object_type
class Edge(Generic[T]):
    """One entry of a connection."""

    cursor: str = page_part("cursor", "Where this entry stands; give it as `after` or `before`.")
    node: T = page_part("node", "The entry itself.")


@object_type
class Connection(Generic[T]):
    """A list in pages, as the Relay cursor connections specification has it."""

    edges: list[Edge[T]] = page_part("edges", "The entries of this page, in order.")
    nodes: list[T] = page_part("nodes", "The entries of this page without their cursors.")
    page_info: PageInfo = page_part("pageInfo", "Where this page stands.")
    total_count: int = page_part(
        "totalCount",
        f"How many entries there are in all pages, counted up to {COUNTED_UP_TO:,}; see `totalCountIsCapped`.",
    )
    total_count_is_capped: bool = page_part(
        "totalCountIsCapped",
        f"Whether there are more than the {COUNTED_UP_TO:,} that `totalCount` counts up to.",
    )
