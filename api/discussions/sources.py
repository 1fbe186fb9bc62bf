"""What the connections of discussions draw on: which rows, in which order."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import BigInteger, DateTime, Text, and_, func, literal_column, or_, select

from api.discussions.arguments import CommentSort, PostSort, TopWindow
from api.node import id_of
from api.reading.cursors import Key, by_number, by_time
from api.reading.fields import Row, Scope, Source
from community.discussions.tables import comments, post_activity, post_tags, posts, tags

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import ColumnElement

_WINDOWS = {
    TopWindow.DAY: "interval '1 day'",
    TopWindow.WEEK: "interval '7 days'",
    TopWindow.MONTH: "interval '30 days'",
    TopWindow.YEAR: "interval '365 days'",
}


def newest(row: Row) -> Sequence[Key]:
    """Order by when a row was created, the newest first."""
    return by_time(row.c.created_at, descending=True), by_number(row.c.id, descending=True)


def oldest(row: Row) -> Sequence[Key]:
    """Order by when a row was created, the oldest first."""
    return by_time(row.c.created_at), by_number(row.c.id)


def space_posts(scope: Scope) -> Source:
    """Draw on a space's posts."""
    post = scope.enter(posts)
    return _sorted_posts(scope, post, [post.c.space_id == scope.row.c.id], scope.row.c.id, inherits=True)


def member_posts(scope: Scope) -> Source:
    """Draw on what a member posted."""
    post = scope.enter(posts)
    return Source(post, newest(post), "new", where=[post.c.author_id == scope.row.c.id, *_filters(scope, post)])


def tag_posts(scope: Scope) -> Source:
    """Draw on the posts that carry a tag."""
    post, link = scope.enter(posts), scope.enter(post_tags)
    keys = by_time(link.c.created_at, descending=True), by_number(link.c.post_id, descending=True)
    return Source(
        post,
        keys,
        "new",
        where=[link.c.tag_id == scope.row.c.id, *_filters(scope, post)],
        joined=[(link, link.c.post_id == post.c.id)],
    )


def post_comments(scope: Scope) -> Source:
    """Draw on a post's comments, all in one list or the first level only."""
    comment = scope.enter(comments)
    where: list[ColumnElement[bool]] = [comment.c.post_id == scope.row.c.id]
    if (scope.arguments.shape("filter") or {}).get("top_level"):
        where.append(comment.c.parent_id.is_(None))
    return _sorted_comments(scope, comment, where)


def comment_replies(scope: Scope) -> Source:
    """Draw on the replies to a comment."""
    comment = scope.enter(comments)
    return _sorted_comments(scope, comment, [comment.c.parent_id == scope.row.c.id])


def member_comments(scope: Scope) -> Source:
    """Draw on what a member commented."""
    comment = scope.enter(comments)
    return Source(comment, newest(comment), "new", where=[comment.c.author_id == scope.row.c.id])


def _sorted_comments(scope: Scope, comment: Row, where: Sequence[ColumnElement[bool]]) -> Source:
    match scope.arguments.shape("sort"):
        case CommentSort.NEWEST:
            keys, order = newest(comment), "new"
        case CommentSort.TOP:
            keys = by_number(comment.c.reaction_count, descending=True), by_number(comment.c.id, descending=True)
            order = "top"
        case _:
            keys, order = oldest(comment), "old"
    return Source(comment, keys, order, where=where, inherits=True)


def _sorted_posts(
    scope: Scope,
    post: Row,
    where: Sequence[ColumnElement[bool]],
    space_id: ColumnElement[int],
    *,
    inherits: bool,
) -> Source:
    where = [*where, *_filters(scope, post)]
    sort = scope.arguments.shape("sort")
    if sort not in (PostSort.ACTIVE, PostSort.TOP):
        return Source(post, newest(post), "new", where=where, inherits=inherits)
    activity = scope.enter(post_activity)
    key = (
        by_time(activity.c.active_at, descending=True)
        if sort is PostSort.ACTIVE
        else by_number(activity.c.score, descending=True)
    )
    return Source(
        post,
        (key, by_number(activity.c.post_id, descending=True)),
        sort.name.lower(),
        where=[*where, activity.c.space_id == space_id, activity.c.visibility == post.c.visibility],
        joined=[(activity, activity.c.post_id == post.c.id)],
        inherits=inherits,
    )


def _filters(scope: Scope, post: Row, path: str = "filter") -> list[ColumnElement[bool]]:
    """Return a post filter's conditions; all of them must hold, and one of `any`."""
    given = scope.arguments.shape(path) or {}
    value = scope.arguments.value
    conditions: list[ColumnElement[bool]] = []
    if "official" in given:
        conditions.append(post.c.official.is_(given["official"]))
    if "answered" in given:
        accepted = post.c.accepted_comment_id
        conditions.append(accepted.is_not(None) if given["answered"] else accepted.is_(None))
    if "pinned" in given:
        conditions.append(post.c.pinned_at.is_not(None) if given["pinned"] else post.c.pinned_at.is_(None))
    if "author" in given:
        conditions.append(post.c.author_id == value(f"{path}.author", BigInteger(), lambda id_: id_of("member", id_)))
    if "tag" in given:
        link, tag = post_tags.alias(), tags.alias()
        tagged = (
            select(literal_column("1"))
            .select_from(link.join(tag, tag.c.id == link.c.tag_id))
            .where(link.c.post_id == post.c.id, tag.c.name == value(f"{path}.tag", Text(), _folded_tag))
        )
        conditions.append(tagged.exists())
    if "created_after" in given:
        conditions.append(post.c.created_at >= value(f"{path}.created_after", DateTime(timezone=True)))
    if "created_before" in given:
        conditions.append(post.c.created_at < value(f"{path}.created_before", DateTime(timezone=True)))
    if "window" in given and given["window"] in _WINDOWS:
        conditions.append(post.c.created_at >= func.now() - literal_column(_WINDOWS[given["window"]]))
    if "any" in given:
        alternatives = [_filters(scope, post, f"{path}.any.{place}") for place in range(len(given["any"]))]
        conditions.append(or_(literal_column("false"), *(and_(literal_column("true"), *all_) for all_ in alternatives)))
    return conditions


def _folded_tag(name: object) -> str | None:
    from community.discussions.tags import fold_tag  # noqa: PLC0415

    return fold_tag(str(name))
