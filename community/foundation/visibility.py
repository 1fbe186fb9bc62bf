"""What a visibility rule is made of.

Each table that holds something of somebody's has one rule, in its feature's `visibility.py`: a function of a row and
the viewer. The rule comes apart so that a page can be read fast: rows that are *plainly* visible come from a partial
index, the viewer's *exceptions* (their own held posts; all, for a moderator) from another, and what a parent row has
already answered for (its space may be read) is not asked again at each of its children.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import and_, or_

if TYPE_CHECKING:
    from collections.abc import Callable

    from sqlalchemy import ColumnElement


@dataclass(frozen=True, slots=True)
class Visible:
    """A rule: `inherited` and `always`, and either `plain` or one of `exceptions`. Parts left empty hold for every row.

    No row is plain and an exception, or two exceptions: each is read from an index of its own.
    """

    inherited: Callable[[], tuple[ColumnElement[Any], ...]] = tuple
    """Made when it is asked for, as most rows are read under a parent that has answered for it."""
    always: tuple[ColumnElement[Any], ...] = ()
    plain: ColumnElement[Any] | None = None
    exceptions: tuple[ColumnElement[Any], ...] = ()

    @property
    def exception(self) -> ColumnElement[Any] | None:
        """All exceptions in one; None where there are none."""
        return or_(*self.exceptions) if self.exceptions else None

    def whole(self, *, inherits: bool = False) -> list[ColumnElement[Any]]:
        """Return the rule as conditions that all must hold, for a single row."""
        conditions = [*(() if inherits else self.inherited()), *self.always]
        if self.plain is not None:
            conditions.append(or_(self.plain, *self.exceptions))
        return conditions

    def branches(self, *, inherits: bool = False) -> list[ColumnElement[Any] | None]:
        """Return the rule as conditions of which one holds for each visible row, and never two."""
        shared = [*(() if inherits else self.inherited()), *self.always]
        parts = [part for part in (self.plain, *self.exceptions) if part is not None]
        if not parts:
            return [and_(*shared) if shared else None]
        return [and_(*shared, part) for part in parts]
