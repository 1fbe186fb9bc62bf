"""What a viewer is told that they can do is what they can do: by their restrictions, and as their level has it."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from community.foundation.clock import now
from community.members.roles import Role
from tests.api.moderation.moderating import codes, decide
from tests.factories.discussions import make_acting, make_comment, make_post, make_space
from tests.factories.ideas import make_amendment, make_board, make_idea, post_of
from tests.factories.product_tests import make_product_test, variants_of
from tests.factories.restrictions import a_day_later, levels_as_shipped
from tests.factories.rounds import make_round, options_of, proposing
from tests.factories.surveys import make_survey

if TYPE_CHECKING:
    from community.foundation.database import Database
    from community.members.acting import Acting
    from tests.api.conftest import Client

ASKED = """
query ($ids: [ID!]!) { nodes(ids: $ids) { __typename
    ... on Post { viewerCanComment viewerCanReact viewerCanEdit viewerCanDelete viewerCanModerate }
    ... on Comment { viewerCanReply viewerCanReact viewerCanEdit viewerCanModerate }
    ... on Space { viewerCanPost viewerCanModerate }
    ... on Round { viewerCanVote viewerCanPropose }
    ... on Idea { viewerCanVote viewerCanFollow viewerCanAmend viewerCanAdvance }
    ... on Amendment { viewerCanDecline viewerCanAccept }
    ... on Survey { viewerCanAnswer }
    ... on ProductTest { viewerCanTakePart }
} }
"""
SILENCE: dict[str, Any] = {"action": "SILENCE"}
NO_VOTES: dict[str, Any] = {"action": "LIMIT", "limits": ["NO_VOTES"]}
SLOW_MODE: dict[str, Any] = {"action": "LIMIT", "limits": ["SLOW_MODE"], "seconds": 3_600}
NO_LINKS: dict[str, Any] = {"action": "LIMIT", "limits": ["NO_LINKS"]}


class World:
    """Something of everything that one can do something with."""

    def __init__(self, graphql: Client, database: Database) -> None:
        self.graphql, self.database = graphql, database
        self.ids: dict[str, str] = {}
        self.tried: dict[str, tuple[str, dict[str, Any]]] = {}

    async def settle(self, member: Acting) -> None:
        staff = await make_acting(self.database, roles=(Role.ADMIN,))
        other = await make_acting(self.database)
        space = await make_space(self.database)
        own = await make_post(self.database, member, space, body="我的 mine")
        post = await make_post(self.database, other, space)
        comment = await make_comment(self.database, other, post)
        vote = await make_round(self.database, staff, space)
        propose = await make_round(self.database, staff, space, **proposing())
        board = await make_board(self.database, staff, space)
        idea = await make_idea(self.database, other, board)
        test = await make_product_test(self.database, staff, space)
        ids = {
            "own": f"post_{own}",
            "post": f"post_{post}",
            "comment": f"comment_{comment}",
            "space": f"space_{space}",
            "vote": f"round_{vote}",
            "propose": f"round_{propose}",
            "idea": f"idea_{idea}",
            "survey": f"survey_{await make_survey(self.database, staff, space)}",
            "test": f"product_test_{test}",
        }
        option = f"round_option_{(await options_of(self.database, vote))[0]}"
        variant = f"variant_{(await variants_of(self.database, test))[0]}"
        revision = {"expectedRevision": 0}
        self.ids = ids
        self.tried = {
            "post.viewerCanComment": ("createComment", {"post": ids["post"], "body": "好 good"}),
            "post.viewerCanReact": ("addReaction", {"subject": ids["post"], "kind": "like"}),
            "own.viewerCanEdit": ("editPost", {"post": ids["own"], "title": "改", "body": "改了", **revision}),
            "own.viewerCanDelete": ("deletePost", {"post": ids["own"]}),
            "comment.viewerCanReply": ("createComment", {"post": ids["post"], "parent": ids["comment"], "body": "是"}),
            "comment.viewerCanReact": ("addReaction", {"subject": ids["comment"], "kind": "like"}),
            "space.viewerCanPost": ("createPost", {"space": ids["space"], "title": "新 new", "body": "新 new"}),
            "vote.viewerCanVote": ("castBallot", {"round": ids["vote"], "choices": [{"option": option}]}),
            "propose.viewerCanPropose": ("proposeOption", {"round": ids["propose"], "title": "白茶 white"}),
            "idea.viewerCanVote": ("voteForIdea", {"idea": ids["idea"]}),
            "idea.viewerCanFollow": ("followIdea", {"idea": ids["idea"]}),
            "idea.viewerCanAmend": (
                "proposeAmendment",
                {"idea": ids["idea"], "title": "新", "body": "改 350 ml"},
            ),
            "test.viewerCanTakePart": ("favouriteVariant", {"variant": variant}),
        }

    async def said(self, member: Acting) -> dict[str, bool]:
        nodes = (await self.graphql(ASKED, {"ids": list(self.ids.values())}, as_=member))["nodes"]
        return {
            f"{name}.{field}": told
            for name, node in zip(self.ids, nodes, strict=True)
            for field, told in node.items()
            if field.startswith("viewerCan")
        }

    async def does(self, member: Acting, field: str) -> bool:
        verb, given = self.tried[field]
        return codes(await self.graphql.change(verb, "clientMutationId", as_=member, **given)) == []


@pytest.fixture
async def moderator(database: Database) -> Acting:
    return await make_acting(database, roles=(Role.MODERATOR,))


async def restrict(graphql: Client, moderator: Acting, member: Acting, measure: dict[str, Any]) -> str:
    until = (now() + timedelta(hours=20)).isoformat()
    subject = f"member_{member.member_id}"
    decided = await decide(graphql, moderator, {**measure, "until": until}, subject=subject, reason="SPAM")
    assert codes(decided) == [], decided
    decision: str = decided["decision"]["id"]
    return decision


@pytest.mark.parametrize("measure", [None, SILENCE, NO_VOTES, SLOW_MODE, NO_LINKS], ids=str)
async def test_what_is_said_is_what_is_so(
    graphql: Client, database: Database, moderator: Acting, measure: dict[str, Any] | None
) -> None:
    member = await make_acting(database)
    world = World(graphql, database)
    await world.settle(member)
    everything = await world.said(member)
    assert all(everything[field] for field in world.tried), everything
    if measure is not None:
        await restrict(graphql, moderator, member, measure)

    told = await world.said(member)

    for field in world.tried:
        # One after another would be paced by itself: nothing of it counts for the next.
        said = (await world.said(member))[field]
        assert said == told[field], field
        assert await world.does(member, field) is said, f"{field} is {said}"
        if measure is not SLOW_MODE:
            continue
        async with database.writing() as connection:
            await connection.raw.execute("UPDATE member SET contributed_at = now() WHERE id = $1", member.member_id)
    if measure is SILENCE:
        assert not told["survey.viewerCanAnswer"]
        assert {field for field in world.tried if told[field]} == {"own.viewerCanDelete", "idea.viewerCanFollow"}
    if measure is NO_VOTES:
        assert not told["survey.viewerCanAnswer"]
        assert told["post.viewerCanComment"]
        assert told["idea.viewerCanAmend"]
        assert not told["vote.viewerCanVote"]


async def test_what_restricts_them_lapses_by_the_clock_and_is_undone_at_once(
    graphql: Client, database: Database, moderator: Acting
) -> None:
    member = await make_acting(database)
    world = World(graphql, database)
    await world.settle(member)
    before = await world.said(member)

    decision = await restrict(graphql, moderator, member, SILENCE)
    assert not (await world.said(member))["post.viewerCanReact"]
    await graphql.change("undoDecision", "clientMutationId", as_=moderator, decision=decision, because="错了")
    assert await world.said(member) == before

    await restrict(graphql, moderator, member, SILENCE)
    assert not (await world.said(member))["post.viewerCanReact"]
    await a_day_later(database, member)
    assert await world.said(member) == before


async def test_who_has_written_as_much_as_their_level_allows_is_told_so(graphql: Client, database: Database) -> None:
    await levels_as_shipped(database)
    member = await make_acting(database)
    world = World(graphql, database)
    await world.settle(member)
    assert (await world.said(member))["post.viewerCanComment"]
    async with database.writing() as connection:
        await connection.raw.execute(
            "UPDATE member SET hour_began = now(), hour_count = 30 WHERE id = $1", member.member_id
        )

    told = await world.said(member)

    paced = {field for field, said in told.items() if not said and field in world.tried}
    assert paced == {"post.viewerCanComment", "comment.viewerCanReply", "space.viewerCanPost"}
    assert not await world.does(member, "post.viewerCanComment")
    assert await world.does(member, "post.viewerCanReact")


async def test_a_silenced_moderator_is_told_that_they_are_none_meanwhile(graphql: Client, database: Database) -> None:
    admin = await make_acting(database, roles=(Role.ADMIN,))
    silenced = await make_acting(database, roles=(Role.MODERATOR,))
    world = World(graphql, database)
    await world.settle(silenced)
    proposed = await make_amendment(database, await make_acting(database), int(world.ids["idea"].split("_")[1]))
    world.ids["amendment"] = f"amendment_{proposed}"
    before = await world.said(silenced)
    assert before["post.viewerCanModerate"]
    assert before["amendment.viewerCanDecline"]

    await restrict(graphql, admin, silenced, SILENCE)

    told = await world.said(silenced)
    for field in (
        "post.viewerCanModerate",
        "comment.viewerCanModerate",
        "space.viewerCanModerate",
        "post.viewerCanEdit",
    ):
        assert not told[field], field
    assert not told["idea.viewerCanAdvance"]
    assert not told["post.viewerCanDelete"]
    assert not told["amendment.viewerCanDecline"]
    declined = await graphql.change(
        "declineAmendment", "clientMutationId", as_=silenced, amendment=world.ids["amendment"]
    )
    assert codes(declined) == ["NOT_PERMITTED"]
    assert told["own.viewerCanDelete"], "what is theirs they take back"


async def test_an_ideas_post_is_commented_on_as_any_other(
    graphql: Client, database: Database, moderator: Acting
) -> None:
    member = await make_acting(database)
    world = World(graphql, database)
    await world.settle(member)
    post = await post_of(database, int(world.ids["idea"].split("_")[1]))
    await restrict(graphql, moderator, member, SILENCE)

    node = (await graphql(ASKED, {"ids": [f"post_{post}"]}, as_=member))["nodes"][0]

    assert not node["viewerCanComment"]
