"""Images as GraphQL shows them."""

from __future__ import annotations

from datetime import datetime
from time import time
from typing import TYPE_CHECKING, Any
from uuid import UUID

from sqlalchemy import BigInteger, Text, case, cast, func, literal_column, select

from api.discussions.permissions import moderates
from api.discussions.types import ContentState, Moderatable
from api.members.types import Member
from api.node import Node
from api.reading.fields import column, computed, entity, expression, reference
from api.subjects import can_report
from community.discussions.tables import Visibility
from community.media.passes import Pass, sign_pass
from community.media.tables import images
from community.media.visibility import address, visible_images

if TYPE_CHECKING:
    from sqlalchemy import ColumnElement

    from api.reading.readings import Scope
    from community.members.signing import SigningKeys

_STATES = (Visibility.VISIBLE, Visibility.HELD, Visibility.REMOVED)
_FALSE: ColumnElement[Any] = literal_column("false")


def _moderates(scope: Scope) -> ColumnElement[Any]:
    space_id = select(func.image_space(scope.row.c.sha256, type_=BigInteger)).scalar_subquery()
    condition: ColumnElement[Any] = func.coalesce(moderates(scope, space_id), _FALSE)
    return condition


def _who_asks(scope: Scope) -> list[ColumnElement[Any]]:
    """Return what a pass is made of: the image's address and public id, the viewer, whether roles count, the session."""
    viewer, kind = scope.viewer, scope.viewer.kind
    shown = [address(scope.row), scope.row.c.public_id]
    if not kind.signed_in:
        return shown
    counts: ColumnElement[Any] = literal_column("true" if kind.oversees or kind.moderates else "false")
    return [*shown, viewer.member_id, counts, viewer.session_id]


def _with_pass(
    keys: SigningKeys,
    shown: str,
    public_id: str,
    member_id: int | None = None,
    moderates: bool = False,  # noqa: FBT001, FBT002 - the statement gives them by their places
    session_id: str | None = None,
) -> str:
    if member_id is None:
        return shown
    given = Pass(member_id, moderates, None if session_id is None else UUID(session_id))
    return f"{shown}?pass={sign_pass(keys.image, public_id, given, time())}"


def _hash(scope: Scope) -> ColumnElement[Any]:
    digits = func.lpad(func.to_hex(scope.row.c.perceptual_hash), literal_column("16"), literal_column("'0'"))
    return case((_moderates(scope), cast(digits, Text)))


@entity("image", images, visible_images)
class Image(Node, Moderatable):
    """An image that a member uploaded by `POST /media`."""

    path: str = expression(
        lambda scope: address(scope.row),
        "Its address on this server, as Markdown shows it. Fetched without a token, it is there for whoever may see it signed out.",
    )
    url: str = computed(
        _who_asks,
        _with_pass,
        "The same with a pass of the viewer's, to be shown by an `<img>`, which sends no token. It is good for five minutes at"
        " least; what the viewer may not see any more is gone at once.",
        keyed=True,
    )
    media_type: str = column("media_type", "image/png, image/jpeg, image/webp or image/gif.")
    width: int = column("width", "In pixels.")
    height: int = column("height", "In pixels.")
    byte_size: int = column("byte_size", "How long it is, in bytes.")
    created_at: datetime = column("created_at", "When it was uploaded.")
    owner: Member | None = reference(
        lambda scope: scope.row.c.owner_id, "Who uploaded it; null when they are not to be seen."
    )
    moderation: ContentState = expression(
        lambda scope: case(
            {state.value: literal_column(f"'{state.name}'") for state in _STATES}, value=scope.row.c.visibility
        ),
        "Whether it is shown, held or removed.",
    )
    viewer_can_moderate: bool = expression(
        _moderates, "Whether the viewer may decide about it: it stands nowhere but in a space that they moderate."
    )
    viewer_can_report: bool = can_report(lambda scope: scope.row.c.owner_id)
    perceptual_hash: str | None = expression(
        _hash,
        "16 hexadecimal digits, nearly the same for pictures that look alike, as the condition `images` of a rule takes them;"
        " for moderators.",
    )
