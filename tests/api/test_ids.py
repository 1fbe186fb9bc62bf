"""An id of another type, of something hidden, or of nothing at all: each is answered as one that is not there.

The mutations and fields that take ids, and where in their arguments, are found in the schema itself.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import pytest
from graphql import (
    GraphQLEnumType,
    GraphQLInputObjectType,
    GraphQLList,
    GraphQLNonNull,
    GraphQLObjectType,
    Undefined,
    get_named_type,
    is_leaf_type,
)

from api.schema import build
from community.members.access_tokens import create_access_token
from community.members.principals import ALL_SCOPES, Principal, Scope
from community.members.roles import Role
from community.members.sessions import begin_session
from community.referrals.programs import RewardRule, Step
from community.rewards.promises import TierOf, VoucherOf
from tests.factories.backing import back, make_campaign, tiers_of
from tests.factories.contents import contents
from tests.factories.discussions import block, make_acting, make_comment, make_post, make_space
from tests.factories.ideas import make_amendment, make_board, make_co_author, make_idea, make_merge
from tests.factories.notifications import catch_up
from tests.factories.product_tests import make_product_test, variants_of
from tests.factories.referrals import claim, in_days, make_code, make_program
from tests.factories.rewards import make_budget, make_item, make_redemption, make_reward, make_vouchers
from tests.factories.rounds import make_round, options_of, proposing
from tests.factories.surveys import choices_of, make_survey, questions_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from community.foundation.database import Connection, Database
    from community.members.acting import Acting
    from tests.api.conftest import Client

SCHEMA = build()._schema
MUTATIONS: Mapping[str, Any] = SCHEMA.mutation_type.fields  # type: ignore[union-attr] # there are mutations
QUERIES: Mapping[str, Any] = SCHEMA.query_type.fields  # type: ignore[union-attr] # there are queries
ABSENT = "7777777777777"
OF_TYPE: Mapping[str, tuple[str, ...]] = {
    "accessToken": ("access_token",),
    "activeIn": ("space",),
    "author": ("member",),
    "belongsTo": ("space",),
    "better": ("round_option",),
    "choices": ("survey_choice",),
    "amendment": ("amendment",),
    "board": ("idea_board",),
    "budget": ("reward_budget",),
    "campaign": ("backing_campaign",),
    "code": ("referral_code",),
    "comment": ("comment",),
    "exclude": ("member",),
    "from": ("member",),
    "idea": ("idea",),
    "item": ("reward_item",),
    "into": ("idea",),
    "member": ("member",),
    "members": ("member",),
    "merge": ("idea_merge",),
    "option": ("round_option",),
    "parent": ("comment",),
    "pledge": ("pledge",),
    "post": ("post",),
    "posts": ("post",),
    "question": ("survey_question",),
    "productTest": ("product_test",),
    "program": ("referral_program",),
    "redemption": ("redemption",),
    "referral": ("referral",),
    "reward": ("reward",),
    "round": ("round",),
    "session": ("session",),
    "space": ("space",),
    "subject": ("post", "comment"),
    "survey": ("survey",),
    "tag": ("tag",),
    "tier": ("backing_tier",),
    "to": ("member",),
    "tribe": ("tribe",),
    "voucherPool": ("voucher_pool",),
    "worse": ("round_option",),
    "variant": ("variant",),
}
"""Of what types the ids in a field of this name are."""
OTHERWISE = {
    ("backingCampaign", "id"): ("backing_campaign",),
    ("markNotificationsRead", "ids"): ("notification",),
    ("idea", "id"): ("idea",),
    ("ideaBoard", "id"): ("idea_board",),
    ("mergeIdeas", "from"): ("idea",),
    ("post", "id"): ("post",),
    ("productTest", "id"): ("product_test",),
    ("referral", "id"): ("referral",),
    ("referralProgram", "id"): ("referral_program",),
    ("round", "id"): ("round",),
    ("rewardItem", "id"): ("reward_item",),
    ("survey", "id"): ("survey",),
    ("tribe", "id"): ("tribe",),
    ("compareMembers", "ids"): ("member",),
}
OF_ANY_TYPE = {"node", "nodes"}
FEWEST = {"options": 2, "variants": 2, "questions.choices": 2}
"""Of how many things there must be several."""
OF_PROPOSALS = {"proposeOption", "withdrawOption"}
"""What is done to a round that takes proposals."""
OF_OTHERS = {"voidBallot", "releaseRound"}
"""What is done to a round that somebody else has asked."""
SECOND = {"worse"}
"""Where another of the same type must be named."""
ALTERNATIVES: Mapping[str, tuple[str, str]] = {"castBallot": ("choices", "judgements")}
"""Of these only one is given at a time; the first, unless the other is what is tried."""
_SOON = datetime.now(UTC) + timedelta(days=1)
_TERMS: Mapping[str, Any] = {"referrers": {"activeDays": 30}, "rewards": []}
ALSO: Mapping[str, Any] = {
    "createRewardItem": {"input": {"fulfilment": "VOUCHER", "price": 5, "unit": "POINTS"}},
    "updateRewardItem": {"input": {"fulfilment": "VOUCHER"}},
    "grantPoints": {"input": {"amount": "5"}},
    "createRound": {
        "input": {
            "spaceMembersOnly": False,
            "voters": {"activeDays": 30},
            "proposers": {"activeDays": 30},
            "proposalsEach": 1,
            "proposalsUntil": _SOON.isoformat(),
            "votingFrom": _SOON.isoformat(),
        }
    },
    "createReferralProgram": {"input": {"terms": _TERMS}},
    "updateReferralProgram": {"input": {"terms": _TERMS}},
    "issueCode": {"input": {"kind": "CAMPAIGN"}},
}
"""What an operation needs beside ids and what is required, where all its ids are given."""
OF_DRAFTS = {"openRound", "openSurvey", "openBackingCampaign", "openProductTest"}
"""What is done to a round, survey, campaign or product test that is not open yet."""
ALSO_GIVEN = {("ProposeAmendmentInput", "body")}
"""Of what need not be given: what there must be something of, after all."""
ANOTHER: dict[str, str] = {}
"""By an idea, the one that it can be merged into."""
CHOSEN: Mapping[str, str] = {"stage": "UNDER_REVIEW"}
"""Which of an enum's values, where it is not the first."""
BY_FORM = {"recordPostViews"}
"""What looks at no row says how many ids can be those of posts: of that, an id's form tells."""
SCALARS: Mapping[str, Any] = {
    "Boolean": True,
    "DateTime": "2099-01-01T00:00:00Z",
    "Float": 1.0,
    "Int": 1,
    "String": "茶",
}
TEXTS: Mapping[str, Any] = {
    "purchasedAt": "2001-01-01T00:00:00Z",
    "kind": "like",
    "amount": "2000",
    "currency": "EUR",
    "paymentToken": "tok_visa",
    "deadline": (datetime.now(UTC) + timedelta(days=7)).isoformat(),
    "query": "茶",
    "smallestResult": 5,
    "anonymous": False,
    "closesAt": (datetime.now(UTC) + timedelta(days=7)).isoformat(),
    "salesUntil": (datetime.now(UTC) + timedelta(days=7)).isoformat(),
    "boughtAt": "2026-01-02T03:04:05Z",
}
NO_IDS = ("", "_", "1", "茶", "post_", "post_0", "post_01", "post_-1", "post_１", "post_9223372036854775808")


@dataclass
class Things:
    """Ids by type: of what an administrator may change, and of what is hidden from an ordinary member."""

    admin: Acting
    member: Acting
    open: dict[str, str]
    hidden: dict[str, str]
    own: dict[str, str] = field(default_factory=dict)
    """What is the ordinary member's own, where it differs from what is open to all."""
    second: dict[str, str] = field(default_factory=dict)
    """Another of what is open to all."""


async def make_things(database: Database, graphql: Client, name: str = "", place: tuple[str, ...] = ()) -> Things:
    comparing = "judgements" in place
    admin = await make_acting(database, roles=(Role.ADMIN,))
    author, member, hidden = [await make_acting(database) for _ in range(3)]
    space = await make_space(database)
    private = await make_space(database, access="PRIVATE", members=(hidden, admin))
    # Numbers that are the same in several tables would make a prefix that is passed over go unseen.
    async with database.writing() as connection:
        for table in ("space", "post", "comment", "tag", "notification", "access_token", "tribe", "score_run", "job",
            "round", "round_option", "survey", "survey_question", "survey_choice", "idea_board", "idea", "idea_merge", "amendment", "backing_campaign", "backing_tier", "pledge", "product_test", "variant", "referral_program", "referral_terms", "referral_code", "referral",
            "reward", "reward_budget", "reward_item", "redemption", "voucher", "voucher_pool", "member_tier"):  # fmt: skip
            await connection.raw.execute(
                "SELECT setval(pg_get_serial_sequence($1, 'id'), (SELECT max(id) FROM member))", table
            )
    post = await make_post(database, author, space, tags=("茶",))
    comment = await make_comment(database, member, post)
    own_post = await make_post(database, member, space)
    own_comment = await make_comment(database, admin, own_post)
    hidden_post = await make_post(database, hidden, private, tags=("暗",))
    hidden_comment = await make_comment(database, admin, hidden_post)
    await make_comment(database, author, own_post, parent_id=own_comment)
    await make_comment(database, hidden, hidden_post, parent_id=hidden_comment)
    round_, hidden_round = await make_rounds(database, admin, (space, private), name, comparing=comparing)
    survey = await make_survey(database, admin, space, opened=name not in OF_DRAFTS)
    hidden_survey = await make_survey(database, admin, private, opened=name not in OF_DRAFTS)
    ideas, hidden_ideas = [
        await make_ideas_to_change(database, admin, *people, name)
        for people in ((author, member, space), (hidden, hidden, private))
    ]
    campaign = await make_campaign(database, admin, space, opened=name not in OF_DRAFTS)
    hidden_campaign = await make_campaign(database, admin, private, opened=name not in OF_DRAFTS)
    backed = await make_campaign(database, admin, space)
    hidden_backed = await make_campaign(database, admin, private)
    pledges = [await back(database, backer, backed) for backer in (admin, member)]
    hidden_pledge = await back(database, hidden, hidden_backed)
    test = await make_product_test(database, admin, space, opened=name not in OF_DRAFTS)
    hidden_test = await make_product_test(database, admin, private, opened=name not in OF_DRAFTS)
    rewards, own_rewards, hidden_rewards = await make_rewards(database, name, admin, member, hidden)
    referrals = await make_referral(database, admin, author, member)
    hidden_referrals = await make_referral(database, admin, hidden, author, to_come=True)
    await catch_up(database)
    await block(database, hidden, member)
    things = Things(
        admin,
        member,
        {
            "space": f"space_{space}",
            "post": f"post_{post}",
            "comment": f"comment_{comment}",
            "member": f"member_{author.member_id}",
            "round": f"round_{round_}",
            "round_option": f"round_option_{(await options_of(database, round_))[0]}",
            **await parts_of_survey(database, survey),
            **ideas,
            "backing_campaign": f"backing_campaign_{campaign}",
            "backing_tier": f"backing_tier_{(await tiers_of(database, campaign))[0]}",
            "pledge": f"pledge_{pledges[0]}",
            "product_test": f"product_test_{test}",
            "variant": f"variant_{(await variants_of(database, test))[0]}",
            **referrals,
            **rewards,
        },
        {
            "space": f"space_{private}",
            "post": f"post_{hidden_post}",
            "comment": f"comment_{hidden_comment}",
            "member": f"member_{hidden.member_id}",
            "round": f"round_{hidden_round}",
            "round_option": f"round_option_{(await options_of(database, hidden_round))[0]}",
            **await parts_of_survey(database, hidden_survey),
            **hidden_ideas,
            "backing_campaign": f"backing_campaign_{hidden_campaign}",
            "backing_tier": f"backing_tier_{(await tiers_of(database, hidden_campaign))[0]}",
            "pledge": f"pledge_{hidden_pledge}",
            "product_test": f"product_test_{hidden_test}",
            "variant": f"variant_{(await variants_of(database, hidden_test))[0]}",
            **hidden_referrals,
            **hidden_rewards,
        },
        {
            "post": f"post_{own_post}",
            "comment": f"comment_{own_comment}",
            "pledge": f"pledge_{pledges[1]}",
            "referral_code": f"referral_code_{await make_code(database, member, await make_program(database, admin))}",
            **own_rewards,
        },
        {"round_option": f"round_option_{(await options_of(database, round_))[1]}"},
    )
    async with database.writing() as connection:
        for ids, tag in ((things.open, "茶"), (things.hidden, "暗")):
            ids["tag"] = f"tag_{await connection.raw.fetchval('SELECT id FROM tag WHERE name = $1', tag)}"
        notifications = {
            row["member_id"]: f"notification_{row['id']}"
            for row in await connection.raw.fetch("SELECT member_id, id FROM notification")
        }
        things.open["notification"] = notifications[admin.member_id]
        things.hidden["notification"] = notifications[hidden.member_id]
        for ids, owner in ((things.open, admin), (things.hidden, hidden)):
            by_session = Principal(owner.member_id, ALL_SCOPES, session_id=uuid4())
            token, _ = await create_access_token(connection, by_session, name="机器人", scopes=[Scope.READ])
            ids["access_token"] = f"access_token_{token.id}"
            await begin_session(connection, graphql.application.keys, owner.member_id, client="elsewhere")
            session = await connection.raw.fetchval(
                "SELECT id FROM session WHERE member_id = $1 ORDER BY created_at LIMIT 1", owner.member_id
            )
            ids["session"] = f"session_{session}"
        things.open |= await make_scores(connection, space, admin)
        things.hidden |= {"tribe": absent("tribe"), "score_run": absent("score_run"), "job": absent("job")}
    for acting in (admin, member):
        await graphql.token(acting)
    return things


async def make_rewards(
    database: Database, name: str, admin: Acting, member: Acting, hidden: Acting
) -> tuple[dict[str, str], dict[str, str], dict[str, str]]:
    """Make a budget, and rewards of each of three such that what is named can be done to those of the first."""
    budget = await make_budget(database, admin, unit="POINTS")
    item = await make_item(database, admin, 10)
    later = await make_item(database, admin, 10, active_from=datetime.now(UTC) + timedelta(days=9))
    things = []
    for owner in (admin, member, hidden):
        await make_reward(database, owner, budget, 100)
        reward = await make_reward(database, owner, budget, 5, granted=name != "reviewReward")
        redemption = await make_redemption(database, owner, item)
        pool = await make_vouchers(database, admin, "码")
        await make_reward(database, owner, budget, VoucherOf(pool))
        await make_reward(database, owner, budget, TierOf("金"))
        async with database.reading() as connection:
            voucher = await connection.raw.fetchval("SELECT max(id) FROM voucher")
            tier = await connection.raw.fetchval("SELECT max(id) FROM member_tier")
        things.append(
            {
                "reward": f"reward_{reward}",
                "redemption": f"redemption_{redemption}",
                "voucher": f"voucher_{voucher}",
                "member_tier": f"member_tier_{tier}",
                "reward_budget": f"reward_budget_{budget}",
                "voucher_pool": f"voucher_pool_{pool}",
                "reward_item": f"reward_item_{later if owner is hidden else item}",
            }
        )
    return things[0], things[1], things[2]


async def make_rounds(
    database: Database, admin: Acting, spaces: Sequence[int], name: str, *, comparing: bool
) -> list[int]:
    """Make a round in each space, such that what is named can be done to it."""
    asker = await make_acting(database, roles=(Role.ADMIN,)) if name in OF_OTHERS else admin
    method = "PAIRWISE" if comparing else "APPROVAL"
    asked = proposing() if name in OF_PROPOSALS else {}
    made = [
        await make_round(database, asker, each, method=method, opened=name not in OF_DRAFTS, **asked) for each in spaces
    ]
    if name == "releaseRound":
        async with database.writing() as connection:
            await connection.raw.execute("UPDATE round SET state = 'CLOSED', closed_at = now(), held_at = now()")
    return made


async def parts_of_survey(database: Database, survey: int) -> dict[str, str]:
    """Return the ids of a survey, its first question, and the first choice of that."""
    question = (await questions_of(database, survey))[0]
    choice = (await choices_of(database, question))[0]
    return {
        "survey": f"survey_{survey}",
        "survey_question": f"survey_question_{question}",
        "survey_choice": f"survey_choice_{choice}",
    }


async def make_ideas_to_change(
    database: Database, admin: Acting, author: Acting, amender: Acting, space: int, name: str
) -> dict[str, str]:
    """Make what ids of ideas can name, such that the administrator can do what is named."""
    board = await make_board(database, admin, space)
    shared = name in {"acceptCoAuthorship", "declineCoAuthorship", "leaveIdea"}
    withdraws = name == "withdrawAmendment"
    idea = await make_idea(database, author if shared or withdraws else admin, board)
    if shared:
        await make_co_author(database, author, idea, admin, accepted=name == "leaveIdea")
    source, into = [await make_idea(database, author, board) for _ in range(2)]
    amendment = await make_amendment(database, admin if withdraws else amender, idea)
    merge = await make_merge(database, admin, [source], into)
    ids = {"idea_board": board, "idea": idea, "amendment": amendment, "idea_merge": merge}
    ANOTHER[f"idea_{idea}"] = f"idea_{into}"
    return {prefix: f"{prefix}_{number}" for prefix, number in ids.items()}


async def make_referral(
    database: Database, admin: Acting, referrer: Acting, newcomer: Acting, *, to_come: bool = False
) -> dict[str, str]:
    """Make a programme, a code of somebody's, and a referral by it; then the programme may be one that is yet to begin."""
    program = await make_program(database, admin, rewards=[RewardRule(Step("SIGN_UP"), "REFERRER", "POINTS", 5)])
    code = await make_code(database, referrer, program)
    referral = await claim(database, newcomer, code)
    async with database.writing() as connection:
        terms = await connection.raw.fetchval("SELECT terms_id FROM referral_program WHERE id = $1", program)
        if to_come:
            await connection.raw.execute(
                "UPDATE referral_program SET starts_at = $2 WHERE id = $1", program, in_days(1)
            )
    return {
        "referral_program": f"referral_program_{program}",
        "referral_terms": f"referral_terms_{terms}",
        "referral_code": f"referral_code_{code}",
        "referral": f"referral_{referral}",
    }


async def make_scores(connection: Connection, space: int, admin: Acting) -> dict[str, str]:
    """Make as much of a scoring run as ids can name: the run, a tribe, the space's ranking, and a job."""
    run = await connection.raw.fetchval("INSERT INTO score_run (model, state) VALUES (1, 'DONE') RETURNING id")
    tribe = await connection.raw.fetchval(
        "INSERT INTO tribe (size, cohesion, run_id) VALUES (3, 0.5, $1) RETURNING id", run
    )
    await connection.raw.execute("INSERT INTO graph_scope (space_id, run_id) VALUES ($1, $2)", space, run)
    job = await connection.raw.fetchval(
        "INSERT INTO job (kind, state, asked_by) VALUES ('SCORING', 'DONE', $1) RETURNING id", admin.member_id
    )
    return {"score_run": f"score_run_{run}", "tribe": f"tribe_{tribe}", "job": f"job_{job}"}


def id_places(type_: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    """Yield where ids stand in an argument of a type; within what holds itself, one level deep."""
    named = get_named_type(type_)
    if named.name == "ID":
        yield path
    elif isinstance(named, GraphQLInputObjectType) and {"all", "any"}.isdisjoint(path):
        for name, inner in named.fields.items():
            yield from id_places(inner.type, (*path, name))


def types_at(operation: str, path: tuple[str, ...]) -> tuple[str, ...]:
    found = OTHERWISE.get((operation, path[-1])) or OF_TYPE.get(path[-1])
    assert found is not None, f"Say in OF_TYPE of what type the ids in {operation}'s {'.'.join(path)} are"
    return found


def filled(type_: Any, name: str, ids: Mapping[tuple[str, ...], str], path: tuple[str, ...] = ()) -> Any:
    """Return a value of a type: what is required, and the ids that are given."""
    if isinstance(type_, GraphQLNonNull):
        return filled(type_.of_type, name, ids, path)
    if isinstance(type_, GraphQLList):
        return [
            filled(type_.of_type, name, ids, path) for _ in range(FEWEST.get(".".join(path[-2:]), FEWEST.get(name, 1)))
        ]
    if isinstance(type_, GraphQLEnumType):
        return CHOSEN.get(name, next(iter(type_.values)))
    if isinstance(type_, GraphQLInputObjectType):
        return {
            inner: filled(declared.type, inner, ids, (*path, inner))
            for inner, declared in type_.fields.items()
            if (isinstance(declared.type, GraphQLNonNull) and not left_to_default(declared))
            or (type_.name, inner) in ALSO_GIVEN
            or any(place[: len(path) + 1] == (*path, inner) for place in ids)
        }
    return ids[path] if type_.name == "ID" else TEXTS.get(name, SCALARS.get(type_.name))


def left_to_default(declared: Any) -> bool:
    """Say whether a field that holds ids can be left out."""
    return declared.default_value is not Undefined and any(id_places(declared.type))


def shown(type_: Any) -> str:
    """Return what is asked of an answer: enough to tell two apart."""
    named = get_named_type(type_)
    if is_leaf_type(named):
        return ""
    if not isinstance(named, GraphQLObjectType):
        return "{ __typename ... on Node { id } }"
    parts = ["__typename"]
    for name, declared in named.fields.items():
        if is_leaf_type(get_named_type(declared.type)) and not any(
            isinstance(argument.type, GraphQLNonNull) and argument.default_value is None
            for argument in declared.args.values()
        ):
            parts.append(name)
        elif name == "userErrors":
            parts.append("userErrors { code message path }")
        elif name in {"nodes", "updates"} or "Payload" in named.name:
            inner = get_named_type(declared.type)
            parts.append(f"{name} {{ __typename {'id' if 'id' in getattr(inner, 'fields', {}) else ''} }}")
    return "{ " + " ".join(parts) + " }"


@dataclass
class Asking:
    """An operation that takes ids, asked by somebody."""

    graphql: Client
    name: str
    declared: Any
    by: Acting | None
    ids: dict[tuple[str, ...], str]
    mutation: bool

    async def answer(self, **swapped: str) -> Any:
        """Ask with some of the ids swapped, by their places; return the whole answer, but for its cost."""
        ids = self.ids | {tuple(place.split("__")): id_ for place, id_ in swapped.items()}
        variables = {
            name: 5 if name == "first" else filled(argument.type, name, ids, (name,))
            for name, argument in self.declared.args.items()
            if isinstance(argument.type, GraphQLNonNull) or name == "first" or any(place[0] == name for place in ids)
        }
        variables = merged(variables, ALSO.get(self.name, {}))
        if self.name == "updatesSince":
            variables["cursor"] = "event~0~0"
        declared = ", ".join(f"${name}: {self.declared.args[name].type}" for name in variables)
        given = ", ".join(f"{name}: ${name}" for name in variables)
        kind = "mutation" if self.mutation else "query"
        document = f"{kind} Swapped({declared}) {{ {self.name}({given}) {shown(self.declared.type)} }}"
        answer = await self.graphql.ask(document, variables, as_=self.by)
        answer.pop("extensions", None)
        if self.name == "updatesSince" and answer.get("data"):
            del answer["data"]["updatesSince"]["endCursor"]  # the log goes on
        await self.graphql.application.views.flush()
        return answer


def merged(given: Any, further: Any) -> Any:
    """Return what is given, with what is further said within it."""
    if not isinstance(given, dict):
        return further
    return given | {name: merged(given.get(name), inner) for name, inner in further.items()}


def places_of(fields: Mapping[str, Any]) -> list[tuple[str, tuple[str, ...]]]:
    return [
        (name, place)
        for name, declared in fields.items()
        for argument, argued in declared.args.items()
        for place in id_places(argued.type, (argument,))
    ]


def spelled(part: str | tuple[str, ...]) -> str:
    return part if isinstance(part, str) else ".".join(part)


def asking(
    graphql: Client,
    name: str,
    fields: Mapping[str, Any],
    by: Acting | None,
    things: Things,
    ids: Mapping[str, str],
    *,
    mutation: bool,
    at: tuple[str, ...] = (),
) -> Asking:
    first, other = ALTERNATIVES.get(name, ("", ""))
    left_out = first if other and other in at else other
    places = [place for operation, place in places_of(fields) if operation == name and (left_out or ".") not in place]
    right = {
        place: (things.second if place[-1] in SECOND else ids)[types_at(name, place)[0]]
        for place in places
        if name not in OF_ANY_TYPE
    }
    if name == "mergeIdeas":
        right["input", "into"] = ANOTHER[right["input", "from"]]
    return Asking(graphql, name, fields[name], by, right, mutation)


def absent(type_: str) -> str:
    return "session_00000000-0000-4000-8000-000000000000" if type_ == "session" else f"{type_}_{ABSENT}"


def foreign_to(types: Sequence[str], ids: Mapping[str, str], right: str) -> list[str]:
    """Return ids of every other type, each as it is and with the number of the right thing; and what is no id."""
    number = right.rpartition("_")[2]
    others = {prefix: id_ for prefix, id_ in ids.items() if prefix not in types}
    disguised = [f"{prefix}_{number}" for prefix in others]
    return [*others.values(), *disguised, *NO_IDS, f"{right} ", f" {right}", right.upper(), number]


async def test_every_type_of_node_is_among_the_things(graphql: Client, database: Database) -> None:
    things = await make_things(database, graphql)

    data = await graphql(
        "query ($ids: [ID!]!) { nodes(ids: $ids) { __typename } }",
        {"ids": list(things.open.values())},
        as_=things.admin,
    )

    types = {node["__typename"] for node in data["nodes"] if node is not None}
    assert types == {type_.name for type_ in SCHEMA.get_possible_types(SCHEMA.type_map["Node"])}  # type: ignore[arg-type] # an interface


@pytest.mark.parametrize(
    ("name", "place"), places_of(MUTATIONS), ids=lambda part: ".".join(part) if isinstance(part, tuple) else part
)
async def test_a_change_answers_to_any_other_id_as_to_an_absent_one_and_does_nothing(
    graphql: Client, database: Database, name: str, place: tuple[str, ...]
) -> None:
    things = await make_things(database, graphql, name, place)
    asked = asking(graphql, name, MUTATIONS, things.admin, things, things.open, mutation=True, at=place)
    at = "__".join(place)
    before = await contents(database)

    types = types_at(name, place)
    # Where two types are right, it is one or the other that is not there.
    expected = [await asked.answer(**{at: absent(type_)}) for type_ in types]
    assert not any("errors" in answer for answer in expected), expected
    if name in BY_FORM:
        expected = [await asked.answer(**{at: "nothing"})]
    for type_ in types:
        for id_ in foreign_to(types, things.open, asked.ids.get(place, things.open[type_])):
            assert await asked.answer(**{at: id_}) in expected, id_
    assert await contents(database) == before

    # With the right ids it would have been done.
    done = await asked.answer()
    assert done["data"][name]["userErrors"] == []


@pytest.mark.parametrize(
    ("name", "place"), places_of(MUTATIONS), ids=lambda part: ".".join(part) if isinstance(part, tuple) else part
)
async def test_a_change_answers_to_what_is_hidden_as_to_what_is_absent_and_does_nothing(
    graphql: Client, database: Database, name: str, place: tuple[str, ...]
) -> None:
    things = await make_things(database, graphql, name, place)
    asked = asking(graphql, name, MUTATIONS, things.member, things, things.open | things.own, mutation=True, at=place)
    at = "__".join(place)
    before = await contents(database)

    for type_ in types_at(name, place):
        expected = await asked.answer(**{at: absent(type_)})
        assert await asked.answer(**{at: things.hidden[type_]}) == expected
    assert await contents(database) == before


@pytest.mark.parametrize(
    ("name", "place"), places_of(QUERIES), ids=lambda part: ".".join(part) if isinstance(part, tuple) else part
)
async def test_a_query_answers_to_any_other_id_as_to_an_absent_one(
    graphql: Client, database: Database, name: str, place: tuple[str, ...]
) -> None:
    things = await make_things(database, graphql)
    at = "__".join(place)
    for by in (things.admin, things.member, None):
        asked = asking(graphql, name, QUERIES, by, things, things.open, mutation=False)
        types = tuple(things.open) if name in OF_ANY_TYPE else types_at(name, place)
        for type_ in types:
            expected = await asked.answer(**{at: absent(type_)})
            assert "errors" not in expected, expected
            for id_ in foreign_to(types, things.open, things.open[type_]):
                assert await asked.answer(**{at: id_}) == expected, id_
            # From whom a member hides by a block depends on who asks.
            if type_ in things.hidden and (by is things.member or (by is None and type_ != "member")):
                assert await asked.answer(**{at: things.hidden[type_]}) == expected
