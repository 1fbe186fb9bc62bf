"""Variables: what no field can take is refused with the place where it stands, before it is coerced or bound."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from api.limits.bounds import DocumentLimits, refused, told

_INT64 = range(-(2**63), 2**63)


def check_variables(variables: Mapping[str, Any], limits: DocumentLimits) -> None:
    """Refuse variables that the database could not be given.

    Raises:
        GraphQLError: BAD_VARIABLES, naming the first place at fault: `$input.tags.3`.
    """
    stack: list[tuple[tuple[str | int, ...], Any]] = [((name,), value) for name, value in variables.items()]
    while stack:
        path, value = stack.pop()
        if len(path) > limits.value_nesting + 1:
            raise _bad(path, f"is nested more than {limits.value_nesting} deep")
        if isinstance(value, str):
            _check_text(path, value)
        elif isinstance(value, bool) or value is None:
            continue
        # orjson gives a whole number beyond 64 bits as a double. No field means doubles of that size.
        elif isinstance(value, int | float):
            if int(value) not in _INT64:
                raise _bad(path, "is a number of more than 64 bits")
        elif isinstance(value, dict):
            for name, inner in value.items():
                _check_text((*path, name), name)
                stack.append(((*path, name), inner))
        else:
            stack.extend(((*path, place), inner) for place, inner in enumerate(value))


def _check_text(path: tuple[str | int, ...], text: str) -> None:
    if "\0" in text:
        raise _bad(path, "holds a NUL character")
    try:
        text.encode()
    except UnicodeEncodeError:
        raise _bad(path, "holds half a character (a lone surrogate)") from None


def _bad(path: tuple[str | int, ...], what: str) -> Exception:
    place = ".".join(told(str(step)).replace("\0", "") for step in path[:4])
    return refused(f"Variable '${place}' {what}.", "BAD_VARIABLES")
