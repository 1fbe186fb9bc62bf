"""What a demonstration's moderators have to do: a team with a clock, posts that were reported, decisions, and an appeal.

Made by the verbs that members and moderators use, after everything else has been written.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from community.discussions.posts import create_post
from community.members.acting import load_acting
from moderation.appeals.appealing import appeal
from moderation.cases.notes import note_case
from moderation.decisions.deciding import decide
from moderation.decisions.judgement import Judgement
from moderation.decisions.ruling import Measure
from moderation.replies.saving import Reply, create_saved_reply
from moderation.reports.reporting import report
from moderation.teams.managing import Route, TeamChanges, create_team

if TYPE_CHECKING:
    from community.foundation.database import Connection, Database
    from community.members.acting import Acting

CAST = 9
"""Members who write and report here, besides the named ones."""
_MINUTES = (2_880, 1_440, 480, 120, 30)
_SPAM = ("茶叶特价 Cheap tea, today only", "加微信 tea_deals_88，免费领茶样。Add me and get a free sample!")
_BROKEN = (
    "壶盖碎了 The lid came broken",
    "刚收到就碎了，两周没人回复。Broken on arrival, and nobody answers for two weeks.",
)
_HARSH = ("别再问这种问题了 Stop asking this", "看说明书，笨蛋。Read the manual, you fool.")
_FINE = ("我更喜欢白茶 I like white tea better", "乌龙太香了。Oolong is too fragrant for me.")


async def make_moderation(database: Database, admin_handle: str, moderator_handle: str, slug: str) -> None:
    """Let members of one space write what others report, and the named moderator decide on some of it."""
    async with database.writing() as connection:
        admin, moderator = [await _named(connection, handle) for handle in (admin_handle, moderator_handle)]
        space_id = await connection.raw.fetchval("SELECT id FROM space WHERE slug = $1", slug)
        found = await connection.raw.fetch(
            "SELECT id FROM member WHERE state = 'ACTIVE' AND id <> ALL($1::bigint[]) ORDER BY id DESC LIMIT $2",
            [admin.member_id, moderator.member_id],
            CAST,
        )
        cast = [await load_acting(connection, row["id"]) for row in found]
        await _team(connection, admin, moderator)
        spam = await _reported(connection, space_id, _SPAM, cast[0], cast[4:], "SPAM")
        broken = await _reported(connection, space_id, _BROKEN, cast[1], cast[4:5], "PRODUCT")
        await _reported(connection, space_id, _HARSH, cast[2], cast[4:7], "ABUSE")
        fine = await _reported(connection, space_id, _FINE, cast[3], cast[8:], "OFF_TOPIC")
    async with database.writing() as connection:
        removal = Judgement([Measure("REMOVE"), Measure("WARN")], facts="这里不发广告。No advertising here, please.")
        decided = await decide(connection, moderator, spam, removal)
        await appeal(connection, cast[0], decided.id, body="只是想分享好茶。I only wanted to share good tea.")
        await decide(connection, moderator, fine, Judgement([Measure("APPROVE")], revision=0))
        await note_case(connection, moderator, broken, body="今天寄出新的壶盖。A new lid leaves today.", shown=True)


async def _named(connection: Connection, handle: str) -> Acting:
    return await load_acting(
        connection, await connection.raw.fetchval("SELECT id FROM member WHERE handle = $1", handle)
    )


async def _team(connection: Connection, admin: Acting, moderator: Acting) -> None:
    """Make the department that answers for what was sold, and what moderators say again and again."""
    care = TeamChanges(
        name="售后 Customer care",
        member_ids=[moderator.member_id],
        respond_within=_MINUTES,
        routes=[Route(priority=10, reason="PRODUCT")],
    )
    await create_team(connection, admin, care)
    kindly = Reply(
        "请友善 Be kind",
        text_en="Say it again without the insult, and it stays.",
        text_zh="去掉侮辱的话再说一遍，就可以留下。",
        reason="ABUSE",
    )
    await create_saved_reply(connection, admin, kindly)


async def _reported(
    connection: Connection, space_id: int, said: tuple[str, str], author: Acting, by: list[Acting], reason: str
) -> int:
    """Have somebody write something, and others report it; return the case."""
    title, body = said
    post_id = await create_post(connection, author, space_id=space_id, title=title, body=body)
    said_so = [
        await report(connection, reporter, subject_kind="post", subject_id=post_id, reason=reason) for reporter in by
    ]
    case_id: int = await connection.raw.fetchval("SELECT case_id FROM report WHERE id = $1", said_so[0])
    return case_id
