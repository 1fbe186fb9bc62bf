"""Members and staff, who go on over HTTP whatever is killed meanwhile, and remember what was acknowledged.

Whoever gets no answer asks again, with the key of before where there is one: what is done must then be done once.
"""

from __future__ import annotations

import asyncio
import email
import email.policy
import random
import re
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx

GIVES_UP_AFTER = 90.0  # seconds
PAUSE = 0.1
LETTER_WITHIN = 6.0
MOST_SIGN_UPS = 4
PASSWORD = "三碗茶 three words of tea"  # noqa: S105 - guards nothing
PRICE, GIFT = 40, 100

SIGN_UP = "mutation($input: SignUpInput!) { signUp(input: $input) { userErrors { code } } }"
VERIFY = """mutation($input: VerifyEmailInput!) {
    verifyEmail(input: $input) { accessToken viewer { member { id } } userErrors { code } } }"""
SIGN_IN = """mutation($input: SignInInput!) {
    signIn(input: $input) { accessToken viewer { member { id } } userErrors { code } } }"""
POST = "mutation($input: CreatePostInput!) { createPost(input: $input) { post { id } userErrors { code } } }"
CODE = "mutation($input: IssueCodeInput!) { issueCode(input: $input) { code { code } userErrors { code } } }"
PURCHASE = """mutation($input: RecordReferralPurchasesInput!) {
    recordReferralPurchases(input: $input) { recorded userErrors { code } } }"""
GRANT = "mutation($input: GrantPointsInput!) { grantPoints(input: $input) { reward { id } userErrors { code } } }"
REVERSE = "mutation($input: ReverseRewardInput!) { reverseReward(input: $input) { reward { id } userErrors { code } } }"
REDEEM = (
    "mutation($input: RedeemRewardInput!) { redeemReward(input: $input) { redemption { id } userErrors { code } } }"
)
CANCEL = """mutation($input: CancelRedemptionInput!) {
    cancelRedemption(input: $input) { redemption { id } userErrors { code } } }"""
WAITING = "{ rewards(filter: {underReview: true}, first: 50) { nodes { id } } }"
REVIEW = "mutation($input: ReviewRewardInput!) { reviewReward(input: $input) { reward { id } userErrors { code } } }"


@dataclass
class Acknowledged:
    """What clients were told to be done."""

    members: dict[str, str] = field(default_factory=dict)
    """Ids of members by their handles."""
    brought: dict[str, str] = field(default_factory=dict)
    """By which code each of them joined."""
    posts: set[str] = field(default_factory=set)
    purchases: set[str] = field(default_factory=set)
    gifts: dict[str, str] = field(default_factory=dict)
    """Rewards by the keys of gifts."""
    reversed: set[str] = field(default_factory=set)
    redemptions: dict[str, str] = field(default_factory=dict)
    """Redemptions by their keys."""
    cancelled: set[str] = field(default_factory=set)
    answers: int = 0
    unanswered: int = 0


@dataclass(frozen=True)
class Place:
    """Where the community is, and what is in it."""

    port: int
    mail: Path
    program: str
    space: str
    budget: str
    shop_item: str
    hand_item: str


class People:
    """All of them: one client, by whom each asks for themselves."""

    def __init__(self, place: Place, acknowledged: Acknowledged) -> None:
        """Open a client; nothing is asked yet."""
        self._place, self.acknowledged = place, acknowledged
        self._http = httpx.AsyncClient(base_url=f"http://127.0.0.1:{place.port}", timeout=20)
        self.staff = ""

    async def close(self) -> None:
        """Close the client."""
        await self._http.aclose()

    async def ask(
        self, document: str, given: dict[str, Any] | None = None, *, token: str = "", key: str = "", address: str = ""
    ) -> Any:
        """Ask until there is an answer; return the payload of the one field, its refusals with it."""
        headers = {"x-forwarded-for": address} if address else {}
        headers |= {"authorization": f"Bearer {token}"} if token else {}
        headers |= {"idempotency-key": key} if key else {}
        deadline, last = time.monotonic() + GIVES_UP_AFTER, ""
        while time.monotonic() < deadline:
            try:
                answer = await self._http.post(
                    "/graphql",
                    json={"query": document, "variables": {"input": given} if given else {}},
                    headers=headers,
                )
                said = answer.json()
            except (httpx.HTTPError, ValueError) as error:
                last = f"{type(error).__name__}: {error}"
            else:
                if answer.is_success and "errors" not in said:
                    self.acknowledged.answers += 1
                    (payload,) = said["data"].values()
                    return payload
                last = answer.text[:300]
            self.acknowledged.unanswered += 1
            await asyncio.sleep(PAUSE)
        raise TimeoutError(f"no answer: {last}")

    async def join(self, handle: str, code: str, number: int) -> tuple[str, str]:
        """Become a member by a friend's code; return their id and a token."""
        address = f"10.{number // 65_536}.{number // 256 % 256}.{number % 256}"
        mail = f"{handle}@mail{number}.example"
        wanted = {"handle": handle, "email": mail, "password": PASSWORD, "referralCode": code}
        tried, joined = set[str](), None
        for _ in range(MOST_SIGN_UPS):
            signed_up = await self.ask(SIGN_UP, wanted, address=address)
            assert not signed_up["userErrors"], signed_up
            # A letter that was on its way when the server died comes late, and of two the later one counts.
            while (token := await self._letter(mail, tried)) is not None:
                tried.add(token)
                if (joined := await self._enter(handle, token, address)) is not None:
                    break
            else:
                continue
            break
        else:
            raise TimeoutError(f"no letter that counts came to {mail}")
        assert joined is not None  # else it has given up
        member: str = joined["viewer"]["member"]["id"]
        self.acknowledged.members[handle] = member
        self.acknowledged.brought[handle] = code
        return member, joined["accessToken"]

    async def _enter(self, handle: str, token: str, address: str) -> Any:
        """Become a member by a letter's token; None if it counts for nothing."""
        joined = await self.ask(VERIFY, {"token": token}, address=address)
        if joined["userErrors"]:  # or it was done, and the answer was lost
            joined = await self.ask(SIGN_IN, {"login": handle, "password": PASSWORD}, address=address)
        return None if joined["userErrors"] else joined

    async def own_code(self, token: str) -> str:
        """Return a member's own code."""
        made = await self.ask(CODE, {"program": self._place.program}, token=token)
        code: str = made["code"]["code"]
        return code

    async def live(self, number: int, code: str, chance: random.Random) -> str:
        """Join by a code, write, buy, be given points, spend some, lose some; return one's own code."""
        handle, place, known = f"m{number}", self._place, self.acknowledged
        member, token = await self.join(handle, code, number)
        title = f"第一次 first of {handle}"
        written = await self.ask(
            POST, {"space": place.space, "title": title, "body": "茶 tea"}, token=token, key=f"post {number}"
        )
        assert not written["userErrors"], written
        known.posts.add(title)
        shop_id = f"order {number}"
        bought = {"externalId": shop_id, "member": member, "amount": {"amount": "5000", "currency": "CNY"}}
        bought["purchasedAt"] = datetime.now(UTC).isoformat()
        await self.ask(PURCHASE, {"purchases": [bought]}, token=self.staff)
        known.purchases.add(shop_id)
        key = f"gift {number}"
        gift = {
            "member": member,
            "budget": place.budget,
            "amount": str(GIFT),
            "reason": "谢 thanks",
            "idempotencyKey": key,
        }
        given = await self.ask(GRANT, gift, token=self.staff)
        assert not given["userErrors"], given
        known.gifts[key] = given["reward"]["id"]
        await self._redeem(token, place.shop_item, f"shop {number}")
        if chance.random() < 0.3:  # noqa: PLR2004 - now and then
            await self._reverse(known.gifts[key])
        if chance.random() < 0.5 and (redeemed := await self._redeem(token, place.hand_item, f"hand {number}")):  # noqa: PLR2004 - as above
            await self._cancel(redeemed)
        return await self.own_code(token)

    async def decide(self) -> None:
        """Grant what is under review, as staff."""
        waiting = await self.ask(WAITING, token=self.staff)
        for reward in waiting["nodes"]:
            asked = {"reward": reward["id"], "decision": "GRANT", "reason": "看过了 looked at"}
            await self.ask(REVIEW, asked, token=self.staff)

    async def _redeem(self, token: str, item: str, key: str) -> str | None:
        """Redeem points if there are enough; return the redemption."""
        done = await self.ask(REDEEM, {"item": item, "idempotencyKey": key}, token=token)
        if done["userErrors"]:
            assert done["userErrors"] == [{"code": "INSUFFICIENT_BALANCE"}], done
            return None
        redemption: str = done["redemption"]["id"]
        self.acknowledged.redemptions[key] = redemption
        return redemption

    async def _reverse(self, reward: str) -> None:
        done = await self.ask(REVERSE, {"reward": reward, "reason": "错 mistake"}, token=self.staff)
        # It was done before, where the answer was lost.
        assert done["userErrors"] in ([], [{"code": "REWARD_NOT_MOVABLE"}]), done
        self.acknowledged.reversed.add(reward)

    async def _cancel(self, redemption: str) -> None:
        done = await self.ask(CANCEL, {"redemption": redemption, "reason": "没货 none left"}, token=self.staff)
        assert done["userErrors"] in ([], [{"code": "REDEMPTION_ENDED"}]), done
        self.acknowledged.cancelled.add(redemption)

    async def _letter(self, address: str, known: set[str]) -> str | None:
        """Return a token in a letter to an address that is not known yet, once one is there; the newest letter first."""
        deadline = time.monotonic() + LETTER_WITHIN
        while time.monotonic() < deadline:
            for path in sorted(self._place.mail.glob("*.eml"), key=lambda path: -path.stat().st_mtime):
                letter = email.message_from_bytes(path.read_bytes(), policy=email.policy.default)
                found = re.search(r"#token=(\S+)", letter.get_content()) if address in str(letter["To"]) else None
                if found is not None and found[1] not in known:
                    return found[1]
            await asyncio.sleep(PAUSE)
        return None
