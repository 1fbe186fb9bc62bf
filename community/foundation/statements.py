"""SQLAlchemy Core statements turned into SQL and a list of values, for asyncpg to run.

Turning a statement into SQL costs far more than running it, so the SQL is kept, by the statement's shape: two
statements that differ only in their values share one. Values go in as they are, without SQLAlchemy's own conversion:
asyncpg speaks datetimes, arrays, and (through the codecs in `database`) JSON.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, cast

from sqlalchemy.dialects.postgresql import asyncpg as asyncpg_dialect
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.types import TypeDecorator
from sqlalchemy.util import LRUCache

if TYPE_CHECKING:
    from sqlalchemy.engine import Dialect
    from sqlalchemy.sql import Executable
    from sqlalchemy.sql.elements import BindParameter, ClauseElement

# Shapes, not statements: the product has a few hundred, and the compiled reads keep a cache of their own.
REMEMBERED_SHAPES = 2_000

_dialect = cast("type[Dialect]", asyncpg_dialect.dialect)()
_compiled: LRUCache[Any, Any] = LRUCache(REMEMBERED_SHAPES)


class UnsupportedStatement(TypeError):  # noqa: N818 - it is the statement that is at fault
    """The statement leans on something that only SQLAlchemy's own engine does."""


def compile_statement(
    statement: Executable,
    parameters: Mapping[str, object] | None = None,
) -> tuple[str, list[Any]]:
    """Return the SQL of a statement, with `$1` and so on in it, and the values in their order.

    `parameters` fill named `bindparam`s, or name the columns of an insert or update that has no `.values()`.

    Raises:
        UnsupportedStatement: if a column has a Python-side default, or a type converts values in Python.
    """
    compiled, extracted, collected = _look_up(statement, parameters.keys() if parameters else (), many=False)
    return _bind(compiled, parameters, extracted, collected)


def compile_for_many(
    statement: Executable,
    parameter_sets: Sequence[Mapping[str, object]],
) -> tuple[str, list[list[Any]]]:
    """Return the SQL of a statement once, and its values for each set of parameters.

    Every set must have the names that the first one has.
    """
    compiled, extracted, collected = _look_up(statement, parameter_sets[0].keys(), many=True)
    if compiled.post_compile_params or compiled.literal_execute_params:
        raise UnsupportedStatement("A statement run many times has one text: use = ANY(array), not IN (list).")
    return compiled.string, [_bind(compiled, parameters, extracted, collected)[1] for parameters in parameter_sets]


def _look_up(
    statement: Executable,
    names: Iterable[str],
    *,
    many: bool,
) -> tuple[SQLCompiler, Sequence[BindParameter[Any]] | None, Any]:
    # The names matter to the SQL only where they may stand for columns.
    column_names = list(names) if statement.is_dml else []
    # "Many" keeps SQLAlchemy from adding a RETURNING of its own to an insert that asks for nothing back.
    without_returning = many or (statement.is_insert and not getattr(statement, "_returning", ()))
    compiled, extracted, collected, _ = cast("ClauseElement", statement)._compile_w_cache(  # noqa: SLF001 - the cache has no public door
        _dialect,
        compiled_cache=_compiled,
        column_keys=column_names,
        for_executemany=without_returning,
    )
    compiled = cast("SQLCompiler", compiled)
    if not hasattr(compiled, "teahouse_checked"):
        _refuse_what_needs_an_engine(compiled)
        compiled.teahouse_checked = True  # type: ignore[attr-defined] # a mark of ours, so that this runs once a shape
    return compiled, extracted, collected


def _bind(
    compiled: SQLCompiler,
    parameters: Mapping[str, object] | None,
    extracted: Sequence[BindParameter[Any]] | None,
    collected: Any,
) -> tuple[str, list[Any]]:
    if compiled.cache_key is None:
        values = compiled.construct_params(dict(parameters) if parameters else None, escape_names=False)
    else:
        values = compiled.construct_params(
            dict(parameters) if parameters else None,
            extracted_parameters=extracted,
            escape_names=False,
            _collected_params=collected,
        )
    if compiled.post_compile_params or compiled.literal_execute_params:
        expanded = compiled._process_parameters_for_postcompile(values)  # noqa: SLF001 - the public way repeats the binding
        return expanded.statement, [expanded.parameters[name] for name in expanded.positiontup or ()]
    return compiled.string, [values[name] for name in compiled.positiontup or ()]


def _refuse_what_needs_an_engine(compiled: SQLCompiler) -> None:
    if compiled.insert_prefetch or compiled.update_prefetch:
        columns = ", ".join(str(column) for column in (*compiled.insert_prefetch, *compiled.update_prefetch))
        raise UnsupportedStatement(f"Use a server default, or give a value: {columns}")
    for parameter in compiled.binds.values():
        if isinstance(parameter.type, TypeDecorator):
            raise UnsupportedStatement(
                f"Values are sent as they are; {type(parameter.type).__name__} of {parameter.key} would not be applied.",
            )
