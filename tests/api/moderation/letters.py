"""The letters that moderation owes, as who gets them reads them."""

from __future__ import annotations

import re

from community.foundation.database import Database
from moderation.letters.reader import letters_reader
from tests.api.conftest import Client
from tests.factories.events import read_all
from tests.factories.members import letters_to


async def letters(graphql: Client, database: Database, email: str) -> list[str]:
    """Return all letters to an address that are owed by now, the oldest first."""
    application = graphql.application
    await read_all(database, letters_reader(application.site, application.keys.appeal))
    return await letters_to(database, email)


def token_in(letter: str, page: str) -> str:
    """Return the token in a letter's link to a page."""
    found = re.search(rf"/{page}/(\S+)", letter)
    assert found is not None, letter
    return found[1]
