"""Images are seen where something shows them that may be seen, and nowhere else."""

from __future__ import annotations

import pytest
from PIL import Image

from community.discussions.curation import move_post
from community.discussions.posts import delete_post, edit_post
from community.foundation.database import Database
from community.members.acting import Acting
from community.members.roles import Role
from tests.api.conftest import Client
from tests.api.media.uploads import code, seen_by, send, shown, status, url
from tests.factories.discussions import block, make_acting, make_comment, make_post, make_space, reloaded, suspend
from tests.factories.images import encoded, picture


@pytest.fixture
async def author(database: Database) -> Acting:
    return await make_acting(database)


async def test_an_image_is_sent_shown_and_served(graphql: Client, database: Database, author: Acting) -> None:
    space = await make_space(database)
    uploaded = await send(graphql, author, headers={"content-type": "text/html"})

    post = await make_post(database, author, space, body=shown(uploaded))
    answer = await graphql.request("GET", uploaded["url"])

    assert (uploaded["width"], uploaded["height"]) == (480, 360)
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "image/png"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["content-security-policy"] == "sandbox; default-src 'none'"
    assert answer.headers["content-disposition"] == "inline"
    assert answer.headers["cache-control"] == "private, no-cache"
    data = await graphql(
        "query ($id: ID!) { post(id: $id) { bodyHtml images { id path width mediaType moderation owner { id } } } }",
        {"id": f"post_{post}"},
    )
    assert f'src="{uploaded["url"]}"' in data["post"]["bodyHtml"]
    assert data["post"]["images"] == [
        {
            "id": uploaded["id"],
            "path": uploaded["url"],
            "width": 480,
            "mediaType": "image/png",
            "moderation": "VISIBLE",
            "owner": {"id": f"member_{author.member_id}"},
        }
    ]


async def test_what_a_browser_has_is_good_until_it_is_not(graphql: Client, database: Database, author: Acting) -> None:
    uploaded = await send(graphql, author)
    post = await make_post(database, author, await make_space(database), body=shown(uploaded))
    tag = (await graphql.request("GET", uploaded["url"])).headers["etag"]

    again = await graphql.request("GET", uploaded["url"], headers={"if-none-match": tag})
    head = await graphql.request("HEAD", uploaded["url"])
    await database.transact(lambda connection: delete_post(connection, author, post))
    gone = await graphql.request("GET", uploaded["url"], headers={"if-none-match": tag})

    assert (again.status_code, again.content) == (304, b"")
    assert (head.status_code, head.content) == (200, b"")
    assert gone.status_code == 404


async def test_what_nothing_shows_is_its_owners_and_staffs_alone(
    graphql: Client, database: Database, author: Acting
) -> None:
    reader, moderator = await make_acting(database), await make_acting(database, roles=(Role.MODERATOR,))
    uploaded = await send(graphql, author)

    assert await seen_by(graphql, uploaded, author, moderator, reader, None) == [True, True, False, False]


@pytest.mark.parametrize(("access", "seen"), [("MEMBERS", [True, True, False]), ("PRIVATE", [True, False, False])])
async def test_an_image_is_seen_by_who_may_read_the_space(
    graphql: Client, database: Database, author: Acting, access: str, seen: list[bool]
) -> None:
    friend, stranger = await make_acting(database), await make_acting(database)
    space = await make_space(database, access=access, members=(author, friend))
    uploaded = await send(graphql, author)

    post = await make_post(database, author, await make_space(database))
    await make_post(database, author, space, body=shown(uploaded))
    await make_comment(database, author, post, body="别处 elsewhere")

    assert await seen_by(graphql, uploaded, friend, stranger, None) == seen


async def test_a_comment_shows_images_too(graphql: Client, database: Database, author: Acting) -> None:
    other = await make_acting(database)
    uploaded, second = await send(graphql, author, 1), await send(graphql, author, 2)
    post = await make_post(database, other, await make_space(database))
    handle = (
        await graphql(
            "query($id: ID!) { node(id: $id) { ... on Member { handle } } }", {"id": f"member_{other.member_id}"}
        )
    )["node"]["handle"]

    # With and without somebody who is named, which are two statements.
    await make_comment(database, author, post, body=shown(uploaded))
    comment = await make_comment(database, author, post, body=f"@{handle} {shown(second)} ![]({uploaded['url']})")

    assert await seen_by(graphql, uploaded, None) == [True]
    assert await seen_by(graphql, second, None) == [True]
    data = await graphql(
        "query($id: ID!) { node(id: $id) { ... on Comment { images { id } } } }", {"id": f"comment_{comment}"}
    )
    assert [each["id"] for each in data["node"]["images"]] == [second["id"], uploaded["id"]]


async def test_what_is_edited_out_is_gone_for_readers(graphql: Client, database: Database, author: Acting) -> None:
    space = await make_space(database)
    moderator = await make_acting(database)
    async with database.writing() as connection:
        await connection.raw.execute(
            "INSERT INTO role_grant (member_id, role, space_id) VALUES ($1, 'MODERATOR', $2)",
            moderator.member_id,
            space,
        )
    uploaded = await send(graphql, author)
    post = await make_post(database, author, space, body=shown(uploaded))

    await database.transact(lambda connection: edit_post(connection, author, post, body="没有图了"))

    # The revision still names it, and whoever looks after the space may look at it.
    assert await seen_by(graphql, uploaded, None, author, moderator) == [False, True, True]
    await database.transact(lambda connection: edit_post(connection, author, post, body=shown(uploaded)))
    assert await seen_by(graphql, uploaded, None) == [True]


async def test_what_is_hidden_hides_its_images(graphql: Client, database: Database, author: Acting) -> None:
    reader = await make_acting(database)
    uploaded = await send(graphql, author)
    post = await make_post(database, author, await make_space(database), body=shown(uploaded))
    assert await seen_by(graphql, uploaded, reader, None) == [True, True]

    await graphql.change("deletePost", "post { id }", as_=author, post=f"post_{post}")

    assert await seen_by(graphql, uploaded, reader, None, author) == [False, False, True]


async def test_a_post_that_is_moved_takes_its_images_with_it(
    graphql: Client, database: Database, author: Acting
) -> None:
    public, private = await make_space(database), await make_space(database, access="PRIVATE", members=(author,))
    admin, reader = await make_acting(database, roles=(Role.ADMIN,)), await make_acting(database)
    uploaded = await send(graphql, author)
    post = await make_post(database, author, public, body=shown(uploaded))
    given = await url(graphql, uploaded["id"], reader)
    assert given is not None
    assert await status(graphql, given) == 200

    await database.transact(lambda connection: move_post(connection, admin, post, private))

    assert await seen_by(graphql, uploaded, reader, None) == [False, False]
    assert await status(graphql, given) == 404


async def test_who_is_blocked_or_suspended_shows_nothing(graphql: Client, database: Database, author: Acting) -> None:
    reader, admin = await make_acting(database), await make_acting(database, roles=(Role.ADMIN,))
    uploaded = await send(graphql, author)
    await make_post(database, author, await make_space(database), body=shown(uploaded))

    await block(database, reader, author)
    graphql.application.viewers.forget()
    assert await seen_by(graphql, uploaded, reader, None) == [False, True]

    await graphql.change(
        "suspendMember", "member { id }", as_=admin, member=f"member_{author.member_id}", reason="刷屏"
    )
    assert await seen_by(graphql, uploaded, None, admin) == [False, True]


async def test_a_profile_shows_its_owners_images(graphql: Client, database: Database, author: Acting) -> None:
    face, drawn = await send(graphql, author, 1), await send(graphql, author, 2)
    reader = await make_acting(database)

    await graphql.change("updateProfile", "member { id }", as_=author, avatarUrl=face["url"], bio=shown(drawn))

    for uploaded in (face, drawn):
        assert await seen_by(graphql, uploaded, reader, None) == [True, True]
    await graphql.change("updateProfile", "member { id }", as_=reader, avatarUrl=face["url"])
    await graphql.change("updateProfile", "member { id }", as_=author, avatarUrl=None, bio="")
    # Whoever else names its address shows nothing.
    assert await seen_by(graphql, face, None) == [False]


async def test_who_names_the_address_of_anothers_image_gives_nobody_the_right_to_see_it(
    graphql: Client, database: Database, author: Acting
) -> None:
    thief, space = await make_acting(database), await make_space(database)
    uploaded = await send(graphql, author)

    post = await make_post(database, thief, space, body=shown(uploaded))
    await make_comment(database, thief, post, body=shown(uploaded))

    assert await seen_by(graphql, uploaded, thief, None) == [False, False]


async def test_a_pass_is_for_one_image_and_one_member(graphql: Client, database: Database, author: Acting) -> None:
    first, second = await send(graphql, author, 1), await send(graphql, author, 2)
    given = await url(graphql, first["id"], author)
    assert given is not None
    pass_ = given.partition("?pass=")[2]

    assert await status(graphql, given) == 200
    assert await status(graphql, f"{second['url']}?pass={pass_}") == 404
    assert await status(graphql, f"{first['url']}?pass={pass_[:-1]}{'A' if pass_[-1] != 'A' else 'B'}") == 404
    assert await status(graphql, f"{first['url']}?pass=茶") == 404
    await graphql.change("signOut", "", as_=author)
    assert await status(graphql, given) == 404


@pytest.mark.parametrize(
    "name", ["x.png", "0" * 32 + ".png", "0" * 32, "0" * 32 + ".svg", "0" * 32 + ".png%00", "%2e%2e", "A" * 32 + ".png"]
)
async def test_what_is_not_there_is_not_found(graphql: Client, name: str) -> None:
    assert await status(graphql, f"/media/{name}") == 404


async def test_the_ending_must_be_the_images_own(graphql: Client, author: Acting) -> None:
    uploaded = await send(graphql, author)

    assert await status(graphql, uploaded["url"].replace(".png", ".gif"), author) == 404


async def test_who_may_not_write_sends_nothing(graphql: Client, database: Database, author: Acting) -> None:
    body = encoded(picture(1))
    anonymous = await graphql.request("POST", "/media", content=body)
    reading = await graphql.change("createAccessToken", "token", as_=author, name="只读", scopes=["READ"])
    by_token = await graphql.request(
        "POST", "/media", content=body, headers={"authorization": f"Bearer {reading['token']}"}
    )
    await suspend(database, author)
    suspended = await graphql.request("POST", "/media", as_=author, content=body)

    assert (anonymous.status_code, code(anonymous)) == (401, "UNAUTHENTICATED")
    assert (by_token.status_code, code(by_token)) == (403, "NOT_PERMITTED")
    assert (suspended.status_code, code(suspended)) == (403, "ACCOUNT_SUSPENDED")
    async with database.reading() as connection:
        assert await connection.raw.fetchval("SELECT count(*) FROM image") == 0


async def test_what_is_known_of_the_file_is_not_served(graphql: Client, database: Database, author: Acting) -> None:
    exif = Image.Exif()
    exif[0x010E] = "planted description"
    sent = encoded(picture(3), "JPEG", exif=exif, comment=b"planted comment") + b"<script>planted()</script>"

    uploaded = (await graphql.request("POST", "/media", as_=author, content=sent)).json()
    served = await graphql.request("GET", uploaded["url"], as_=author)

    assert b"planted" in sent
    assert served.status_code == 200
    assert b"planted" not in served.content
    assert uploaded["url"].endswith(".jpg")


async def test_moderators_are_told_the_hash_and_nobody_else(
    graphql: Client, database: Database, author: Acting
) -> None:
    moderator = await make_acting(database, roles=(Role.MODERATOR,))
    uploaded = await send(graphql, author)
    asked = "query ($id: ID!) { node(id: $id) { ... on Image { perceptualHash viewerCanModerate } } }"

    mine = (await graphql(asked, {"id": uploaded["id"]}, as_=author))["node"]
    theirs = (await graphql(asked, {"id": uploaded["id"]}, as_=await reloaded(database, moderator)))["node"]

    assert mine == {"perceptualHash": None, "viewerCanModerate": False}
    assert theirs["viewerCanModerate"]
    assert len(theirs["perceptualHash"]) == 16
