"""Conditions as JSON: what is stored, and what a client sends. Whatever that is, it is read, or refused by name."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import MISSING, fields
from enum import StrEnum
from typing import Any, TypeVar, get_args, get_type_hints

from community.foundation.errors import Invalid
from moderation.rules import conditions
from moderation.rules.conditions import MOST_PARTS, Condition, Images, Keywords, Leaf, Links, Not, Pattern, Whose, walk
from moderation.rules.scripts import Script

DEEPEST = 6
"""Conditions within conditions."""
MOST_CONDITIONS = 50
MOST_PATTERNS = 20
MOST_ENTRIES = 10_000
"""Words, domains and hashes of a rule altogether."""

_LEAVES: dict[str, type[Leaf]] = {kind.name: kind for kind in get_args(Leaf)}

Path = tuple[str, ...]
Made = TypeVar("Made")


def read_condition(value: object, path: Path = ("condition",)) -> Condition:
    """Return the condition that JSON says, such as `{"all": [{"links": {}}, {"first_posts": {"first": 3}}]}`.

    Raises:
        Invalid: if it says none, or too large a one; `path` leads to what is wrong, and `field` is its last name.
    """
    _not_too_many(value, path)
    condition = _read(value, path)
    check_size(condition, path)
    return condition


def written_condition(condition: Condition) -> dict[str, Any]:
    """Return a condition as JSON, without what is as it is by default; reading it gives the same condition."""
    if isinstance(condition, Not):
        return {"not": written_condition(condition.of)}
    if isinstance(condition, conditions.All | conditions.Any):
        return {condition.name: [written_condition(part) for part in condition.of]}
    said = {}
    for one in fields(condition):
        value = getattr(condition, one.name)
        default = one.default_factory() if one.default_factory is not MISSING else one.default
        if value != default:
            said[one.name] = _plain(value)
    return {condition.name: said}


def check_size(condition: Condition, path: Path = ("condition",)) -> None:
    """Refuse a condition that asks too much for one rule.

    Raises:
        Invalid: if it has too many patterns, or too many words, domains and hashes altogether.
    """
    patterns = entries = 0
    for part in walk(condition):
        patterns += isinstance(part, Pattern)
        if isinstance(part, Keywords):
            # Each variant may give each word another spelling.
            entries += len(part.words) * (1 + len(part.variants))
        elif isinstance(part, Links):
            entries += len(part.to) + len(part.outside)
        elif isinstance(part, Images):
            entries += len(part.hashes)
    if patterns > MOST_PATTERNS:
        raise _wrong(path, f"At most {MOST_PATTERNS} patterns in a rule.")
    if entries > MOST_ENTRIES:
        raise _wrong(path, f"At most {MOST_ENTRIES:,} words, their variants, domains and hashes in a rule.")


def _not_too_many(value: object, path: Path) -> None:
    """Look at how deep and large it is before anything is made of it, without recursion."""
    waiting = [(value, 1)]
    count = 0
    while waiting:
        one, depth = waiting.pop()
        inner = one.get("not", one.get("all", one.get("any"))) if isinstance(one, dict) else None
        count += 1
        if depth > DEEPEST:
            raise _wrong(path, f"At most {DEEPEST} conditions within each other.")
        if count > MOST_CONDITIONS:
            raise _wrong(path, f"At most {MOST_CONDITIONS} conditions in a rule.")
        if isinstance(inner, list):
            waiting += [(part, depth + 1) for part in inner[: MOST_CONDITIONS + 1]]
        elif inner is not None:
            waiting.append((inner, depth + 1))


def _read(value: object, path: Path) -> Condition:
    if not isinstance(value, dict) or len(value) != 1:
        raise _wrong(path, 'A condition is an object with one name, such as {"links": {"at_least": 2}}.')
    (name, said), *_ = value.items()
    if name == "not":
        return Not(_read(said, (*path, name)))
    if name in {"all", "any"}:
        if not isinstance(said, list) or not 1 <= len(said) <= MOST_PARTS:
            raise _wrong((*path, name), f"A list of 1 to {MOST_PARTS} conditions.")
        parts = tuple([_read(part, (*path, name, str(place))) for place, part in enumerate(said)])
        return conditions.All(parts) if name == "all" else conditions.Any(parts)
    leaf = _LEAVES.get(name) if isinstance(name, str) else None
    if leaf is None:
        raise _wrong(path, f"There is no such condition; there are {', '.join(_LEAVES)}, all, any and not.")
    return _read_leaf(leaf, said, (*path, name))


def _read_leaf(kind: type[Leaf], said: object, path: Path) -> Leaf:
    if not isinstance(said, dict):
        raise _wrong(path, "An object with its fields.")
    readers = _FIELDS[kind.name]
    unknown = [name for name in said if name not in readers]
    if unknown:
        raise _wrong(path, f"It has no such field; it has {', '.join(readers)}.")
    for one in fields(kind):
        if one.default is MISSING and one.default_factory is MISSING and one.name not in said:
            raise _wrong((*path, one.name), "It has to be given.")
    given = {name: readers[name](value, (*path, name)) for name, value in said.items()}
    return _made(lambda: kind(**given), path)


def _made(make: Callable[[], Made], path: Path) -> Made:
    try:
        return make()
    except Invalid as wrong:
        raise Invalid(
            field=str(wrong.fields["field"]), reason=str(wrong.fields["reason"]), path=(*path, *(wrong.path or ()))
        ) from None


def _plain(value: object) -> Any:
    if isinstance(value, tuple):
        return [_plain(one) for one in value]
    if isinstance(value, Mapping):
        return dict(value)
    return value.value if isinstance(value, StrEnum) else value


def _text(value: object, path: Path) -> str:
    if not isinstance(value, str):
        raise _wrong(path, "A text.")
    return value


def _whole(value: object, path: Path) -> int:
    if isinstance(value, bool) or not isinstance(value, int):
        raise _wrong(path, "A whole number.")
    return value


def _fraction(value: object, path: Path) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise _wrong(path, "A number.")
    # No share is out of these bounds, and not every whole number fits a float.
    return float(value) if 0 <= value <= 1 else math.inf


def _switch(value: object, path: Path) -> bool:
    if not isinstance(value, bool):
        raise _wrong(path, "true or false.")
    return value


def _texts(value: object, path: Path) -> tuple[str, ...]:
    if not isinstance(value, list):
        raise _wrong(path, "A list of texts.")
    if len(value) > MOST_ENTRIES:
        raise _wrong(path, f"At most {MOST_ENTRIES:,}.")
    return tuple([_text(one, path) for one in value])


def _pairs(value: object, path: Path) -> dict[str, str]:
    if not isinstance(value, dict):
        raise _wrong(path, "An object of texts.")
    return {_text(key, path): _text(one, path) for key, one in value.items()}


def _scripts(value: object, path: Path) -> tuple[Script, ...]:
    names = _texts(value, path)
    if not set(names) <= set(Script):
        raise _wrong(path, f"Scripts are {', '.join(Script)}.")
    return tuple([Script(name) for name in dict.fromkeys(names)])


def _whose(value: object, path: Path) -> Whose:
    name = _text(value, path)
    if name not in set(Whose):
        raise _wrong(path, f"{' or '.join(Whose)}.")
    return Whose(name)


def _or_none(reader: Callable[[object, Path], Any]) -> Callable[[object, Path], Any]:
    return lambda value, path: None if value is None else reader(value, path)


_READERS: dict[Any, Callable[[object, Path], Any]] = {
    str: _text,
    int: _whole,
    float: _fraction,
    bool: _switch,
    int | None: _or_none(_whole),
    float | None: _or_none(_fraction),
    tuple[str, ...]: _texts,
    Mapping[str, str]: _pairs,
    tuple[Script, ...]: _scripts,
    Whose: _whose,
}


_FIELDS = {
    name: {one.name: _READERS[hints[one.name]] for one in fields(kind)}
    for name, kind in _LEAVES.items()
    for hints in (get_type_hints(kind),)
}


def _wrong(path: Path, reason: str) -> Invalid:
    return Invalid(field=path[-1], reason=reason, path=path)
