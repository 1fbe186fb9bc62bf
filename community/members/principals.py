"""Who a request acts for, and how far it may go."""

from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID


class Scope(StrEnum):
    """How far a token reaches. Within a scope its bearer may do what the member may do, and never more."""

    READ = "read"
    WRITE = "write"
    MODERATE = "moderate"
    ADMIN = "admin"


ALL_SCOPES = frozenset(Scope)


@dataclass(frozen=True, slots=True)
class Principal:
    """The member that a request acts for, by a session (`session_id`) or by a personal access token (`access_token_id`)."""

    member_id: int
    scopes: frozenset[Scope]
    session_id: UUID | None = None
    access_token_id: int | None = None
