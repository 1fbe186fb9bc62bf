"""Who is suspended changes nothing, what they wrote is hidden, and comes back with them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from graphql import GraphQLEnumType, GraphQLInputObjectType, GraphQLList, GraphQLNonNull

from community.members.roles import Role
from tests.api.members.test_accounts import bearing, codes
from tests.factories.discussions import make_acting, make_comment, make_post, make_space, reloaded, value
from tests.factories.members import PASSWORD, make_member

if TYPE_CHECKING:
    from community.foundation.database import Database
    from community.members.acting import Acting
    from tests.api.conftest import Client

# For these nobody need be signed in; what they do for someone suspended is tested by itself.
FOR_ALL = frozenset(
    {
        "signUp",
        "verifyEmail",
        "requestPasswordReset",
        "resetPassword",
        "signIn",
        "refreshSession",
        "beginOpenIdSignIn",
        "completeOpenIdSignIn",
        "recordPostViews",  # who reads need not say who they are
        "recordExposure",  # as above
        "reportAsGuest",
        "confirmGuestReport",
        "appealByToken",  # who is locked out appeals by it
    },
)
# Inputs that are refused for themselves when they say the least.
LEAST = {"markNotificationsRead": "{ids: []}"}
CHANGED = ("member", "post", "comment", "follow", "block", "mute", "role_grant", "space", "space_member", "event")


# What ids are of, where the field's name does not say.
PREFIXES = {"subject": "post", "parent": "comment", "posts": "post", "answer": "comment", "accessToken": "access_token"}
SCALARS = {"String": '"茶"', "Int": "1", "Float": "1.0", "Boolean": "true", "DateTime": '"2099-01-01T00:00:00Z"'}


def minimal(type_: Any, field: str = "") -> str:
    """Return the least that an input type takes, as a literal."""
    if isinstance(type_, GraphQLNonNull):
        type_ = type_.of_type
    if isinstance(type_, GraphQLList):
        return f"[{minimal(type_.of_type, field)}]"
    if isinstance(type_, GraphQLEnumType):
        return str(next(iter(type_.values)))
    if isinstance(type_, GraphQLInputObjectType):
        needed = {name: field for name, field in type_.fields.items() if isinstance(field.type, GraphQLNonNull)}
        return "{" + ", ".join(f"{name}: {minimal(field.type, name)}" for name, field in needed.items()) + "}"
    if type_.name == "ID":
        number = "00000000-0000-4000-8000-000000000000" if field == "session" else "1"
        return f'"{PREFIXES.get(field, field)}_{number}"'
    return SCALARS[str(type_.name)]


async def refused_by_standing(graphql: Client, token: str) -> dict[str, list[str]]:
    """Try every change that needs a member, each with the least input; return the codes of their refusals."""
    mutations = graphql.application.executor.schema.mutation_type
    assert mutations is not None
    answered = {}
    for name, field in mutations.fields.items():
        if name in FOR_ALL:
            continue
        least = LEAST.get(name) or minimal(field.args["input"].type)
        document = f"mutation {{ {name}(input: {least}) {{ userErrors {{ code }} }} }}"
        answer = await bearing(graphql, token, document)
        assert "data" in answer, (name, answer)
        answered[name] = codes(answer["data"][name])
    return answered


async def test_every_change_is_refused_to_the_suspended(graphql: Client, database: Database) -> None:
    member = await make_member(database, roles=(Role.ADMIN,))
    token = await graphql.token(member)
    # Suspended by nobody's request, so that their session is still believed: the moment before a process hears of it.
    async with database.writing() as connection:
        await connection.raw.execute(
            "UPDATE member SET state = 'SUSPENDED', suspension_reason = '刷屏' WHERE id = $1",
            member.id,
        )

    async def rows() -> list[object]:
        return [await value(database, f"SELECT count(*) FROM {table}") for table in CHANGED]

    before = await rows()

    answered = await refused_by_standing(graphql, token)

    assert len(answered) > 40
    assert {name: told for name, told in answered.items() if told != ["ACCOUNT_SUSPENDED"]} == {}
    assert await rows() == before


async def test_every_change_asks_the_signed_out_to_sign_in(graphql: Client, database: Database) -> None:
    mutations = graphql.application.executor.schema.mutation_type
    assert mutations is not None
    for name in mutations.fields.keys() - FOR_ALL:
        least = LEAST.get(name) or minimal(mutations.fields[name].args["input"].type)
        answer = await graphql(f"mutation {{ {name}(input: {least}) {{ userErrors {{ code }} }} }}")
        assert codes(answer[name]) == ["UNAUTHENTICATED"], name
    assert await value(database, "SELECT count(*) FROM event") == 0


async def test_a_suspension_ends_sessions_hides_what_was_written_and_is_undone(
    graphql: Client,
    database: Database,
) -> None:
    moderator = await make_acting(database, roles=(Role.MODERATOR,))
    author, reader = await make_acting(database), await make_acting(database)
    space_id = await make_space(database)
    post_id = await make_post(database, author, space_id)
    other_id = await make_post(database, reader, space_id)
    comment_id = await make_comment(database, author, other_id)
    token = await graphql.token(author)
    document = f'{{ nodes(ids: ["post_{post_id}", "comment_{comment_id}"]) {{ id }} }}'

    done = await graphql.change(
        "suspendMember",
        "member { id }",
        as_=moderator,
        member=f"member_{author.member_id}",
        reason="广告刷屏",
    )

    assert codes(done) == []
    assert (await graphql(document, as_=reader))["nodes"] == [None, None]
    assert (await bearing(graphql, token, "{ viewer { email } }"))["errors"][0]["extensions"][
        "code"
    ] == "UNAUTHENTICATED"
    handle = await value(database, "SELECT handle FROM member WHERE id = $1", author.member_id)
    refused = await graphql.change("signIn", "accessToken", as_=None, login=handle, password=PASSWORD)
    assert codes(refused) == ["ACCOUNT_SUSPENDED"]
    assert "广告刷屏" in refused["userErrors"][0]["message"]

    await graphql.change("reinstateMember", "member { id }", as_=moderator, member=f"member_{author.member_id}")

    assert [node["id"] for node in (await graphql(document, as_=reader))["nodes"]] == [
        f"post_{post_id}",
        f"comment_{comment_id}",
    ]
    signed_in = await graphql.change("signIn", "accessToken", as_=None, login=handle, password=PASSWORD)
    assert codes(signed_in) == []


async def test_who_may_not_suspend_suspends_nobody(graphql: Client, database: Database) -> None:
    member, other = await make_member(database), await make_member(database)
    refused = await graphql.change("suspendMember", "", as_=member, member=f"member_{other.id}", reason="不喜欢")
    assert codes(refused) == ["NOT_PERMITTED"]
    assert await value(database, "SELECT count(*) FROM member WHERE state <> 'ACTIVE'") == 0


async def test_the_last_administrator_stays(graphql: Client, database: Database) -> None:
    admin = await make_member(database, roles=(Role.ADMIN,))
    refused = await graphql.change("revokeRole", "", as_=admin, member=f"member_{admin.id}", role="ADMIN")
    assert codes(refused) == ["LAST_ADMINISTRATOR"]
    assert await value(database, "SELECT count(*) FROM role_grant") == 1


async def test_a_role_counts_from_the_moment_it_is_given(graphql: Client, database: Database) -> None:
    admin, member = await make_member(database, roles=(Role.ADMIN,)), await make_member(database)
    assert (await graphql("{ viewer { roles permissions } }", as_=member))["viewer"] == {"roles": [], "permissions": []}

    granted = await graphql.change(
        "grantRole", "member { roles }", as_=admin, member=f"member_{member.id}", role="MODERATOR"
    )

    assert granted["member"]["roles"] == ["MODERATOR"]
    assert (await graphql("{ viewer { roles permissions } }", as_=member))["viewer"] == {
        "roles": ["MODERATOR"],
        "permissions": ["MODERATE_CONTENT", "SUSPEND_MEMBERS", "CREATE_SPACES", "MANAGE_TAGS"],
    }


async def test_what_a_suspended_member_says_of_themselves_is_for_who_oversees_the_community(
    graphql: Client, database: Database
) -> None:
    moderator, of_space = await make_acting(database, roles=(Role.MODERATOR,)), await make_acting(database)
    await make_space(database, moderators=(of_space,))
    of_space, member = await reloaded(database, of_space), await make_acting(database)
    said = {"bio": "卖假表 fakewatches", "location": "某处 somewhere", "websiteUrl": "https://watches.example/"}
    pictured = {**said, "avatarUrl": "https://watches.example/me.png"}
    await graphql.change("updateProfile", "member { id }", as_=member, **pictured)
    document = """
        query($id: ID!) {
            node(id: $id) { ... on Member { handle bio bioHtml location websiteUrl avatarUrl } }
            chinese: search(query: "卖假表", first: 5) { totalCount }
            english: search(query: "fakewatches", first: 5) { totalCount }
        }
    """

    async def seen(reader: Acting | None) -> Any:
        return await graphql(document, {"id": f"member_{member.member_id}"}, as_=reader)

    readers = (None, of_space, moderator)
    before = [await seen(reader) for reader in readers]
    suspended = {"member": f"member_{member.member_id}"}
    await graphql.change("suspendMember", "member { id }", as_=moderator, reason="广告", **suspended)
    meanwhile = [await seen(reader) for reader in readers]
    await graphql.change("reinstateMember", "member { id }", as_=moderator, **suspended)
    after = [await seen(reader) for reader in readers]

    assert before[0]["node"].items() >= pictured.items()
    assert before[0]["english"] == before[0]["chinese"] == {"totalCount": 1}
    assert meanwhile[2] == before[0] == before[1] == before[2]
    nothing = {"bio": "", "bioHtml": "", "location": None, "websiteUrl": None, "avatarUrl": None}
    assert meanwhile[0] == meanwhile[1]
    assert meanwhile[0]["node"] == {"handle": before[0]["node"]["handle"], **nothing}
    assert meanwhile[0]["english"] == meanwhile[0]["chinese"] == {"totalCount": 0}
    assert after == before
