"""Boards and ideas as GraphQL shows them."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any

import strawberry
from sqlalchemy import Text, and_, case, cast, literal_column, select
from sqlalchemy.dialects.postgresql import ARRAY

from api.cocreation.ideas.amendment_types import Amendment
from api.cocreation.ideas.arguments import AmendmentFilter, ContributorRole, IdeaFilter, IdeaSort, IdeaStage
from api.cocreation.ideas.merge_types import IdeaMerge
from api.cocreation.ideas.permissions import (
    follows,
    has_voted,
    is_co_author,
    is_invited,
    is_own,
    may_advance,
    may_amend,
    may_follow,
    may_manage,
    may_vote,
)
from api.cocreation.ideas.sources import (
    amendments_to,
    answers_to,
    board_ideas,
    co_authors_of,
    contributors_to,
    invited_to,
    merged_ideas,
    merges_into,
)
from api.discussions.permissions import of_post
from api.members.types import Member
from api.node import Node
from api.reading.connections import Connection
from api.reading.fields import Argument, column, connection, entity, expression, reference, rows
from api.reading.readings import Scope
from api.subjects import can_report
from community.cocreation.ideas.stages import NEXT
from community.cocreation.ideas.tables import (
    idea_answers,
    idea_boards,
    idea_credits,
    idea_merge_sources,
    idea_merges,
    ideas,
)
from community.cocreation.ideas.visibility import (
    visible_idea_answers,
    visible_idea_boards,
    visible_idea_credits,
    visible_ideas,
)

if TYPE_CHECKING:
    from api.discussions.space_types import Space
    from api.discussions.types import Post

LazyPost = Annotated["Post", strawberry.lazy("api.discussions.types")]
LazySpace = Annotated["Space", strawberry.lazy("api.discussions.space_types")]
MOST_CONTRIBUTORS = 100
IDEAS = {
    "filter": Argument(IdeaFilter | None, "Which ideas.", None),
    "sort": Argument(IdeaSort, "In which order.", IdeaSort.TOP),
}
"""The arguments of lists of ideas."""


@entity("idea_board", idea_boards, visible_idea_boards)
class IdeaBoard(Node):
    """A topic on which the community is asked for ideas."""

    space: LazySpace | None = reference(lambda scope: scope.row.c.space_id, "Where it is.", inherits=True)
    title: str = column("title", "The topic.")
    body: str = column("body", "What there is to say about it, as Markdown.")
    body_html: str = column("body_html", "The same as safe HTML.")
    open: bool = column("open", "Whether it takes new ideas.")
    created_at: datetime = column("created_at", "When it was made.")
    viewer_can_manage: bool = expression(
        lambda scope: may_manage(scope, scope.row.c.space_id),
        "Whether the viewer may change it, and move its ideas along.",
    )
    ideas: Connection[Idea] = connection(board_ideas, "The ideas on it.", arguments=IDEAS)


@entity("idea_answer", idea_answers, visible_idea_answers)
class IdeaAnswer:
    """An official step of an idea: from where to where, and why."""

    from_stage: IdeaStage = column("from_stage", "Where it stood.")
    to_stage: IdeaStage = column("to_stage", "Where it went.")
    body: str = column("body", "Why, as Markdown.")
    body_html: str = column("body_html", "The same as safe HTML.")
    answered_at: datetime = column("created_at", "When.")
    answered_by: Member | None = reference(
        lambda scope: scope.row.c.member_id, "Who answered for the brand; null when they are not to be seen."
    )


@entity("idea_credit", idea_credits, visible_idea_credits)
class IdeaContributor:
    """A member whose doing it is, among others', that an idea came true."""

    member: Member | None = reference(lambda scope: scope.row.c.member_id, "Who.", inherits=True)
    role: ContributorRole = column("role", "As what; who is it in several ways is named in the first of them.")
    credited_at: datetime = column("created_at", "When the idea shipped.")


def _next_stages(scope: Scope) -> Any:
    stages: dict[Any, Any] = {
        stage: literal_column("ARRAY[" + ", ".join(f"'{each}'" for each in following) + "]::text[]")
        for stage, following in NEXT.items()
    }
    return cast(case(stages, value=scope.row.c.stage), ARRAY(Text))


def _standing_merge(scope: Scope) -> Any:
    source, merge = scope.enter(idea_merge_sources), scope.enter(idea_merges)
    return (
        select(merge.c.id)
        .select_from(source.source.join(merge.source, merge.c.id == source.c.merge_id))
        .where(source.c.idea_id == scope.row.c.id, merge.c.undone_at.is_(None))
        .scalar_subquery()
    )


@entity("idea", ideas, visible_ideas)
class Idea(Node):
    """What a member proposes. What it says is a post, with comments, reactions, tags and revisions as any other."""

    board: IdeaBoard | None = reference(lambda scope: scope.row.c.board_id, "The board that it was proposed on.")
    post: LazyPost | None = reference(
        lambda scope: scope.row.c.post_id, "Its post: what it says, and what is said about it.", inherits=True
    )
    title: str = expression(lambda scope: of_post(scope, "title"), "The post's title, as plain text.")
    body: str = expression(lambda scope: of_post(scope, "body"), "What the post says, as Markdown.")
    body_html: str = expression(lambda scope: of_post(scope, "body_html"), "The same as safe HTML.")
    author: Member | None = reference(
        lambda scope: of_post(scope, "author_id"), "Who proposed it; null when they are not to be seen.", inherits=True
    )
    space: LazySpace | None = reference(lambda scope: of_post(scope, "space_id"), "The space it is in.", inherits=True)
    stage: IdeaStage = column("stage", "How far it has come.")
    stage_since: datetime = column("stage_since", "Since when.")
    next_stages: list[IdeaStage] = expression(_next_stages, "Where `advanceIdea` can lead it from here.")
    created_at: datetime = column("created_at", "When it was proposed.")
    vote_count: int = column(
        "vote_count", "How many members voted for it. Who they are is told to nobody. Of a merged idea: as it was."
    )
    follower_count: int = column("follower_count", "How many members follow it.")
    viewer_has_voted: bool = expression(has_voted, "Whether the viewer voted for it.")
    viewer_follows: bool = expression(follows, "Whether the viewer hears of what becomes of it.")
    viewer_is_author: bool = expression(is_own, "Whether the viewer proposed it.")
    viewer_can_report: bool = can_report(lambda scope: of_post(scope, "author_id"))
    viewer_is_co_author: bool = expression(is_co_author, "Whether the viewer shares in it.")
    viewer_is_invited: bool = expression(is_invited, "Whether the viewer is asked to share in it.")
    viewer_can_vote: bool = expression(may_vote, "Whether the viewer may vote for it, or take their vote back.")
    viewer_can_follow: bool = expression(may_follow, "Whether the viewer may follow or unfollow it.")
    viewer_can_amend: bool = expression(may_amend, "Whether the viewer may propose an amendment.")
    viewer_can_advance: bool = expression(may_advance, "Whether the viewer may move it along.")
    answers: Connection[IdeaAnswer] = connection(
        answers_to, "Each step that it took, and what the brand said to it, the latest first."
    )
    co_authors: Connection[Member] = connection(co_authors_of, "Who shares in it, in the order that they joined.")
    invited_co_authors: Connection[Member] | None = connection(
        invited_to, "Who is asked to share in it; null but to its author.", exists=lambda scope: and_(is_own(scope))
    )
    amendments: Connection[Amendment] = connection(
        amendments_to,
        "Other texts that were proposed to its authors, the latest first.",
        arguments={"filter": Argument(AmendmentFilter | None, "Which of them.", None)},
    )
    merged_into: Idea | None = reference(lambda scope: scope.row.c.merged_into, "The idea that it went into.")
    merge: IdeaMerge | None = reference(
        _standing_merge, "The merge by which it went into another; `undoMerge` takes it."
    )
    merged_ideas: Connection[Idea] = connection(merged_ideas, "The ideas that went into it, the newest first.")
    merges: Connection[IdeaMerge] = connection(
        merges_into, "What was merged into it, the latest first; those undone as well."
    )
    contributors: list[IdeaContributor] = rows(
        contributors_to,
        f"Who is credited for it, authors first, {MOST_CONTRIBUTORS} at most; nobody before it ships.",
        limit=MOST_CONTRIBUTORS,
    )
