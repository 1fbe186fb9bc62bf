"""What ids of moderation can name: cases, reports, decisions, appeals, teams, replies and rules."""

from __future__ import annotations

from typing import TYPE_CHECKING

from moderation.appeals.appealing import appeal
from moderation.automod.checking import Written
from moderation.automod.managing import save_rule
from moderation.cases.notes import note_case
from moderation.decisions.deciding import decide
from moderation.decisions.judgement import Judgement
from moderation.decisions.ruling import Measure
from moderation.health.sampling import claim_second_opinion
from moderation.reports.reporting import report
from moderation.rules.evaluating import Action
from tests.factories.discussions import make_post

if TYPE_CHECKING:
    from community.foundation.database import Connection, Database
    from community.members.acting import Acting

_SECOND_OPINION = """
    INSERT INTO second_opinion (decision_id, case_id, member_id, space_id, decided_by)
    SELECT id, case_id, member_id, space_id, decided_by FROM decision WHERE id = $1 RETURNING id
"""
_TEAM = "INSERT INTO moderation_team (name) VALUES ($1) RETURNING id"
_REPLY = "INSERT INTO saved_reply (name, text_en, text_zh) VALUES ($1, 'Thanks.', '谢谢。') RETURNING id"
_MATCH = """
    INSERT INTO rule_match (rule_id, version, action, shadow, subject_kind, member_id, evidence, excerpt)
    VALUES ($1, 1, 'HOLD', true, 'post', $2, '[]', '茶') RETURNING id
"""
# The log's own reader, which writes meanwhile, goes on behind it.
_AUDITED = """
    INSERT INTO audit_entry (id, event_id, occurred_at, kind, data, data_digest, digest)
    SELECT last + 1, -1 - last, now(), 'RoleGranted', '{}', sha256('1'), sha256('2')
    FROM (SELECT coalesce(max(id), 0) AS last FROM audit_entry) AS entries RETURNING id
"""


async def make_moderation(
    database: Database,
    name: str,
    moderators: tuple[Acting, Acting],
    author: Acting,
    reporter: Acting,
    spaces: tuple[int, int | None],
) -> dict[str, str]:
    """Make an open case and a decided one of another moderator's, such that the first can do what is named.

    `spaces` are where the posts are, and where the rule holds.
    """
    first, other = moderators
    space, of_rule = spaces
    reporter = first if name == "appeal" else reporter
    open_post, decided_post = [await make_post(database, author, space) for _ in range(2)]

    async def make(connection: Connection) -> dict[str, int]:
        async def reported(post: int) -> tuple[int, int]:
            report_id = await report(
                connection, reporter, subject_kind="post", subject_id=post, reason="SPAM", body="广告"
            )
            case_id: int = await connection.raw.fetchval("SELECT case_id FROM report WHERE id = $1", report_id)
            return report_id, case_id

        _, case = await reported(open_post)
        report_id, decided_case = await reported(decided_post)
        # Nothing is found, so that who reported it can appeal.
        judgement = Judgement([Measure("APPROVE")], revision=0)
        decision = await decide(connection, other, decided_case, judgement)
        rule = await save_rule(
            connection, first, Written("茶", '{"keywords": {"words": ["茶"]}}', Action.HOLD, "SPAM"), space_id=of_rule
        )
        version = await connection.raw.fetchval("SELECT id FROM rule_version WHERE rule_id = $1", rule)
        made = {
            "case": case,
            "report": report_id,
            "decision": decision.id,
            "case_note": await note_case(connection, first, case, body="看看"),
            "second_opinion": await connection.raw.fetchval(_SECOND_OPINION, decision.id),
            "team": await connection.raw.fetchval(_TEAM, f"队 {case}"),
            "second_team": await connection.raw.fetchval(_TEAM, f"另一队 {case}"),
            "saved_reply": await connection.raw.fetchval(_REPLY, f"谢谢 {case}"),
            "rule": rule,
            "rule_version": version,
            "rule_match": await connection.raw.fetchval(_MATCH, rule, author.member_id),
            "audit_entry": await connection.raw.fetchval(_AUDITED),
        }
        if name != "appeal":
            made["appeal"] = await appeal(connection, reporter, decision.id, body="请再看 look again")
        return made

    made = await database.transact(make)
    if name == "giveSecondOpinion":
        await database.transact(lambda connection: claim_second_opinion(connection, first, made["second_opinion"]))
    ids = {prefix: f"{prefix}_{number}" for prefix, number in made.items() if prefix != "second_team"}
    ids["second_team"] = f"team_{made['second_team']}"
    if "appeal" not in made:
        ids["appeal"] = "appeal_7777777777777"
    return ids
