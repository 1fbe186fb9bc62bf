"""Where reading about ideas begins."""

from __future__ import annotations

import strawberry
from sqlalchemy import BigInteger

from api.cocreation.ideas.arguments import IdeaBoardFilter
from api.cocreation.ideas.sources import LONGEST_QUERY, all_boards, all_ideas, similar_ideas
from api.cocreation.ideas.types import IDEAS, Idea, IdeaBoard
from api.node import id_of
from api.reading.connections import Connection
from api.reading.fields import Argument, connection, object_type, reference


@object_type
class IdeaQueries:
    """Where reading about ideas begins."""

    idea_board: IdeaBoard | None = reference(
        lambda scope: scope.arguments.value("id", BigInteger(), lambda written: id_of("idea_board", written)),
        "The board with this id.",
        arguments={"id": Argument(strawberry.ID, "A board's id.")},
    )
    idea_boards: Connection[IdeaBoard] = connection(
        all_boards,
        "The topics on which the community is asked for ideas, the newest first.",
        arguments={"filter": Argument(IdeaBoardFilter | None, "Which boards.", None)},
    )
    idea: Idea | None = reference(
        lambda scope: scope.arguments.value("id", BigInteger(), lambda written: id_of("idea", written)),
        "The idea with this id.",
        arguments={"id": Argument(strawberry.ID, "An idea's id.")},
    )
    ideas: Connection[Idea] = connection(
        all_ideas,
        "What members propose. Ideas that were merged into others are there only if asked for by their stage; a `query` of "
        f"more than {LONGEST_QUERY} characters finds nothing.",
        arguments=IDEAS,
    )
    similar_ideas: Connection[Idea] = connection(
        similar_ideas,
        "Ideas that have most in common with a text, the most alike first: to be shown before one more of the same is "
        "proposed. One that shares a telling word with the title is found; what is shared with title and body puts them in "
        "order. In Chinese, words are any two characters that stand together.",
        arguments={
            "title": Argument(str, "The title of what is to be proposed."),
            "body": Argument(str, "Its body.", ""),
            "board": Argument(strawberry.ID | None, "Only on this board.", None),
            "space": Argument(strawberry.ID | None, "Only in this space.", None),
        },
        cost=100,
    )
