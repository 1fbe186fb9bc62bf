"""Statements of reasons as the European transparency database takes them (Article 24(5) of the Digital Services Act).

Each decision that restricts something is one statement, field by field as version 2 of the database's API names them [1]. What
the API does not take is not there: no name, no handle, no address, no text of whom it concerns. The facts are told in words of
ours; those of the moderators, with what could name somebody taken out, only where that is asked for.

Sources:
    1. European Commission: DSA Transparency Database, "How to use the API" (version 2, in force since 1 July 2025), and the
       rules by which the service checks what it is sent; repository digital-services-act/transparency-database,
       resources/markdown/api-documentation.md and app/Http/Controllers/Api.
"""

from __future__ import annotations

import unicodedata
from collections.abc import AsyncIterator, Mapping, Sequence
from datetime import date, datetime
from typing import TYPE_CHECKING, Any, Final

from community.members.handles import skeleton
from moderation.cases.tables import BY_RULES
from moderation.decisions.grounds import LAW
from moderation.transparency.anonymous import could_be_handles, without_personal_data

if TYPE_CHECKING:
    from community.foundation.database import Connection

AT_ONCE = 500
LATEST = date(2038, 1, 1)
"""The database knows no day after it."""
LONGEST_FACTS, LONGEST_EXPLANATION, LONGEST_GROUND = 5_000, 2_000, 500
EARLIEST_CONTENT = date(2000, 1, 1)
EEA: Final = (
    "AT", "BE", "BG", "CY", "CZ", "DE", "DK", "EE", "ES", "FI",
    "FR", "GR", "HR", "HU", "IE", "IS", "IT", "LI", "LT", "LU",
    "LV", "MT", "NL", "NO", "PL", "PT", "RO", "SE", "SI", "SK",
)  # fmt: skip
"""Where a decision holds that holds everywhere: the European Union, Iceland, Liechtenstein and Norway."""

_VISIBILITY: Final[Mapping[str, str]] = {
    "REMOVE": "DECISION_VISIBILITY_CONTENT_REMOVED",
    "RESET_PROFILE": "DECISION_VISIBILITY_CONTENT_REMOVED",
    "HIDE": "DECISION_VISIBILITY_CONTENT_DISABLED",
    "LOCK": "DECISION_VISIBILITY_CONTENT_INTERACTION_RESTRICTED",
    "LABEL": "DECISION_VISIBILITY_CONTENT_LABELLED",
    "EDIT": "DECISION_VISIBILITY_OTHER",
    "MOVE": "DECISION_VISIBILITY_OTHER",
}
_OTHER: Final[Mapping[str, str]] = {
    "EDIT": "The content was edited; what it said before is kept.",
    "MOVE": "The content was moved to another part of the service.",
}
_PROVISION: Final[Mapping[str, str]] = {
    "LIMIT": "DECISION_PROVISION_PARTIAL_SUSPENSION",
    "SILENCE": "DECISION_PROVISION_PARTIAL_SUSPENSION",
}
# Of several, the first is the gravest.
_ACCOUNT: Final[Mapping[str, str]] = {
    "BAN": "DECISION_ACCOUNT_TERMINATED",
    "MERGE": "DECISION_ACCOUNT_TERMINATED",
    "SUSPEND": "DECISION_ACCOUNT_SUSPENDED",
}
_SOURCES: Final[Mapping[tuple[str, str], str]] = {
    ("REPORT", LAW): "SOURCE_ARTICLE_16",
    ("REPORT", "RULES"): "SOURCE_TYPE_OTHER_NOTIFICATION",
}
"""By how it was come upon, and whether it was against the law; a notice under Article 16 is one of illegal content."""
_SUBJECTS: Final[Mapping[str, str]] = {
    "post": "a post",
    "comment": "a comment",
    "member": "an account's profile",
    "image": "an image",
}
_CONTENT_TYPES: Final[Mapping[str, str]] = {"member": "CONTENT_TYPE_OTHER", "image": "CONTENT_TYPE_IMAGE"}
"""What is not text."""
_FOUND: Final[Mapping[str, str]] = {
    "REPORT": "It was reported to the provider.",
    "OWN_INITIATIVE": "A moderator of the provider came upon it.",
    "AUTOMATED": "It was found by automated means.",
}

# A warning restricts nothing, and what was found to be fine is no restriction either.
_DECISIONS = """
    SELECT decision.id, decision.facts, decision.law, decision.territorial_scope, decision.detection, decision.decided_at,
        decision.automated_detection, decision.automated, decision.undone_at, moderation_case.kind,
        moderation_case.subject_kind, moderation_case.opened_at, report_reason.basis, report_reason.dsa_category,
        coalesce(report_reason.labels ->> 'en', report_reason.name) AS reason,
        coalesce(report_reason.descriptions ->> 'en', '') AS description, member.official,
        (SELECT jsonb_agg(jsonb_build_object('action', action, 'until', until) ORDER BY position)
            FROM measure WHERE measure.decision_id = decision.id) AS measures,
        coalesce(
            (SELECT created_at FROM post WHERE subject_kind = 'post' AND post.id = subject_id),
            (SELECT created_at FROM comment WHERE subject_kind = 'comment' AND comment.id = subject_id),
            (SELECT created_at FROM image WHERE subject_kind = 'image' AND image.id = subject_id),
            (SELECT joined_at FROM member AS about WHERE subject_kind = 'member' AND about.id = subject_id),
            moderation_case.opened_at
        ) AS content_at,
        (SELECT content FROM moderation_case_content WHERE moderation_case_content.case_id = decision.case_id
            ORDER BY revision DESC LIMIT 1) AS content,
        ARRAY(
            SELECT unnest(ARRAY[known.handle, known.display_name]) FROM member AS known
            WHERE known.id IN (decision.member_id, decision.other_id, decision.decided_by)
                OR known.id IN (SELECT reporter_id FROM report WHERE report.case_id = decision.case_id)
            UNION ALL SELECT notifier.name FROM notifier WHERE notifier.case_id = decision.case_id
        ) AS names
    FROM decision JOIN moderation_case ON moderation_case.id = decision.case_id
        JOIN report_reason ON report_reason.id = decision.reason_id
        LEFT JOIN member ON member.id = decision.member_id
    WHERE decision.decided_at >= $1 AND decision.decided_at < $2 AND decision.id > $3
        AND EXISTS (SELECT FROM measure WHERE measure.decision_id = decision.id AND action = ANY($4::text[]))
    ORDER BY decision.id LIMIT $5
"""

_NAMED = "SELECT handle, display_name FROM member WHERE handle_skeleton = ANY($1::text[])"


async def statements_of_reasons(
    connection: Connection, start: datetime, until: datetime, *, with_facts: bool = False
) -> AsyncIterator[dict[str, Any]]:
    """Yield the statements of decisions made in a span of time, in their order, in constant memory."""
    last = 0
    restricting = [*_VISIBILITY, *_PROVISION, *_ACCOUNT]
    while True:
        rows = await connection.raw.fetch(_DECISIONS, start, until, last, restricting, AT_ONCE)
        for row in rows:
            last = row["id"]
            # What holds outside of the European Economic Area alone is no matter of the database's.
            if _scope(row["territorial_scope"]):
                named = await _named_in(connection, f"{row['law'] or ''} {row['facts'] if with_facts else ''}")
                yield statement_of_reasons({**row, "names": [*row["names"], *named]}, with_facts=with_facts)
        if len(rows) < AT_ONCE:
            return


def statement_of_reasons(row: Mapping[str, Any], *, with_facts: bool = False) -> dict[str, Any]:
    """Return a decision as the database takes it."""
    actions = {measure["action"]: measure["until"] for measure in row["measures"]}
    visibility = sorted({_VISIBILITY[action] for action in actions if action in _VISIBILITY})
    provision = next((_PROVISION[action] for action in _PROVISION if action in actions), None)
    account = next((_ACCOUNT[action] for action in _ACCOUNT if action in actions), None)
    made: dict[str, Any] = {
        "decision_visibility": visibility or None,
        "decision_monetary": None,
        "decision_provision": provision,
        "decision_account": account,
        "account_type": "ACCOUNT_TYPE_BUSINESS" if row["official"] else "ACCOUNT_TYPE_PRIVATE",
        **_ground(row),
        "content_type": [_CONTENT_TYPES.get(row["subject_kind"], "CONTENT_TYPE_TEXT")],
        "category": row["dsa_category"],
        "territorial_scope": _scope(row["territorial_scope"]),
        "content_language": language_of(_text(row["content"])),
        "content_date": max(row["content_at"].date(), EARLIEST_CONTENT).isoformat(),
        "application_date": row["decided_at"].date().isoformat(),
        "end_date_visibility_restriction": _ends(row, actions, _VISIBILITY),
        "end_date_monetary_restriction": None,
        "end_date_service_restriction": _ends(row, actions, _PROVISION),
        "end_date_account_restriction": _ends(row, actions, _ACCOUNT),
        "decision_facts": _facts(row, with_facts=with_facts),
        "source_type": _SOURCES.get((row["detection"], row["basis"]), "SOURCE_VOLUNTARY"),
        "automated_detection": "Yes" if row["automated_detection"] else "No",
        "automated_decision": _automation(row),
        "puid": f"decision-{row['id']}",
    }
    if "DECISION_VISIBILITY_OTHER" in visibility:
        made["decision_visibility_other"] = " ".join(_OTHER[action] for action in _OTHER if action in actions)
    if row["subject_kind"] == "member":
        made["content_type_other"] = "What a member says of themselves"
    return made


def language_of(text: str) -> str | None:
    """Return ZH, JA or KO for a text that is mostly in that script; None for others, whose letters many languages share."""
    scripts = {"HAN": 0, "KANA": 0, "HANGUL": 0}
    letters = 0
    for sign in text:
        if not sign.isalpha():
            continue
        letters += 1
        name = unicodedata.name(sign, "")
        if name.startswith("CJK"):
            scripts["HAN"] += 1
        elif name.startswith(("HIRAGANA", "KATAKANA")):
            scripts["KANA"] += 1
        elif name.startswith("HANGUL"):
            scripts["HANGUL"] += 1
    if 2 * sum(scripts.values()) <= letters:
        return None
    if scripts["HANGUL"] >= max(scripts.values()):
        return "KO"
    return "JA" if 10 * scripts["KANA"] > scripts["HAN"] else "ZH"  # a few signs of kana are quoted in Chinese


async def _named_in(connection: Connection, text: str) -> list[str]:
    """Return the names of members, whoever they are, whose handles stand in a text."""
    written = sorted({skeleton(word) for word in could_be_handles(text)})
    if not written:
        return []
    return [name for row in await connection.raw.fetch(_NAMED, written) for name in row]


def _ground(row: Mapping[str, Any]) -> dict[str, Any]:
    explanation = f"{row['reason']}. {row['description']}".strip()[:LONGEST_EXPLANATION]
    if row["basis"] == LAW:
        law = without_personal_data(row["law"] or row["reason"], row["names"])
        return {
            "decision_ground": "DECISION_GROUND_ILLEGAL_CONTENT",
            "illegal_content_legal_ground": law[:LONGEST_GROUND],
            "illegal_content_explanation": explanation,
        }
    return {
        "decision_ground": "DECISION_GROUND_INCOMPATIBLE_CONTENT",
        "incompatible_content_ground": row["reason"][:LONGEST_GROUND],
        "incompatible_content_explanation": explanation,
        "incompatible_content_illegal": "No",
    }


def _facts(row: Mapping[str, Any], *, with_facts: bool) -> str:
    subject = _SUBJECTS.get(row["subject_kind"], "content")
    told = f"The decision is about {subject}. {_FOUND[row['detection']]} What was found: {row['reason']}."
    if with_facts and row["facts"]:
        told += f" {without_personal_data(row['facts'], row['names'])}"
    return told[:LONGEST_FACTS]


def _ends(row: Mapping[str, Any], actions: Mapping[str, str | None], kind: Mapping[str, str]) -> str | None:
    """Return until when what is restricted by some actions is so, if by any: until it was undone, or until the day that was set.

    Null: until somebody undoes it.
    """
    taken = actions.keys() & kind.keys()
    if not taken:
        return None
    days = [datetime.fromisoformat(until).date() for action in taken if (until := actions[action]) is not None]
    lasting = [max(days)] if len(days) == len(taken) else []
    undone = [] if row["undone_at"] is None else [row["undone_at"].date()]
    return min((*lasting, *undone, LATEST)).isoformat() if lasting or undone else None


def _scope(countries: Sequence[str]) -> list[str]:
    """Return the countries of the European Economic Area where a decision holds."""
    return [country for country in EEA if country in countries] if countries else list(EEA)


def _automation(row: Mapping[str, Any]) -> str:
    if row["automated"]:
        return "AUTOMATED_DECISION_FULLY"
    # What a program decided on first, and a person then judged, was decided by both.
    return "AUTOMATED_DECISION_PARTIALLY" if row["kind"] in BY_RULES else "AUTOMATED_DECISION_NOT_AUTOMATED"


def _text(content: Mapping[str, Any] | None) -> str:
    return " ".join(str(said) for said in (content or {}).values() if said)
