"""What rules, members and moderators keep from somebody is nowhere for them, until it is given back."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from graph.runs import run
from moderation.rules.evaluating import Action
from tests.api.canaries.judged import EVERYBODY, HALVES, JUDGES, NOBODY
from tests.api.canaries.kept import NEW, RULED, THERE, Keeping, make_kept
from tests.api.canaries.listening import Listening
from tests.api.canaries.walking import assert_heard, assert_read, walked, ways
from tests.factories.discussions import differences
from tests.factories.events import all_caught_up

if TYPE_CHECKING:
    from community.foundation.database import Database
    from tests.api.canaries.expansion import Walk
    from tests.api.conftest import Client


def test_every_action_of_rules_has_its_entry_here() -> None:
    assert RULED.keys() == set(Action)


@pytest.mark.slow
@pytest.mark.parametrize("roles", HALVES, ids="-".join)
async def test_what_is_kept_from_somebody_is_nowhere_until_it_is_given_back(
    graphql: Client, database: Database, walk: Walk, roles: tuple[str, ...]
) -> None:
    kept = await make_kept(database)
    graphql.application.viewers.forget()
    await all_caught_up(database)
    asked = await ways(database, kept)
    at_first = dict.fromkeys(THERE, EVERYBODY) | dict.fromkeys(NEW, NOBODY)
    assert_read(kept, await walked(walk, kept, roles, asked), at_first)

    listening = Listening(graphql.application, kept)
    await listening.begin(walk, set(roles) - JUDGES)

    keeping = Keeping(graphql, kept)
    await keeping.keep()
    await all_caught_up(database)
    await run(database)
    assert_read(kept, await walked(walk, kept, roles, await ways(database, kept)), THERE | NEW)
    assert_heard(kept, await listening.end(), THERE | NEW)
    assert await differences(database) == []

    await keeping.give_back()
    await all_caught_up(database)
    given_back = dict.fromkeys((*THERE, *NEW), EVERYBODY)
    # What was not taken is not there; and what the edit replaced is for those who see revisions.
    given_back |= {key: seen for key, seen in NEW.items() if key.startswith("refuse")}
    given_back["editedbefore"] = THERE["editedbefore"]
    assert_read(kept, await walked(walk, kept, roles, await ways(database, kept)), given_back)
    assert await differences(database) == []
