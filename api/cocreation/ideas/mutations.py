"""What can be changed about ideas."""

from __future__ import annotations

from api.cocreation.ideas.author_mutations import IdeaAuthorMutations
from api.cocreation.ideas.board_mutations import IdeaBoardMutations
from api.cocreation.ideas.merge_mutations import IdeaMergeMutations
from api.cocreation.ideas.support_mutations import IdeaSupportMutations
from api.reading.fields import object_type


@object_type
class IdeaMutations(IdeaBoardMutations, IdeaSupportMutations, IdeaAuthorMutations, IdeaMergeMutations):
    """What can be changed about ideas."""
