"""Mutations: how one is declared, and what it is given.

    @change
    async def create_post(info: Change, input: CreatePostInput) -> CreatePostPayload:
        '''Start a discussion in a space.'''
        acting = await info.acting()
        return CreatePostPayload.of(post=await posts.create_post(info.connection, acting, ...))

A change runs in a transaction of its own; the payload is then read by the same compiler as any query, on the same
connection, before the commit. A `Refusal` undoes all and becomes the payload's `userErrors`.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Self, TypeVar

from strawberry.annotation import StrawberryAnnotation
from strawberry.types.arguments import StrawberryArgument
from strawberry.types.field import StrawberryField

from api.errors import UserError
from api.reading.fields import object_type, returned
from community.foundation.errors import NotPermitted, Unauthenticated
from community.members.acting import Acting, load_acting
from community.members.principals import Scope

if TYPE_CHECKING:
    from api.context import Context
    from community.foundation.database import Connection, Database

T = TypeVar("T")

CHANGING = "teahouse-changing"
"""Under this name a strawberry field's metadata holds how a change is run."""


@dataclass(frozen=True, slots=True)
class Changing:
    """How a change is run.

    `standalone` changes commit on their own, for what must stay even though the caller is refused (a counted sign-in);
    `moves_viewer` ones change who may see what, so their payload is read with the viewer's facts as they are then.
    """

    function: Callable[..., Awaitable[Any]]
    standalone: bool = False
    moves_viewer: bool = False


@dataclass(slots=True)
class Change:
    """What a change is given besides its input."""

    context: Context
    connection: Connection
    becomes: int | None = field(default=None)
    """The member whom the payload is shown to, where the change signs somebody in."""

    @property
    def database(self) -> Database:
        """The pool, for changes that commit on their own."""
        return self.context.application.database

    async def acting(self, scope: Scope = Scope.WRITE) -> Acting:
        """Return the member who acts, in good standing and with a token that reaches so far.

        Raises:
            Unauthenticated: if nobody is signed in.
            NotPermitted: if the token does not reach so far.
        """
        principal = self.context.principal
        if principal is None:
            raise Unauthenticated
        if scope not in principal.scopes:
            raise NotPermitted(action=f"do this with a token without the scope {scope.value}")
        return await load_acting(self.connection, principal.member_id)


def change(
    function: Callable[..., Awaitable[Any]] | None = None,
    *,
    standalone: bool = False,
    moves_viewer: bool = False,
) -> Any:
    """Declare a function a mutation field; its docstring is the field's description."""

    def declare(function: Callable[..., Awaitable[Any]]) -> Any:
        # Annotations are resolved where the function stands, when the schema is assembled.
        names = function.__globals__
        declared = StrawberryField(
            type_annotation=StrawberryAnnotation(function.__annotations__["return"], namespace=names),
            description=" ".join((function.__doc__ or "").split()),
            metadata={CHANGING: Changing(function, standalone, moves_viewer)},
        )
        if "input" in function.__annotations__:
            annotation = StrawberryAnnotation(function.__annotations__["input"], namespace=names)
            declared.arguments = [StrawberryArgument("input", None, annotation, description="What is to be done.")]
        return declared

    return declare if function is None else declare(function)


class Result(dict[str, Any]):
    """A payload's fields by their Python names: objects by key."""


def payload(declared: type[T]) -> type[T]:
    """Declare a class the payload of a mutation: its own fields, and `userErrors` and `clientMutationId`."""
    declared.__annotations__ = {
        **declared.__annotations__,
        "user_errors": list[UserError],
        "client_mutation_id": str | None,
    }
    declared.user_errors = returned("Why it was refused; empty when it was done.")  # type: ignore[attr-defined] # added here
    declared.client_mutation_id = returned("As it was given in the input.")  # type: ignore[attr-defined] # added here
    return object_type(declared)


class Returns:
    """Gives payload classes their constructor: which objects and values the change returns."""

    @classmethod
    def of(cls, **fields: Any) -> Self:
        """Return the payload's fields, objects by key."""
        return Result(fields)  # type: ignore[return-value] # only ever read as a mapping, by the compiled payload
