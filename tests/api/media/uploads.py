"""Sending images, showing them and fetching them, as clients do."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from community.members.acting import Acting
from tests.api.conftest import Client
from tests.factories.images import encoded, picture


async def send(
    graphql: Client, member: Acting | None, seed: int = 1, headers: Mapping[str, str] | None = None
) -> dict[str, Any]:
    """Upload a picture; return what is answered."""
    answer = await graphql.request("POST", "/media", as_=member, content=encoded(picture(seed)), headers=headers)
    assert answer.status_code == 201, answer.text
    uploaded: dict[str, Any] = answer.json()
    return uploaded


async def status(graphql: Client, address: str, member: Acting | None = None) -> int:
    """Return the status with which an image is fetched."""
    return (await graphql.request("GET", address, as_=member)).status_code


async def url(graphql: Client, image: str, member: Acting | None) -> str | None:
    """Return an image's address for an `<img>`, as the API gives it to somebody; None if it is not there for them."""
    data = await graphql("query ($id: ID!) { node(id: $id) { ... on Image { url } } }", {"id": image}, as_=member)
    return None if data["node"] is None else data["node"]["url"]


async def seen_by(graphql: Client, uploaded: dict[str, Any], *members: Acting | None) -> list[bool]:
    """Say for each of some members whether they see an image: by token, by a pass, and in the API, which must agree."""
    seen = []
    for member in members:
        found = await url(graphql, uploaded["id"], member)
        ways = {await status(graphql, uploaded["url"], member) == 200, found is not None}
        if found is not None:
            ways.add(await status(graphql, found) == 200)
        assert len(ways) == 1, (member, ways)
        seen.append(ways.pop())
    return seen


def shown(uploaded: dict[str, Any], alt: str = "茶壶 a teapot") -> str:
    """Return Markdown that shows an image."""
    return f"看看 look:\n\n![{alt}]({uploaded['url']})"


def code(answer: Any) -> str:
    """Return the code of the error that an answer tells."""
    found: str = answer.json()["errors"][0]["extensions"]["code"]
    return found
