"""What happens to members, as the names of the events that tell of it.

`member_id` of each event is whom it happened to, `actor_id` who did it (none: the system).
"""

MEMBER_JOINED = "MemberJoined"
"""Someone confirmed their address, or came through a sign-in provider, and is a member now. data: via; brought_by, where
something did."""

EMAIL_VERIFIED = "EmailVerified"
"""A member showed that the account's address is theirs."""

PROFILE_UPDATED = "ProfileUpdated"
"""A member changed what others see of them. data: fields, the names of what changed."""

PASSWORD_CHANGED = "PasswordChanged"  # noqa: S105 - the name of an event
"""A member has a new password. data: via (change or reset)."""

SESSION_STARTED = "SessionStarted"
"""A sign-in succeeded. data: session, its id."""

SESSION_ENDED = "SessionEnded"
"""A session takes no more requests. data: session, its id; reason, as in the session table."""

ACCESS_TOKEN_CREATED = "AccessTokenCreated"  # noqa: S105 - the name of an event
"""A member made a personal access token. data: access_token, its id; scopes."""

ACCESS_TOKEN_REVOKED = "AccessTokenRevoked"  # noqa: S105 - the name of an event
"""A personal access token takes no more requests. data: access_token, its id."""

IDENTITY_LINKED = "IdentityLinked"
"""A member can sign in through a provider. data: issuer."""

ROLE_GRANTED = "RoleGranted"
"""A member may do more than before. data: role; space_id is where, if not everywhere."""

ROLE_REVOKED = "RoleRevoked"
"""A member may do less than before. data: role; space_id is where, if not everywhere."""

MEMBER_FOLLOWED = "MemberFollowed"
"""actor_id follows member_id."""

MEMBER_UNFOLLOWED = "MemberUnfollowed"
"""actor_id follows member_id no longer. data: because (asked or blocked)."""

MEMBER_BLOCKED = "MemberBlocked"
"""actor_id and member_id are hidden from each other."""

MEMBER_UNBLOCKED = "MemberUnblocked"
"""actor_id no longer hides from member_id."""

MEMBER_MUTED = "MemberMuted"
"""actor_id hears no more of member_id, who must never learn of it."""

MEMBER_UNMUTED = "MemberUnmuted"
"""actor_id hears of member_id again."""

CUSTOMER_VERIFIED = "CustomerVerified"
"""The brand knows member_id as a customer."""

CUSTOMER_UNVERIFIED = "CustomerUnverified"
"""The brand does not know member_id as a customer any more."""

MEMBER_SUSPENDED = "MemberSuspended"
"""A member may do nothing until reinstated. data: until (or null), reason."""

MEMBER_REINSTATED = "MemberReinstated"
"""A suspended member is in good standing again. data: because (decided or lapsed)."""

MEMBER_MERGED = "MemberMerged"
"""A member's account is closed, as it is one person's with another, which stands for both. data: into, its id."""

MEMBER_PARTED = "MemberParted"
"""A merged account is by itself again. data: from, the id of the one that stood for both."""

MEMBER_RESTRICTED = "MemberRestricted"
"""A member may not do some things for a while. data: limits, their kinds; until; decision, its id."""

MEMBER_UNRESTRICTED = "MemberUnrestricted"
"""What a decision kept from a member is theirs again. data: limits, their kinds; decision, its id."""

LEVEL_POLICY_UPDATED = "LevelPolicyUpdated"
"""actor_id changed what members of a level may do. data: level; changes, by the names of the columns."""

REPUTATIONS_KEPT = "ReputationsKept"
"""A scoring has found anew what rules ask of members: level, trust and tribe. It concerns nobody alone."""
