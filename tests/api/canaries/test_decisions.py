"""After every kind of decision, no path shows anybody what it took away; once it is undone, everybody reads what they had read."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import orjson
import pytest

from graph.runs import run
from moderation.decisions.actions import ACTIONS, BY_NAME
from moderation.decisions.effects import EFFECTS
from tests.api.canaries.expansion import differing
from tests.api.canaries.judged import (
    AFTER,
    ENTRIES,
    EVERYBODY,
    HALVES,
    JUDGES,
    OF_STAFF,
    WORDLESS,
    WRITTEN,
    Entry,
    Judged,
    allowed,
    make_judged,
    measure,
)
from tests.api.canaries.listening import Listening
from tests.api.canaries.walking import LOG, Answers, assert_heard, assert_read, walked, ways, ways_since
from tests.api.moderation.moderating import codes, decide
from tests.factories.discussions import differences
from tests.factories.events import all_caught_up

if TYPE_CHECKING:
    from community.foundation.database import Database
    from tests.api.canaries.expansion import Walk
    from tests.api.conftest import Client

STAYS: Final = frozenset(
    {
        # That somebody edited it, and edited it back, stays known.
        *(f"{kind}.{name}" for kind in ("Post", "Comment") for name in ("editedAt", "revisionCount", "revisions")),
        # What was taken back is not told again, and who was decided on is told so.
        "Viewer.notifications",
        "Viewer.unreadNotificationCount",
        "Viewer.moderation",
        "updatesCursor",
        # That it was decided on is for moderators to see, and is counted.
        "cases",
        "auditLog",
        "secondOpinions",
        "moderationHealth",
        "transparencyReport",
    }
)
"""What is another when all is undone: what tells that something happened."""


def test_every_action_has_its_entry_here() -> None:
    assert AFTER.keys() == set(ACTIONS) == EFFECTS.keys()
    assert {kind for action in BY_NAME.values() for kind in action.on} == {*WRITTEN, *WORDLESS, *OF_STAFF}


async def judge(graphql: Client, judged: Judged, entry: Entry) -> list[str]:
    """Decide on an entry; return the decisions' ids."""
    moderator, subject = judged.people["moderator"], judged.subject(entry)
    made = []
    about: dict[str, Any] = {"subject": subject, "reason": "SPAM"}
    if entry.action == "MERGE":
        assert judged.survivor is not None
        into = f"member_{judged.survivor.member_id}"
        proposed = await graphql.change(
            "proposeIdentityMerge",
            "case { id }",
            as_=moderator,
            member=subject,
            into=into,
            reason="同一个人 one person",
        )
        about = {"case": proposed["case"]["id"]}
    if entry.action == "RESTORE":
        made.append(await decide(graphql, moderator, "REMOVE", **about))
    if entry.action in {"APPROVE", "RESTORE"} and entry.on != "member":
        about["expectedRevision"] = 0
    made.append(await decide(graphql, moderator, measure(entry, judged), **about))
    assert [codes(each) for each in made] == [[]] * len(made), entry
    return [each["decision"]["id"] for each in made]


@pytest.mark.slow
@pytest.mark.parametrize("roles", HALVES, ids="-".join)
async def test_what_is_decided_on_is_nowhere_until_that_is_undone(
    graphql: Client, database: Database, walk: Walk, roles: tuple[str, ...]
) -> None:
    judged = await make_judged(database)
    for role in JUDGES:
        await graphql.token(judged.people[role])  # type: ignore[arg-type] # they are signed in, and were before
    await all_caught_up(database)
    await run(database)
    asked = await ways(database, judged)
    before = await walked(walk, judged, roles, asked)
    assert_read(judged, before, dict.fromkeys(judged.words.keys, EVERYBODY))

    listening = Listening(graphql.application, judged)
    await listening.begin(walk, set(roles) - JUDGES)

    decisions = [made for entry in ENTRIES for made in await judge(graphql, judged, entry)]
    await all_caught_up(database)
    after = await walked(walk, judged, roles, [*asked, *await ways_since(database)])
    assert_read(judged, after, allowed())
    assert_heard(judged, await listening.end(), allowed())
    assert await differences(database) == []

    for decision in reversed(decisions):
        undone = await graphql.change(
            "undoDecision", "decision { id }", as_=judged.people["admin"], decision=decision, because="重来"
        )
        assert codes(undone) == [], decision
    await all_caught_up(database)
    again = await walked(walk, judged, roles, asked)
    assert await differences(database) == []
    differs = unlike(before, again)
    assert not differs, "\n".join(f"{name} {way}" for name, way in sorted(differs.items()))


def unlike(before: Answers, again: Answers) -> dict[str, str]:
    """Return in which fields of which types answers differ, each with a way to it; the log tells what happened besides."""
    found: dict[str, str] = {}
    for way, (answer, document) in before.items():
        if way[1] != LOG:
            names = differing(orjson.loads(answer), orjson.loads(again[way][0]), document.fields, STAYS)
            found |= dict.fromkeys(names, " ".join(way)[:80])
    return found
