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

from collections.abc import Awaitable, Callable, Collection, Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Self, TypeVar, overload

from strawberry.annotation import StrawberryAnnotation
from strawberry.types.arguments import StrawberryArgument
from strawberry.types.field import StrawberryField

from api.errors import UserError
from api.reading.fields import COST, object_type, returned
from community.foundation.database import Autocommit
from community.foundation.errors import NotPermitted, Unauthenticated
from community.members.acting import Acting, Caller, load_acting
from community.members.principals import Principal, Scope
from community.members.restrictions import Deed
from community.members.roles import Role

if TYPE_CHECKING:
    from api.context import Context
    from community.foundation.database import Connection, Database
    from moderation.classifier.external import Score

T = TypeVar("T")

CHANGING = "teahouse-changing"
"""Under this name a strawberry field's metadata holds how a change is run."""


@dataclass(frozen=True, slots=True)
class Changing:
    """How a change is run.

    `standalone` changes commit on their own, for what must stay even though the caller is refused (a counted sign-in);
    `moves_viewer` ones change who may see what, so their payload is read with the viewer's facts as they are then;
    `single` ones change everything by one statement, which is a transaction by itself: BEGIN and COMMIT are saved;
    what `secret` ones answer is kept nowhere; where a `traced` one is refused as not the member's to do, that is recorded.
    `deed` says what a restricted member is kept from; what does not say is something that others see.
    """

    function: Callable[..., Awaitable[Any]]
    standalone: bool = False
    moves_viewer: bool = False
    single: bool = False
    secret: bool = False
    traced: bool = False
    deed: Deed = Deed.SHOWN


@dataclass(slots=True)
class Change:
    """What a change is given besides its input."""

    context: Context
    own_connection: Connection | None = None
    deed: Deed = Deed.SHOWN
    becomes: Principal | None = None
    """Whom the payload is shown to, where the change signs somebody in."""
    moved: set[int] | None = field(default_factory=set)
    """Whose view the change moves besides the acting member's: their facts are dropped once it is done. None: everybody's."""
    moves_own: bool = False
    """Whether it moves the acting member's own view, as it turned out; see `Changing.moves_viewer`."""
    afterwards: list[Callable[[], Awaitable[None]]] = field(default_factory=list)
    """What is to be done once the change is committed, and only then."""
    answers: Mapping[str, Score] = field(default_factory=dict)
    """What the operator's own classifier has said of texts, asked before this change was begun again."""
    _unchecked: int | None = None

    @property
    def connection(self) -> Connection:
        """The change's transaction; changes that commit on their own have none, lest they hold one while they wait."""
        assert self.own_connection is not None  # a standalone change takes `database`
        return self.own_connection

    @property
    def database(self) -> Database:
        """The pool, for changes that commit on their own."""
        return self.context.application.database

    async def together(self, action: Callable[[Connection], Awaitable[T]]) -> T:
        """Run several statements in one transaction: the change's own or, in a `single` one that needs more, one for them."""
        if isinstance(self.connection, Autocommit):
            return await self.database.transact(action)
        return await action(self.connection)

    def moves(self, member_id: int) -> None:
        """Say whose view this change moves besides the acting member's."""
        if self.moved is not None:
            self.moved.add(member_id)

    def caller(self, scope: Scope = Scope.WRITE) -> Caller:
        """Return the member who asks, by a token that reaches so far; their standing is for the action to look at.

        Raises:
            Unauthenticated: if nobody is signed in.
            NotPermitted: if the token does not reach so far.
        """
        principal = self._principal(scope)
        self._unchecked = principal.member_id
        return Caller(principal.member_id, self.context.facts, with_roles=Scope.MODERATE in principal.scopes)

    async def refuse_by_standing(self) -> None:
        """Refuse a caller who may not take part: they learn that before anything that is wrong with their input.

        Raises:
            Unauthenticated, AccountSuspended: if their standing was left to the action, and is not good.
            MemberLimited: if a restriction keeps them from such a change.
        """
        if self._unchecked is not None:
            await load_acting(self.connection, self._unchecked, deed=self.deed)

    async def acting(self, scope: Scope = Scope.WRITE, *, deed: Deed | None = None) -> Acting:
        """Return the member who acts, in good standing and with a token that reaches so far.

        `deed` is for changes that are one or the other by their input; else it is as the change was declared.

        Raises:
            Unauthenticated: if nobody is signed in.
            NotPermitted: if the token does not reach so far.
            AccountSuspended: if they may not take part.
            MemberLimited: if a restriction keeps them from such a change.
        """
        principal, deed = self._principal(scope), deed or self.deed
        if self.own_connection is not None:
            acting = await load_acting(self.own_connection, principal.member_id, self.context.facts, deed=deed)
        else:
            async with self.database.reading() as connection:
                acting = await load_acting(connection, principal.member_id, self.context.facts, deed=deed)
        return within_scopes(acting, principal.scopes)

    async def acting_by_session(self) -> tuple[Acting, Principal]:
        """Return the member who acts, and the session they act by: for what a leaked token must not do.

        Raises:
            Unauthenticated: if nobody is signed in.
            NotPermitted: if they act by a personal access token.
        """
        acting = await self.acting()
        principal = self.context.principal
        if principal is None or principal.session_id is None:
            raise NotPermitted(action="do this with an access token")
        return acting, principal

    def _principal(self, scope: Scope) -> Principal:
        principal = self.context.principal
        if principal is None:
            raise Unauthenticated
        if scope not in principal.scopes:
            raise NotPermitted(action=f"do this with a token without the scope {scope.value}")
        return principal


def within_scopes(acting: Acting, scopes: Collection[Scope]) -> Acting:
    """Return the member with the roles that a token's scopes reach; a session's reach all."""
    if Scope.MODERATE not in scopes:
        return replace(acting, with_roles=False, roles=frozenset(), moderated_space_ids=frozenset())
    if Scope.ADMIN not in scopes and Role.ADMIN in acting.roles:
        # Without the scope, an administrator is a moderator.
        return replace(acting, roles=acting.roles - {Role.ADMIN} | {Role.MODERATOR})
    return acting


Function = Callable[..., Awaitable[Any]]


@overload
def change(function: Function) -> StrawberryField: ...


@overload
def change(
    *,
    standalone: bool = False,
    moves_viewer: bool = False,
    single: bool = False,
    secret: bool = False,
    traced: bool = False,
    cost: int = 1,
    deed: Deed = Deed.SHOWN,
) -> Callable[[Function], StrawberryField]: ...


def change(
    function: Function | None = None,
    *,
    standalone: bool = False,
    moves_viewer: bool = False,
    single: bool = False,
    secret: bool = False,
    traced: bool = False,
    cost: int = 1,
    deed: Deed = Deed.SHOWN,
) -> StrawberryField | Callable[[Function], StrawberryField]:
    """Declare a function a mutation field; its docstring is the field's description, `cost` what it counts by itself."""

    def declare(function: Function) -> StrawberryField:
        # Annotations are resolved where the function stands, when the schema is assembled.
        names = function.__globals__
        declared = StrawberryField(
            type_annotation=StrawberryAnnotation(function.__annotations__["return"], namespace=names),
            description=" ".join((function.__doc__ or "").split()),
            metadata={CHANGING: Changing(function, standalone, moves_viewer, single, secret, traced, deed), COST: cost},
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
