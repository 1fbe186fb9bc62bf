"""Reporting and deciding, as clients do."""

from __future__ import annotations

from typing import Any

from community.members.acting import Acting
from tests.api.conftest import Client

CASE = """
id kind reportCount weight priority version closedAt reason { name basis severity label(locale: "zh") }
subject { __typename id } member { handle } space { slug } claimedBy { handle } claimedUntil
contents(first: 5) { nodes { revision title body } }
reports(first: 20) { totalCount nodes { reporter { handle } reason { name } body outcome weight } }
notes(first: 5) { nodes { body author { handle } } }
decision { id verdict measures { action until } }
decisions(first: 5) { nodes { id undoneAt } }
"""
DECISION = """
id verdict facts automated reason { name } measures { action until } member { handle } decidedBy { handle }
undoneAt undoneBecause viewerCanAppeal appealUntil case { id version closedAt }
"""

REASON: dict[str, Any] = {
    "name": "COUNTERFEIT_TEA",
    "labelEn": "Counterfeit tea",
    "labelZh": "假冒茶叶",
    "descriptionEn": "Sold as what it is not.",
    "descriptionZh": "以次充好、冒充产地。",
    "basis": "RULES",
    "severity": 4,
    "category": "SCAMS_AND_FRAUD",
    "respondWithin": 120,
}
"""What `saveReportReason` takes."""


async def report(graphql: Client, member: Acting | None, subject: str, reason: str = "SPAM", body: str = "") -> Any:
    return await graphql.change(
        "report", "report { id outcome reason { name } }", as_=member, subject=subject, reason=reason, body=body
    )


async def queue(graphql: Client, moderator: Acting | None, **given: Any) -> list[Any]:
    data = await graphql(
        f"query($filter: CaseFilter) {{ cases(first: 10, filter: $filter) {{ nodes {{ {CASE} }} }} }}",
        {"filter": given},
        as_=moderator,
    )
    nodes: list[Any] = data["cases"]["nodes"]
    return nodes


async def decide(graphql: Client, moderator: Acting | None, *actions: str | dict[str, Any], **given: Any) -> Any:
    measures = [{"action": action} if isinstance(action, str) else action for action in actions]
    return await graphql.change("decide", f"decision {{ {DECISION} }}", as_=moderator, measures=measures, **given)


def codes(payload: Any) -> list[str]:
    return [error["code"] for error in payload["userErrors"]]
