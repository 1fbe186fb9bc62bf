"""What rules put on texts and keep authors from, what else they are asked of, and the cases that come of it."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0030"
down_revision = "0029"
branch_labels = None
depends_on = None

_CASES_BEFORE = ("REPORTED", "NOTICED", "HELD", "NEW_MEMBER", "INTEGRITY", "FRAUD", "APPEAL", "IDENTITY", "STRIKES")
_CASES = (*_CASES_BEFORE[:3], "LABELLED", "LIMITED", *_CASES_BEFORE[3:])
# Cases of the kind STRIKES were routed to nobody by their kind alone.
_ROUTES_BEFORE = _CASES_BEFORE[:-1]
_KINDS_BEFORE = ("POST", "COMMENT", "PROFILE")
_KINDS = (*_KINDS_BEFORE, "AMENDMENT", "OPTION", "SPACE", "ANSWER")


def _listed(names: tuple[str, ...]) -> str:
    return ", ".join(f"'{name}'" for name in names)


def _replace(table: str, name: str, check: str) -> None:
    op.drop_constraint(op.f(name), table, type_="check")
    op.create_check_constraint(op.f(name), table, check)


def _allow(cases: tuple[str, ...], routes: tuple[str, ...], kinds: tuple[str, ...]) -> None:
    _replace("moderation_case", "moderation_case_kind_check", f"kind IN ({_listed(cases)})")
    _replace("moderation_route", "moderation_route_kind_check", f"kind IS NULL OR kind IN ({_listed(routes)})")
    _replace(
        "rule_version",
        "rule_version_kinds_check",
        f"kinds <@ ARRAY[{_listed(kinds)}] AND cardinality(kinds) > 0",
    )


def upgrade() -> None:
    op.add_column(
        "rule_version",
        sa.Column(
            "limits",
            postgresql.ARRAY(sa.Text()),
            server_default=sa.text("'{}'"),
            nullable=False,
            comment="For LIMIT: which.",
        ),
    )
    op.add_column(
        "rule_version",
        sa.Column(
            "seconds",
            sa.Integer(),
            nullable=True,
            comment="Between two contributions, where SLOW_MODE is among them.",
        ),
    )
    op.add_column(
        "rule_version",
        sa.Column("hours", sa.Integer(), nullable=True, comment="For how long LIMIT keeps the author from it."),
    )
    op.create_check_constraint(
        op.f("rule_version_limits_check"),
        "rule_version",
        "limits <@ ARRAY['SLOW_MODE', 'NO_LINKS', 'NO_MEDIA', 'NO_VOTES']"
        " AND (action = 'LIMIT' OR cardinality(limits) = 0) AND (cardinality(limits) > 0) = (hours IS NOT NULL)"
        " AND ('SLOW_MODE' = ANY(limits)) = (seconds IS NOT NULL)",
    )
    op.create_check_constraint(
        op.f("rule_version_lasts_check"), "rule_version", "hours BETWEEN 1 AND 720 AND seconds BETWEEN 10 AND 86400"
    )
    _allow(_CASES, _CASES, _KINDS)


def downgrade() -> None:
    _allow(_CASES_BEFORE, _ROUTES_BEFORE, _KINDS_BEFORE)
    op.drop_column("rule_version", "hours")
    op.drop_column("rule_version", "seconds")
    op.drop_column("rule_version", "limits")
