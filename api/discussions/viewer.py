"""What of discussions is the viewer's own: the home feed, the spaces they joined and those they are invited to.

The home feed has the posts of members whom the viewer follows, of spaces they joined, and with tags they follow. No one
index has them in order, so a page is gathered in two steps from each of the three. First each followed member (space,
tag) gives the time of its newest post: a look-up in an index. Of a page of n posts none can come from a member who is
not among the n with the newest, so only those are asked for n posts each. A thousand follows cost a thousand look-ups
and no more, however much each of them wrote.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from sqlalchemy import BigInteger, Select, func, lateral, literal_column, or_, select, true, union_all

from api.discussions.sources import joined_spaces, newest
from api.discussions.space_types import Space, SpaceInvitation
from api.discussions.types import Post
from api.reading.connections import Connection
from api.reading.cursors import Key, by_number, by_time
from api.reading.fields import connection, object_type
from api.reading.readings import Cut, Row, Scope, Source
from community.discussions.tables import (
    post_tags,
    posts,
    space_invitations,
    space_members,
    spaces,
    tag_follows,
)
from community.discussions.visibility import visible_posts
from community.members.tables import follows, mutes


def home(scope: Scope) -> Source:
    """Draw on the posts that concern the viewer."""
    post = scope.enter(posts)
    viewer_id = scope.viewer.member_id

    def linked(table: Any, own: str, other: str) -> Select[Any]:
        row = scope.enter(table)
        return select(getattr(row.c, other)).select_from(row.source).where(getattr(row.c, own) == viewer_id)

    tagged = scope.enter(post_tags)
    with_tag = (
        select(literal_column("1"))
        .select_from(tagged.source)
        .where(tagged.c.post_id == post.c.id, tagged.c.tag_id.in_(linked(tag_follows, "member_id", "tag_id")))
        .exists()
    )
    concerns = or_(
        post.c.author_id.in_(linked(follows, "follower_id", "member_id")),
        post.c.space_id.in_(linked(space_members, "member_id", "space_id")),
        with_tag,
    )
    return Source(
        post,
        newest(post),
        "new",
        where=[concerns, _not_muted(scope, post)],
        candidates=lambda cut: _candidates(scope, cut),
    )


def _not_muted(scope: Scope, post: Row) -> Any:
    muted = scope.enter(mutes)
    ids = select(muted.c.member_id).select_from(muted.source).where(muted.c.muter_id == scope.viewer.member_id)
    return post.c.author_id != func.all(func.array(ids.scalar_subquery()))


def _candidates(scope: Scope, cut: Cut) -> Select[Any]:
    """Gather the ids of the posts that a page can hold, from each source its newest."""
    visible: list[Select[Any]] = []
    for plain in (True, False):
        # Plainly visible posts and the viewer's own hidden ones are each in an index of their own.
        if not plain and visible_posts(Row("post", _TYPES), scope.viewer).exception is None:
            continue
        visible += [
            _newest_of(scope, cut, follows, "follower_id", "member_id", _by_author, plain=plain),
            _newest_of(scope, cut, space_members, "member_id", "space_id", _in_space, plain=plain),
            _newest_of(scope, cut, tag_follows, "member_id", "tag_id", _with_tag, plain=plain),
        ]
    return select(literal_column("id")).select_from(union_all(*visible).subquery(scope.enter(posts).alias))


_TYPES = {column.key: column.type for column in posts.c}
_Rows = Callable[[Scope, Any], tuple[Row, Any, Sequence[Key], list[Any]]]


def _by_author(scope: Scope, key: Any) -> tuple[Row, Any, Sequence[Key], list[Any]]:
    post = scope.enter(posts)
    return post, post.source, newest(post), [post.c.author_id == key]


def _in_space(scope: Scope, key: Any) -> tuple[Row, Any, Sequence[Key], list[Any]]:
    post = scope.enter(posts)
    return post, post.source, newest(post), [post.c.space_id == key]


def _with_tag(scope: Scope, key: Any) -> tuple[Row, Any, Sequence[Key], list[Any]]:
    post, link = scope.enter(posts), scope.enter(post_tags)
    keys = by_time(link.c.created_at, descending=True), by_number(link.c.post_id, descending=True)
    return post, link.source.join(post.source, post.c.id == link.c.post_id), keys, [link.c.tag_id == key]


def _newest_of(
    scope: Scope,
    cut: Cut,
    table: Any,
    own: str,
    other: str,
    rows: _Rows,
    *,
    plain: bool,
) -> Select[Any]:
    def posts_of(key: Any) -> tuple[Select[Any], Sequence[Key]]:
        post, from_, keys, conditions = rows(scope, key)
        rule = visible_posts(post, scope.viewer)
        part: Any = rule.plain if plain else rule.exception
        statement = (
            select(*(key.expression.label(f"key_{place}") for place, key in enumerate(keys)), post.c.id.label("id"))
            .select_from(from_)
            .where(*conditions, *rule.inherited(), *rule.always, part, _not_muted(scope, post), *cut.within(keys))
        )
        return statement, keys

    link = scope.enter(table)
    first, keys = posts_of(getattr(link.c, other))
    ordered = first.order_by(*(key.expression.desc() for key in keys)).limit(1)
    newest_one = lateral(ordered, name=scope.enter(posts).alias)
    found_keys = _named(keys, newest_one.name)
    leading = cut.cut(
        select(getattr(link.c, other).label("source_id"))
        .select_from(link.source.join(newest_one, true()))
        .where(getattr(link.c, own) == scope.viewer.member_id),
        found_keys,
    ).subquery(scope.enter(posts).alias)
    each, keys = posts_of(literal_column(f"{leading.name}.source_id", BigInteger))
    many = lateral(cut.cut(each, keys), name=scope.enter(posts).alias)
    gathered: Select[Any] = select(literal_column(f"{many.name}.id").label("id")).select_from(
        leading.join(many, true())
    )
    return select(literal_column("*")).select_from(
        cut.cut(gathered, _named(keys, many.name)).subquery(scope.enter(posts).alias),
    )


def _named(keys: Sequence[Key], alias: str) -> list[Key]:
    return [
        Key(literal_column(f"{alias}.key_{place}", key.type), key.descending, key.type, key.encode, key.decode)
        for place, key in enumerate(keys)
    ]


def invitations(scope: Scope) -> Source:
    """Draw on the viewer's invitations."""
    invitation, space = scope.enter(space_invitations), scope.enter(spaces)
    return Source(
        invitation,
        (by_time(invitation.c.created_at, descending=True), by_number(invitation.c.space_id, descending=True)),
        "new",
        where=[invitation.c.member_id == scope.viewer.member_id],
        joined=[(space, space.c.id == invitation.c.space_id)],
        extras={
            name: (getattr(space.c, name), spaces.c[name].type)
            for name in ("slug", "name", "description", "member_count")
        },
    )


@object_type
class DiscussionsViewer:
    """What of discussions is the viewer's own."""

    home: Connection[Post] = connection(
        home,
        "Posts by members whom the viewer follows, in spaces they joined and with tags they follow, but not by members "
        "whom they muted; the newest first.",
    )
    spaces: Connection[Space] = connection(
        lambda scope: joined_spaces(scope, scope.viewer.member_id),
        "The spaces that the viewer joined, the latest first.",
    )
    invitations: Connection[SpaceInvitation] = connection(
        invitations,
        "The private spaces that the viewer may join, the latest invitation first.",
    )
