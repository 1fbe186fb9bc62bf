"""What happens about second opinions, as the names of the events that tell of it. subject: the second opinion."""

OPINION_CLAIMED = "SecondOpinionClaimed"
"""actor_id is to judge a decided case anew, and is shown nothing of what was decided until then. data: decision, its id."""

OPINION_GIVEN = "SecondOpinionGiven"
"""actor_id has judged a decided case anew, without knowing what was decided. data: decision, its id; verdict."""
