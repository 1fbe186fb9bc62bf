"""Parameters that stay parameters in statements whose own constants are written out.

A read is planned once and run many times, so the planner must see the constants of our rules (`visibility = 0` is what
a partial index is chosen by) and must not see what clients send. Such statements are compiled with literal values,
all but these.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import ColumnElement, bindparam
from sqlalchemy.ext.compiler import compiles

if TYPE_CHECKING:
    from sqlalchemy.sql.compiler import SQLCompiler
    from sqlalchemy.types import TypeEngine


class Parameter(ColumnElement[Any]):
    """A named parameter, bound when the statement runs."""

    inherit_cache = False

    def __init__(self, name: str, type_: TypeEngine[Any] | type[TypeEngine[Any]]) -> None:
        """Name it and say its SQL type."""
        self.bound = bindparam(name, type_=type_)
        self.type = self.bound.type


@compiles(Parameter)
def _compile_parameter(element: Parameter, compiler: SQLCompiler, **options: Any) -> str:
    return compiler.process(element.bound, **{**options, "literal_binds": False})
