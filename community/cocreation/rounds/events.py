"""What happens to rounds, as the names of the events that tell of it.

What a ballot says is in no event. `subject_kind` is round.
"""

ROUND_CREATED = "RoundCreated"
"""A draft is there, which few see."""

ROUND_OPENED = "RoundOpened"
"""Members see it. actor_id: none where the clock opened it."""

OPTION_PROPOSED = "OptionProposed"
"""actor_id proposed an option. data: option."""

OPTION_WITHDRAWN = "OptionWithdrawn"
"""An option is gone before anybody could vote. data: option."""

ROUND_CLOSED = "RoundClosed"
"""No ballot is taken any more. actor_id: none where its time was over."""

ROUND_HELD = "RoundHeld"
"""There are signs that votes are not the community's own: it is not counted until somebody has looked."""

ROUND_RELEASED = "RoundReleased"
"""Somebody has looked, and has it counted. data: reason."""

ROUND_COUNTED = "RoundCounted"
"""There is a result."""

ROUND_TALLIED = "RoundTallied"
"""The open tally of a round that goes on has moved."""

BALLOT_CAST = "BallotCast"
"""actor_id voted, or voted anew."""

BALLOT_WITHDRAWN = "BallotWithdrawn"
"""actor_id takes no part any more."""

BALLOT_VOIDED = "BallotVoided"
"""The ballot of member_id counts no more. data: reason."""
