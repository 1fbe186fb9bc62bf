"""What happens around scores, as the names of the events that tell of it."""

PROFILING_OBJECTED = "ProfilingObjected"
"""member_id is not to be scored."""

PROFILING_ALLOWED = "ProfilingAllowed"
"""member_id may be scored again."""

SCORE_WEIGHTS_CHANGED = "ScoreWeightsChanged"
"""actor_id changed how interactions or dimensions weigh. data: what was given."""
