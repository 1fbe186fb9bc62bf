"""What the rules of ideas refuse."""

from community.foundation.errors import Refusal


class BoardClosed(Refusal):
    """This board takes no new ideas."""

    code = "BOARD_CLOSED"


class IdeaClosed(Refusal):
    """Nothing can be changed about this idea any more: its stage is {stage}."""

    code = "IDEA_CLOSED"


class StageChanged(Refusal):
    """Somebody was faster: the idea's stage is {stage} now."""

    code = "STAGE_CHANGED"


class StageNotNext(Refusal):
    """From {before}, an idea cannot go to {after}."""

    code = "STAGE_NOT_NEXT"


class TooManyCoAuthors(Refusal):
    """An idea has {most} co-authors at most, those invited included."""

    code = "TOO_MANY_CO_AUTHORS"


class InvitationDeclined(Refusal):
    """They were asked before, and did not want to."""

    code = "INVITATION_DECLINED"


class AmendmentPending(Refusal):
    """You have proposed an amendment that is not decided yet; withdraw it to propose another."""

    code = "AMENDMENT_PENDING"


class AmendmentDecided(Refusal):
    """This amendment was accepted, declined or withdrawn already."""

    code = "AMENDMENT_DECIDED"


class AmendmentOutdated(Refusal):
    """The text has changed since this was proposed: it was at revision {base}, and is at revision {revision} now."""

    code = "AMENDMENT_OUTDATED"


class MergeUndone(Refusal):
    """This merge was undone already."""

    code = "MERGE_UNDONE"


class MergeFinal(Refusal):
    """This merge cannot be undone now: the idea that it led to is {stage}."""

    code = "MERGE_FINAL"
