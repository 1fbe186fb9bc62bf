"""What happens to ideas, as the names of the events that tell of it.

`subject_kind` is idea_board, idea, amendment or idea_merge; `post_id` is the post that holds the idea's text. Who voted is
known to the log, as it is what the graph reads; no reader tells it to anybody.
"""

IDEA_BOARD_CREATED = "IdeaBoardCreated"
"""There is a board."""

IDEA_BOARD_UPDATED = "IdeaBoardUpdated"
"""A board says something else, or takes ideas or none. data: fields, the names of what changed."""

IDEA_CREATED = "IdeaCreated"
"""actor_id proposed an idea."""

IDEA_VOTED = "IdeaVoted"
"""actor_id voted for an idea of member_id."""

IDEA_VOTE_WITHDRAWN = "IdeaVoteWithdrawn"
"""actor_id took their vote back, for an idea of member_id and all that went into it."""

IDEA_FOLLOWED = "IdeaFollowed"
"""actor_id follows an idea, by saying so."""

IDEA_UNFOLLOWED = "IdeaUnfollowed"
"""actor_id follows an idea no longer."""

IDEA_ADVANCED = "IdeaAdvanced"
"""An idea of member_id is at another stage. data: from, to, answer (its number)."""

IDEA_CREDITED = "IdeaCredited"
"""member_id is credited for an idea that shipped. data: role."""

IDEAS_MERGED = "IdeasMerged"
"""An idea of member_id went into another. data: into, merge."""

MERGE_UNDONE = "MergeUndone"
"""An idea of member_id is by itself again. data: into, merge."""

IDEA_RECOUNTED = "IdeaRecounted"
"""An idea of member_id has other votes, as others were merged into it, or stand by themselves again. data: merge."""

CO_AUTHOR_INVITED = "CoAuthorInvited"
"""member_id was asked to be a co-author."""

CO_AUTHOR_JOINED = "CoAuthorJoined"
"""actor_id is a co-author of an idea of member_id."""

CO_AUTHOR_DECLINED = "CoAuthorDeclined"
"""actor_id does not want to be a co-author of an idea of member_id."""

CO_AUTHOR_LEFT = "CoAuthorLeft"
"""member_id is no co-author any more, or not invited any more."""

AMENDMENT_PROPOSED = "AmendmentProposed"
"""actor_id proposed another text for an idea of member_id. data: idea."""

AMENDMENT_ACCEPTED = "AmendmentAccepted"
"""What member_id proposed is the idea's text now. data: idea, revision."""

AMENDMENT_DECLINED = "AmendmentDeclined"
"""What member_id proposed was not taken. data: idea."""

AMENDMENT_WITHDRAWN = "AmendmentWithdrawn"
"""actor_id took back what they proposed. data: idea."""
