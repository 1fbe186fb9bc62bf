"""Introspection is the one thing that graphql-core executes, also beside fields that are read."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.api.conftest import Client

BOTH = """
    query Both($name: String!) {
      space(slug: "nowhere") { name }
      ...Introspected
      nodes(ids: []) { id }
    }
    fragment Introspected on Query { kind: __type(name: $name) { name kind } }
"""


async def test_a_document_may_introspect_and_read_at_once(graphql: Client) -> None:
    data = await graphql(BOTH, {"name": "Post"})

    assert data == {"space": None, "kind": {"name": "Post", "kind": "OBJECT"}, "nodes": []}
    assert list(data) == ["space", "kind", "nodes"]
