"""Doing what rules say of something that this transaction has just written."""

from __future__ import annotations

from typing import TYPE_CHECKING

from community.discussions.tables import Visibility
from moderation.automod.errors import RefusedByRule
from moderation.automod.matches import matches_of, write_matches
from moderation.cases.opening import add_report, open_case
from moderation.decisions.automatic import decide_automatically
from moderation.rules.evaluating import Action, Words
from moderation.subjects import Subject, subject_itself

if TYPE_CHECKING:
    from community.foundation.database import Connection
    from moderation.automod.drafts import Screened

WEIGHT = 1.0
"""What a rule's word counts: that of a member of whom nothing is known."""

_LOCALE = "SELECT locale FROM member WHERE id = $1"
_SEVERITY = "SELECT severity FROM report_reason WHERE id = $1"
# now() is the moment at which this transaction began: what it has not moved itself was hidden before.
_HELD_NOW = {
    "post": "SELECT visibility = 1 AND hidden_at = now() FROM post WHERE id = $1",
    "comment": "SELECT visibility = 1 AND hidden_at = now() FROM comment WHERE id = $1",
}
_REPORT = """
    INSERT INTO report (case_id, reason_id, body, revision, weight)
    SELECT $1::bigint, $2::smallint, $3::text, $4::int, $5::real
    WHERE NOT EXISTS (
        SELECT FROM report WHERE case_id = $1 AND reporter_id IS NULL AND revision = $4 AND body = $3
    ) RETURNING id
"""


async def enforce(connection: Connection, screened: Screened, subject_kind: str, subject_id: int) -> None:
    """Do what the rules say, in the transaction that has written the subject, and write down which matched.

    Raises:
        RefusedByRule: if it is not taken, so that all of it is undone. Who may not write there has been told so before.
    """
    outcome = screened.outcome
    decisive = outcome.decisive
    if decisive is not None and outcome.action is Action.REFUSE:
        message = decisive.rule.message
        assert message is not None  # no rule refuses without
        raise RefusedByRule(message=await _in_words_of(connection, screened.member_id, message))
    await write_matches(connection, matches_of(screened, subject_kind, subject_id))
    if decisive is None:
        return
    subject = await subject_itself(connection, subject_kind, subject_id)
    said = decisive.statement()
    if outcome.action is Action.HOLD:
        facts = await _in_words_of(connection, screened.member_id, said)
        await _hold(connection, subject, screened.reason_id, facts)
    elif outcome.is_reported:
        await _report(connection, subject, screened.reason_id, f"{said.english}\n\n{said.chinese}")


async def _hold(connection: Connection, subject: Subject, reason_id: int, facts: str) -> None:
    severity = await connection.raw.fetchval(_SEVERITY, reason_id)
    case_id, _ = await open_case(connection, "HELD", subject, reason_id=reason_id, severity=severity, weight=WEIGHT)
    if not await connection.raw.fetchval(_HELD_NOW[subject.kind], subject.id):
        return
    await decide_automatically(
        connection,
        case_id,
        subject,
        action="HIDE",
        reason_id=reason_id,
        facts=facts,
        # Undone, it is shown, as it would have been.
        before={"visibility": Visibility.VISIBLE, "hidden_at": None, "hidden_by": None},
        after={"visibility": Visibility.HELD, "revision": subject.revision},
    )


async def _report(connection: Connection, subject: Subject, reason_id: int, body: str) -> None:
    weighed = {
        "reason_id": reason_id,
        "severity": await connection.raw.fetchval(_SEVERITY, reason_id),
        "weight": WEIGHT,
    }
    case_id, opened = await open_case(connection, "REPORTED", subject, **weighed)
    reported = await connection.raw.fetchval(_REPORT, case_id, reason_id, body, subject.revision, WEIGHT)
    if reported is not None:
        await add_report(connection, case_id, subject, opened=opened, **weighed)


async def _in_words_of(connection: Connection, member_id: int, words: Words) -> str:
    """Return what is said, in the language of a member."""
    locale: str = await connection.raw.fetchval(_LOCALE, member_id)
    return words.chinese if locale.startswith("zh") else words.english
