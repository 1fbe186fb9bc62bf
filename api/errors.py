"""Refusals of the domain, as GraphQL tells them."""

from __future__ import annotations

import re
from typing import Any

from api.reading.fields import object_type, returned
from community.foundation.errors import Refusal


@object_type
class UserError:
    """Why a mutation was refused. Nothing of it was done."""

    code: str = returned("What is wrong, in a word for programs, e.g. NOT_FOUND.")
    message: str = returned("What is wrong, in a sentence for people.")
    path: list[str] | None = returned("The input field at fault, outermost name first; null when none is.")


def user_error(refusal: Refusal) -> dict[str, Any]:
    """Return a refusal as a `UserError`."""
    path = None if refusal.path is None else ["input", *(camel_case(name) for name in refusal.path)]
    return {"code": refusal.code, "message": refusal.message, "path": path}


def camel_case(name: str) -> str:
    """Return a Python name as GraphQL's."""
    return re.sub(r"_([a-z0-9])", lambda found: found.group(1).upper(), name)


class RequestError(Exception):
    """A request that is answered with an error before anything of it runs."""

    def __init__(self, message: str, code: str, status: int = 400, **extensions: object) -> None:
        """Say what is wrong, in words and as a code; `status` is that of HTTP."""
        super().__init__(message)
        self.message = message
        self.code = code
        self.status = status
        self.extensions = extensions

    def formatted(self) -> dict[str, Any]:
        """Return the error as GraphQL over HTTP has it."""
        return {"message": self.message, "extensions": {"code": self.code, **self.extensions}}
