"""Make what is searched of a text in a third of the time, and of a short one in a tenth; the result is the same."""

from importlib import import_module

from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

_FOUNDATION = import_module("migrations.versions.0001_foundation")
_PAIRED, _SPELLED = _FOUNDATION.PAIRED, _FOUNDATION.SPELLED

# Within a run of characters that are cut into pairs, each but the first is doubled: ABC becomes ABBCC, and read two by
# two AB, BC, C. So words are numbered as they are found. The windows that did it before took most of the time to set up.
# ASCII has no such characters, and is folded by lowering it.
_SEARCH_VECTOR = rf"""
CREATE OR REPLACE FUNCTION search_vector(content text) RETURNS tsvector
LANGUAGE sql IMMUTABLE PARALLEL SAFE STRICT
RETURN (
    SELECT coalesce(string_agg('''' || left(word[1], 255) || ''':' || (1 + (position - 1) % 16383), ' '), '')::tsvector
    FROM regexp_matches(
        CASE
            WHEN octet_length(content) = length(content) THEN lower(content COLLATE "C")
            ELSE regexp_replace(search_fold(content), '(?<![{_PAIRED}])([{_PAIRED}])|([{_PAIRED}])', '\1\2\2', 'g')
        END,
        '[{_PAIRED}]{{1,2}}|[{_SPELLED}]+',
        'g'
    ) WITH ORDINALITY AS words (word, position)
)
"""  # noqa: S608 - made of the constants of the first migration


def upgrade() -> None:
    op.execute(_SEARCH_VECTOR)


def downgrade() -> None:
    op.execute(_FOUNDATION.SEARCH_VECTOR.replace("CREATE FUNCTION", "CREATE OR REPLACE FUNCTION"))
