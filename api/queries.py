"""Where reading begins: the fields of Query."""

from __future__ import annotations

from typing import Any

import strawberry
from sqlalchemy import BigInteger, Text
from sqlalchemy.dialects.postgresql import ARRAY

from api.cocreation.backing.queries import BackingQueries
from api.cocreation.ideas.queries import IdeaQueries
from api.cocreation.product_tests.queries import ProductTestQueries
from api.cocreation.rounds.queries import RoundQueries
from api.cocreation.surveys.queries import SurveyQueries
from api.discussions.queries import DiscussionQueries
from api.discussions.space_types import Space, Tag
from api.discussions.types import Post
from api.graph.queries import GraphQueries
from api.members.queries import MemberQueries
from api.members.types import Member
from api.moderation.queries import ModerationQueries
from api.node import Node, decode_id, id_of
from api.reading.fields import Argument, object_type, polymorphic, polymorphic_list, reference
from api.reading.readings import Scope
from api.referrals.queries import ReferralQueries
from api.rewards.queries import RewardQueries
from api.updates.queries import UpdateQueries
from community.members.handles import skeleton

MOST_NODES = 100


def _kind(written: object) -> str | None:
    decoded = decode_id(written)
    return decoded[0] if decoded else None


def _number(written: object) -> int | None:
    decoded = decode_id(written)
    return decoded[1] if decoded else None


def _checked(ids: Any) -> list[Any]:
    if len(ids) > MOST_NODES:
        message = f"names {len(ids)} ids; give {MOST_NODES} at most."
        raise ValueError(message)
    return list(ids)


def _fold_slug(slug: object) -> str:
    return str(slug).casefold()


def _by_id(prefix: str) -> Any:
    return lambda scope: scope.arguments.value("id", BigInteger(), lambda written: id_of(prefix, written))


def _member_key(scope: Scope) -> Any:
    return scope.arguments.value("handle", Text(), lambda handle: skeleton(str(handle)))


@object_type
class Query(
    BackingQueries,
    IdeaQueries,
    ProductTestQueries,
    ReferralQueries,
    RoundQueries,
    SurveyQueries,
    DiscussionQueries,
    GraphQueries,
    MemberQueries,
    ModerationQueries,
    RewardQueries,
    UpdateQueries,
):
    """Where reading begins."""

    node: Node | None = polymorphic(
        lambda scope: scope.arguments.value("id", Text(), _kind),
        lambda scope: scope.arguments.value("id", BigInteger(), _number),
        "The object with this id; null when there is none that the viewer may see.",
        arguments={"id": Argument(strawberry.ID, "Any object's id.")},
    )
    nodes: list[Node | None] = polymorphic_list(
        lambda scope: scope.arguments.value("ids", ARRAY(Text), lambda ids: [_kind(id_) for id_ in _checked(ids)]),
        lambda scope: scope.arguments.value("ids", ARRAY(BigInteger), lambda ids: [_number(i) for i in _checked(ids)]),
        f"The objects with these ids, {MOST_NODES} at most, in the order asked for.",
        arguments={"ids": Argument(list[strawberry.ID], "The objects' ids.")},
    )
    member: Member | None = reference(
        _member_key,
        "The member with this handle.",
        column="handle_skeleton",
        arguments={"handle": Argument(str, "A handle, with or without the capitals its owner writes.")},
    )
    space: Space | None = reference(
        lambda scope: scope.arguments.value("slug", Text(), _fold_slug),
        "The space with this slug.",
        column="slug",
        arguments={"slug": Argument(str, "A space's slug.")},
    )
    tag: Tag | None = reference(
        lambda scope: scope.arguments.value("name", Text()),
        "The tag of this name.",
        column="name",
        arguments={"name": Argument(str, "A tag.")},
    )
    post: Post | None = reference(
        _by_id("post"),
        "The post with this id.",
        arguments={"id": Argument(strawberry.ID, "A post's id.")},
    )
