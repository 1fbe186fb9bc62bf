"""Doing what rules say of something that this transaction has just written."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from community.discussions.labels import find_label, label_content, label_of
from community.discussions.tables import Visibility
from community.foundation.clock import now
from community.members.restricting import Restriction, place_restrictions
from community.members.restrictions import Limit
from moderation.automod.errors import RefusedByRule
from moderation.automod.matches import matches_of, write_matches
from moderation.cases.opening import add_report, open_case
from moderation.decisions.automatic import decide_automatically
from moderation.decisions.ruling import Changed, Measure
from moderation.rules.evaluating import Action, Rule, Words
from moderation.subjects import REPORTABLE, Subject, subject_itself

if TYPE_CHECKING:
    from community.foundation.database import Connection
    from moderation.automod.drafts import Screened

WEIGHT = 1.0
"""What a rule's word counts: that of a member of whom nothing is known."""

_LOCALE = "SELECT locale FROM member WHERE id = $1"
_SEVERITY = "SELECT severity FROM report_reason WHERE id = $1"
_IS_STAFF = "SELECT EXISTS (SELECT FROM role_grant WHERE member_id = $1)"
# now() is the moment at which this transaction began: what it has not moved itself was hidden before.
_HELD_NOW = {
    "post": "SELECT visibility = 1 AND hidden_at = now() FROM post WHERE id = $1",
    "comment": "SELECT visibility = 1 AND hidden_at = now() FROM comment WHERE id = $1",
}
_WRITTEN = {
    "post": "SELECT id, author_id, space_id FROM post WHERE id = $1",
    "comment": """
        SELECT comment.id, comment.author_id, post_id, space_id FROM comment JOIN post ON post.id = post_id
        WHERE comment.id = $1
    """,
}
_REPORT = """
    INSERT INTO report (case_id, reason_id, body, revision, weight)
    SELECT $1::bigint, $2::smallint, $3::text, $4::int, $5::real
    WHERE NOT EXISTS (
        SELECT FROM report WHERE case_id = $1 AND reporter_id IS NULL AND revision = $4 AND body = $3
    ) RETURNING id
"""


@dataclass(frozen=True, slots=True)
class _Caught:
    """What a rule caught, and what is said of it."""

    subject: Subject
    rule: Rule
    said: Words
    reason_id: int
    member_id: int
    excerpt: str
    """What was written, where the subject does not say it: it is who wrote it, as there can be no case about the text."""


async def enforce(connection: Connection, screened: Screened, subject_kind: str, subject_id: int) -> None:
    """Do what the rules say, in the transaction that has written the subject, and write down which matched.

    Raises:
        RefusedByRule: if it is not taken, so that all of it is undone. Who may not write there has been told so before.
    """
    member_id = screened.member_id
    assert member_id is not None  # nothing is written by nobody
    await refuse(connection, screened)
    await write_matches(connection, matches_of(screened, subject_kind, subject_id))
    done = screened.outcome.done
    if not done:
        return
    stands = subject_kind in REPORTABLE
    subject = await subject_itself(connection, *((subject_kind, subject_id) if stands else ("member", member_id)))
    excerpt = "" if stands else screened.draft.excerpt
    for verdict in done:
        # What is held waits in the queue anyhow.
        if not (screened.is_held and verdict.rule.action is Action.REPORT):
            reason_id = screened.reason_of(verdict)
            caught = _Caught(subject, verdict.rule, verdict.statement(), reason_id, member_id, excerpt)
            await _DOES[verdict.rule.action](connection, caught)


async def refuse(connection: Connection, screened: Screened, locale: str | None = None) -> None:
    """Refuse what is not to be taken; in a language, or else in that of who writes it.

    Raises:
        RefusedByRule: if that is what the rules say.
    """
    decisive = screened.outcome.decisive
    if decisive is None or screened.outcome.action is not Action.REFUSE:
        return
    message = decisive.rule.message
    assert message is not None  # no rule refuses without
    if locale is None:
        locale = await _locale(connection, screened.member_id)
    raise RefusedByRule(message=_in(locale, message))


async def _hold(connection: Connection, caught: _Caught) -> None:
    subject = caught.subject
    case_id = await _opened(connection, "HELD", caught)
    if not await connection.raw.fetchval(_HELD_NOW[subject.kind], subject.id):
        return
    changed = Changed(
        # Undone, it is shown, as it would have been.
        before={"visibility": Visibility.VISIBLE, "hidden_at": None, "hidden_by": None},
        after={"visibility": Visibility.HELD, "revision": subject.revision},
    )
    await _decide(connection, case_id, caught, Measure("HIDE"), changed)


async def _label(connection: Connection, caught: _Caught) -> None:
    """Put the rule's label on it, unless it has one: whoever put that there is not overruled by a rule."""
    subject, name = caught.subject, caught.rule.label or ""
    label_id = await find_label(connection, name)
    if label_id is None:
        # It was given up since the rule was switched on.
        await _report(connection, caught)
        return
    if await label_of(connection, subject.kind, subject.id) is not None:
        return
    case_id = await _opened(connection, "LABELLED", caught)
    changed = Changed({"label": None}, {"label": label_id})
    if await _decide(connection, case_id, caught, Measure("LABEL", details={"label": name}), changed) is not None:
        row = await connection.raw.fetchrow(_WRITTEN[subject.kind], subject.id)
        assert row is not None  # this transaction has written it
        await label_content(connection, None, subject.kind, row, label_id)


async def _limit(connection: Connection, caught: _Caught) -> None:
    """Keep the author from what the rule says. Staff are judged by people alone, and nobody for what another made of it."""
    limits, is_own = caught.rule.limits, caught.member_id == caught.subject.member_id
    if limits is None or not is_own or await connection.raw.fetchval(_IS_STAFF, caught.member_id):
        await _report(connection, caught)
        return
    # It holds everywhere, so it is for those to look at who moderate everywhere.
    caught = replace(caught, subject=replace(caught.subject, space_id=None))
    until = now() + timedelta(hours=limits.hours)
    details = {"limits": list(limits.kinds), **({} if limits.seconds is None else {"seconds": limits.seconds})}
    changed = Changed({}, {"limits": list(limits.kinds), "until": until.isoformat()})
    case_id = await _opened(connection, "LIMITED", caught)
    decision_id = await _decide(connection, case_id, caught, Measure("LIMIT", until, details), changed)
    if decision_id is not None:
        restrictions = [
            Restriction(Limit(kind), limits.seconds if kind == Limit.SLOW_MODE else None) for kind in limits.kinds
        ]
        await place_restrictions(connection, None, caught.member_id, restrictions, until=until, decision_id=decision_id)


async def _report(connection: Connection, caught: _Caught) -> None:
    subject, reason_id = caught.subject, caught.reason_id
    body = "\n\n".join(filter(None, (caught.said.english, caught.said.chinese, caught.excerpt)))
    weighed = {
        "reason_id": reason_id,
        "severity": await connection.raw.fetchval(_SEVERITY, reason_id),
        "weight": WEIGHT,
    }
    case_id, opened = await open_case(connection, "REPORTED", subject, **weighed)
    reported = await connection.raw.fetchval(_REPORT, case_id, reason_id, body, subject.revision, WEIGHT)
    if reported is not None:
        await add_report(connection, case_id, subject, opened=opened, **weighed)


_DOES: Final[Mapping[Action, Callable[[Connection, _Caught], Awaitable[None]]]] = {
    Action.LABEL: _label,
    Action.REPORT: _report,
    Action.LIMIT: _limit,
    Action.HOLD: _hold,
}
"""What is done once it is written; what is refused is not."""


async def _opened(connection: Connection, kind: str, caught: _Caught) -> int:
    """Open a case, or return the one that is open: of something that is edited there is one, and one decision."""
    severity = await connection.raw.fetchval(_SEVERITY, caught.reason_id)
    case_id, _ = await open_case(
        connection, kind, caught.subject, reason_id=caught.reason_id, severity=severity, weight=WEIGHT
    )
    return case_id


async def _decide(
    connection: Connection, case_id: int, caught: _Caught, measure: Measure, changed: Changed
) -> int | None:
    facts = _in(await _locale(connection, caught.member_id), caught.said)
    return await decide_automatically(
        connection, case_id, caught.subject, measure, changed, reason_id=caught.reason_id, facts=facts
    )


async def _locale(connection: Connection, member_id: int | None) -> str:
    locale: str = await connection.raw.fetchval(_LOCALE, member_id)
    return locale


def _in(locale: str, words: Words) -> str:
    return words.chinese if locale.startswith("zh") else words.english
