"""No path of the schema shows anybody what is not for them.

A world holds a word in everything that is private, removed, held, withdrawn or written by someone blocked or suspended.
Documents that ask for every field there is, a few references deep and in every order, are made from the schema itself, so
that a new field is covered by being there; no answer holds a word that its reader may not see.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
from graphql import (
    GraphQLEnumType,
    GraphQLInterfaceType,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLSchema,
    GraphQLUnionType,
    Undefined,
    get_named_type,
    get_nullable_type,
    is_leaf_type,
)

from api.context import Context
from api.document import Documents
from api.limits import DocumentLimits
from api.reading.plan import reading_of
from api.reading.readings import Assembled
from community.discussions.viewers import load_viewer
from community.foundation.database import Database
from community.members.principals import ALL_SCOPES, Principal
from graph.runs import run
from tests.api.conftest import Client
from tests.factories.world import CANARY, World, make_world

DEEPEST = 1
NO_LIMITS = DocumentLimits(
    source_length=10**7,
    tokens=10**7,
    depth=100,
    nesting=200,
    aliases=10**6,
    fields=10**6,
    repetitions=10**9,
    cost=10**12,
)
OF_MODERATORS = {
    "draft",
    "removed",
    "withdrawn",
    "held",
    "suspended",
    "removedcomment",
    "underremoved",
    "private",
    "inprivate",
    "declined",
    "ruled",
    "ruledcomment",
    "rulename",
    "refused",
    "evidence",
    "reportword",
    "guestword",
    "noteword",
    "decisionfacts",
    "lawword",
}
SHOWN = {"blocked", "hidden"}
"""Written by someone whom one viewer alone has blocked."""
OTHER_ORDERS = {"member", "moderator"}
"""Who asks in the other orders too: what is visible is decided by the same rule in each."""
SAID = {f"said{name}" for name in ("author", "friend", "reader", "hidden", "moderator")}
"""By whom, in a survey by name. Shown to who may see insights; what is one's own lies deeper than this walk goes."""
ALLOWED = {
    "anonymous": SHOWN,
    # Whom a decision concerns is told by which rule it was made.
    "member": SHOWN | {"held", "ruled", "rulename"},
    "insider": SHOWN
    | {"private", "inprivate", "removedcomment", "declined", "voided", "referral", "ruledcomment", "rulename"}
    | {"reportword"},
    "blocker": set(),
    "author": SHOWN
    | {"removed", "withdrawn", "underremoved", "ballot", "declined", "pledge", "code", "referral"}
    | {"rewardreason", "membertier", "vouchercode", "poolname"}
    | {"decisionfacts", "lawword"},
    "moderator": SHOWN | OF_MODERATORS,
    # Moderates the public space, and is blocked by whom the blocker blocks.
    "warden": SHOWN | OF_MODERATORS - {"private", "inprivate"},
    # Runs campaigns, and sees what was written in surveys, but may not know who wrote what is unsigned.
    "admin": SHOWN
    | OF_MODERATORS
    | SAID
    | {"unsigned", "plannedcampaign", "pledge", "unshown", "tocome", "code", "referral", "counts"}
    | {"rewardreason", "membertier", "laterthing", "budgetname", "poolname"},
}


class Expansion:
    """Asks for everything there is on a type, some references deep; `turn` chooses among an enum's values."""

    def __init__(self, schema: GraphQLSchema, turn: int, *, deepest: int = DEEPEST) -> None:
        self.schema = schema
        self.deepest = deepest
        self.turn = turn
        self.names = 0

    def on(self, type_: Any, depth: int) -> str:
        """Return a selection of all fields of a type."""
        if isinstance(type_, GraphQLUnionType | GraphQLInterfaceType):
            possible = self.schema.get_possible_types(type_)
            return "{ __typename " + " ".join(f"... on {one.name} {self.on(one, depth)}" for one in possible) + " }"
        parts = ["__typename"]
        for name, declared in type_.fields.items():
            named = get_named_type(declared.type)
            if not is_leaf_type(named) and depth >= self.deepest and not _part_of_page(type_):
                continue
            given = self.arguments(declared)
            if given is None:
                continue
            # A page is one reference, not two.
            inner = "" if is_leaf_type(named) else self.on(named, depth if _part_of_page(type_) else depth + 1)
            self.names += 1
            parts.append(f"a{self.names}: {name}{given} {inner}")
        return "{ " + " ".join(parts) + " }"

    def arguments(self, declared: Any, **known: str) -> str | None:
        """Return a field's arguments; None where one is needed of which nothing is known."""
        written = dict(known)
        for name, argument in declared.args.items():
            named = get_named_type(argument.type)
            required = isinstance(argument.type, GraphQLNonNull) and argument.default_value is Undefined
            if name in known:
                continue
            if name == "first" and ("after" in declared.args or required):
                written[name] = "30"
            elif isinstance(get_nullable_type(argument.type), GraphQLEnumType):
                values = list(named.values)
                written[name] = values[self.turn % len(values)]
            elif name == "length":
                written[name] = "1000"
            elif required:
                return None
        return "(" + ", ".join(f"{name}: {value}" for name, value in written.items()) + ")" if written else ""


def _part_of_page(type_: GraphQLObjectType) -> bool:
    return type_.name.endswith(("Connection", "Edge"))


def _entrances(world: World) -> Iterator[tuple[str, dict[str, str]]]:
    """Yield arguments of Query's fields that lead to what is hidden."""
    ids = [
        *(f"post_{number}" for number in world.posts.values()),
        *(f"comment_{number}" for number in world.comments.values()),
        *(f"space_{number}" for number in world.spaces.values()),
        *(f"round_{number}" for number in world.rounds.values()),
        *(f"survey_{number}" for number in world.surveys.values()),
        *world.ideas.values(),
        *(f"backing_campaign_{number}" for number in world.campaigns.values()),
        *(f"pledge_{number}" for number in world.pledges.values()),
        *(f"product_test_{number}" for number in world.product_tests.values()),
        *world.referrals.values(),
        *world.moderated.values(),
    ]
    yield "nodes", {"ids": "[" + ", ".join(f'"{each}"' for each in ids) + "]"}
    yield "node", {"id": f'"post_{world.posts["private"]}"'}
    for name in ("private", "removed", "withdrawn", "held", "blocked", "suspended", "plain0", "ruled", "edited"):
        yield "post", {"id": f'"post_{world.posts[name]}"'}
    for number in world.rounds.values():
        yield "round", {"id": f'"round_{number}"'}
    for number in world.surveys.values():
        yield "survey", {"id": f'"survey_{number}"'}
    yield "membersTagged", {"tag": '"tag_1"'}
    for id_ in world.ideas.values():
        kind = {"idea_board": "ideaBoard", "idea": "idea"}.get(id_.rpartition("_")[0])
        if kind is not None:
            yield kind, {"id": f'"{id_}"'}
    yield "similarIdeas", {"title": f'"{CANARY}"'}
    yield "similarIdeas", {"title": '"茶 cup 旅行 removed private"'}
    for number in world.campaigns.values():
        yield "backingCampaign", {"id": f'"backing_campaign_{number}"'}
    for number in world.product_tests.values():
        yield "productTest", {"id": f'"product_test_{number}"'}
    for name in ("program", "to_come"):
        program = f'"{world.referrals[name]}"'
        yield "referralProgram", {"id": program}
        window = '{from: "2020-01-01T00:00:00Z", to: "2099-01-01T00:00:00Z"}'
        yield "referralInsights", {"program": program, "window": window, "by": "[CHANNEL, CAMPAIGN, REFERRER]"}
    yield "referral", {"id": f'"{world.referrals["referral"]}"'}
    for number in range(1, 4):
        yield "rewardItem", {"id": f'"reward_item_{number}"'}
    for name in ("case", "decision"):
        yield name, {"id": f'"{world.moderated[name]}"'}
    yield "tag", {"name": '"茶"'}
    yield "search", {"query": f'"{CANARY}"'}
    yield "search", {"query": '"茶 OR 回答"'}


# What was reported is kept as it was written, and is for moderators of its space, whatever became of it since.
_CASES = """
    WITH opened AS (
        INSERT INTO moderation_case
            (kind, subject_kind, subject_id, member_id, space_id, reason_id, severity, reach, weight, urgency)
        SELECT 'REPORTED', 'post', post.id, author_id, space_id, 1, 1, 1, 1, 0 FROM post WHERE id = ANY($1::bigint[])
        RETURNING id, subject_id, member_id, space_id
    ), kept AS (
        INSERT INTO moderation_case_content (case_id, revision, content)
        SELECT opened.id, 0, jsonb_build_object('title', title, 'body', body) FROM opened JOIN post ON post.id = subject_id
    )
    INSERT INTO decision (case_id, verdict, reason_id, member_id, space_id)
    SELECT id, 'UPHELD', 1, member_id, space_id FROM opened RETURNING id, case_id
"""
_TEAM = "INSERT INTO moderation_team (name) VALUES ('队') RETURNING id"


async def _moderated(database: Database, world: World) -> list[tuple[str, dict[str, str]]]:
    async with database.writing() as connection:
        decided = await connection.raw.fetch(_CASES, sorted(world.posts.values()))
        team = await connection.raw.fetchval(_TEAM)
    return [
        *(("case", {"id": f'"case_{row["case_id"]}"'}) for row in decided),
        *(("decision", {"id": f'"decision_{row["id"]}"'}) for row in decided),
        ("team", {"id": f'"team_{team}"'}),
    ]


async def _more_entrances(database: Database) -> list[tuple[str, dict[str, str]]]:
    async with database.reading() as connection:
        slugs = await connection.raw.fetch("SELECT slug FROM space")
        members = await connection.raw.fetch("SELECT id, handle FROM member ORDER BY id")
        tribes = await connection.raw.fetch("SELECT id FROM tribe")
        judged = {
            kind: await connection.raw.fetch(f"SELECT id FROM {table}")
            for kind, table in (
                ("case", "moderation_case"),
                ("decision", "decision"),
                ("report", "report"),
                ("second_opinion", "second_opinion"),
            )
        }
        spaces = await connection.raw.fetch("SELECT space_id FROM graph_scope WHERE space_id IS NOT NULL")
    ids = [f'"member_{row["id"]}"' for row in members]
    window = '{from: "2020-01-01T00:00:00Z", to: "2099-01-01T00:00:00Z"}'
    return [
        *(("space", {"slug": f'"{row["slug"]}"'}) for row in slugs),
        *(("member", {"handle": f'"{row["handle"]}"'}) for row in members),
        *(("tribe", {"id": f'"tribe_{row["id"]}"'}) for row in tribes),
        *(("influencers", {"scope": f'{{space: "space_{row["space_id"]}"}}'}) for row in spaces),
        *((kind, {"id": f'"{kind}_{row["id"]}"'}) for kind in ("case", "decision") for row in judged[kind]),
        *(("node", {"id": f'"{kind}_{row["id"]}"'}) for kind, rows in judged.items() for row in rows),
        *((field, {"window": window}) for field in ("transparencyReport", "moderationHealth")),
        ("compareMembers", {"ids": f"[{', '.join(ids[:20])}]"}),
        *(("path", {"from": ids[0], "to": id_}) for id_ in ids[1:]),
    ]


@pytest.mark.slow
async def test_no_path_shows_what_is_not_for_its_reader(graphql: Client, database: Database) -> None:
    world = await make_world(database)
    await run(database)
    executor = graphql.application.executor
    root: Any = executor.schema.query_type
    entrances = [*_entrances(world), *await _more_entrances(database), *await _moderated(database, world)]
    asked: list[tuple[str, int, str]] = []
    for turn in range(3):
        for name, declared in root.fields.items():
            if isinstance(reading_of(declared), Assembled) or name.startswith("updates"):
                continue  # what is read in a way of its own, or is none, has tests of its own
            known = [given for entrance, given in entrances if entrance == name] or [{}]
            for given in known if turn == 0 else known[:1]:
                expansion = Expansion(executor.schema, turn)
                arguments = expansion.arguments(declared, **given)
                if arguments is None:
                    pytest.fail(f"Say in _entrances with which arguments Query.{name} leads to what is hidden")
                named = get_named_type(declared.type)
                inner = "" if is_leaf_type(named) else expansion.on(named, 0)
                asked.append((name, turn, f"{{ {name}{arguments} {inner} }}"))

    documents = Documents(executor.schema, NO_LIMITS, suggestions=False)
    seen: dict[str, set[str]] = {}
    for role, member in world.members.items():
        principal = None if member is None else Principal(member.member_id, ALL_SCOPES)
        async with database.reading() as connection:
            viewer = await load_viewer(connection, principal)
        context = Context(graphql.application, principal, viewer)
        for name, turn, source in asked:
            if turn and role not in OTHER_ORDERS:
                continue
            answer = await executor.query(context, documents.operation(source, None), {})
            words = set(re.findall(rf"{CANARY} (\w+)", answer.decode()))
            assert words <= ALLOWED[role], (role, name, words - ALLOWED[role])
            seen.setdefault(role, set()).update(words)
    # The walk does go where the words are: whoever may see one does.
    assert seen == ALLOWED
