"""What the rules of teams refuse."""

from community.foundation.errors import Refusal


class TeamNameTaken(Refusal):
    """There is a team called {name} already."""

    code = "TEAM_NAME_TAKEN"


class EscalationGoesRound(Refusal):
    """Cases would come back to the team that did not answer them."""

    code = "ESCALATION_GOES_ROUND"


class CannotAnswer(Refusal):
    """This member may not look at this case: it is not of what they moderate, or it is about themselves."""

    code = "CANNOT_ANSWER"
