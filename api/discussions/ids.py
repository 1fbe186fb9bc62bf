"""Ids that a mutation's input names things by."""

from __future__ import annotations

from api.node import id_of
from community.foundation.errors import NotFound

MUTATION_ID = "Given back in the payload."
"""What every input says of its `clientMutationId`."""


def found(prefix: str, written: str, field: str | None = None) -> int:
    """Return the number in an id of one type; `field` names the input field, the type itself where it is not given.

    Raises:
        NotFound: if it is none, exactly as for an object that is not there.
    """
    number = id_of(prefix, written)
    if number is None:
        raise NotFound(what=prefix, path=(field or prefix,))
    return number
