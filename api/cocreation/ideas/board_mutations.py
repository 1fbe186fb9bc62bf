"""What can be changed about boards, and proposing ideas on them."""

from __future__ import annotations

import strawberry

from api.changing import Change, Returns, change, payload
from api.cocreation.ideas.types import Idea, IdeaBoard
from api.ids import MUTATION_ID, number_of
from api.reading.fields import object_type, returned
from community.cocreation.ideas import boards, proposing


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
        """Propose an idea on a board. Look at `similarIdeas` first: a vote for one that is there does more."""
        acting = await info.acting()
        idea_id = await proposing.create_idea(
            info.connection,
            acting,
            number_of("idea_board", input.board),
            title=input.title,
            body=input.body,
            tags=input.tags,
        )
        return CreateIdeaPayload.of(idea=idea_id)
