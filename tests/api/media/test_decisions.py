"""Images are reported and decided about as posts are."""

from __future__ import annotations

from typing import Any

import pytest

from community.foundation.database import Database
from community.members.acting import Acting
from community.members.roles import Role
from moderation.audit.sealing import audit_reader
from tests.api.conftest import Client
from tests.api.media.uploads import seen_by, send, shown, status, url
from tests.api.moderation.letters import letters, token_in
from tests.api.moderation.moderating import codes, decide, queue, report
from tests.factories.discussions import make_acting, make_comment, make_post, make_space, value
from tests.factories.events import read_all


class Place:
    """A space with its moderator, an image that is shown there twice, and a reader who reported it."""

    def __init__(self, space: int, people: dict[str, Acting], uploaded: dict[str, Any]) -> None:
        self.space = space
        self.author, self.moderator, self.reader = people["author"], people["moderator"], people["reader"]
        self.uploaded = uploaded
        self.image: str = uploaded["id"]


@pytest.fixture
async def place(graphql: Client, database: Database) -> Place:
    people = {name: await make_acting(database) for name in ("author", "moderator", "reader")}
    space = await make_space(database, moderators=(people["moderator"],))
    uploaded = await send(graphql, people["author"])
    post = await make_post(database, people["author"], space, body=shown(uploaded, "假茶壶 a fake"))
    await make_comment(database, people["author"], post, body=shown(uploaded, ""))
    await report(graphql, people["reader"], uploaded["id"], "SPAM", "假货 a counterfeit")
    return Place(space, people, uploaded)


async def test_an_image_is_a_case_with_what_is_to_be_known_of_it(graphql: Client, place: Place) -> None:
    (case,) = await queue(graphql, place.moderator)
    data = await graphql(
        """query($id: ID!) { case(id: $id) {
            contents(first: 1) { nodes { image alt perceptualHash sha256 } }
            subject { ... on Image { id url perceptualHash } }
        } }""",
        {"id": case["id"]},
        as_=place.moderator,
    )

    assert case["subject"] == {"__typename": "Image", "id": place.image}
    assert case["member"] is not None
    (content,) = data["case"]["contents"]["nodes"]
    assert content["image"] == place.uploaded["url"]
    assert content["alt"] == "假茶壶 a fake"
    assert content["perceptualHash"] == data["case"]["subject"]["perceptualHash"]
    assert len(content["sha256"]) == 64
    assert await status(graphql, data["case"]["subject"]["url"]) == 200


async def test_what_one_does_not_see_one_cannot_report(graphql: Client, database: Database, place: Place) -> None:
    unshown = await send(graphql, place.author, 2)

    for member in (place.reader, place.moderator):
        assert codes(await report(graphql, member, unshown["id"])) == ["NOT_FOUND"]
    assert codes(await report(graphql, place.author, place.image)) == ["NOT_ONESELF"]


async def test_what_is_removed_is_gone_everywhere_at_once_and_comes_back_whole(
    graphql: Client, database: Database, place: Place
) -> None:
    (case,) = await queue(graphql, place.moderator)
    everybody = (place.author, place.reader, None, place.moderator)
    passes = [await url(graphql, place.image, member) for member in everybody]
    assert await seen_by(graphql, place.uploaded, *everybody) == [True] * 4
    before = await value(database, "SELECT to_jsonb(image) FROM image")

    made = await decide(graphql, place.moderator, "REMOVE", "WARN", case=case["id"], facts="假货。")

    assert codes(made) == []
    assert await seen_by(graphql, place.uploaded, *everybody) == [False, False, False, True]
    assert [await status(graphql, each) for each in passes if each] == [404, 404, 404, 200]
    data = await graphql(
        "query($id: ID!) { node(id: $id) { ... on Image { moderation } } }", {"id": place.image}, as_=place.moderator
    )
    assert data["node"] == {"moderation": "REMOVED"}
    # What was decided holds for the same picture, whoever sends it again.
    again = await send(graphql, place.reader)
    await make_post(database, place.reader, place.space, body=shown(again))
    assert await seen_by(graphql, again, place.reader, None) == [False, False]
    await read_all(database, audit_reader)
    assert await value(database, "SELECT count(*) FROM audit_entry WHERE kind = 'ImageRemoved'") == 1

    undone = await graphql.change(
        "undoDecision", "decision { id }", as_=place.moderator, decision=made["decision"]["id"], because="正品"
    )

    assert codes(undone) == []
    assert await seen_by(graphql, place.uploaded, *everybody) == [True] * 4
    assert await seen_by(graphql, again, place.reader, None) == [True, True]
    assert await value(database, "SELECT to_jsonb(image) FROM image ORDER BY id LIMIT 1") == before
    assert await value(database, "SELECT count(*) FROM strike") == 0


async def test_what_is_hidden_its_owner_sees_until_somebody_decides_again(
    graphql: Client, database: Database, place: Place
) -> None:
    (case,) = await queue(graphql, place.moderator)

    assert codes(await decide(graphql, place.moderator, "HIDE", case=case["id"])) == []
    assert await seen_by(graphql, place.uploaded, place.author, place.reader, None) == [True, False, False]

    found = await decide(graphql, place.moderator, "RESTORE", subject=place.image, reason="SPAM")
    assert codes(found) == []
    assert await seen_by(graphql, place.uploaded, place.author, place.reader, None) == [True, True, True]


@pytest.mark.parametrize("action", ["APPROVE", "IGNORE"])
async def test_what_is_fine_stays_as_it_is(graphql: Client, place: Place, action: str) -> None:
    (case,) = await queue(graphql, place.moderator)

    assert codes(await decide(graphql, place.moderator, action, case=case["id"])) == []
    assert await seen_by(graphql, place.uploaded, place.reader, None) == [True, True]


async def test_who_moderates_one_space_decides_about_nothing_that_stands_elsewhere(
    graphql: Client, database: Database, place: Place
) -> None:
    (case,) = await queue(graphql, place.moderator)
    admin = await make_acting(database, roles=(Role.ADMIN,))
    elsewhere = await make_space(database)
    # Somebody else's, of the same bytes.
    again = await send(graphql, place.reader)
    await make_post(database, place.reader, elsewhere, body=shown(again))

    assert codes(await decide(graphql, place.moderator, "REMOVE", case=case["id"])) == ["NOT_PERMITTED"]
    assert await seen_by(graphql, place.uploaded, None) == [True]
    assert codes(await decide(graphql, admin, "REMOVE", case=case["id"])) == []
    assert await seen_by(graphql, place.uploaded, None) == [False]
    assert await seen_by(graphql, again, None) == [False]


async def test_what_its_author_edits_out_stays_evidence(graphql: Client, database: Database, place: Place) -> None:
    await database.transact(lambda connection: connection.raw.execute("UPDATE image_use SET current = false"))

    (case,) = await queue(graphql, place.moderator)

    assert case["subject"] == {"__typename": "Image", "id": place.image}
    assert await seen_by(graphql, place.uploaded, place.moderator, place.reader) == [True, False]


async def test_what_cannot_be_done_to_an_image_is_refused(graphql: Client, place: Place) -> None:
    (case,) = await queue(graphql, place.moderator)

    for action in ("LOCK", {"action": "EDIT", "body": "别的"}):
        assert codes(await decide(graphql, place.moderator, action, case=case["id"])) == ["ACTION_NOT_POSSIBLE"]


async def test_a_preview_changes_nothing(graphql: Client, place: Place) -> None:
    (case,) = await queue(graphql, place.moderator)

    payload = await graphql.change(
        "previewDecision",
        "preview { verdict told { kind members } }",
        as_=place.moderator,
        case=case["id"],
        measures=[{"action": "REMOVE"}],
    )

    assert codes(payload) == []
    assert {"kind": "DECISION", "members": 1} in payload["preview"]["told"]
    assert await seen_by(graphql, place.uploaded, place.reader, None) == [True, True]


async def test_a_guest_reports_an_image_by_its_address(graphql: Client, database: Database, place: Place) -> None:
    unshown = await send(graphql, place.author, 2)
    asked = {"reason": "SPAM", "body": "假货", "name": "王女士", "email": "wang@example.org", "goodFaith": True}

    hidden = await graphql.change("reportAsGuest", "mailed", as_=None, url=unshown["url"], **asked)
    payload = await graphql.change(
        "reportAsGuest", "mailed", as_=None, url=f"http://127.0.0.1:8000{place.uploaded['url']}?pass=x", **asked
    )
    (letter,) = await letters(graphql, database, "wang@example.org")
    done = await graphql.change("confirmGuestReport", "clientMutationId", as_=None, token=token_in(letter, "report"))

    assert codes(hidden) == ["NOT_FOUND"]
    assert (codes(payload), codes(done)) == ([], [])
    (case,) = await queue(graphql, place.moderator)
    assert case["reportCount"] == 2
