"""Rules find pictures on a list, however they were scaled or compressed since."""

from __future__ import annotations

from typing import Any

import pytest

from community.foundation.database import Database
from community.members.acting import Acting
from community.members.roles import Role
from tests.api.conftest import Client
from tests.api.media.uploads import send, shown
from tests.api.moderation.moderating import codes
from tests.api.moderation.ruling import MESSAGE, make_rule, set_state, write_comment, write_post
from tests.factories.discussions import make_acting, make_post, make_space
from tests.factories.images import encoded, make_shown_image, picture

HASH = "query ($id: ID!) { node(id: $id) { ... on Image { perceptualHash } } }"


@pytest.fixture
async def moderator(database: Database) -> Acting:
    return await make_acting(database, roles=(Role.MODERATOR,))


async def listed(graphql: Client, moderator: Acting, image: str) -> dict[str, Any]:
    """Return the condition that finds what looks like an image, as a moderator makes it of what the API tells."""
    found = (await graphql(HASH, {"id": image}, as_=moderator))["node"]["perceptualHash"]
    return {"images": {"hashes": [found]}}


async def resent(graphql: Client, member: Acting, seed: int) -> dict[str, Any]:
    """Upload the picture of a seed, smaller and compressed anew: other bytes, and the same to look at."""
    small = picture(seed).resize((320, 240))
    answer = await graphql.request("POST", "/media", as_=member, content=encoded(small, "JPEG", quality=60))
    uploaded: dict[str, Any] = answer.json()
    return uploaded


async def test_a_post_that_shows_a_listed_picture_is_held_and_another_is_not(
    graphql: Client, database: Database, moderator: Acting
) -> None:
    member, space = await make_acting(database), await make_space(database)
    known = await send(graphql, moderator, 5)
    await make_rule(graphql, moderator, await listed(graphql, moderator, known["id"]))

    caught = await write_post(graphql, member, space, shown(await resent(graphql, member, 5)))
    other = await write_post(graphql, member, space, shown(await resent(graphql, member, 6)))
    quoted = await write_post(graphql, member, space, shown(known))

    assert caught["post"]["moderation"] == "HELD"
    assert other["post"]["moderation"] == "VISIBLE"
    assert quoted["post"]["moderation"] == "HELD", "whoever uploaded it"


async def test_comments_edits_and_profiles_are_looked_at_too(
    graphql: Client, database: Database, moderator: Acting
) -> None:
    member, space = await make_acting(database), await make_space(database)
    post = await make_post(database, member, space)
    known = await send(graphql, moderator, 5)
    condition = await listed(graphql, moderator, known["id"])
    rule = await make_rule(graphql, moderator, condition, "REFUSE", kinds=["POST", "COMMENT", "PROFILE"], **MESSAGE)
    sent = await resent(graphql, member, 5)

    comment = await write_comment(graphql, member, post, shown(sent))
    edit = await graphql.change("editPost", "post { id }", as_=member, post=f"post_{post}", body=shown(sent))
    face = await graphql.change("updateProfile", "member { id }", as_=member, avatarUrl=sent["url"])

    assert codes(comment) == codes(edit) == codes(face) == ["REFUSED_BY_RULE"]
    await set_state(graphql, moderator, rule, "OFF")
    assert codes(await write_comment(graphql, member, post, shown(sent))) == []


async def test_a_rule_is_tried_on_the_pictures_of_the_last_weeks(
    graphql: Client, database: Database, moderator: Acting
) -> None:
    member, space = await make_acting(database), await make_space(database)
    images = [await make_shown_image(database, member, space, seed) for seed in (5, 6)]
    condition = await listed(graphql, moderator, f"image_{images[0]}")

    tried = await graphql.change(
        "testRule", "trial { caught examples { subject } }", as_=moderator, condition=str(condition).replace("'", '"')
    )

    assert codes(tried) == []
    assert tried["trial"]["caught"] == 1
