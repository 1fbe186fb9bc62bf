"""Ids that a mutation's input names things by."""

from __future__ import annotations

from api.node import id_of

MUTATION_ID = "Given back in the payload."
"""What every input says of its `clientMutationId`."""


def number_of(prefix: str, written: str) -> int:
    """Return the number in an id of one type; for any other id 0, which nothing has.

    So what is no id, or another type's, goes the way of one that is not there, and is answered in the very same words.
    """
    return id_of(prefix, written) or 0
