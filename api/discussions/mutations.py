"""Changes to spaces, posts, comments, reactions and tags: the verbs of each noun stand in its own module."""

from __future__ import annotations

from api.discussions.comment_mutations import CommentMutations
from api.discussions.post_mutations import PostMutations
from api.discussions.reaction_mutations import ReactionMutations
from api.discussions.space_mutations import SpaceMutations
from api.discussions.tag_mutations import TagMutations
from api.reading.fields import object_type


@object_type
class DiscussionMutations(SpaceMutations, PostMutations, CommentMutations, ReactionMutations, TagMutations):
    """Changes to spaces, posts, comments, reactions and tags."""
