"""What the rules of discussions refuse."""

from community.foundation.errors import Refusal


class EditConflict(Refusal):
    """Someone changed this since you read it: it is at revision {revision} now."""

    code = "EDIT_CONFLICT"


class PostLocked(Refusal):
    """This post is locked."""

    code = "POST_LOCKED"


class SpaceArchived(Refusal):
    """This space is archived: it can be read, and nothing in it can be changed."""

    code = "SPACE_ARCHIVED"


class LabelUnknown(Refusal):
    """There is no label {label} here."""

    code = "LABEL_UNKNOWN"


class SlugTaken(Refusal):
    """There is a space at {slug} already."""

    code = "SLUG_TAKEN"


class ReactionUnknown(Refusal):
    """Nobody can react with {kind} here."""

    code = "REACTION_UNKNOWN"
