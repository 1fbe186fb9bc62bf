"""Who may see cases, reports, decisions and appeals. Nobody sees, as a moderator, what is about themselves."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import Select, and_, func, literal_column, or_, select

from community.foundation.visibility import Visible
from community.members.tables import members
from community.members.viewer import any_of, seen
from moderation.automod.tables import rules
from moderation.cases.tables import cases
from moderation.health.tables import CLAIMED_FOR, second_opinions
from moderation.reports.tables import reports

if TYPE_CHECKING:
    from collections.abc import Callable

    from sqlalchemy import ColumnElement

    from community.members.viewer import ViewerTerms

_FALSE: ColumnElement[Any] = literal_column("false")
_NOBODY = Visible(always=(_FALSE,))


def moderates(viewer: ViewerTerms, space_id: ColumnElement[Any]) -> ColumnElement[Any]:
    """Return whether the viewer moderates a space; what belongs to none is for those who oversee the community."""
    if viewer.kind.oversees:
        return literal_column("true")
    return space_id == any_of(viewer.moderated_spaces) if viewer.kind.moderates else _FALSE


def sees_as_moderator(row: Any, viewer: ViewerTerms) -> ColumnElement[Any]:
    """Return whether a row that is about a member is a viewer's to look at as a moderator: about no account of theirs."""
    account = members.alias()
    accounts = select(account.c.id).where(account.c.merged_into == viewer.member_id)
    own_account = row.c.member_id == any_of(func.array(accounts.scalar_subquery()))
    return and_(
        moderates(viewer, row.c.space_id),
        row.c.member_id.is_distinct_from(viewer.member_id),
        own_account.is_not(literal_column("true")),
    )


def judges(row: Any, viewer: ViewerTerms) -> ColumnElement[Any]:
    """Return whether a case or decision, which may concern two accounts, is a viewer's to look at as a moderator."""
    return and_(sees_as_moderator(row, viewer), row.c.other_id.is_distinct_from(viewer.member_id))


def _to_judge_anew(column: str, viewer: ViewerTerms) -> ColumnElement[Any]:
    """Return of what the viewer has claimed the second opinions and not given them yet: a few ids, looked up once a read."""
    opinion = second_opinions.alias()
    mine = select(opinion.c[column]).where(opinion.c.claimed_by == viewer.member_id, opinion.c.verdict.is_(None))
    return any_of(func.array(mine.scalar_subquery()))


def _withheld(number: ColumnElement[Any], column: str, viewer: ViewerTerms) -> ColumnElement[Any]:
    """Return whether something shows what the viewer is to judge without being told."""
    return number == _to_judge_anew(column, viewer)


def visible_cases(case: Any, viewer: ViewerTerms) -> Visible:
    """Show cases to the moderators of their space, but for those about an account of theirs, and those they judge anew."""
    if not (viewer.kind.oversees or viewer.kind.moderates):
        return _NOBODY
    return Visible(always=(judges(case, viewer), ~_withheld(case.c.id, "case_id", viewer)))


def visible_reports(report: Any, viewer: ViewerTerms) -> Visible:
    """Show reports to who made them, and to the moderators of their case."""
    own = report.c.reporter_id == viewer.member_id
    return _own_or_of_case(report, viewer, own)


def decision_concerns(decision: Any, viewer: ViewerTerms) -> ColumnElement[Any]:
    """Return whether a decision concerns a viewer: it can be about two accounts."""
    return or_(decision.c.member_id == viewer.member_id, decision.c.other_id == viewer.member_id)


def visible_decisions(decision: Any, viewer: ViewerTerms) -> Visible:
    """Show decisions to whom they concern, to who had reported it, and to the moderators of their space."""
    if not viewer.kind.signed_in:
        return _NOBODY
    told = reports.alias()
    reported: Select[Any] = select(literal_column("1")).where(
        told.c.case_id == decision.c.case_id, told.c.reporter_id == viewer.member_id
    )
    parts = [decision_concerns(decision, viewer), reported.exists()]
    if viewer.kind.oversees or viewer.kind.moderates:
        parts.append(and_(judges(decision, viewer), ~_withheld(decision.c.case_id, "case_id", viewer)))
    return Visible(always=(or_(*parts),))


def visible_appeals(appeal: Any, viewer: ViewerTerms) -> Visible:
    """Show appeals to who made them, and to the moderators of the case in which they wait."""
    return _own_or_of_case(appeal, viewer, appeal.c.appellant_id == viewer.member_id)


def visible_notes(note: Any, viewer: ViewerTerms) -> Visible:
    """Show notes to the moderators of their case, and to whom it is about what is meant for them."""
    case = cases.alias()
    about: Select[Any] = select(literal_column("1")).where(
        case.c.id == note.c.case_id, case.c.member_id == viewer.member_id
    )
    return _own_or_of_case(note, viewer, and_(note.c.shown, about.exists()))


def moderators_only(_row: Any, viewer: ViewerTerms) -> Visible:
    """Show what moderators work with, teams and saved replies, to all of them."""
    return Visible() if viewer.kind.oversees or viewer.kind.moderates else _NOBODY


def visible_histories(member: Any, viewer: ViewerTerms) -> Visible:
    """Show what moderators know of a member to moderators, and to nobody of themselves."""
    if not (viewer.kind.oversees or viewer.kind.moderates):
        return _NOBODY
    return Visible(always=(member.c.id != viewer.member_id,))


def visible_rules(rule: Any, viewer: ViewerTerms) -> Visible:
    """Show rules to who may manage them: those of a space to its moderators, those for all to who oversees."""
    if not (viewer.kind.oversees or viewer.kind.moderates):
        return _NOBODY
    return Visible(always=(moderates(viewer, rule.c.space_id),))


def visible_rule_versions(version: Any, viewer: ViewerTerms) -> Visible:
    """Show versions of a rule to who may manage it."""
    return Visible(inherited=lambda: (seen(rules, visible_rules, version.c.rule_id, viewer),))


def visible_rule_matches(match: Any, viewer: ViewerTerms) -> Visible:
    """Show what a rule matched to who may manage it, but for what they wrote themselves."""
    return Visible(
        inherited=lambda: (seen(rules, visible_rules, match.c.rule_id, viewer),),
        always=(match.c.member_id.is_distinct_from(viewer.member_id),),
    )


def visible_policies(_policy: Any, viewer: ViewerTerms) -> Visible:
    """Show what strikes suggest to moderators."""
    return Visible() if viewer.kind.oversees or viewer.kind.moderates else _NOBODY


def reads_audit_log(entry: Any, viewer: ViewerTerms) -> Visible:
    """Show the audit log to who may read it, but for entries of what they judge anew."""
    if not viewer.kind.reads_audit_log:
        return _NOBODY
    of_case = and_(entry.c.subject_kind == literal_column("'case'"), _withheld(entry.c.subject_id, "case_id", viewer))
    of_decision = and_(
        entry.c.subject_kind == literal_column("'decision'"), _withheld(entry.c.subject_id, "decision_id", viewer)
    )
    return Visible(always=(or_(of_case, of_decision).is_not(literal_column("true")),))


def _own_or_of_case(row: Any, viewer: ViewerTerms, own: ColumnElement[Any]) -> Visible:
    if not viewer.kind.signed_in:
        return _NOBODY
    if not (viewer.kind.oversees or viewer.kind.moderates):
        return Visible(always=(own,))
    made: Callable[[], tuple[ColumnElement[Any], ...]] = lambda: (or_(own, case_seen(row.c.case_id, viewer)),)  # noqa: E731 - made when asked for
    return Visible(inherited=made)


def case_seen(case_id: ColumnElement[Any], viewer: ViewerTerms) -> ColumnElement[Any]:
    """Return whether a case is a viewer's to look at as a moderator."""
    if not (viewer.kind.oversees or viewer.kind.moderates):
        return _FALSE
    case = cases.alias()
    found: Select[Any] = select(literal_column("1")).where(case.c.id == case_id, *visible_cases(case, viewer).whole())
    seen: ColumnElement[Any] = found.exists()
    return seen


def claimed_by_viewer(opinion: Any, viewer: ViewerTerms) -> ColumnElement[Any]:
    """Return whether the viewer has claimed a second opinion, and is told what it is about."""
    theirs: ColumnElement[Any] = opinion.c.claimed_by.is_not_distinct_from(viewer.member_id)
    return theirs


def visible_opinions(opinion: Any, viewer: ViewerTerms) -> Visible:
    """Show second opinions to who may give them, and those that were given to who gave them: not to who decided."""
    if not (viewer.kind.oversees or viewer.kind.moderates):
        return _NOBODY
    free = or_(
        opinion.c.claimed_by.is_(None),
        opinion.c.claimed_at < func.now() - literal_column(f"interval '{CLAIMED_FOR.days} days'"),
    )
    waiting = and_(
        opinion.c.verdict.is_(None),
        opinion.c.decided_by.is_distinct_from(viewer.member_id),
        or_(free, opinion.c.claimed_by == viewer.member_id),
    )
    theirs = or_(opinion.c.given_by == viewer.member_id, waiting)
    return Visible(always=(and_(sees_as_moderator(opinion, viewer), theirs),))
