"""Which images a viewer may see: those that something shows which they may see, and their own."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import Select, and_, case, func, literal_column, not_, or_, select

from community.discussions.tables import Visibility, comments, posts
from community.discussions.visibility import PLAIN, visible_comments, visible_posts
from community.foundation.image_addresses import EXTENSIONS
from community.foundation.visibility import Visible
from community.media.tables import image_uses
from community.members.tables import members
from community.members.viewer import any_of
from community.members.visibility import visible_members

if TYPE_CHECKING:
    from sqlalchemy import ColumnElement

    from community.members.viewer import ViewerTerms

_ONE: ColumnElement[Any] = literal_column("1")


def visible_images(image: Any, viewer: ViewerTerms) -> Visible:
    """Show an image where a post, a comment or its owner's profile shows it that the viewer may see, and to its owner.

    What was removed only the moderators of where it stands, or once stood, may look at; what is hidden, its owner as well.
    """
    kind = viewer.kind
    if kind.oversees:
        return Visible()

    def reached() -> tuple[ColumnElement[Any], ...]:
        parts = [_in_post(image, viewer), _in_comment(image, viewer), _in_profile(image, viewer)]
        if kind.signed_in:
            parts.append(image.c.owner_id == viewer.member_id)
        if kind.moderates:
            parts.append(stands_in(image, viewer.moderated_spaces))
        return (or_(*parts),)

    return Visible(inherited=reached, plain=image.c.visibility == PLAIN, exceptions=_exceptions(image, viewer))


def stands_in(image: Any, spaces: ColumnElement[Any]) -> ColumnElement[bool]:
    """Return whether an image stands in one of some spaces, or stood there until it was edited out."""
    use, comment, post = image_uses.alias(), comments.alias(), posts.alias()
    found: Select[Any] = (
        select(_ONE)
        .select_from(use.outerjoin(comment, comment.c.id == use.c.comment_id))
        .join(post, post.c.id == func.coalesce(use.c.post_id, comment.c.post_id))
        .where(use.c.image_id == image.c.id, post.c.space_id == any_of(spaces))
    )
    return found.exists()


def address(image: Any) -> ColumnElement[Any]:
    """Return the address of an image, as texts show it."""
    extension = case(
        {kind: literal_column(f"'.{ending}'") for kind, ending in EXTENSIONS.items()}, value=image.c.media_type
    )
    return func.concat(literal_column("'/media/'"), image.c.public_id, extension)


def _in_post(image: Any, viewer: ViewerTerms) -> ColumnElement[bool]:
    use, post = image_uses.alias(), posts.alias()
    found: Select[Any] = (
        select(_ONE)
        .select_from(use.join(post, post.c.id == use.c.post_id))
        .where(use.c.image_id == image.c.id, use.c.current, *visible_posts(post, viewer).whole())
    )
    return found.exists()


def _in_comment(image: Any, viewer: ViewerTerms) -> ColumnElement[bool]:
    use, comment = image_uses.alias(), comments.alias()
    found: Select[Any] = (
        select(_ONE)
        .select_from(use.join(comment, comment.c.id == use.c.comment_id))
        .where(use.c.image_id == image.c.id, use.c.current, *visible_comments(comment, viewer).whole())
    )
    return found.exists()


def _in_profile(image: Any, viewer: ViewerTerms) -> ColumnElement[bool]:
    # A profile is one row, found by the owner's id: what it shows is looked for in it, and kept nowhere else.
    member, shown = members.alias(), address(image)
    found: Select[Any] = select(_ONE).where(
        member.c.id == image.c.owner_id,
        member.c.state == literal_column("'ACTIVE'"),
        or_(member.c.avatar_url == shown, func.strpos(member.c.bio_html, shown) > literal_column("0")),
        *visible_members(member, viewer).whole(),
    )
    return found.exists()


def _exceptions(image: Any, viewer: ViewerTerms) -> tuple[ColumnElement[Any], ...]:
    kind = viewer.kind
    if not kind.signed_in:
        return ()
    own = and_(image.c.visibility == Visibility.HELD.value, image.c.owner_id == viewer.member_id)
    if not kind.moderates:
        return (own,)
    others = and_(image.c.visibility != PLAIN, stands_in(image, viewer.moderated_spaces))
    return (own, and_(others, not_(own)))
