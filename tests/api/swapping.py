"""Operations that take ids, asked with another id in a place: which they are, and where, is found in the schema itself."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

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
from tests.api.things import ANOTHER, Things

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from community.members.acting import Acting
    from tests.api.conftest import Client

SCHEMA = build()._schema
MUTATIONS: Mapping[str, Any] = SCHEMA.mutation_type.fields  # type: ignore[union-attr] # there are mutations
QUERIES: Mapping[str, Any] = SCHEMA.query_type.fields  # type: ignore[union-attr] # there are queries
OF_TYPE: Mapping[str, tuple[str, ...]] = {
    "accessToken": ("access_token",),
    "activeIn": ("space",),
    "author": ("member",),
    "belongsTo": ("space",),
    "better": ("round_option",),
    "choices": ("survey_choice",),
    "actor": ("member",),
    "amendment": ("amendment",),
    "appeal": ("appeal",),
    "assignedTo": ("member",),
    "board": ("idea_board",),
    "budget": ("reward_budget",),
    "campaign": ("backing_campaign",),
    "case": ("case",),
    "code": ("referral_code",),
    "comment": ("comment",),
    "decision": ("decision",),
    "escalatesTo": ("team",),
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
    "rule": ("rule",),
    "savedReply": ("saved_reply",),
    "secondOpinion": ("second_opinion",),
    "session": ("session",),
    "space": ("space",),
    "subject": ("post", "comment"),
    "survey": ("survey",),
    "tag": ("tag",),
    "team": ("team",),
    "tier": ("backing_tier",),
    "to": ("member",),
    "tribe": ("tribe",),
    "voucherPool": ("voucher_pool",),
    "worse": ("round_option",),
    "variant": ("variant",),
}
"""Of what types the ids in a field of this name are."""
REPORTABLE = ("post", "comment", "idea", "member", "image", "referral")
OTHERWISE = {
    ("backingCampaign", "id"): ("backing_campaign",),
    ("case", "id"): ("case",),
    ("decide", "subject"): REPORTABLE,
    ("decision", "id"): ("decision",),
    ("markNotificationsRead", "ids"): ("notification",),
    ("report", "subject"): REPORTABLE,
    ("team", "id"): ("team",),
    ("idea", "id"): ("idea",),
    ("ideaBoard", "id"): ("idea_board",),
    ("mergeIdeas", "from"): ("idea",),
    ("proposeIdentityMerge", "into"): ("member",),
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
SECOND = {"escalatesTo", "worse"}
"""Where another of the same type must be named."""
ALTERNATIVES: Mapping[str, tuple[str, str]] = {
    "castBallot": ("choices", "judgements"),
    "decide": ("case", "subject"),
    "saveRule": ("rule", "space"),
    "testRule": ("rule", "space"),
}
"""Of these only one is given at a time; the first, unless the other is what is tried."""
_SOON = datetime.now(UTC) + timedelta(days=1)
_CONDITION = '{"keywords": {"words": ["茶"]}}'
_TERMS: Mapping[str, Any] = {"referrers": {"activeDays": 30}, "rewards": []}
ALSO: Mapping[str, Any] = {
    "createRewardItem": {"input": {"fulfilment": "VOUCHER", "price": 5, "unit": "POINTS"}},
    "createTeam": {"input": {"respondWithin": []}},
    "decide": {"input": {"territorialScope": []}},
    "previewDecision": {"input": {"territorialScope": []}},
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
ALSO_AT: Mapping[tuple[str, str], Any] = {
    ("testRule", "space"): {"input": {"condition": _CONDITION}},
    ("decide", "subject"): {"input": {"reason": "SPAM"}},
}
"""The same, where the id is tried in a field of this name."""
ALSO_GIVEN = {("ProposeAmendmentInput", "body")}
"""Of what need not be given: what there must be something of, after all."""
CHOSEN: Mapping[str, Sequence[str]] = {"stage": ["UNDER_REVIEW"], "action": ["MOVE", "HOLD"]}
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
    "reason": "SPAM",
    "condition": _CONDITION,
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
        return next((value for value in CHOSEN.get(name, ()) if value in type_.values), next(iter(type_.values)))
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
    also: Any

    async def answer(self, **swapped: str) -> Any:
        """Ask with some of the ids swapped, by their places; return the whole answer, but for its cost."""
        ids = self.ids | {tuple(place.split("__")): id_ for place, id_ in swapped.items()}
        variables = {
            name: 5 if name == "first" else filled(argument.type, name, ids, (name,))
            for name, argument in self.declared.args.items()
            if isinstance(argument.type, GraphQLNonNull) or name == "first" or any(place[0] == name for place in ids)
        }
        variables = merged(variables, self.also)
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
    if name == "proposeIdentityMerge":
        right["input", "into"] = f"member_{things.member.member_id}"
    also = merged(ALSO.get(name, {}), ALSO_AT.get((name, at[-1] if at else ""), {}))
    return Asking(graphql, name, fields[name], by, right, mutation, also)


def foreign_to(types: Sequence[str], ids: Mapping[str, str], right: str) -> list[str]:
    """Return ids of every other type, each as it is and with the number of the right thing; and what is no id."""
    number = right.rpartition("_")[2]
    others = {prefix: id_ for prefix, id_ in ids.items() if prefix not in types}
    disguised = [f"{prefix}_{number}" for prefix in others]
    return [*others.values(), *disguised, *NO_IDS, f"{right} ", f" {right}", right.upper(), number]
