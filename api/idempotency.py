"""`Idempotency-Key`: a change that is sent again, because its answer was lost, is not done again.

The answer is kept for a day, in the transaction of the change: either both are there, or neither. Who sends the same
key meanwhile waits for the first one's commit. What was refused is not kept: nothing was done, and it may be tried again.
Changes that commit on their own (signing in, passwords) have no use for a key: a second time they are refused.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Self

import orjson
from graphql import OperationType
from graphql.language import ast

from api.errors import RequestError
from community.foundation.errors import Refusal

if TYPE_CHECKING:
    from api.context import Context
    from api.document import Operation
    from community.foundation.database import Connection

# Waits for whoever holds the key. A key older than a day is free again.
_BEGIN = """
    INSERT INTO idempotency_key AS kept (owner, key, request_digest, response) VALUES ($1, $2, $3, '')
    ON CONFLICT (owner, key) DO UPDATE
        SET request_digest = excluded.request_digest, response = excluded.response, created_at = now()
        WHERE kept.created_at < now() - interval '24 hours'
    RETURNING true
"""
_ANSWERED = "SELECT request_digest, response FROM idempotency_key WHERE owner = $1 AND key = $2"
_KEEP = "UPDATE idempotency_key SET response = $3 WHERE owner = $1 AND key = $2"
_FORGET = "DELETE FROM idempotency_key WHERE created_at < now() - interval '24 hours'"


class IdempotencyKeyReused(Refusal):
    """This Idempotency-Key was sent with another request. Each request needs a key of its own."""

    code = "IDEMPOTENCY_KEY_REUSED"


class AnswerNotKept(Refusal):
    """This was done already. Its answer held a secret and was not kept."""

    code = "ANSWER_NOT_KEPT"


@dataclass(frozen=True, slots=True)
class Repeat:
    """A change that may have been sent before."""

    owner: str
    key: str
    digest: bytes

    @classmethod
    def of(cls, context: Context, operation: Operation, variables: Mapping[str, Any]) -> Self | None:
        """Return what tells a change again, if its sender, who is signed in, gave it a key.

        Raises:
            RequestError: if the document asks for several changes, each of which commits alone.
        """
        if context.idempotency_key is None or context.principal is None:
            return None
        if not _is_one_change(operation):
            message = "An Idempotency-Key covers one change: send each in a request of its own."
            raise RequestError(message, "IDEMPOTENCY_KEY_COVERS_ONE_CHANGE")
        return cls(str(context.principal.member_id), context.idempotency_key, _digest(operation, variables))

    async def begin(self, connection: Connection) -> bytes | None:
        """Take the key, in the change's transaction; or return what was answered before.

        Raises:
            IdempotencyKeyReused: if the key came with another request.
            AnswerNotKept: if it was answered with a secret.
        """
        if await connection.raw.fetchval(_BEGIN, self.owner, self.key, self.digest):
            return None
        # A statement of its own sees what was committed while the one before waited for it.
        answered = await connection.raw.fetchrow(_ANSWERED, self.owner, self.key)
        if answered is None or answered["request_digest"] != self.digest:
            raise IdempotencyKeyReused
        if not answered["response"]:
            raise AnswerNotKept
        return bytes(answered["response"])

    async def keep(self, connection: Connection, answer: bytes) -> None:
        """Keep the answer; an empty one says that it was given, and not what it was."""
        await connection.raw.execute(_KEEP, self.owner, self.key, answer)


async def forget_answers(connection: Connection) -> None:
    """Remove the answers of yesterday."""
    await connection.raw.execute(_FORGET)


def _is_one_change(operation: Operation) -> bool:
    selections = operation.definition.selection_set.selections
    return (
        operation.type is OperationType.MUTATION and len(selections) == 1 and isinstance(selections[0], ast.FieldNode)
    )


def _digest(operation: Operation, variables: Mapping[str, Any]) -> bytes:
    location = operation.definition.loc
    assert location is not None  # documents are parsed with their places
    name = operation.definition.name.value if operation.definition.name else None
    request = [location.source.body, name, variables]
    return hashlib.sha256(orjson.dumps(request, default=repr, option=orjson.OPT_SORT_KEYS)).digest()
