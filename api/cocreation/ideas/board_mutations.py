"""What can be changed about boards, and proposing ideas on them."""

from __future__ import annotations

import strawberry

from api.changing import Change, Returns, change, payload
from api.cocreation.ideas.types import Idea, IdeaBoard
from api.ids import MUTATION_ID, number_of
from api.moderation.screening import write_screened
from api.reading.fields import object_type, returned
from community.cocreation.ideas import boards, proposing
from community.foundation.database import Connection
from moderation.automod.drafts import Draft
from moderation.rules.candidates import Kind


@strawberry.input(description="A topic to ask for ideas on.")
class CreateIdeaBoardInput:
    """A topic to ask for ideas on."""

    space: strawberry.ID = strawberry.field(description="Where it is asked.")
    title: str = strawberry.field(description="The topic, 1 to 200 characters.")
    body: str = strawberry.field(description="What there is to say about it, as Markdown.", default="")
    client_mutation_id: str | None = strawberry.field(description=MUTATION_ID, default=None)


@strawberry.input(description="What a board shall be. What is left out or null stays.")
class UpdateIdeaBoardInput:
    """What a board shall be. What is left out or null stays."""

    board: strawberry.ID = strawberry.field(description="The board's id.")
    title: str | None = strawberry.field(description="Another topic.", default=None)
    body: str | None = strawberry.field(description="Another body, as Markdown.", default=None)
    open: bool | None = strawberry.field(
        description="Whether it takes new ideas. Those there are go on as before.", default=None
    )
    client_mutation_id: str | None = strawberry.field(description=MUTATION_ID, default=None)


@strawberry.input(description="An idea to be proposed.")
class CreateIdeaInput:
    """An idea to be proposed."""

    board: strawberry.ID = strawberry.field(description="The board that it is for.")
    title: str = strawberry.field(description="1 to 200 characters of plain text.")
    body: str = strawberry.field(description="1 to 32,000 characters of Markdown.")
    tags: list[str] = strawberry.field(description="Up to 8 tags.", default_factory=list)
    client_mutation_id: str | None = strawberry.field(description=MUTATION_ID, default=None)


@payload
class CreateIdeaBoardPayload(Returns):
    """What `createIdeaBoard` answers."""

    board: IdeaBoard | None = returned("The new board.")


@payload
class UpdateIdeaBoardPayload(Returns):
    """What `updateIdeaBoard` answers."""

    board: IdeaBoard | None = returned("The board as it is now.")


@payload
class CreateIdeaPayload(Returns):
    """What `createIdea` answers."""

    idea: Idea | None = returned("The new idea.")


@object_type
class IdeaBoardMutations:
    """What can be changed about boards, and proposing ideas on them."""

    @change
    async def create_idea_board(info: Change, input: CreateIdeaBoardInput) -> CreateIdeaBoardPayload:
        """Ask the community for ideas on a topic. For who runs campaigns, and a space's moderators there."""
        acting = await info.acting()
        space_id = number_of("space", input.space)
        board_id = await boards.create_idea_board(info.connection, acting, space_id, title=input.title, body=input.body)
        return CreateIdeaBoardPayload.of(board=board_id)

    @change
    async def update_idea_board(info: Change, input: UpdateIdeaBoardInput) -> UpdateIdeaBoardPayload:
        """Change a board, or open and close it for new ideas. For who may make one."""
        acting = await info.acting()
        board_id = number_of("idea_board", input.board)
        await boards.update_idea_board(
            info.connection, acting, board_id, title=input.title, body=input.body, open_=input.open
        )
        return UpdateIdeaBoardPayload.of(board=board_id)

    @change
    async def create_idea(info: Change, input: CreateIdeaInput) -> CreateIdeaPayload:
        """Propose an idea on a board. Look at `similarIdeas` first: a vote for one that is there does more.

        The community's rules are asked as of a post.
        """
        acting, board_id = await info.acting(), number_of("idea_board", input.board)
        proposed: proposing.Proposed | None = None

        async def write(connection: Connection, held: bool) -> int:  # noqa: FBT001 - as it is screened
            nonlocal proposed
            proposed = await proposing.create_idea(
                connection, acting, board_id, title=input.title, body=input.body, tags=input.tags, held=held
            )
            return proposed.post_id

        space_id = await proposing.space_of_board(info.connection, board_id)
        draft = Draft(Kind.POST, input.body, input.title, " ".join(input.tags), space_id=space_id)
        await write_screened(info, draft, "post", write)
        assert proposed is not None  # it is written, or refused
        return CreateIdeaPayload.of(idea=proposed.id)
