"""What the rules of identities refuse."""

from community.foundation.errors import Refusal


class IdentityCaseOpen(Refusal):
    """Whether @{member} is one person with another account is being looked at: decide on that case first."""

    code = "IDENTITY_CASE_OPEN"


class MergeCodeInvalid(Refusal):
    """This code was used already, is too old, or none. Sign in to the other account and ask for a new one."""

    code = "MERGE_CODE_INVALID"
