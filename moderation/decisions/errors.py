"""What the rules of deciding refuse."""

from community.foundation.errors import Refusal


class ContentChanged(Refusal):
    """It was edited since you looked at it, and is revision {revision} now. Look at it again."""

    code = "CONTENT_CHANGED"


class ActionNotPossible(Refusal):
    """{action} cannot be done here: {why}"""  # noqa: D415 - the reason ends the sentence

    code = "ACTION_NOT_POSSIBLE"


class DecisionUndone(Refusal):
    """This decision has been undone already."""

    code = "DECISION_UNDONE"


class DecisionOverlaid(Refusal):
    """What this decision did was changed by something else since, so it cannot be undone as a whole: {what}."""

    code = "DECISION_OVERLAID"


class LawMissing(Refusal):
    """Say against which law it was: this reason is one of law, and whom it concerns must be told."""

    code = "LAW_MISSING"
