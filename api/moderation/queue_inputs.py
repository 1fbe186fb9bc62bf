"""What the mutations of the queue take: whose a case is, teams, and saved replies."""

from __future__ import annotations

import strawberry

from api.ids import MUTATION_ID, number_of
from api.moderation.enums import CaseKind
from moderation.replies.saving import Reply
from moderation.teams.managing import NOBODY, Route, TeamChanges

_WITHIN = (
    "Within how many minutes it is to decide, by severity from 1 to 5: five numbers, or none where there is no hurry."
)


@strawberry.input(description="Whose a case is to answer.")
class AssignCaseInput:
    """Whose a case is to answer."""

    case: strawberry.ID = strawberry.field(description="The case's id.")
    team: strawberry.ID | None = strawberry.field(description="A team's id: its clock begins anew.", default=None)
    member: strawberry.ID | None = strawberry.field(
        description="A member's id, who may look at the case; without one, nobody's of the team.", default=None
    )
    client_mutation_id: str | None = strawberry.field(description=MUTATION_ID, default=None)


@strawberry.input(description="Which cases are a team's. All that is given must hold; nothing given fits every case.")
class RouteInput:
    """Which cases are a team's."""

    priority: int = strawberry.field(
        description="Of all routes that fit a case, the one with the smallest decides: 0 to 1,000,000.", default=100
    )
    kind: CaseKind | None = strawberry.field(description="Cases that came about like this.", default=None)
    reason: str | None = strawberry.field(description="The name of one of `reportReasons`.", default=None)
    space: strawberry.ID | None = strawberry.field(description="A space's id.", default=None)
    tag: str | None = strawberry.field(
        description="A tag's name, on the post or on that which is commented on: a product's, say.", default=None
    )


@strawberry.input(description="A new team.")
class CreateTeamInput:
    """A new team."""

    name: str = strawberry.field(description="What it is called: 1 to 80 characters.")
    members: list[strawberry.ID] = strawberry.field(description="Who is in it: 100 at most.", default_factory=list)
    respond_within: list[int] = strawberry.field(description=_WITHIN, default_factory=list)
    escalates_to: strawberry.ID | None = strawberry.field(
        description="The id of the team whose a case becomes that is not decided in time.", default=None
    )
    routes: list[RouteInput] = strawberry.field(
        description="Which cases are its own: 50 at most.", default_factory=list
    )
    client_mutation_id: str | None = strawberry.field(description=MUTATION_ID, default=None)


@strawberry.input(description="What is to be so of a team. What is not given stays as it is.")
class UpdateTeamInput:
    """What is to be so of a team."""

    team: strawberry.ID = strawberry.field(description="The team's id.")
    name: str | None = strawberry.field(description="1 to 80 characters.", default=None)
    members: list[strawberry.ID] | None = strawberry.field(description="All who are in it: 100 at most.", default=None)
    respond_within: list[int] | None = strawberry.field(description=_WITHIN, default=None)
    escalates_to: strawberry.ID | None = strawberry.field(
        description="The id of the team whose a case becomes that is not decided in time.", default=None
    )
    escalates: bool = strawberry.field(
        description="False: what is not decided in time becomes nobody else's.", default=True
    )
    routes: list[RouteInput] | None = strawberry.field(
        description="All cases that are its own: 50 at most. Those that it has already stay.", default=None
    )
    retired: bool | None = strawberry.field(description="Whether it gets nothing new any more.", default=None)
    client_mutation_id: str | None = strawberry.field(description=MUTATION_ID, default=None)


@strawberry.input(description="A new saved reply.")
class CreateSavedReplyInput:
    """A new saved reply."""

    name: str = strawberry.field(description="What moderators find it by: 1 to 80 characters.")
    text_en: str = strawberry.field(description="What it says in English: 1 to 4,000 characters.")
    text_zh: str = strawberry.field(description="What it says in Chinese: 1 to 4,000 characters.")
    reason: str | None = strawberry.field(
        description="The name of the reason for which it is meant; null: for any.", default=None
    )
    client_mutation_id: str | None = strawberry.field(description=MUTATION_ID, default=None)


@strawberry.input(description="All that a saved reply is to say.")
class UpdateSavedReplyInput:
    """All that a saved reply is to say."""

    saved_reply: strawberry.ID = strawberry.field(description="The saved reply's id.")
    name: str = strawberry.field(description="What moderators find it by: 1 to 80 characters.")
    text_en: str = strawberry.field(description="What it says in English: 1 to 4,000 characters.")
    text_zh: str = strawberry.field(description="What it says in Chinese: 1 to 4,000 characters.")
    reason: str | None = strawberry.field(
        description="The name of the reason for which it is meant; null: for any.", default=None
    )
    client_mutation_id: str | None = strawberry.field(description=MUTATION_ID, default=None)


@strawberry.input(description="Which saved reply.")
class SavedReplyInput:
    """Which saved reply."""

    saved_reply: strawberry.ID = strawberry.field(description="The saved reply's id.")
    client_mutation_id: str | None = strawberry.field(description=MUTATION_ID, default=None)


def team_of(given: CreateTeamInput | UpdateTeamInput) -> TeamChanges:
    """Return what an input says of a team."""
    escalates = given.escalates if isinstance(given, UpdateTeamInput) else True
    onwards = None if given.escalates_to is None else number_of("team", given.escalates_to)
    return TeamChanges(
        given.name,
        None if given.members is None else [number_of("member", each) for each in given.members],
        given.respond_within,
        onwards if escalates else NOBODY,
        None if given.routes is None else [_route(each) for each in given.routes],
        given.retired if isinstance(given, UpdateTeamInput) else None,
    )


def reply_of(given: CreateSavedReplyInput | UpdateSavedReplyInput) -> Reply:
    """Return what an input says of a saved reply."""
    return Reply(given.name, given.text_en, given.text_zh, given.reason)


def _route(given: RouteInput) -> Route:
    return Route(
        given.priority,
        None if given.kind is None else given.kind.value,
        given.reason,
        None if given.space is None else number_of("space", given.space),
        given.tag,
    )
