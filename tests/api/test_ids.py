"""An id of another type, of something hidden, or of nothing at all: each is answered as one that is not there.

The mutations and fields that take ids, and where in their arguments, are found in the schema itself.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.api.swapping import BY_FORM, MUTATIONS, OF_ANY_TYPE, QUERIES, SCHEMA, asking, foreign_to, places_of, types_at
from tests.api.things import absent, make_things
from tests.factories.contents import contents

if TYPE_CHECKING:
    from community.foundation.database import Database
    from tests.api.conftest import Client


async def test_every_type_of_node_is_among_the_things(graphql: Client, database: Database) -> None:
    things = await make_things(database, graphql)

    data = await graphql(
        "query ($ids: [ID!]!) { nodes(ids: $ids) { __typename } }",
        {"ids": list(things.open.values())},
        as_=things.admin,
    )

    types = {node["__typename"] for node in data["nodes"] if node is not None}
    assert types == {type_.name for type_ in SCHEMA.get_possible_types(SCHEMA.type_map["Node"])}  # type: ignore[arg-type] # an interface


@pytest.mark.parametrize(
    ("name", "place"), places_of(MUTATIONS), ids=lambda part: ".".join(part) if isinstance(part, tuple) else part
)
async def test_a_change_answers_to_any_other_id_as_to_an_absent_one_and_does_nothing(
    graphql: Client, database: Database, name: str, place: tuple[str, ...]
) -> None:
    things = await make_things(database, graphql, name, place)
    asked = asking(graphql, name, MUTATIONS, things.admin, things, things.open, mutation=True, at=place)
    at = "__".join(place)
    before = await contents(database)

    types = types_at(name, place)
    # Where two types are right, it is one or the other that is not there.
    expected = [await asked.answer(**{at: absent(type_)}) for type_ in types]
    assert not any("errors" in answer for answer in expected), expected
    if name in BY_FORM:
        expected = [await asked.answer(**{at: "nothing"})]
    for type_ in types:
        for id_ in foreign_to(types, things.open, asked.ids.get(place, things.open[type_])):
            assert await asked.answer(**{at: id_}) in expected, id_
    assert await contents(database) == before

    # With the right ids it would have been done.
    done = await asked.answer()
    assert done["data"][name]["userErrors"] == []


@pytest.mark.parametrize(
    ("name", "place"), places_of(MUTATIONS), ids=lambda part: ".".join(part) if isinstance(part, tuple) else part
)
async def test_a_change_answers_to_what_is_hidden_as_to_what_is_absent_and_does_nothing(
    graphql: Client, database: Database, name: str, place: tuple[str, ...]
) -> None:
    things = await make_things(database, graphql, name, place)
    asked = asking(graphql, name, MUTATIONS, things.member, things, things.open | things.own, mutation=True, at=place)
    at = "__".join(place)
    before = await contents(database)

    for type_ in types_at(name, place):
        expected = await asked.answer(**{at: absent(type_)})
        assert await asked.answer(**{at: things.hidden[type_]}) == expected
    assert await contents(database) == before


@pytest.mark.parametrize(
    ("name", "place"), places_of(QUERIES), ids=lambda part: ".".join(part) if isinstance(part, tuple) else part
)
async def test_a_query_answers_to_any_other_id_as_to_an_absent_one(
    graphql: Client, database: Database, name: str, place: tuple[str, ...]
) -> None:
    things = await make_things(database, graphql)
    at = "__".join(place)
    for by in (things.admin, things.member, None):
        asked = asking(graphql, name, QUERIES, by, things, things.open, mutation=False)
        types = tuple(things.open) if name in OF_ANY_TYPE else types_at(name, place)
        for type_ in types:
            expected = await asked.answer(**{at: absent(type_)})
            assert "errors" not in expected, expected
            for id_ in foreign_to(types, things.open, things.open[type_]):
                assert await asked.answer(**{at: id_}) == expected, id_
            # From whom a member hides by a block depends on who asks.
            if type_ in things.hidden and (by is things.member or (by is None and type_ != "member")):
                assert await asked.answer(**{at: things.hidden[type_]}) == expected
