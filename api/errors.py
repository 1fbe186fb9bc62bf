"""Refusals of the domain, as GraphQL tells them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from api.reading.fields import object_type, returned
from community.foundation.errors import NotFound, Refusal

if TYPE_CHECKING:
    from collections.abc import Mapping

OTHER_NAMES = {"comment": ("parent", "subject"), "post": ("subject",), "image": ("subject",)}
"""What inputs call such a thing, where they do not call it by its own name."""


@object_type
class UserError:
    """Why a mutation was refused. Nothing of it was done."""

    code: str = returned("What is wrong, in a word for programs, e.g. NOT_FOUND.")
    message: str = returned("What is wrong, in a sentence for people.")
    path: list[str] | None = returned("The input field at fault, outermost name first; null when none is.")


def user_error(refusal: Refusal, given: Mapping[str, Any]) -> dict[str, Any]:
    """Return a refusal as a `UserError`; `given` is the input, by its fields' Python names."""
    at = refusal.path or (_not_found_at(refusal, given) if isinstance(refusal, NotFound) else None)
    path = None if at is None else ["input", *(camel_case(name) for name in at)]
    return {"code": refusal.code, "message": refusal.message, "path": path}


def _not_found_at(refusal: NotFound, given: Mapping[str, Any]) -> tuple[str] | None:
    """Return the field that names what is not there: the domain does not know what an input calls it."""
    what = str(refusal.fields["what"]).replace(" ", "_")
    return next(((name,) for name in (what, *OTHER_NAMES.get(what, ())) if given.get(name) is not None), None)


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
