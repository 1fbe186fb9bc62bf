"""What is said when something is refused, and when the server cannot serve.

A :class:`Refusal` is an answer: the rules of the community do not allow what was asked. The API turns it into a user
error. :class:`Overloaded` and its kind are not the asker's doing: the API answers 503 and says when to try again.
"""

import inspect
from typing import ClassVar


class Refusal(Exception):  # noqa: N818 - "refusal" is the word of the trade; an error would be a bug
    """This cannot be done."""

    # The docstring of a class is the message of its instances, filled in from their fields by str.format. A subclass
    # gives its docstring and its code, and is raised with its fields: raise RoundClosed(round=3, closed_at=moment).
    code: ClassVar[str] = "REFUSED"

    def __init__(self, *, path: tuple[str, ...] | None = None, **fields: object) -> None:
        """Keep the fields; `path` names the input field at fault, outermost name first."""
        self.path = path
        self.fields = fields
        super().__init__(self.message)

    @property
    def message(self) -> str:
        """The sentence for a person to read."""
        return inspect.cleandoc(type(self).__doc__ or "").format(**self.fields)

    def __str__(self) -> str:
        return self.message

    def __reduce__(self) -> tuple[object, ...]:
        # Exceptions are rebuilt from their positional arguments, of which a refusal has none.
        return (_rebuild, (type(self), self.path, self.fields))


def _rebuild(kind: type[Refusal], path: tuple[str, ...] | None, fields: dict[str, object]) -> Refusal:
    return kind(path=path, **fields)


class NotFound(Refusal):
    """There is no {what} here that you may see."""

    code = "NOT_FOUND"

    def __init__(self, *, what: str = "such thing", path: tuple[str, ...] | None = None, **fields: object) -> None:
        """Say what was looked for. What is hidden from the viewer is answered with the very same words."""
        super().__init__(path=path, what=what, **fields)


class NotPermitted(Refusal):
    """You may not {action}."""

    code = "NOT_PERMITTED"

    def __init__(self, *, action: str = "do this", path: tuple[str, ...] | None = None, **fields: object) -> None:
        """Say what was attempted, as a verb that follows "you may not"."""
        super().__init__(path=path, action=action, **fields)


class Invalid(Refusal):
    """{field}: {reason}"""  # noqa: D415 - the reason ends the sentence

    code = "INVALID"

    def __init__(self, *, field: str, reason: str, path: tuple[str, ...] | None = None, **fields: object) -> None:
        """Name the input field and what is wrong with it; the path is the field's name unless it is given."""
        super().__init__(path=(field,) if path is None else path, field=field, reason=reason, **fields)


class RateLimited(Refusal):
    """Too many attempts. Try again in {retry_after} seconds."""

    code = "RATE_LIMITED"

    def __init__(self, *, retry_after: int, path: tuple[str, ...] | None = None, **fields: object) -> None:
        """Say after how many whole seconds another attempt may pass."""
        super().__init__(path=path, retry_after=retry_after, **fields)
        self.retry_after = retry_after


class Unauthenticated(Refusal):
    """Sign in first."""

    code = "UNAUTHENTICATED"


class Overloaded(Exception):  # noqa: N818 - a state of the server, spoken of as such
    """Everything that could serve this is busy."""

    def __init__(self, message: str | None = None, *, retry_after: int = 1) -> None:
        """Say after how many seconds to try again."""
        super().__init__(message or inspect.cleandoc(type(self).__doc__ or ""))
        self.retry_after = retry_after


class DatabaseUnavailable(Overloaded):
    """The database cannot be reached at present."""
