"""Search as SQLAlchemy expressions, over the SQL functions that the migrations make.

`search_vector(text)` is what the tables keep, `search_query(text)` what a reader asks for, and `search_snippet(text,
text, integer)` the piece of a text to show, as JSON: `[{"text": ..., "highlighted": ...}, ...]`. A query has words, which must
all be there, "phrases in quotation marks" and -exclusions; Chinese, Japanese and Korean are found wherever they stand.
"""

from typing import Any

from sqlalchemy import ColumnElement, Float, func
from sqlalchemy.dialects.postgresql import JSONB, TSQUERY

SNIPPET_SIZE = 160

# Titles count most (weight A), then bodies (B). Rank is divided by 1 + log(length), so that length alone does not win.
_BY_LENGTH = 1


def matches(vector: ColumnElement[Any], query: ColumnElement[str]) -> ColumnElement[bool]:
    """Return whether a row's `search` column has what the query asks for; an empty query finds nothing."""
    return vector.bool_op("@@")(func.search_query(query, type_=TSQUERY))


def rank(vector: ColumnElement[Any], query: ColumnElement[str]) -> ColumnElement[float]:
    """Return how well a row answers the query."""
    return func.ts_rank(vector, func.search_query(query, type_=TSQUERY), _BY_LENGTH, type_=Float)


def snippet(
    content: ColumnElement[str], query: ColumnElement[str], size: int = SNIPPET_SIZE
) -> ColumnElement[list[dict[str, Any]]]:
    """Return the piece of a text around what was found, of about `size` characters, in parts of plain text."""
    return func.search_snippet(content, query, size, type_=JSONB)
