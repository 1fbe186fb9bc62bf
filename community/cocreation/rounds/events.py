"""What happens to rounds, as the names of the events that tell of it.

What a ballot says is in no event. `subject_kind` is round.
"""

ROUND_CREATED = "RoundCreated"
"""A draft is there, which few see."""

ROUND_OPENED = "RoundOpened"
"""Members may vote."""

ROUND_CLOSED = "RoundClosed"
"""No ballot is taken any more. actor_id: none where its time was over."""

ROUND_COUNTED = "RoundCounted"
"""There is a result."""

BALLOT_CAST = "BallotCast"
"""actor_id voted, or voted anew."""

BALLOT_WITHDRAWN = "BallotWithdrawn"
"""actor_id takes no part any more."""
