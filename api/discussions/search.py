"""Search over posts, comments, members and spaces, in Chinese and English alike.

Each kind is a branch of one union, entered through its own visibility rule. Of a kind the newest matches are ranked, and
no more than so many: what a word is that half of all posts have, its rank tells little, and to rank all of them would
read every one of their texts.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from typing import Annotated, Any

import strawberry
from sqlalchemy import (
    BigInteger,
    Boolean,
    ColumnElement,
    DateTime,
    Double,
    Text,
    cast,
    func,
    literal_column,
    select,
    union_all,
)

from api.discussions.space_types import Space
from api.discussions.types import Comment, Post
from api.members.types import Member
from api.node import id_of
from api.reading.connections import PageInfo
from api.reading.cursors import by_measure, by_number, by_text
from api.reading.fields import Argument, column, connection, object_type, page_part, rows
from api.reading.readings import Row, Scope, Source
from community.discussions.search import matches, rank, snippet
from community.discussions.tables import comments, posts, spaces
from community.discussions.visibility import visible_comments, visible_posts, visible_spaces
from community.members.tables import members
from community.members.visibility import visible_profiles

MOST_RANKED = 500
LONGEST_QUERY = 200
LONGEST_SNIPPET = 160

SearchResult = Annotated[
    Post | Comment | Member | Space,
    strawberry.union("SearchResult", description="What a search can find."),
]


@strawberry.enum(description="A kind of thing that a search can find.")
class SearchKind(Enum):
    """A kind of thing that a search can find."""

    POSTS = strawberry.enum_value("POSTS", description="Posts, by title and body.")
    COMMENTS = strawberry.enum_value("COMMENTS", description="Comments.")
    MEMBERS = strawberry.enum_value(
        "MEMBERS", description="Members, by handle, name and what they say of themselves; none who are suspended."
    )
    SPACES = strawberry.enum_value("SPACES", description="Spaces, by name and description.")


@strawberry.input(description="What to search among. All that is given must hold; members and spaces have none of it.")
class SearchFilter:
    """What to search among. All that is given must hold; members and spaces have none of it."""

    space: strawberry.ID | None = strawberry.field(default=strawberry.UNSET, description="In this space.")
    author: strawberry.ID | None = strawberry.field(default=strawberry.UNSET, description="Written by this member.")
    created_after: datetime | None = strawberry.field(
        default=strawberry.UNSET, description="Written at this time or later."
    )
    created_before: datetime | None = strawberry.field(
        default=strawberry.UNSET, description="Written before this time."
    )


@object_type
class SnippetPart:
    """A part of a snippet: plain text, that matches the query or stands around what does."""

    text: str = column("text", "The text, not HTML.")
    highlighted: bool = column("highlighted", "Whether it matches the query.")


@dataclass(frozen=True, slots=True)
class _Branch:
    """How one kind is searched: its id prefix, its table and rule, and the text that a snippet is cut from."""

    prefix: str
    table: Any
    visible: Any
    text: Any
    written: bool


_BRANCHES = {
    SearchKind.POSTS: _Branch("post", posts, visible_posts, lambda row: row.c.body_text, True),
    SearchKind.COMMENTS: _Branch("comment", comments, visible_comments, lambda row: row.c.body_text, True),
    SearchKind.MEMBERS: _Branch(
        "member",
        members,
        visible_profiles,
        lambda row: func.concat(
            row.c.display_name, literal_column("' @'"), row.c.handle, literal_column("' '"), row.c.bio
        ),
        False,
    ),
    SearchKind.SPACES: _Branch(
        "space",
        spaces,
        visible_spaces,
        lambda row: func.concat(row.c.name, literal_column("' '"), row.c.description),
        False,
    ),
}


def _query(written: object) -> str:
    """Return a query as it is asked; one too long to be meant asks for nothing."""
    query = str(written).replace("\0", " ")
    return query if len(query) <= LONGEST_QUERY else ""


def _kinds(scope: Scope) -> Sequence[SearchKind]:
    wanted = scope.arguments.shape("in")
    filtered = bool(scope.arguments.shape("filter"))
    return [
        kind
        for kind, branch in _BRANCHES.items()
        if (wanted is None or kind in wanted or kind.value in wanted) and (branch.written or not filtered)
    ]


def _matches_of(scope: Scope, branch: _Branch, query: Any) -> Any:
    row = scope.enter(branch.table)
    rule = branch.visible(row, scope.viewer)
    # The sum keeps the planner from walking the ids backwards and reading every text until it has found enough.
    newest = (
        select(row.c.id.label("id"), row.c.search.label("search"))
        .select_from(row.source)
        .where(matches(row.c.search, query), *rule.whole(), *_filtered(scope, row, branch))
        .order_by((row.c.id + literal_column("0")).desc())
        .limit(literal_column(str(MOST_RANKED)))
        .subquery()
    )
    found = scope.enter(newest)
    return select(
        literal_column(f"'{branch.prefix}'", Text).label("kind"),
        found.c.id.label("key"),
        cast(rank(found.c.search, query), Double).label("rank"),
        query.label("query"),
    ).select_from(found.source)


def _filtered(scope: Scope, row: Row, branch: _Branch) -> list[Any]:
    given = scope.arguments.shape("filter") or {}
    value = scope.arguments.value
    conditions: list[ColumnElement[Any]] = []
    if "space" in given:
        wanted = value("filter.space", BigInteger(), lambda written: id_of("space", written))
        if branch.prefix == "comment":
            post = scope.enter(posts)
            in_space: Any = select(literal_column("1")).select_from(post.source)
            conditions.append(in_space.where(post.c.id == row.c.post_id, post.c.space_id == wanted).exists())
        else:
            conditions.append(row.c.space_id == wanted)
    if "author" in given:
        author = value("filter.author", BigInteger(), lambda written: id_of("member", written))
        conditions.append(row.c.author_id == author)
    if "created_after" in given:
        conditions.append(row.c.created_at >= value("filter.created_after", DateTime(timezone=True)))
    if "created_before" in given:
        conditions.append(row.c.created_at < value("filter.created_before", DateTime(timezone=True)))
    return conditions


def _results(scope: Scope) -> Source:
    """Draw on what matches a query, the best first."""
    query = cast(scope.arguments.value("query", Text(), _query), Text)
    branches = [_matches_of(scope, _BRANCHES[kind], query) for kind in _kinds(scope)]
    if not branches:
        nothing = select(
            literal_column("''", Text).label("kind"),
            literal_column("0", BigInteger).label("key"),
            literal_column("0.0::float8", Double).label("rank"),
            literal_column("''", Text).label("query"),
        )
        branches = [nothing.where(literal_column("false"))]
    found = scope.enter(union_all(*branches).subquery() if len(branches) > 1 else branches[0].subquery())
    return Source(
        found,
        (
            by_measure(found.c.rank, descending=True),
            by_number(found.c.key, descending=True),
            by_text(found.c.kind, descending=True),
        ),
        "best",
        polymorphic=True,
    )


def _snippet(scope: Scope) -> Source:
    """Draw on the parts of a snippet."""
    kind, key, query = scope.row.c.kind, scope.row.c.key, scope.row.c.query
    texts = []
    for branch in _BRANCHES.values():
        row = scope.enter(branch.table)
        found = select(branch.text(row)).select_from(row.source).where(row.c.id == key)
        texts.append((kind == literal_column(f"'{branch.prefix}'"), found.scalar_subquery()))
    text = func.coalesce(*(select(one).where(of_kind).scalar_subquery() for of_kind, one in texts))
    part = func.jsonb_array_elements(snippet(text, query, LONGEST_SNIPPET)).table_valued(
        "value",
        with_ordinality="place",
        name="part",
    )
    parts = scope.enter(
        select(
            literal_column("part.value ->> 'text'", Text).label("text"),
            literal_column("(part.value ->> 'highlighted')::boolean", Boolean).label("highlighted"),
            literal_column("part.place", BigInteger).label("place"),
        )
        .select_from(part.render_derived(name="part"))
        .subquery(),
    )
    return Source(parts, (by_number(parts.c.place),), "place")


@object_type
class SearchResultEdge:
    """One thing that a search found."""

    cursor: str = page_part("cursor", "Where this result stands; give it as `after` or `before`.")
    node: SearchResult = page_part("node", "What was found.")
    snippet: list[SnippetPart] = rows(
        _snippet,
        f"The piece of its text around the first match, of about {LONGEST_SNIPPET} characters.",
    )


@object_type
class SearchResultConnection:
    """What a search found, in pages, the best first."""

    edges: list[SearchResultEdge] = page_part("edges", "The results of this page, in order.")
    nodes: list[SearchResult] = page_part("nodes", "The results of this page without cursors and snippets.")
    page_info: PageInfo = page_part("pageInfo", "Where this page stands.")
    total_count: int = page_part(
        "totalCount", "How many results there are, counted up to 1,000; see `totalCountIsCapped`."
    )
    total_count_is_capped: bool = page_part(
        "totalCountIsCapped", "Whether there are more than `totalCount` counts up to."
    )


@object_type
class SearchQueries:
    """Searching."""

    search: SearchResultConnection = connection(
        _results,
        'What matches a query, the best first. All words must be there; "phrases in quotation marks" stand together, '
        "and -words must not be there. Chinese, Japanese and Korean are found wherever they stand. Of each kind the "
        f"{MOST_RANKED} newest matches are ranked; a query of more than {LONGEST_QUERY} characters finds nothing.",
        arguments={
            "query": Argument(str, "What to search for."),
            "in": Argument(list[SearchKind] | None, "Among which kinds of things; all when it is not given.", None),
            "filter": Argument(SearchFilter | None, "What to search among.", None),
        },
    )
