"""How urgent a case is: one number that is written once, by which the queue is in order at any later moment.

    urgency = ln(severity) + ln(reach) + ln(weight) - opened / DAY        (the larger, the sooner)

What a case waits for counts exponentially: its priority, severity * reach * weight * e^(waited / DAY), grows by a factor of
e a day. As all cases grow by the same factor, their order never changes by waiting alone, and now can be left out: so an
index holds the queue in its order, and the first page of a million cases costs what twenty rows cost.

The first three are rounded to tenths: a storm of reports raises the weight ten thousand times, and moves the case in the
index a hundred times at most.
"""

SEVERITIES = (1, 5)
DAY = 86_400.0
"""Seconds in which what waits becomes e times as urgent."""
EPOCH = 1_767_225_600.0
"""2026-01-01T00:00:00Z in seconds: opened counts from here, so that tenths are not lost in a large number."""

SQL = f"""(
    round((ln({{severity}}::float8 ^ 2) + ln({{reach}}::float8) + ln({{weight}}::float8))::numeric, 1)::float8
        - (extract(epoch FROM {{opened_at}})::float8 - {EPOCH}) / {DAY}
)"""
"""The same in SQL, to be formatted with expressions. A severity weighs as its square: 5 is 25 times as grave as 1."""


def sql(severity: str, reach: str, weight: str, opened_at: str) -> str:
    """Return the urgency as an SQL expression of expressions of ours."""
    return SQL.format(severity=severity, reach=reach, weight=weight, opened_at=opened_at)
