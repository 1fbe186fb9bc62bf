"""Programmes as tests make and read them: over GraphQL, and by following links, as clients do."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx

from api.app import Server
from community.members.acting import Acting
from tests.api.conftest import Client

BROWSER = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) AppleWebKit/605.1.15 Version/18.1 Mobile/15E148 Safari/604.1"
PREVIEW = "facebookexternalhit/1.1 (+http://www.facebook.com/externalhit_uatext.php)"

PROGRAM = """
id name state open startsAt endsAt viewerCanRefer
terms { version body bodyHtml windowDays model rewardedEach rewardedMost budget { amount currency } currency holdDays
    referrers { level } steps { kind threshold } rewards { step threshold side kind amount name } }
versions(first: 10) { nodes { version } }
viewerCode { code } funnel { clicks botClicks people signUps verified qualified }
codes(first: 10) { nodes { id } } referrals(first: 10) { nodes { id } }
"""
CODE = "id code readable kind link qrUrl channel campaign mostUses uses expiresAt revokedAt member { handle }"
REFERRAL = """
id source channel campaign clickedAt claimedAt qualifiedAt heldUntil member { handle } referrer { handle }
terms { version } program { id } code { id } steps { kind threshold reachedAt }
"""
FUNNEL = "clicks botClicks people signUps verified qualified"


async def make_program(graphql: Client, marketer: Acting, *, name: str = "老带新 Bring a friend", **given: Any) -> Any:
    """Make a programme; what is given besides its name and times is in its terms."""
    times = {key: given.pop(key) for key in ("startsAt", "endsAt") if key in given}
    made = await graphql.change(
        "createReferralProgram", f"program {{ {PROGRAM} }}", as_=marketer, name=name, terms=given, **times
    )
    assert made["userErrors"] == []
    return made["program"]


async def own_code(graphql: Client, member: Acting, program: Any) -> Any:
    """Return a member's own code in a programme."""
    made = await graphql.change("issueCode", f"code {{ {CODE} }}", as_=member, program=program["id"])
    assert made["userErrors"] == []
    return made["code"]


async def campaign_code(graphql: Client, marketer: Acting, program: Any, **given: Any) -> Any:
    """Return a new code of a campaign."""
    asked = {"kind": "CAMPAIGN", **given}
    made = await graphql.change("issueCode", f"code {{ {CODE} }}", as_=marketer, program=program["id"], **asked)
    assert made["userErrors"] == []
    return made["code"]


async def claimed(graphql: Client, member: Acting, **given: Any) -> Any:
    """Let a member claim a referral; return the payload."""
    return await graphql.change("claimReferral", f"referral {{ {REFERRAL} }}", as_=member, **given)


async def referral(graphql: Client, found: Any, member: Acting | None) -> Any:
    """Return a referral as somebody sees it."""
    document = f"query($id: ID!) {{ referral(id: $id) {{ {REFERRAL} }} }}"
    return (await graphql(document, {"id": found["id"]}, as_=member))["referral"]


async def mine(graphql: Client, member: Acting | int, selection: str) -> Any:
    """Return something of a viewer's referrals."""
    return (await graphql(f"{{ viewer {{ referrals {{ {selection} }} }} }}", as_=member))["viewer"]["referrals"]


def reached(found: Any) -> set[str]:
    """Return the steps that a referral has come to."""
    return {step["kind"] for step in found["steps"] if step["reachedAt"]}


@asynccontextmanager
async def browser(
    server: Server, agent: str = BROWSER, address: str = "203.0.113.7"
) -> AsyncIterator[httpx.AsyncClient]:
    """Give a browser with cookies of its own."""
    transport = httpx.ASGITransport(server, client=(address, 123))
    async with httpx.AsyncClient(
        transport=transport, base_url="http://127.0.0.1:8000", headers={"user-agent": agent}
    ) as client:
        yield client


def later(days: float) -> str:
    """Return a moment as clients write it."""
    return (datetime.now(UTC) + timedelta(days=days)).isoformat()
