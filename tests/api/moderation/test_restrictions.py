"""Who is restricted is refused what the restriction names, all of it and nothing else, until it lapses by the clock."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from api.changing import CHANGING
from community.members.restrictions import REFUSED_BY, Deed, Limit
from community.members.roles import Role
from community.members.sessions import begin_session
from tests.api.members.test_accounts import bearing
from tests.api.members.test_suspension import FOR_ALL, LEAST, minimal
from tests.api.moderation.moderating import codes, decide, report
from tests.factories.contents import contents
from tests.factories.discussions import make_acting, make_comment, make_post, make_space
from tests.factories.ideas import make_board, make_idea
from tests.factories.product_tests import make_product_test, variants_of
from tests.factories.restrictions import a_day_later, restrict
from tests.factories.rounds import make_round, options_of
from tests.factories.surveys import make_survey

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from community.foundation.database import Database
    from community.members.acting import Acting
    from tests.api.conftest import Client

LIMITED = ["MEMBER_LIMITED"]
BY_INPUT = {"updateProfile"}
"""What is one or the other by what is asked: with the least, nothing is."""
RESTRICTIONS = "restrictions { kind seconds until decision { facts reason { name } } }"


@pytest.fixture
async def moderator(graphql: Client, database: Database) -> Acting:
    return await signed_in(graphql, await make_acting(database, roles=(Role.MODERATOR,)))


@pytest.fixture
async def member(graphql: Client, database: Database) -> Acting:
    return await signed_in(graphql, await make_acting(database))


async def signed_in(graphql: Client, member: Acting) -> Acting:
    """Have a member sign in now, so that what is kept of it is no change later on."""
    await graphql.token(member)
    return member


def soon() -> str:
    return (datetime.now(UTC) + timedelta(days=3)).isoformat()


async def refused_least(graphql: Client, token: str, name: str) -> list[str]:
    """Try a change with the least input; return the codes of its refusals."""
    mutations = graphql.application.executor.schema.mutation_type
    assert mutations is not None
    least = LEAST.get(name) or minimal(mutations.fields[name].args["input"].type)
    answer = await bearing(graphql, token, f"mutation {{ {name}(input: {least}) {{ userErrors {{ code }} }} }}")
    return codes(answer["data"][name])


def deeds(graphql: Client) -> dict[str, Deed]:
    """Return what each mutation was declared to be."""
    mutations = graphql.application.executor.schema.mutation_type
    assert mutations is not None
    return {
        name: field.extensions["strawberry-definition"].metadata[CHANGING].deed
        for name, field in mutations.fields.items()
        if name not in FOR_ALL
    }


@pytest.mark.parametrize("limit", [Limit.SILENCE, Limit.NO_VOTES])
async def test_every_change_is_refused_or_not_as_it_was_declared(
    graphql: Client, database: Database, limit: Limit
) -> None:
    admin = await make_acting(database, roles=(Role.ADMIN,))
    await restrict(database, admin, limit)
    declared = deeds(graphql)
    before = await contents(database)
    answered = {}

    for name in declared:
        # A session of its own for each, as some of them end it.
        async with database.writing() as connection:
            grant = await begin_session(connection, graphql.application.keys, admin.member_id, client="tests")
        answered[name] = await refused_least(graphql, grant.access_token, name)

    refused = {name for name, found in answered.items() if found == LIMITED}
    assert refused == {name for name, deed in declared.items() if limit in REFUSED_BY[deed]} - BY_INPUT
    assert refused
    after = await contents(database)
    if limit is Limit.SILENCE:
        seen = {"post", "comment", "follow", "space", "idea", "round", "survey", "post_reaction", "comment_reaction"}
        assert {table for table in seen if before[table] != after[table]} == set()


ROWS = (
    (Limit.SILENCE, "createPost"),
    (Limit.SILENCE, "createComment"),
    (Limit.SILENCE, "editComment"),
    (Limit.SILENCE, "followMember"),
    (Limit.SILENCE, "addReaction"),
    (Limit.SILENCE, "castBallot"),
    (Limit.SILENCE, "voteForIdea"),
    (Limit.SILENCE, "createIdea"),
    (Limit.SILENCE, "voteForVariant"),
    (Limit.SILENCE, "updateProfile"),
    (Limit.NO_VOTES, "addReaction"),
    (Limit.NO_VOTES, "castBallot"),
    (Limit.NO_VOTES, "voteForIdea"),
    (Limit.NO_VOTES, "voteForVariant"),
    (Limit.NO_VOTES, "favouriteVariant"),
    (Limit.NO_VOTES, "preOrderVariant"),
    (Limit.NO_VOTES, "submitSurveyResponse"),
    (Limit.NO_LINKS, "createPost with a link"),
    (Limit.NO_LINKS, "createComment with a link"),
    (Limit.NO_LINKS, "editComment with a link"),
    (Limit.NO_LINKS, "createIdea with a link"),
    (Limit.NO_LINKS, "updateProfile with a link"),
    (Limit.NO_MEDIA, "createPost with an image"),
    (Limit.NO_MEDIA, "createComment with an image"),
    (Limit.NO_MEDIA, "editComment with an image"),
    (Limit.NO_MEDIA, "updateProfile with an image"),
    (Limit.SLOW_MODE, "createPost"),
    (Limit.SLOW_MODE, "createComment"),
)
BODIES = {"a link": "看这里 see https://example.org/茶", "an image": "看 ![茶 tea](https://example.org/tea.png)"}


async def acts(graphql: Client, database: Database, member: Acting) -> dict[str, Callable[..., Awaitable[Any]]]:
    """Make a place in which everything can be done, and return how the member does it."""
    admin = await make_acting(database, roles=(Role.ADMIN,))
    other, space = await make_acting(database), await make_space(database)
    post = await make_post(database, other, space)
    own = await make_comment(database, member, post)
    board = await make_board(database, admin, space)
    idea = await make_idea(database, other, board)
    round_ = await make_round(database, admin, space)
    option, *_ = await options_of(database, round_)
    test = await make_product_test(database, admin, space)
    variant, *_ = await variants_of(database, test)
    survey = await make_survey(database, admin, space)

    def change(verb: str, selection: str = "clientMutationId", **given: Any) -> Callable[..., Awaitable[Any]]:
        def act(body: str | None = None) -> Awaitable[Any]:
            return graphql.change(verb, selection, as_=member, **(given | ({"body": body} if body else {})))

        return act

    written = {"space": f"space_{space}", "title": "绿茶 green tea", "body": "好喝 good"}
    return {
        "createPost": change("createPost", **written),
        "createComment": change("createComment", post=f"post_{post}", body="同意 I agree"),
        "editComment": change("editComment", comment=f"comment_{own}", body="改了 edited"),
        "followMember": change("followMember", member=f"member_{other.member_id}"),
        "addReaction": change("addReaction", subject=f"post_{post}", kind="like"),
        "castBallot": change("castBallot", round=f"round_{round_}", choices=[{"option": f"round_option_{option}"}]),
        "voteForIdea": change("voteForIdea", idea=f"idea_{idea}"),
        "createIdea": change("createIdea", board=f"idea_board_{board}", title="新口味", body="桂花 osmanthus"),
        "voteForVariant": change("voteForVariant", variant=f"variant_{variant}"),
        "favouriteVariant": change("favouriteVariant", variant=f"variant_{variant}"),
        "preOrderVariant": change("preOrderVariant", variant=f"variant_{variant}", quantity=1),
        "submitSurveyResponse": change("submitSurveyResponse", survey=f"survey_{survey}", answers=[]),
        "updateProfile": lambda body=None: graphql.change(
            "updateProfile", "clientMutationId", as_=member, bio=body or "爱喝茶 loves tea"
        ),
    }


@pytest.mark.parametrize(("limit", "action"), ROWS, ids=str)
async def test_an_action_is_refused_while_restricted_and_done_after(
    graphql: Client, database: Database, member: Acting, limit: Limit, action: str
) -> None:
    verb, _, carrying = action.partition(" with ")
    act = (await acts(graphql, database, member))[verb]
    body = BODIES.get(carrying)
    until = await restrict(database, member, limit)
    before = await contents(database)

    refused = await act(body)

    assert codes(refused) == LIMITED
    ends = until if limit is not Limit.SLOW_MODE else datetime.now(UTC)
    assert f"{ends:%Y-%m-%d %H:}" in refused["userErrors"][0]["message"] or limit is Limit.SLOW_MODE
    assert await contents(database) == before

    await a_day_later(database, member)

    done = await act(body)
    # A survey that is answered with nothing is refused for that; the restriction let it through.
    assert codes(done) in ([], ["BAD_ANSWER"], ["BAD_ANSWER_TO_QUESTION"])
    assert verb == "submitSurveyResponse" or await contents(database) != before


@pytest.mark.parametrize("limit", [Limit.NO_LINKS, Limit.NO_MEDIA, Limit.NO_VOTES])
async def test_what_a_restriction_does_not_name_goes_on(
    graphql: Client, database: Database, member: Acting, limit: Limit
) -> None:
    doing = await acts(graphql, database, member)
    await restrict(database, member, limit)

    for verb in ("createPost", "createComment", "editComment", "followMember", "createIdea", "updateProfile"):
        assert codes(await doing[verb]()) == [], verb
    if limit is not Limit.NO_VOTES:
        for verb in ("addReaction", "castBallot", "voteForIdea", "voteForVariant"):
            assert codes(await doing[verb]()) == [], verb
    other = BODIES["an image" if limit is Limit.NO_LINKS else "a link"]
    assert codes(await doing["createComment"](other)) == []


async def test_who_is_silenced_reads_reports_appeals_and_takes_back(
    graphql: Client, database: Database, moderator: Acting, member: Acting
) -> None:
    space = await make_space(database)
    own, other = await make_post(database, member, space), await make_post(database, await make_acting(database), space)
    reacted = await graphql.change("addReaction", "clientMutationId", as_=member, subject=f"post_{other}", kind="like")
    await graphql.change(
        "updateProfile", "clientMutationId", as_=member, bio="买表加微信", websiteUrl="https://x.example"
    )
    decided = await decide(
        graphql,
        moderator,
        {"action": "SILENCE", "until": soon()},
        subject=f"post_{own}",
        reason="SPAM",
        facts="刷屏三次 flooded the space",
    )
    assert (codes(reacted), codes(decided)) == ([], [])

    told = await graphql(f"{{ viewer {{ {RESTRICTIONS} strikes {{ points reason {{ name }} }} }} }}", as_=member)
    assert codes(await report(graphql, member, f"post_{other}")) == []
    decision = decided["decision"]["id"]
    assert codes(await graphql.change("appeal", "appeal { state }", as_=member, decision=decision, body="冤枉")) == []
    removed = await graphql.change(
        "removeReaction", "clientMutationId", as_=member, subject=f"post_{other}", kind="like"
    )
    emptied = await graphql.change(
        "updateProfile", "clientMutationId", as_=member, bio="", websiteUrl=None, locale="zh"
    )
    deleted = await graphql.change("deletePost", "clientMutationId", as_=member, post=f"post_{own}")
    again = await graphql.change("restorePost", "clientMutationId", as_=member, post=f"post_{own}")

    (restriction,) = told["viewer"]["restrictions"]
    assert (restriction["kind"], restriction["decision"]["facts"]) == ("SILENCE", "刷屏三次 flooded the space")
    assert told["viewer"]["strikes"] == [{"points": 1, "reason": {"name": "SPAM"}}]
    assert codes(removed) == codes(emptied) == codes(deleted) == []
    assert codes(again) == LIMITED


async def test_restrictions_are_seen_by_whom_they_concern_and_by_moderators_alone(
    graphql: Client, database: Database, moderator: Acting, member: Acting
) -> None:
    await restrict(database, member, Limit.NO_LINKS, Limit.SLOW_MODE, seconds=60)
    document = f"query($id: ID!) {{ node(id: $id) {{ ... on Member {{ {RESTRICTIONS} strikes {{ points }} }} }} }}"
    seen = {}

    for name, reader in (
        ("own", member),
        ("staff", moderator),
        ("other", await make_acting(database)),
        ("guest", None),
    ):
        data = await graphql(document, {"id": f"member_{member.member_id}"}, as_=reader)
        seen[name] = [(each["kind"], each["seconds"]) for each in data["node"]["restrictions"]]

    both = [("NO_LINKS", None), ("SLOW_MODE", 60)]
    assert seen == {"own": both, "staff": both, "other": [], "guest": []}


async def test_several_hold_at_once_and_each_is_undone_exactly(
    graphql: Client, database: Database, moderator: Acting, member: Acting
) -> None:
    post = f"post_{await make_post(database, member, await make_space(database))}"
    limits = {"action": "LIMIT", "until": soon(), "limits": ["SLOW_MODE", "NO_VOTES"], "seconds": 120}
    first = await decide(graphql, moderator, limits, subject=post, reason="SPAM")
    assert codes(first) == []
    before = await contents(database)
    second = await decide(
        graphql,
        moderator,
        {"action": "SILENCE", "until": soon()},
        {"action": "LIMIT", "until": soon(), "limits": ["NO_LINKS"]},
        subject=f"member_{member.member_id}",
        reason="ABUSE",
    )
    held = await graphql("{ viewer { restrictions { kind seconds } } }", as_=member)
    undone = await graphql.change(
        "undoDecision", "decision { undoneAt }", as_=moderator, decision=second["decision"]["id"], because="查错了"
    )

    kinds = sorted((each["kind"], each["seconds"]) for each in held["viewer"]["restrictions"])
    assert kinds == [("NO_LINKS", None), ("NO_VOTES", None), ("SILENCE", None), ("SLOW_MODE", 120)]
    assert codes(undone) == []
    after = await contents(database)
    assert {name for name in ("member", "restriction", "strike") if before[name] != after[name]} == set()
    assert (
        codes(await graphql.change("addReaction", "clientMutationId", as_=member, subject=post, kind="like")) == LIMITED
    )


@pytest.mark.parametrize(
    "measure",
    [
        {"action": "LIMIT", "limits": ["NO_LINKS"]},
        {"action": "SILENCE"},
        {"action": "LIMIT", "until": True},
        {"action": "LIMIT", "until": True, "limits": []},
        {"action": "LIMIT", "until": True, "limits": ["SILENCE"]},
        {"action": "LIMIT", "until": True, "limits": ["SLOW_MODE"]},
        {"action": "LIMIT", "until": True, "limits": ["SLOW_MODE"], "seconds": 5},
        {"action": "LIMIT", "until": True, "limits": ["NO_LINKS"], "seconds": 60},
        {"action": "LIMIT", "until": True, "limits": ["NO_LINKS", "NO_LINKS"]},
        {"action": "SILENCE", "until": True, "limits": ["NO_LINKS"]},
        {"action": "SILENCE", "until": "2001-01-01T00:00:00Z"},
    ],
)
async def test_a_restriction_that_says_too_little_or_too_much_is_refused(
    graphql: Client, database: Database, moderator: Acting, member: Acting, measure: dict[str, Any]
) -> None:
    given = measure | ({"until": soon()} if measure.get("until") is True else {})
    before = await contents(database)

    refused = await decide(graphql, moderator, given, subject=f"member_{member.member_id}", reason="SPAM")

    assert codes(refused) == ["INVALID"]
    assert await contents(database) == before


async def test_members_are_restricted_by_who_may_suspend_them(
    graphql: Client, database: Database, moderator: Acting, member: Acting
) -> None:
    space = await make_space(database)
    of_space = await make_acting(database)
    async with database.writing() as connection:
        await connection.raw.execute(
            "INSERT INTO role_grant (member_id, role, space_id) VALUES ($1, 'MODERATOR', $2)", of_space.member_id, space
        )
    post = f"post_{await make_post(database, member, space)}"
    admins = f"post_{await make_post(database, await make_acting(database, roles=(Role.ADMIN,)), space)}"
    silence = {"action": "SILENCE", "until": soon()}

    by_space = await decide(graphql, of_space, silence, subject=post, reason="SPAM")
    on_admin = await decide(graphql, moderator, silence, subject=admins, reason="SPAM")

    assert codes(by_space) == codes(on_admin) == ["NOT_PERMITTED"]


async def test_who_is_silenced_is_no_moderator_meanwhile(
    graphql: Client, database: Database, moderator: Acting, member: Acting
) -> None:
    post = f"post_{await make_post(database, member, await make_space(database))}"
    await restrict(database, moderator, Limit.SILENCE)

    decided = await decide(graphql, moderator, "REMOVE", subject=post, reason="SPAM")
    deleted = await graphql.change("deletePost", "clientMutationId", as_=moderator, post=post)

    assert codes(decided) == LIMITED
    assert codes(deleted) == ["NOT_PERMITTED"]


async def test_it_lapses_by_the_clock_alone(graphql: Client, database: Database, member: Acting) -> None:
    post = f"post_{await make_post(database, member, await make_space(database))}"
    until = await restrict(database, member, Limit.SILENCE, lasting=timedelta(seconds=2))
    said = {"post": post, "body": "还在 still here"}

    refused = await graphql.change("createComment", "clientMutationId", as_=member, **said)
    await asyncio.sleep((until - datetime.now(UTC)).total_seconds() + 0.1)
    done = await graphql.change("createComment", "clientMutationId", as_=member, **said)
    held = await graphql("{ viewer { restrictions { kind } } }", as_=member)

    assert (codes(refused), codes(done)) == (LIMITED, [])
    assert held["viewer"]["restrictions"] == []


async def test_links_that_were_there_before_may_stay_when_something_else_is_edited(
    graphql: Client, database: Database, member: Acting
) -> None:
    post = await make_post(database, member, await make_space(database), body="见 https://example.org/1")
    await restrict(database, member, Limit.NO_LINKS)

    same = await graphql.change(
        "editPost", "post { body }", as_=member, post=f"post_{post}", body="错字改了，见 https://example.org/2"
    )
    more = await graphql.change(
        "editPost",
        "clientMutationId",
        as_=member,
        post=f"post_{post}",
        body="https://example.org/1 https://example.org/2",
    )

    assert codes(same) == []
    assert codes(more) == LIMITED
