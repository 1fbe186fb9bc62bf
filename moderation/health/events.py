"""What happens about second opinions, as the names of the events that tell of it. subject: the second opinion."""

OPINION_GIVEN = "SecondOpinionGiven"
"""actor_id has judged a decided case anew, without knowing what was decided. data: decision, its id; verdict."""
