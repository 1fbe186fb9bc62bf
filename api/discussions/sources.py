"""What the connections of discussions draw on: which rows, in which order."""

from __future__ import annotations

import unicodedata
from typing import TYPE_CHECKING, Any

from sqlalchemy import BigInteger, DateTime, Text, and_, func, literal_column, or_, select

from api.discussions.arguments import CommentSort, PostSort, SpaceSort, TagSort, TopWindow
from api.node import id_of
from api.reading.cursors import Key, by_number, by_text, by_time
from api.reading.readings import Row, Scope, Source
from community.discussions.tables import comments, post_activity, post_tags, posts, space_members, spaces, tags
from community.discussions.tags import fold_tag
from community.foundation.errors import Invalid
from community.media.tables import image_uses, images
from community.members.tables import members

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


def pinned_posts(scope: Scope) -> Source:
    """Draw on the posts that stand on top of a space."""
    post = scope.enter(posts)
    return Source(
        post,
        (by_time(post.c.pinned_at, descending=True), by_number(post.c.id, descending=True)),
        "pinned",
        where=[post.c.space_id == scope.row.c.id, post.c.pinned_at.is_not(None)],
        inherits=True,
    )


def all_posts(scope: Scope) -> Source:
    """Draw on the posts of all spaces."""
    post = scope.enter(posts)
    return Source(post, newest(post), "new", where=_filters(scope, post))


def post_tag_source(scope: Scope) -> Source:
    """Draw on a post's tags."""
    tag, link = scope.enter(tags), scope.enter(post_tags)
    return Source(
        tag,
        (by_number(link.c.position), by_number(link.c.tag_id)),
        "position",
        where=[link.c.post_id == scope.row.c.id],
        joined=[(link, link.c.tag_id == tag.c.id)],
        inherits=True,
    )


def post_images(scope: Scope) -> Source:
    """Draw on the images that a post shows, in the order in which they stand there."""
    return _images(scope, "post_id")


def comment_images(scope: Scope) -> Source:
    """Draw on the images that a comment shows."""
    return _images(scope, "comment_id")


def _images(scope: Scope, shown_by: str) -> Source:
    image, use = scope.enter(images), scope.enter(image_uses)
    return Source(
        image,
        (by_number(use.c.position), by_number(use.c.image_id)),
        "position",
        where=[getattr(use.c, shown_by) == scope.row.c.id, use.c.current],
        joined=[(use, use.c.image_id == image.c.id)],
        inherits=True,
    )


def space_member_source(scope: Scope) -> Source:
    """Draw on who joined a space."""
    member, link = scope.enter(members), scope.enter(space_members)
    return Source(
        member,
        (by_time(link.c.joined_at, descending=True), by_number(link.c.member_id, descending=True)),
        "new",
        where=[link.c.space_id == scope.row.c.id],
        joined=[(link, link.c.member_id == member.c.id)],
    )


def member_spaces(scope: Scope) -> Source:
    """Draw on the spaces that a member joined, of those that the viewer may read."""
    return joined_spaces(scope, scope.row.c.id)


def joined_spaces(scope: Scope, member_id: ColumnElement[int]) -> Source:
    """Draw on the spaces that a member joined, the latest first."""
    space, link = scope.enter(spaces), scope.enter(space_members)
    return Source(
        space,
        (by_time(link.c.joined_at, descending=True), by_number(link.c.space_id, descending=True)),
        "new",
        where=[link.c.member_id == member_id],
        joined=[(link, link.c.space_id == space.c.id)],
    )


def listed_spaces(scope: Scope) -> Source:
    """Draw on all spaces."""
    space = scope.enter(spaces)
    given = scope.arguments.shape("filter") or {}
    where: list[ColumnElement[bool]] = []
    if "access" in given:
        where.append(space.c.access == literal_column(f"'{given['access'].value}'"))
    if "archived" in given:
        where.append(space.c.archived_at.is_not(None) if given["archived"] else space.c.archived_at.is_(None))
    if "joined" in given:
        where.append(_joined(scope, space, wanted=given["joined"]))
    match scope.arguments.shape("sort"):
        case SpaceSort.NEWEST:
            keys, order = newest(space), "new"
        case SpaceSort.NAME:
            keys, order = (by_text(func.lower(space.c.name).collate("C")), by_number(space.c.id)), "name"
        case _:
            keys = by_number(space.c.member_count, descending=True), by_number(space.c.id, descending=True)
            order = "members"
    return Source(space, keys, order, where=where)


def _joined(scope: Scope, space: Row, *, wanted: bool) -> ColumnElement[bool]:
    if not scope.viewer.kind.signed_in:
        return literal_column("false" if wanted else "true")
    link = scope.enter(space_members)
    found = (
        select(literal_column("1"))
        .select_from(link.source)
        .where(link.c.space_id == space.c.id, link.c.member_id == scope.viewer.member_id)
        .exists()
    )
    return found if wanted else ~found


def listed_tags(scope: Scope) -> Source:
    """Draw on all tags, or those whose names begin alike."""
    tag = scope.enter(tags)
    where: list[ColumnElement[bool]] = []
    if scope.arguments.shape("prefix"):
        where.append(func.starts_with(tag.c.name, scope.arguments.value("prefix", Text(), _folded_prefix)))
    if scope.arguments.shape("sort") is TagSort.NAME:
        return Source(tag, (by_text(tag.c.name.collate("C")),), "name", where=where)
    keys = by_number(tag.c.post_count, descending=True), by_number(tag.c.id, descending=True)
    return Source(tag, keys, "popular", where=where)


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
        tagged: Any = (
            select(literal_column("1"))
            .select_from(link.join(tag, tag.c.id == link.c.tag_id))
            .where(link.c.post_id == post.c.id, tag.c.name == value(f"{path}.tag", Text(), folded_tag))
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


def folded_tag(name: object) -> str | None:
    """Return a tag as the table has it; None for what is no tag."""
    try:
        return fold_tag(str(name))
    except Invalid:
        return None  # no post has a tag of such a name


def _folded_prefix(prefix: object) -> str:
    folded = unicodedata.normalize("NFKC", str(prefix)).strip().lstrip("#").lower()
    return "-".join(folded.replace("\0", " ").split())
