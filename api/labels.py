"""What things are called in the reader's language: labels are kept by locale, and English stands in for what is missing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import Text, func, literal_column

from api.reading.fields import Argument, expression

if TYPE_CHECKING:
    from api.reading.readings import Scope

LONGEST_LOCALE = 35


def language_of(locale: object) -> str | None:
    """Return the language of a locale, `zh` of zh-CN; None where none is given."""
    if locale is None:
        return None
    return str(locale)[:LONGEST_LOCALE].replace("\0", "").replace("_", "-").split("-")[0].lower()


def in_words(column: str, description: str) -> Any:
    """Read a text from a column of texts by locale; where there is none in English either, the row's name."""

    def sql(scope: Scope) -> Any:
        labels, language = getattr(scope.row.c, column), scope.arguments.value("locale", Text(), language_of)
        return func.coalesce(labels.op("->>")(language), labels.op("->>")(literal_column("'en'")), scope.row.c.name)

    locale = Argument(str, "In which language, e.g. `zh` or `zh-CN`; English where it has no such label.", "en")
    return expression(sql, description, arguments={"locale": locale})
