"""Changes to members and their accounts: the verbs of each noun stand in its own module."""

from __future__ import annotations

from api.members.access_token_mutations import AccessTokenMutations
from api.members.account_mutations import AccountMutations
from api.members.customer_mutations import CustomerMutations
from api.members.profile_mutations import ProfileMutations
from api.members.relation_mutations import RelationMutations
from api.members.session_mutations import SessionMutations
from api.members.standing_mutations import StandingMutations
from api.reading.fields import object_type


@object_type
class MemberMutations(
    AccountMutations,
    SessionMutations,
    AccessTokenMutations,
    ProfileMutations,
    RelationMutations,
    StandingMutations,
    CustomerMutations,
):
    """Changes to members and their accounts."""
