"""What the lists and connections of ideas draw on."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import BigInteger, Double, Text, cast, func, literal_column, select
from sqlalchemy.dialects.postgresql import TSQUERY

from api.cocreation.ideas.arguments import IdeaSort
from api.node import id_of
from api.reading.cursors import Key, by_measure, by_number, by_time
from api.reading.json_sql import literal
from api.reading.readings import Row, Scope, Source
from community.cocreation.ideas.tables import (
    CREDIT_ROLES,
    amendments,
    idea_answers,
    idea_boards,
    idea_co_authors,
    idea_credits,
    idea_follows,
    idea_merge_sources,
    idea_merges,
    ideas,
)
from community.discussions.search import matches
from community.discussions.tables import post_activity, posts
from community.discussions.visibility import visible_posts
from community.members.tables import members

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import ColumnElement

LONGEST_QUERY = 200
MOST_COMPARED = 1_000
"""Of how many ideas that share a word, the newest, it is asked how alike they are."""
LONGEST_TITLE, LONGEST_BODY = 800, 4_000
"""How much of a text is compared, in characters."""


def newest(row: Row) -> tuple[Key, Key]:
    """Order by when a row was made, the newest first."""
    return by_time(row.c.created_at, descending=True), by_number(row.c.id, descending=True)


def all_boards(scope: Scope) -> Source:
    """Draw on boards, the newest first."""
    board = scope.enter(idea_boards)
    given = scope.arguments.shape("filter") or {}
    where: list[ColumnElement[Any]] = []
    if "space" in given:
        where.append(board.c.space_id == _id(scope, "filter.space", "space"))
    if "open" in given:
        where.append(board.c.open.is_(given["open"]))
    return Source(board, newest(board), "new", where=where)


def space_boards(scope: Scope) -> Source:
    """Draw on a space's boards."""
    board = scope.enter(idea_boards)
    return Source(board, newest(board), "new", where=[board.c.space_id == scope.row.c.id], inherits=True)


def all_ideas(scope: Scope) -> Source:
    """Draw on the ideas that a filter lets through."""
    return _ideas(scope, [])


def board_ideas(scope: Scope) -> Source:
    """Draw on a board's ideas."""
    return _ideas(scope, [lambda idea: idea.c.board_id == scope.row.c.id])


def _ideas(scope: Scope, among: Sequence[Any]) -> Source:
    idea = scope.enter(ideas)
    given = scope.arguments.shape("filter") or {}
    where = [condition(idea) for condition in among]
    joined: list[tuple[Row, ColumnElement[Any]]] = []
    sort = scope.arguments.shape("sort")
    # Where no index has the order, all that the filter lets through is looked at: then the posts' rule is asked of rows side
    # by side, which took half the time of looking each post up.
    beside = sort is IdeaSort.ACTIVE or bool(given.keys() & {"space", "author", "query"})
    if beside:
        post = scope.enter(posts)
        joined.append((post, post.c.id == idea.c.post_id))
        where += visible_posts(post, scope.viewer).whole()
        if "space" in given:
            where.append(post.c.space_id == _id(scope, "filter.space", "space"))
        if "author" in given:
            where.append(post.c.author_id == _id(scope, "filter.author", "member"))
        if "query" in given:
            where.append(matches(post.c.search, cast(scope.arguments.value("filter.query", Text(), _query), Text)))
    if "board" in given:
        where.append(idea.c.board_id == _id(scope, "filter.board", "idea_board"))
    if "stage" in given:
        where.append(idea.c.stage == literal(given["stage"].value))
    else:
        where.append(idea.c.stage != literal("MERGED"))
    keys: tuple[Key, Key]
    match sort:
        case IdeaSort.NEWEST:
            keys, order = newest(idea), "new"
        case IdeaSort.ACTIVE:
            activity = scope.enter(post_activity)
            joined.append((activity, activity.c.post_id == idea.c.post_id))
            keys = by_time(activity.c.active_at, descending=True), by_number(idea.c.id, descending=True)
            order = "active"
        case _:
            keys = by_number(idea.c.vote_count, descending=True), by_number(idea.c.id, descending=True)
            order = "top"
    return Source(idea, keys, order, where=where, joined=joined, inherits=beside)


def similar_ideas(scope: Scope) -> Source:
    """Draw on the ideas that have most in common with a text, the most alike first."""
    title = cast(scope.arguments.value("title", Text(), _cut(LONGEST_TITLE)), Text)
    body = cast(scope.arguments.value("body", Text(), _cut(LONGEST_BODY)), Text)
    whole = title.op("||")(literal(" ")).op("||")(body)
    post, candidate = scope.enter(posts), scope.enter(ideas)
    where: list[ColumnElement[Any]] = [candidate.c.stage != literal("MERGED")]
    if scope.arguments.shape("board"):
        where.append(candidate.c.board_id == _id(scope, "board", "idea_board"))
    if scope.arguments.shape("space"):
        where.append(post.c.space_id == _id(scope, "space", "space"))
    # The sum keeps the planner from walking the ids backwards and reading every text until it has found enough.
    sharing = (
        select(candidate.c.id.label("id"), post.c.search.label("search"))
        .select_from(candidate.source.join(post.source, post.c.id == candidate.c.post_id))
        .where(
            post.c.search.bool_op("@@")(_any_of_words(title)),
            *visible_posts(post, scope.viewer).whole(),
            *where,
        )
        .order_by((candidate.c.id + literal_column("0")).desc())
        .limit(literal_column(str(MOST_COMPARED)))
        .subquery()
    )
    shared = scope.enter(sharing)
    # Divided by 1 + log(length), so that a long text is not like everything.
    alike = cast(func.ts_rank(shared.c.search, _any_of_words(whole), literal_column("1")), Double)
    found = scope.enter(
        select(shared.c.id.label("id"), alike.label("alike")).select_from(shared.source).subquery(),
    )
    idea = scope.enter(ideas)
    return Source(
        idea,
        (by_measure(found.c.alike, descending=True), by_number(idea.c.id, descending=True)),
        "alike",
        joined=[(found, found.c.id == idea.c.id)],
        inherits=True,
    )


def _any_of_words(text: ColumnElement[Any]) -> Any:
    # As a query of its own, so that it is worked out once and not for each row.
    return select(func.search_alike(text, type_=TSQUERY)).scalar_subquery()


def merged_ideas(scope: Scope) -> Source:
    """Draw on the ideas that went into one."""
    idea = scope.enter(ideas)
    return Source(idea, newest(idea), "new", where=[idea.c.merged_into == scope.row.c.id])


def merges_into(scope: Scope) -> Source:
    """Draw on what was merged into an idea, the latest first."""
    merge = scope.enter(idea_merges)
    keys = (by_number(merge.c.id, descending=True),)
    return Source(merge, keys, "new", where=[merge.c.into_id == scope.row.c.id], inherits=True)


def sources_of_merge(scope: Scope) -> Source:
    """Draw on the ideas that a merge was about."""
    idea, source = scope.enter(ideas), scope.enter(idea_merge_sources)
    return Source(
        idea,
        (by_number(idea.c.id),),
        "id",
        where=[source.c.merge_id == scope.row.c.id],
        joined=[(source, source.c.idea_id == idea.c.id)],
    )


def answers_to(scope: Scope) -> Source:
    """Draw on an idea's steps, the latest first."""
    answer = scope.enter(idea_answers)
    keys = (by_number(answer.c.id, descending=True),)
    return Source(answer, keys, "new", where=[answer.c.idea_id == scope.row.c.id], inherits=True)


def amendments_to(scope: Scope) -> Source:
    """Draw on what was proposed to an idea's authors, the latest first."""
    amendment = scope.enter(amendments)
    given = scope.arguments.shape("filter") or {}
    where = [amendment.c.idea_id == scope.row.c.id]
    if "state" in given:
        where.append(amendment.c.state == literal(given["state"].value))
    return Source(amendment, (by_number(amendment.c.id, descending=True),), "new", where=where, inherits=True)


def co_authors_of(scope: Scope) -> Source:
    """Draw on who shares in an idea."""
    return _co_authors(scope, "ACCEPTED")


def invited_to(scope: Scope) -> Source:
    """Draw on who was asked to share in an idea."""
    return _co_authors(scope, "INVITED")


def _co_authors(scope: Scope, state: str) -> Source:
    member, link = scope.enter(members), scope.enter(idea_co_authors)
    return Source(
        member,
        (by_time(link.c.created_at), by_number(member.c.id)),
        "joined",
        where=[link.c.idea_id == scope.row.c.id, link.c.state == literal(state)],
        joined=[(link, link.c.member_id == member.c.id)],
    )


def contributors_to(scope: Scope) -> Source:
    """Draw on who is credited for an idea."""
    credit = scope.enter(idea_credits)
    role = func.array_position(literal_column(f"ARRAY{list(CREDIT_ROLES)!r}"), credit.c.role)
    keys = by_number(role), by_number(credit.c.member_id)
    return Source(credit, keys, "role", where=[credit.c.idea_id == scope.row.c.id], inherits=True)


def credited_ideas(scope: Scope) -> Source:
    """Draw on the ideas that a member is credited for, the latest first."""
    idea, credit = scope.enter(ideas), scope.enter(idea_credits)
    return Source(
        idea,
        (by_time(credit.c.created_at, descending=True), by_number(credit.c.idea_id, descending=True)),
        "credited",
        where=[credit.c.member_id == scope.row.c.id],
        joined=[(credit, credit.c.idea_id == idea.c.id)],
    )


def followed_ideas(scope: Scope) -> Source:
    """Draw on the ideas that the viewer follows, the latest followed first."""
    link = scope.enter(idea_follows)
    return _linked(scope, link, [link.c.member_id == scope.viewer.member_id, link.c.following])


def invitations(scope: Scope) -> Source:
    """Draw on the ideas that the viewer is asked to share in, the latest first."""
    link = scope.enter(idea_co_authors)
    return _linked(scope, link, [link.c.member_id == scope.viewer.member_id, link.c.state == literal("INVITED")])


def _linked(scope: Scope, link: Row, where: Sequence[ColumnElement[Any]]) -> Source:
    idea = scope.enter(ideas)
    keys = by_time(link.c.created_at, descending=True), by_number(link.c.idea_id, descending=True)
    # Of one that was merged, it is the other that is followed.
    standing = [*where, idea.c.stage != literal("MERGED")]
    return Source(idea, keys, "new", where=standing, joined=[(link, link.c.idea_id == idea.c.id)])


def _id(scope: Scope, path: str, prefix: str) -> ColumnElement[Any]:
    return scope.arguments.value(path, BigInteger(), lambda written: id_of(prefix, written))


def _query(written: object) -> str:
    """Return a query as it is asked; one too long to be meant asks for nothing."""
    query = str(written).replace("\0", " ")
    return query if len(query) <= LONGEST_QUERY else ""


def _cut(longest: int) -> Any:
    return lambda written: str(written)[:longest].replace("\0", " ")
