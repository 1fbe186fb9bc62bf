"""What an action returned, among the values of the statement that reads its payload.

The variables of such a statement hold one more entry, `RETURNED`: the payload's fields by their GraphQL names. An object
stands there as its key, or as its type's prefix and its key where it may be of several types; anything else as itself.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import orjson

from api.reading.arguments import Leaf, snake_case

if TYPE_CHECKING:
    from api.reading.plan import Selection

RETURNED = "$returned"
"""No variable of a document can have this name."""


def returned_object(name: str) -> Leaf:
    """Return where an object's key stands."""
    return Leaf(("returned", name), lambda variables: variables[RETURNED].get(snake_case(name)))


def returned_kind(reference: Any) -> str | None:
    """Return the id prefix of an object's type."""
    return reference[0] if isinstance(reference, tuple) else None


def returned_number(reference: Any) -> int | None:
    """Return the key of an object."""
    number: int | None = reference[1] if isinstance(reference, tuple) else reference
    return number


def returned_value(selection: Selection) -> Leaf:
    """Return where a plain value stands, as the JSON text of what is selected of it."""

    def read(variables: Mapping[str, Any]) -> str | None:
        value = variables[RETURNED].get(snake_case(selection.name))
        return None if value is None else known(value, selection)

    return Leaf(("returned value", selection.name, id(selection)), read)


def known(value: Any, selection: Selection) -> str:
    """Return what is selected of a plain value as JSON text."""
    return orjson.dumps(project(value, selection), option=orjson.OPT_UTC_Z).decode()


def project(value: Any, selection: Selection) -> Any:
    """Return what is selected of a plain value: a mapping, a list of them, or a leaf."""
    if value is None or not selection.selections:
        return value
    if isinstance(value, Sequence) and not isinstance(value, str):
        return [project(element, selection) for element in value]
    type_name, selections = next(iter(selection.selections.items()))
    return {
        inner.key: type_name if inner.name == "__typename" else project(value.get(snake_case(inner.name)), inner)
        for inner in selections
    }
