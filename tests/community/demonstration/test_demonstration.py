import hashlib
from datetime import UTC, datetime

import pytest

from community.demonstration.errors import CommunityNotEmpty
from community.demonstration.load import TABLES, load_demonstration, tidy
from community.demonstration.phrases import CHINESE, ENGLISH
from community.demonstration.plan import make_plan
from community.demonstration.sizes import SIZES, Size
from community.demonstration.topics import TOPICS
from community.discussions.recount import recount
from community.discussions.tags import fold_tag
from community.foundation.database import Database
from community.foundation.markdown import render
from community.members.handles import clean_handle, skeleton
from community.members.passwords import hash_password
from community.members.sessions import sign_in
from community.members.signing import derive_keys
from tests.factories.discussions import value

UNTIL = datetime(2026, 11, 1, tzinfo=UTC)
LITTLE = Size(members=40, posts=90, comments=240, reactions=300, follows=120)


async def load(database: Database, size: Size = SIZES["small"], seed: int = 1) -> dict[str, int]:
    async with database.writing() as connection:
        return await load_demonstration(connection, size, seed=seed, until=UNTIL)


async def digest(database: Database) -> str:
    """Return a digest of every row of every table that a demonstration writes."""
    found = hashlib.sha256()
    async with database.reading() as connection:
        for table in TABLES:
            rows = await connection.raw.fetch(f"SELECT to_jsonb({table})::text AS row FROM {table} ORDER BY 1")
            found.update(f"{table}:".encode())
            for row in rows:
                found.update(row["row"].encode())
    return found.hexdigest()


async def test_the_same_seed_gives_the_same_data_and_another_seed_other_data(database: Database) -> None:
    digests = []
    for seed in (7, 7, 8):
        await load(database, seed=seed)
        digests.append(await digest(database))
        async with database.reading() as connection:
            await connection.raw.execute("CALL as_migrated.restore()")
    assert digests[0] == digests[1]
    assert digests[0] != digests[2]


async def test_all_counters_are_right_and_all_texts_are_as_markdown_renders_them(database: Database) -> None:
    await load(database)
    async with database.reading() as connection:
        assert await recount(connection) == []
        for table in ("post", "comment"):
            for row in await connection.raw.fetch(f"SELECT body, body_html, body_text, body_breaks FROM {table}"):
                rendered = render(row["body"])
                assert tuple(row)[1:] == (rendered.html, rendered.text, rendered.breaks)
        for row in await connection.raw.fetch("SELECT bio, bio_html FROM member"):
            assert row["bio_html"] == render(row["bio"]).html
        follows = await connection.raw.fetch(
            """
            SELECT id FROM member WHERE
                follower_count <> (SELECT count(*) FROM follow WHERE follow.member_id = member.id)
                OR following_count <> (SELECT count(*) FROM follow WHERE follower_id = member.id)
            """
        )
        assert follows == []


async def test_no_two_posts_are_alike_and_both_languages_are_spoken(database: Database) -> None:
    await load(database)
    assert await value(database, "SELECT count(*) - count(DISTINCT body) FROM post") == 0
    posts = await value(database, "SELECT count(*) FROM post")
    chinese = await value(database, "SELECT count(*) FROM post WHERE body ~ '[\u4e00-\u9fff]'")
    assert isinstance(posts, int)
    assert isinstance(chinese, int)
    assert posts * 0.25 < chinese < posts * 0.75
    found = await value(database, "SELECT count(*) FROM post WHERE search @@ search_query('龙井')")
    assert isinstance(found, int)
    assert found > 0


async def test_nobody_acts_before_they_joined_or_after_the_end(database: Database) -> None:
    await load(database)
    for moment in (
        "SELECT created_at, author_id AS member_id FROM post",
        "SELECT created_at, author_id AS member_id FROM comment",
        "SELECT created_at, member_id FROM post_reaction",
        "SELECT created_at, member_id FROM comment_reaction",
        "SELECT created_at, follower_id AS member_id FROM follow",
        "SELECT created_at, member_id FROM follow",
        "SELECT joined_at AS created_at, member_id FROM space_member",
    ):
        wrong = await value(
            database,
            f"""
            SELECT count(*) FROM ({moment}) AS acts JOIN member ON member.id = member_id
            WHERE acts.created_at < member.joined_at OR acts.created_at > '{UNTIL.isoformat()}'
            """,
        )
        assert wrong == 0, moment


async def test_replies_follow_their_parents_within_one_thread(database: Database) -> None:
    await load(database)
    wrong = await value(
        database,
        """
        SELECT count(*) FROM comment AS reply JOIN comment AS parent ON parent.id = reply.parent_id
        WHERE reply.post_id <> parent.post_id OR reply.depth <> parent.depth + 1
            OR reply.created_at < parent.created_at
        """,
    )
    assert wrong == 0
    assert await value(database, "SELECT count(*) > 100 FROM comment WHERE depth >= 2")


async def test_only_those_who_are_let_in_act_in_the_private_space(database: Database) -> None:
    await load(database)
    async with database.reading() as connection:
        # What was loaded a moment ago is nothing to the planner yet, and this goes through all of it.
        await connection.raw.execute("ANALYZE post, comment, post_reaction, space, space_member")
    wrong = await value(
        database,
        """
        SELECT count(*) FROM (
            SELECT id AS post_id, author_id AS actor FROM post
            UNION ALL SELECT post_id, author_id FROM comment
            UNION ALL SELECT post_id, member_id FROM post_reaction
        ) AS acts
            JOIN post ON post.id = post_id
            JOIN space ON space.id = post.space_id AND access = 'PRIVATE'
        WHERE NOT EXISTS (SELECT FROM space_member WHERE space_id = space.id AND member_id = actor)
        """,
    )
    assert wrong == 0
    assert await value(
        database, "SELECT count(*) > 5 FROM post JOIN space ON space.id = space_id AND access = 'PRIVATE'"
    )


async def test_follows_have_tribes_and_few_who_are_followed_by_many(database: Database) -> None:
    plan = make_plan(SIZES["small"], 1, UNTIL)
    people, follows = plan.people, plan.people.follows
    within = (people.topic[follows.follower] == people.topic[follows.followed]).mean()
    assert within > 0.5
    followers = sorted((follows.followed == member).sum() for member in range(SIZES["small"].members))
    assert sum(followers[-30:]) > 0.3 * sum(followers)


async def test_named_members_can_sign_in_and_have_their_roles(database: Database) -> None:
    password_hash = await hash_password("乌龙茶配午后的阳光")
    async with database.writing() as connection:
        await load_demonstration(connection, LITTLE, seed=1, until=UNTIL, password_hash=password_hash)
    for handle in ("tea_admin", "tea_moderator", "tea_member"):
        signed_in = await sign_in(
            database, derive_keys(b"a secret of this test"), login=handle, password="乌龙茶配午后的阳光"
        )
        assert signed_in.member_id > 0
    roles = await value(
        database,
        """
        SELECT array_agg(handle || ' ' || role ORDER BY handle) FROM role_grant JOIN member ON member.id = member_id
        WHERE space_id IS NULL AND handle LIKE 'tea\\_%'
        """,
    )
    assert roles == ["tea_admin ADMIN", "tea_moderator MODERATOR"]


async def test_without_a_password_nobody_can_sign_in(database: Database) -> None:
    await load(database, LITTLE)
    assert await value(database, "SELECT count(*) FROM account") == 0


async def test_a_community_that_is_not_empty_is_refused_and_left_as_it_is(database: Database) -> None:
    await load(database, LITTLE)
    before = await digest(database)
    with pytest.raises(CommunityNotEmpty):
        await load(database, LITTLE, seed=2)
    assert await digest(database) == before


async def test_indexes_made_afterwards_are_the_same_and_so_are_the_rows(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    schema = """
        SELECT string_agg(definition, E'\n' ORDER BY definition) FROM (
            SELECT indexdef FROM pg_indexes WHERE schemaname = 'public'
            UNION ALL
            SELECT conrelid::regclass || conname || pg_get_constraintdef(oid) || convalidated FROM pg_constraint
        ) AS all_of_it (definition)
    """
    before = await value(database, schema)
    await load(database, LITTLE)
    kept = await digest(database)
    async with database.reading() as connection:
        # New files: an index is made of the rows that were just deleted, too, and VACUUM may be taking those apart.
        # Some tables refuse to be emptied.
        empty = f"TRUNCATE {', '.join(TABLES)} CASCADE"
        await connection.raw.execute(f"DO $$ BEGIN SET LOCAL session_replication_role = replica; {empty}; END $$")
        await connection.raw.execute("CALL as_migrated.restore()")
    monkeypatch.setattr("community.demonstration.load.INDEXES_AFTERWARDS_FROM", 0)
    await load(database, LITTLE)
    assert await digest(database) == kept
    assert await value(database, schema) == before


async def test_new_rows_get_ids_of_their_own_afterwards(database: Database) -> None:
    await load(database, LITTLE)
    async with database.reading() as connection:
        await tidy(connection)
        made = await connection.raw.fetchval("INSERT INTO tag (name) VALUES ('新茶') RETURNING id")
        assert made == await connection.raw.fetchval("SELECT max(id) FROM tag")
        await connection.raw.execute("DELETE FROM tag WHERE id = $1", made)


async def test_handles_and_tags_are_what_members_themselves_could_choose(database: Database) -> None:
    await load(database, LITTLE)
    async with database.reading() as connection:
        for row in await connection.raw.fetch("SELECT handle, handle_skeleton FROM member"):
            assert clean_handle(row["handle"]) == row["handle"]
            assert skeleton(row["handle"]) == row["handle_skeleton"]
        for row in await connection.raw.fetch("SELECT name FROM tag"):
            assert fold_tag(row["name"]) == row["name"]


def test_both_languages_have_as_much_to_say() -> None:
    for name in (
        "titles",
        "questions",
        "openings",
        "details",
        "measures",
        "closings",
        "asks",
        "answers",
        "news",
        "bios",
    ):
        assert len(getattr(ENGLISH, name)) == len(getattr(CHINESE, name)), name
    for topic in TOPICS:
        for field in ("teas", "places", "notes", "tags"):
            assert len(getattr(topic.english, field)) == len(getattr(topic.chinese, field))
