"""What must hold of a condition whatever the unknown is: asked first, it spares looking up what nothing depends on.

    all(links, account_age)      without knowing the author:  links
    any(links, account_age)      without knowing the author:  nothing need hold
    not(all(links, trust))       without knowing the author:  nothing need hold
    not(any(links, trust))       without knowing the author:  not links

The weakened condition holds wherever the whole one may. It is Kleene's three-valued logic [1], worked out once, when a rule
is made ready, and not for each text: a leaf that is unknown may hold and may not, and `not` turns the one into the other.

Sources:
    1. Kleene: Introduction to metamathematics, section 64. North-Holland, 1952.
"""

from __future__ import annotations

from moderation.rules.conditions import (
    AccountAge,
    All,
    Any,
    Condition,
    External,
    FirstPosts,
    NearDuplicates,
    Not,
    Trust,
    Velocity,
    walk,
)

OF_AUTHOR = (FirstPosts, AccountAge, Trust)
"""What is asked of whoever wrote it."""
OF_EARLIER = (NearDuplicates, Velocity)
"""What is asked of what was written before."""

OF_EXTERNAL = (External,)
"""What is asked of the operator's own classifier, which may not answer."""

Leaves = tuple[type, ...]


def asks(condition: Condition, leaves: Leaves) -> bool:
    """Say whether a condition asks one of these anywhere. O(its parts)."""
    return any(isinstance(part, leaves) for part in walk(condition))


def necessary(condition: Condition, unknown: Leaves) -> Condition | None:
    """Return what must hold of what is known for a condition to hold; None where nothing need. O(its parts)."""
    found = _bounded(condition, unknown, upper=True)
    return None if isinstance(found, bool) else found


def sufficient(condition: Condition, unknown: Leaves) -> Condition | None:
    """Return what is enough of what is known for a condition to hold; None where nothing is. O(its parts)."""
    found = _bounded(condition, unknown, upper=False)
    return None if isinstance(found, bool) else found


def _bounded(condition: Condition, unknown: Leaves, *, upper: bool) -> Condition | bool:
    """Return the least condition above, or the greatest below, that does not ask for what is unknown."""
    if isinstance(condition, Not):
        denied = _bounded(condition.of, unknown, upper=not upper)
        return not denied if isinstance(denied, bool) else Not(denied)
    if isinstance(condition, All | Any):
        decides = isinstance(condition, Any)
        parts = [_bounded(part, unknown, upper=upper) for part in condition.of]
        if any(part is decides for part in parts):
            return decides
        asked = tuple([part for part in parts if not isinstance(part, bool)])
        return type(condition)(asked) if asked else not decides
    return upper if isinstance(condition, unknown) else condition
