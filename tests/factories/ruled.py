"""What rules have done, with texts that few may read."""

from __future__ import annotations

from community.discussions import comments, posts
from community.foundation.database import Connection, Database
from community.members.acting import Acting
from moderation.automod.book import rule_in_version
from moderation.automod.drafts import Draft, Screened
from moderation.automod.enforcing import enforce
from moderation.rules.candidates import Kind
from moderation.rules.checks import Evidence
from moderation.rules.evaluating import Verdict
from tests.factories.discussions import make_post


async def make_ruled(
    database: Database,
    people: dict[str, Acting],
    town: dict[str, int],
    made: dict[str, int],
    said: dict[str, int],
    canary: str,
) -> dict[str, str]:
    """Have rules hold a new post, an edited post and a comment, and refuse something, all with a word in it."""
    reader, friend = people["reader"], people["friend"]
    async with database.writing() as connection:
        rules = [
            await connection.raw.fetchval(
                """
                WITH made AS (INSERT INTO rule (name, space_id, state) VALUES ($1, $2, 'LIVE') RETURNING id)
                INSERT INTO rule_version (rule_id, number, condition, action, kinds, reason_id)
                SELECT id, 1, jsonb_build_object('keywords', jsonb_build_object('words', jsonb_build_array($1::text))),
                    'HOLD', '{POST,COMMENT}', 1 FROM made RETURNING rule_id
                """,
                name,
                town[space],
            )
            for name, space in ((f"{canary} rulename", "public"), (f"{canary} private", "private"))
        ]
        rule = await rule_in_version(connection, rules[0], 1)
        await connection.raw.execute(
            """
            INSERT INTO rule_match (rule_id, version, action, shadow, subject_kind, member_id, evidence, excerpt)
            VALUES ($1, 1, 'REFUSE', false, 'post', $2, $3, $4)
            """,
            rules[0],
            friend.member_id,
            [{"condition": "keywords", "en": f"{canary} evidence", "zh": "证据", "spans": []}],
            f"{canary} refused",
        )
    verdict = Verdict(rule, (Evidence("keywords", "It says so.", "如此。"),))

    def held(member: Acting) -> Screened:
        return Screened(Draft(Kind.POST, ""), member.member_id, (verdict,), (1,), town["public"])

    async def write(connection: Connection) -> None:
        made["ruled"] = await posts.create_post(
            connection,
            reader,
            space_id=town["public"],
            title=f"{canary} ruled",
            body=f"{canary} ruled 藏 @{people['author'].member_id}",
            tags=("茶",),
            held=True,
        )
        await enforce(connection, held(reader), "post", made["ruled"])
        await posts.edit_post(
            connection, reader, made["edited"], title=f"{canary} ruled", body=f"{canary} ruled 改", held=True
        )
        await enforce(connection, held(reader), "post", made["edited"])
        said["ruled"] = await comments.create_comment(
            connection,
            friend,
            post_id=made["plain0"],
            parent_id=said["on0_0"],
            body=f"{canary} ruledcomment",
            held=True,
        )
        await enforce(connection, held(friend), "comment", said["ruled"])

    made["edited"] = await make_post(database, reader, town["public"], title="就要改了", body="就要改了")
    await database.transact(write)
    async with database.reading() as connection:
        case = await connection.raw.fetchrow(
            "SELECT moderation_case.id, decision.id AS decision FROM moderation_case JOIN decision ON case_id = moderation_case.id "
            "WHERE subject_kind = 'post' AND subject_id = $1",
            made["ruled"],
        )
    assert case is not None
    return {
        **{name: f"rule_{number}" for name, number in zip(("rule", "private rule"), rules, strict=True)},
        "case": f"case_{case['id']}",
        "decision": f"decision_{case['decision']}",
    }
