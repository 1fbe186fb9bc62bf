"""No path of the schema shows anybody what is not for them.

A world holds a word in everything that is private, removed, held, withdrawn or written by someone blocked or suspended.
Documents that ask for every field there is, a few references deep and in every order, are made from the schema itself, so
that a new field is covered by being there; no answer holds a word that its reader may not see.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from community.foundation.database import Database
from graph.runs import run
from tests.api.canaries.entrances import ways_to_members_and_cases
from tests.api.canaries.expansion import Walk, value_of, words_of
from tests.factories.world import CANARY, World, make_world

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
HALVES = (("anonymous", "member", "insider", "author"), ("blocker", "moderator", "warden", "admin"))
"""The roles in two tests, for two workers."""
TURNS = 3
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
            (kind, subject_kind, subject_id, member_id, space_id, reason_id, severity, reach, weight, urgency, respond_by)
        SELECT 'REPORTED', 'post', post.id, author_id, space_id, 1, 1, 1, 1, 0, now()
        FROM post WHERE id = ANY($1::bigint[])
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


def test_every_role_walks() -> None:
    assert sorted(role for half in HALVES for role in half) == sorted(ALLOWED)


@pytest.mark.slow
@pytest.mark.parametrize("roles", HALVES, ids="-".join)
async def test_no_path_shows_what_is_not_for_its_reader(database: Database, walk: Walk, roles: tuple[str, ...]) -> None:
    world = await make_world(database)
    await run(database)
    entrances = [*_entrances(world), *await ways_to_members_and_cases(database), *await _moderated(database, world)]
    asked: list[tuple[str, int, str, dict[str, Any]]] = []
    for turn in range(TURNS):
        for name in walk.entrances():
            known = [given for entrance, given in entrances if entrance == name] or [{}]
            for given in known if turn == 0 else known[:1]:
                document = walk.document(name, given, turn)
                if document is None:
                    pytest.fail(f"Say in _entrances with which arguments Query.{name} leads to what is hidden")
                if turn == 0 or document.source != walk.document(name, given, 0).source:  # type: ignore[union-attr] # there is that one
                    asked.append((name, turn, document.source, {key: value_of(value) for key, value in given.items()}))

    seen: dict[str, set[str]] = {}
    for role in roles:
        reader = await walk.reader(world.members[role])
        for name, turn, source, given in asked:
            if turn and role not in OTHER_ORDERS:
                continue
            words = words_of(CANARY, await walk.ask(reader, source, given))
            assert words <= ALLOWED[role], (role, name, words - ALLOWED[role])
            seen.setdefault(role, set()).update(words)
    # The walk does go where the words are: whoever may see one does.
    assert seen == {role: ALLOWED[role] for role in roles}
