"""Rules, as moderators write and switch them."""

from __future__ import annotations

from typing import Any

import orjson

from community.members.acting import Acting
from tests.api.conftest import Client

RULE = """
id name state space { slug } version { number condition action kinds staff messageEn messageZh reason { name } }
versions(first: 5) { nodes { number condition } }
matches(first: 10) { nodes { action shadow version excerpt evidence revision subject { __typename id } member { handle } } }
precision { caught upheld declined share low high }
"""
SELLS = {"keywords": {"words": ["加微信", "cheap watches"], "variants": {"薇信": "微信"}}}
"""A condition in both languages."""
MESSAGE = {"messageEn": "Please sell elsewhere.", "messageZh": "请勿在此推销。"}


async def save_rule(
    graphql: Client, member: Acting | None, condition: Any = SELLS, action: str = "HOLD", **given: Any
) -> Any:
    written = {"name": "No selling · 禁止推销", "action": action, "reason": "SPAM", **given}
    said = condition if isinstance(condition, str) else orjson.dumps(condition).decode()
    return await graphql.change("saveRule", f"rule {{ {RULE} }}", as_=member, condition=said, **written)


async def set_state(graphql: Client, member: Acting | None, rule: str, state: str, **given: Any) -> Any:
    return await graphql.change("setRuleState", f"rule {{ {RULE} }}", as_=member, rule=rule, state=state, **given)


async def make_rule(
    graphql: Client, member: Acting, condition: Any = SELLS, action: str = "HOLD", state: str = "LIVE", **given: Any
) -> str:
    saved = await save_rule(graphql, member, condition, action, **given)
    assert saved["userErrors"] == [], saved
    rule: str = saved["rule"]["id"]
    switched = await set_state(graphql, member, rule, state)
    assert switched["userErrors"] == [], switched
    return rule


async def rule_of(graphql: Client, member: Acting, rule: str) -> Any:
    await graphql.application.screening.matches.flush()
    return (
        await graphql(f"query($id: ID!) {{ node(id: $id) {{ ... on Rule {{ {RULE} }} }} }}", {"id": rule}, as_=member)
    )["node"]


async def write_post(graphql: Client, member: Acting, space: int, body: str, title: str = "茶 tea") -> Any:
    return await graphql.change(
        "createPost", "post { id title moderation }", as_=member, space=f"space_{space}", title=title, body=body
    )


async def write_comment(graphql: Client, member: Acting, post: int, body: str, **given: Any) -> Any:
    return await graphql.change(
        "createComment", "comment { id body moderation }", as_=member, post=f"post_{post}", body=body, **given
    )


async def seen_by(graphql: Client, subject: str, member: Acting | None) -> bool:
    data = await graphql("query($id: ID!) { node(id: $id) { __typename } }", {"id": subject}, as_=member)
    return data["node"] is not None
