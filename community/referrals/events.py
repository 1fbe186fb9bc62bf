"""What happens around referrals, as the names of the events that tell of it.

The context of each says by which channel and campaign.
"""

REFERRAL_PROGRAM_CREATED = "ReferralProgramCreated"
"""There is a programme. `subject_kind` is referral_program."""

REFERRAL_PROGRAM_CHANGED = "ReferralProgramChanged"
"""actor_id changed a programme. data: version, where its terms have another, or state."""

REFERRAL_CODE_ISSUED = "ReferralCodeIssued"
"""There is a code, of member_id where it is somebody's. `subject_kind` is referral_code."""

REFERRAL_CODE_REVOKED = "ReferralCodeRevoked"
"""A code counts no more."""

REFERRAL_CLAIMED = "ReferralClaimed"
"""actor_id was brought by member_id (none: by the brand). `subject_kind` is referral. data: source."""

REFERRAL_REFUSED = "ReferralRefused"
"""actor_id joined by a code that could not count. data: code (of the refusal), reason."""

REFERRAL_STEP_REACHED = "ReferralStepReached"
"""actor_id, whom member_id had brought, came to a step. `subject_kind` is referral. data: step, threshold, at."""

REFERRAL_QUALIFIED = "ReferralQualified"
"""actor_id, whom member_id had brought, came to the last step that is asked. `subject_kind` is referral."""

REFERRAL_PURCHASE_RECORDED = "ReferralPurchaseRecorded"
"""The brand's shop says that member_id bought something."""
