"""What the European transparency database takes, version 2 of its API, as a schema of our own to check statements against.

Written from the documentation of the API and the rules by which the service checks what it is sent (the sources are named in
`moderation.transparency.statements`): which fields there are, which are needed and when, of what form, and how long.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date
from typing import Any

VISIBILITIES = {
    f"DECISION_VISIBILITY_{name}"
    for name in (
        "CONTENT_REMOVED",
        "CONTENT_DISABLED",
        "CONTENT_DEMOTED",
        "CONTENT_AGE_RESTRICTED",
        "CONTENT_INTERACTION_RESTRICTED",
        "CONTENT_LABELLED",
        "OTHER",
    )
}
CATEGORIES = {
    f"STATEMENT_CATEGORY_{name}"
    for name in (
        "ANIMAL_WELFARE",
        "CONSUMER_INFORMATION",
        "CYBER_VIOLENCE",
        "CYBER_VIOLENCE_AGAINST_WOMEN",
        "DATA_PROTECTION_AND_PRIVACY_VIOLATIONS",
        "ILLEGAL_OR_HARMFUL_SPEECH",
        "INTELLECTUAL_PROPERTY_INFRINGEMENTS",
        "NEGATIVE_EFFECTS_ON_CIVIC_DISCOURSE_OR_ELECTIONS",
        "NOT_SPECIFIED_NOTICE",
        "OTHER_VIOLATION_TC",
        "PROTECTION_OF_MINORS",
        "RISK_FOR_PUBLIC_SECURITY",
        "SCAMS_AND_FRAUD",
        "SELF_HARM",
        "UNSAFE_AND_PROHIBITED_PRODUCTS",
        "VIOLENCE",
    )
}
ONE_OF: Mapping[str, set[str]] = {
    "decision_monetary": {f"DECISION_MONETARY_{name}" for name in ("SUSPENSION", "TERMINATION", "OTHER")},
    "decision_provision": {
        f"DECISION_PROVISION_{extent}_{what}"
        for extent in ("PARTIAL", "TOTAL")
        for what in ("SUSPENSION", "TERMINATION")
    },
    "decision_account": {"DECISION_ACCOUNT_SUSPENDED", "DECISION_ACCOUNT_TERMINATED"},
    "account_type": {"ACCOUNT_TYPE_BUSINESS", "ACCOUNT_TYPE_PRIVATE"},
    "decision_ground": {"DECISION_GROUND_ILLEGAL_CONTENT", "DECISION_GROUND_INCOMPATIBLE_CONTENT"},
    "incompatible_content_illegal": {"Yes", "No"},
    "category": CATEGORIES,
    "source_type": {
        "SOURCE_ARTICLE_16",
        "SOURCE_TRUSTED_FLAGGER",
        "SOURCE_TYPE_OTHER_NOTIFICATION",
        "SOURCE_VOLUNTARY",
    },
    "automated_detection": {"Yes", "No"},
    "automated_decision": {
        "AUTOMATED_DECISION_FULLY",
        "AUTOMATED_DECISION_PARTIALLY",
        "AUTOMATED_DECISION_NOT_AUTOMATED",
    },
}
LISTS: Mapping[str, set[str]] = {
    "decision_visibility": VISIBILITIES,
    "content_type": {
        f"CONTENT_TYPE_{name}"
        for name in ("APP", "AUDIO", "IMAGE", "PRODUCT", "SYNTHETIC_MEDIA", "TEXT", "VIDEO", "OTHER")
    },
    "territorial_scope": {
        *("AT", "BE", "BG", "CY", "CZ", "DE", "DK", "EE", "ES", "FI", "FR", "GR", "HR", "HU", "IE", "IS", "IT", "LI"),
        *("LT", "LU", "LV", "MT", "NL", "NO", "PL", "PT", "RO", "SE", "SI", "SK"),
    },
}
LONGEST: Mapping[str, int] = {
    "decision_visibility_other": 500,
    "decision_monetary_other": 500,
    "illegal_content_legal_ground": 500,
    "illegal_content_explanation": 2_000,
    "incompatible_content_ground": 500,
    "incompatible_content_explanation": 2_000,
    "content_type_other": 500,
    "decision_facts": 5_000,
    "source_identity": 500,
    "puid": 500,
}
DATES: Mapping[str, date] = {
    "content_date": date(2000, 1, 1),
    "application_date": date(2020, 1, 1),
    "end_date_visibility_restriction": date(2020, 1, 1),
    "end_date_monetary_restriction": date(2020, 1, 1),
    "end_date_service_restriction": date(2020, 1, 1),
    "end_date_account_restriction": date(2020, 1, 1),
}
LATEST = date(2038, 1, 1)
NEEDED = {
    *("decision_ground", "content_type", "category", "territorial_scope", "content_date", "application_date"),
    *("decision_facts", "source_type", "automated_detection", "automated_decision", "puid"),
}
DECISIONS = ("decision_visibility", "decision_monetary", "decision_provision", "decision_account")
KNOWN = {*ONE_OF, *LISTS, *LONGEST, *DATES, "content_language"}


def problems(statement: Mapping[str, Any]) -> list[str]:
    """Return what the database would not take of a statement, as sentences; none if it would take it."""
    found = [f"{name} is not known" for name in statement if name not in KNOWN]
    given = {name: value for name, value in statement.items() if value is not None}
    found += [f"{name} is needed" for name in sorted(NEEDED) if not given.get(name)]
    if not any(given.get(name) for name in DECISIONS):
        found.append("one of the decisions is needed")
    illegal = given.get("decision_ground") == "DECISION_GROUND_ILLEGAL_CONTENT"
    for name in ("illegal_content_legal_ground", "illegal_content_explanation"):
        found += [f"{name} belongs to illegal content, and is needed there"] * (bool(given.get(name)) != illegal)
    for name in ("incompatible_content_ground", "incompatible_content_explanation"):
        found += [f"{name} belongs to incompatible content, and is needed there"] * (bool(given.get(name)) == illegal)
    for field, value, other in (
        ("decision_visibility", "DECISION_VISIBILITY_OTHER", "decision_visibility_other"),
        ("decision_monetary", "DECISION_MONETARY_OTHER", "decision_monetary_other"),
        ("content_type", "CONTENT_TYPE_OTHER", "content_type_other"),
    ):
        found += [f"{other} belongs to {value}, and is needed there"] * (
            bool(given.get(other)) != (value in (given.get(field) or ()))
        )
    found += [
        f"{name}: {given[name]}" for name, values in ONE_OF.items() if name in given and given[name] not in values
    ]
    for name, values in LISTS.items():
        if name in given and not (isinstance(given[name], list) and given[name] and set(given[name]) <= values):
            found.append(f"{name}: {given[name]}")
    found += [
        f"{name} is too long, or no text"
        for name, longest in LONGEST.items()
        if name in given and not (isinstance(given[name], str) and len(given[name]) <= longest)
    ]
    found += _dates(given)
    if re.fullmatch(r"[a-zA-Z0-9_-]+", str(given.get("puid"))) is None:
        found.append("puid has other signs")
    if "content_language" in given and re.fullmatch(r"[A-Z]{2}", given["content_language"]) is None:
        found.append("content_language has two letters")
    return found


def _dates(given: Mapping[str, Any]) -> list[str]:
    found = []
    for name, earliest in DATES.items():
        written = given.get(name)
        if written is None:
            continue
        if re.fullmatch(r"\d{4}-\d{2}-\d{2}", written) is None:
            found.append(f"{name} is no date")
            continue
        day = date.fromisoformat(written)
        if not earliest <= day <= LATEST:
            found.append(f"{name} is out of bounds")
        if name.startswith("end_date") and written < given.get("application_date", ""):
            found.append(f"{name} comes before the beginning")
    return found
