"""Members as others see them: listed, followed, blocked and muted, in any script."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from community.members.roles import Role
from tests.api.members.test_accounts import codes
from tests.factories.discussions import make_acting, make_space, value
from tests.factories.members import make_member

if TYPE_CHECKING:
    from community.foundation.database import Database
    from tests.api.conftest import Client

LIST = "query ($filter: MemberFilter, $sort: MemberSort!) { members(filter: $filter, sort: $sort, first: 50) { nodes { handle } } }"


async def handles(graphql: Client, sort: str = "HANDLE", **filter_: Any) -> list[str]:
    found = await graphql(LIST, {"filter": filter_, "sort": sort})
    return [member["handle"] for member in found["members"]["nodes"]]


async def test_members_are_listed_by_handle_by_followers_and_by_when_they_joined(
    graphql: Client,
    database: Database,
) -> None:
    made = [await make_member(database, handle) for handle in ("bamboo", "anhua", "茶农老李")]
    async with database.writing() as connection:
        for place, member in enumerate(made):
            await connection.raw.execute(
                "UPDATE member SET joined_at = now() - make_interval(days => $2), follower_count = $3 WHERE id = $1",
                *(member.id, place, [5, 9, 7][place]),
            )
    assert await handles(graphql) == ["anhua", "bamboo", "茶农老李"]
    assert await handles(graphql, "MOST_FOLLOWED") == ["anhua", "茶农老李", "bamboo"]
    assert await handles(graphql, "NEWEST") == ["bamboo", "anhua", "茶农老李"]


async def test_a_list_of_members_is_paged_both_ways(graphql: Client, database: Database) -> None:
    for handle in ("乌龙", "普洱", "白茶", "red", "green"):
        await make_member(database, handle)
    document = """query ($first: Int, $after: String, $last: Int, $before: String) {
        members(sort: HANDLE, first: $first, after: $after, last: $last, before: $before) {
            totalCount nodes { handle } pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
        }
    }"""
    everyone = await handles(graphql)
    first = (await graphql(document, {"first": 3}))["members"]
    second = (await graphql(document, {"first": 3, "after": first["pageInfo"]["endCursor"]}))["members"]
    back = (await graphql(document, {"last": 3, "before": second["pageInfo"]["startCursor"]}))["members"]
    assert [member["handle"] for member in first["nodes"] + second["nodes"]] == everyone
    assert back["nodes"] == first["nodes"]
    assert first["totalCount"] == 5
    assert second["pageInfo"]["hasNextPage"] is False


async def test_members_are_found_by_words_roles_and_when_they_joined(graphql: Client, database: Database) -> None:
    await make_member(database, "茶农老李", roles=(Role.MODERATOR,))
    await make_member(database, "bamboo")
    async with database.writing() as connection:
        await connection.raw.execute("UPDATE member SET bio = '我种普洱茶' WHERE handle = 'bamboo'")
        await connection.raw.execute("UPDATE member SET joined_at = '2020-01-01T00:00:00Z' WHERE handle = 'bamboo'")

    assert await handles(graphql, query="老李") == ["茶农老李"]
    assert await handles(graphql, query="普洱") == ["bamboo"]
    assert await handles(graphql, role="MODERATOR") == ["茶农老李"]
    assert await handles(graphql, role="ADMIN") == []
    assert await handles(graphql, joinedBefore="2021-01-01T00:00:00") == ["bamboo"]
    assert await handles(graphql, joinedAfter="2021-01-01T00:00:00Z") == ["茶农老李"]
    assert await handles(graphql, any=[{"role": "MODERATOR"}, {"query": "普洱"}]) == ["bamboo", "茶农老李"]
    assert await handles(graphql, official=True) == []
    assert await handles(graphql, query="'); DROP TABLE member; --") == []


async def test_a_profile_is_changed_by_its_owner(graphql: Client, database: Database) -> None:
    member = await make_member(database)
    changed = await graphql.change(
        "updateProfile",
        "member { displayName bioHtml location url }",
        as_=member,
        displayName="老茶客",
        bio="**爱茶**<script>alert(1)</script>",
        location="杭州",
    )
    assert changed["member"]["displayName"] == "老茶客"
    assert "<strong>爱茶</strong>" in changed["member"]["bioHtml"]
    assert "<script" not in changed["member"]["bioHtml"]
    assert changed["member"]["url"].endswith(f"/@{member.handle}")

    cleared = await graphql.change(
        "updateProfile", "member { displayName bio location }", as_=member, bio=None, location=None
    )
    assert cleared["member"] == {"displayName": "老茶客", "bio": "", "location": None}


@pytest.mark.parametrize(
    "wrong",
    [
        {"displayName": None},
        {"displayName": " "},
        {"avatarUrl": "javascript:alert(1)"},
        {"locale": "fr"},
        {"bio": "长" * 2_001},
    ],
)
async def test_a_profile_that_cannot_be_is_refused(graphql: Client, database: Database, wrong: dict[str, Any]) -> None:
    member = await make_member(database)
    refused = await graphql.change("updateProfile", "member { id }", as_=member, **wrong)
    assert codes(refused) == ["INVALID"]
    assert refused["userErrors"][0]["path"] == ["input", *wrong]
    assert await value(database, "SELECT count(*) FROM event WHERE kind = 'ProfileUpdated'") == 0


async def test_following_counts_and_shows_on_both_sides(graphql: Client, database: Database) -> None:
    one, other = await make_member(database), await make_member(database)
    shown = "member { viewerFollows followerCount followers(first: 5) { nodes { handle } } }"
    followed = await graphql.change("followMember", shown, as_=one, member=f"member_{other.id}")
    assert followed["member"] == {
        "viewerFollows": True,
        "followerCount": 1,
        "followers": {"nodes": [{"handle": one.handle}]},
    }
    unfollowed = await graphql.change("unfollowMember", shown, as_=one, member=f"member_{other.id}")
    assert unfollowed["member"] == {"viewerFollows": False, "followerCount": 0, "followers": {"nodes": []}}


async def test_a_block_hides_each_from_the_other_at_once(graphql: Client, database: Database) -> None:
    one, other = await make_member(database), await make_member(database)
    await graphql.change("followMember", "", as_=other, member=f"member_{one.id}")
    document = "query ($handle: String!) { member(handle: $handle) { id } }"
    for viewer, seen in ((one, other), (other, one)):
        assert (await graphql(document, {"handle": seen.handle}, as_=viewer))["member"] is not None

    blocked = await graphql.change(
        "blockMember",
        "viewer { blockedMembers(first: 5) { totalCount nodes { id handle } } }",
        as_=one,
        member=f"member_{other.id}",
    )

    assert blocked["viewer"]["blockedMembers"] == {
        "totalCount": 1,
        "nodes": [{"id": f"member_{other.id}", "handle": other.handle}],
    }
    for viewer, hidden in ((one, other), (other, one)):
        assert (await graphql(document, {"handle": hidden.handle}, as_=viewer))["member"] is None
    assert (await graphql("{ viewer { blockedMembers(first: 5) { totalCount } } }", as_=other))["viewer"] == {
        "blockedMembers": {"totalCount": 0},
    }
    assert await value(database, "SELECT count(*) FROM follow") == 0

    unblocked = await graphql.change("unblockMember", "member { handle }", as_=one, member=f"member_{other.id}")

    assert unblocked["member"]["handle"] == other.handle
    assert (await graphql(document, {"handle": one.handle}, as_=other))["member"] is not None


async def test_a_mute_is_ones_own_secret(graphql: Client, database: Database) -> None:
    one, other = await make_member(database), await make_member(database)
    muted = await graphql.change("muteMember", "member { viewerMutes }", as_=one, member=f"member_{other.id}")
    assert muted["member"]["viewerMutes"] is True
    listed = "{ viewer { mutedMembers(first: 5) { nodes { handle } } } }"
    assert (await graphql(listed, as_=one))["viewer"]["mutedMembers"]["nodes"] == [{"handle": other.handle}]
    assert (await graphql(listed, as_=other))["viewer"]["mutedMembers"]["nodes"] == []
    unmuted = await graphql.change("unmuteMember", "member { viewerMutes }", as_=one, member=f"member_{other.id}")
    assert unmuted["member"]["viewerMutes"] is False


@pytest.mark.parametrize("verb", ["followMember", "blockMember", "muteMember"])
async def test_oneself_and_nobody_are_refused(graphql: Client, database: Database, verb: str) -> None:
    member = await make_member(database)
    assert codes(await graphql.change(verb, "", as_=member, member=f"member_{member.id}")) == ["NOT_ONESELF"]
    for nobody in ("member_999999", "post_1", "member_", "茶", "member_99999999999999999999"):
        assert codes(await graphql.change(verb, "", as_=member, member=nobody)) == ["NOT_FOUND"]


async def test_a_members_spaces_are_shown_as_far_as_the_viewer_may_see_them(
    graphql: Client, database: Database
) -> None:
    member, friend = await make_acting(database), await make_acting(database)
    await make_space(database, members=(member,))
    await make_space(database, access="PRIVATE", members=(member, friend))
    document = f'{{ node(id: "member_{member.member_id}") {{ ... on Member {{ spaces(first: 5) {{ nodes {{ access }} }} }} }} }}'

    async def seen(viewer: Any) -> list[str]:
        return [space["access"] for space in (await graphql(document, as_=viewer))["node"]["spaces"]["nodes"]]

    assert await seen(None) == ["PUBLIC"]
    assert sorted(await seen(friend)) == ["PRIVATE", "PUBLIC"]


async def test_badges_are_listed_the_latest_first(graphql: Client, database: Database) -> None:
    member = await make_member(database)
    async with database.writing() as connection:
        await connection.raw.execute(
            """
            INSERT INTO badge (member_id, name, awarded_at, source)
            VALUES ($1, '品茶师', '2020-01-01Z', ''), ($1, 'Yearling', '2021-01-01Z', 'stackexchange')
            """,
            member.id,
        )
    document = f'{{ node(id: "member_{member.id}") {{ ... on Member {{ badges(first: 5) {{ nodes {{ name awardedAt source }} }} }} }} }}'
    assert (await graphql(document))["node"]["badges"]["nodes"] == [
        {"name": "Yearling", "awardedAt": "2021-01-01T00:00:00Z", "source": "stackexchange"},
        {"name": "品茶师", "awardedAt": "2020-01-01T00:00:00Z", "source": ""},
    ]


async def test_nobody_is_the_viewer_when_signed_out(graphql: Client) -> None:
    assert (await graphql("{ viewer { email sessions(first: 1) { totalCount } } }"))["viewer"] is None


async def test_the_community_says_what_clients_need_to_know(graphql: Client) -> None:
    found = await graphql(
        """{ community {
            name rules rulesHtml url locales openIdProviders { name title }
            reactionKinds { name emoji } limits { longestTitle longestBody mostTags largestPage }
        } }""",
    )
    community = found["community"]
    assert community["name"] == "Teahouse"
    assert community["locales"] == ["en", "zh"]
    assert community["openIdProviders"] == []
    assert community["limits"] == {"longestTitle": 200, "longestBody": 32_000, "mostTags": 8, "largestPage": 100}
    assert "like" in {kind["name"] for kind in community["reactionKinds"]}
