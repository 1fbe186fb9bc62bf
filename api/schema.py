"""The schema, assembled from the features: one feature a line."""

from __future__ import annotations

from datetime import datetime

import strawberry
from strawberry.schema.config import StrawberryConfig

from api.cocreation.backing.mutations import BackingMutations
from api.cocreation.ideas.mutations import IdeaMutations
from api.cocreation.product_tests.mutations import ProductTestMutations
from api.cocreation.rounds.mutations import RoundMutations
from api.cocreation.surveys.mutations import SurveyMutations
from api.discussions.mutations import DiscussionMutations
from api.discussions.types import Comment
from api.graph.mutations import GraphMutations
from api.media.types import Image
from api.members.mutations import MemberMutations
from api.moderation.identity_mutations import IdentityMutations
from api.moderation.mutations import ModerationMutations
from api.moderation.policy_mutations import PolicyMutations
from api.moderation.queue_mutations import QueueMutations
from api.moderation.rule_mutations import RuleMutations
from api.notifications.mutations import NotificationMutations
from api.queries import Query
from api.reading.fields import object_type
from api.referrals.mutations import ReferralMutations
from api.rewards.item_mutations import RewardItemMutations
from api.rewards.mutations import RewardMutations
from api.scalars import DATE_TIME
from api.updates.queries import Subscription


@object_type
class Mutation(
    MemberMutations,
    DiscussionMutations,
    RoundMutations,
    SurveyMutations,
    IdeaMutations,
    BackingMutations,
    ProductTestMutations,
    ReferralMutations,
    RewardMutations,
    RewardItemMutations,
    GraphMutations,
    NotificationMutations,
    ModerationMutations,
    QueueMutations,
    RuleMutations,
    PolicyMutations,
    IdentityMutations,
):
    """What a client can change. Each takes one `input`; each answers what it changed, or why it did not."""


def build() -> strawberry.Schema:
    """Assemble the schema."""
    return strawberry.Schema(
        query=Query,
        mutation=Mutation,
        subscription=Subscription,
        types=[Comment, Image],
        config=StrawberryConfig(auto_camel_case=True, scalar_map={datetime: DATE_TIME}),
    )
