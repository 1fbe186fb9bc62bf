"""A community of a million members as a scoring run would leave it, made by SQL alone: what reads of the graph are measured on.

Members stand on a line, tribe by tribe. Each is tied to two dozen neighbours near and further off, and to eight places
anywhere, always in both directions: a small world. Rankings are by a quality that newcomers have less of, so that filters
by time do not follow the ranking, as they do not in life.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from community.demonstration.bulk import indexes_made_afterwards
from graph.tables import VALUES

if TYPE_CHECKING:
    from community.foundation.database import Connection

SPACES = 50
TAGS = 100
SCATTER = 387_420_489  # a power of three: coprime to any number of members that is a power of ten
NEIGHBOURS = (1, 2, 3, 5, 8, 13, 21, 34, 55, 89, 144, 233)
FAR_ENDS = tuple(2 * place + 1 for place in (31_337, 77_003, 123_457, 190_027, 242_003, 300_007, 355_001, 410_009))
WINDOWS = {"ALL": 1.0, "YEAR": 0.6, "QUARTER": 0.3, "MONTH": 0.15}
POSTS, COMMENTS = 60_000, 200_000
PROLIFIC_POSTS, PROLIFIC_REACTIONS = 10_000, 100_000

TABLES = (
    *("member", "space", "tag", "post", "comment", "post_reaction", "follow", "space_member", "event", "role_grant"),
    *("tribe", "tribe_tag", "tribe_bridge", "graph_scope", "influence"),
    *("social_capital", "social_capital_point", "strongest_ties", "score_run"),
)

FUNCTIONS = f"""
    CREATE SCHEMA bench;
    CREATE FUNCTION bench.unit(number bigint, seed bigint) RETURNS double precision IMMUTABLE PARALLEL SAFE LANGUAGE sql
        AS 'SELECT (hashint8extended($1, $2) & 9007199254740991) / 9007199254740992.0::double precision';
    CREATE FUNCTION bench.id(place bigint, size bigint) RETURNS bigint IMMUTABLE PARALLEL SAFE LANGUAGE sql
        AS 'SELECT (($1 % $2 + $2) % $2) * {SCATTER} % $2 + 1';
"""


@dataclass(frozen=True, slots=True)
class Town:
    """Who is there to ask about."""

    members: int
    prolific: int
    ordinary: int
    far: tuple[int, int]
    alone: int
    objecting: int
    marketer: int


def town_of(members: int) -> Town:
    """Return who is who in a town of this size."""
    tied = tied_of(members)
    return Town(
        members,
        prolific=_id(tied // 2, members),
        ordinary=_id(tied // 3, members),
        far=(_id(tied // 5, members), _id(tied // 5 + tied // 2 + 619, members)),
        alone=_id(members - 1, members),
        objecting=_id(tied // 7, members),
        marketer=_id(members - 2, members),
    )


def tied_of(members: int) -> int:
    """Return how many of the members have ties."""
    return members * 49 // 50


def _id(place: int, members: int) -> int:
    return place * SCATTER % members + 1


async def build(connection: Connection, members: int) -> Town:
    """Fill the tables of a database that has just been migrated."""
    town = town_of(members)
    raw = connection.raw
    await raw.execute("SET statement_timeout = 0; SET lock_timeout = 0; SET idle_in_transaction_session_timeout = 0")
    await raw.execute("BEGIN")
    filled = [table for table in TABLES if table != "event"]
    began = time.perf_counter()
    async with indexes_made_afterwards(connection, filled):
        for name, statement in _statements(town):
            await raw.execute(statement)
            print(f"{time.perf_counter() - began:7.1f} s  {name}", flush=True)
    await raw.execute("COMMIT")
    await raw.execute(f"VACUUM (ANALYZE) {', '.join(TABLES)}")
    print(f"{time.perf_counter() - began:7.1f} s  indexes, keys and statistics", flush=True)
    return town


def _statements(town: Town) -> Iterator[tuple[str, str]]:
    size, tied = town.members, tied_of(town.members)
    yield "functions", FUNCTIONS
    yield "places", _places(size)
    yield (
        "members",
        f"""
        INSERT INTO member (id, handle, handle_skeleton, display_name, joined_at, official)
        SELECT id, 'm' || id, 'm' || id, 'M' || id, now() - (({size} - id) / {size}.0) * interval '5 years', id % 20000 = 7
        FROM generate_series(1::bigint, {size}) AS id
        """,  # noqa: S608 - numbers of ours
    )
    yield (
        "roles",
        f"""
        INSERT INTO role_grant (member_id, role) SELECT id, 'MODERATOR' FROM member WHERE id % 10000 = 11;
        INSERT INTO role_grant (member_id, role) VALUES ({town.marketer}, 'MARKETER')
        """,  # noqa: S608
    )
    yield "follows", _follows(size, tied)
    yield "spaces and tags", _spaces_and_tags(size)
    yield "run", _run(town)
    yield "tribes", _tribes(size)
    yield "social capital", _capital()
    yield "past", _past()
    yield "ties", _ties(size, tied)
    yield "rankings everywhere", _everywhere(size)
    yield "rankings of spaces and tags", _places_ranked(size)
    yield "posts", _posts(town)
    yield "comments", _comments(town)
    yield "reactions", _reactions(town)
    yield "log", _log(town)


def _places(size: int) -> str:
    tribes = max(size // 500, 4)
    return f"""
        CREATE UNLOGGED TABLE bench.place AS
        SELECT place, id, tribe_id, quality, now() - (({size} - id) / {size}.0) * interval '5 years' AS joined_at,
            (100 * percent_rank() OVER (ORDER BY 0.7 * quality + 0.3 * bench.unit(id, 2)))::real AS trust_percentile,
            (100 * percent_rank() OVER (ORDER BY 0.8 * quality + 0.2 * bench.unit(id, 3)))::real AS percentile
        FROM (
            SELECT place, bench.id(place, {size}) AS id,
                floor({tribes} * power(place / {size}.0, 2.5))::bigint + 1 AS tribe_id,
                0.7 * bench.unit(bench.id(place, {size}), 1) + 0.3 * (1 - bench.id(place, {size}) / {size}.0) AS quality
            FROM generate_series(0::bigint, {size} - 1) AS place
        ) AS placed;
        CREATE INDEX ON bench.place (place);
        ANALYZE bench.place
    """  # noqa: S608


def _follows(size: int, tied: int) -> str:
    ends = f"VALUES (1), (-2), (5), ({tied} / 3)"
    return f"""
        INSERT INTO follow (follower_id, member_id, created_at)
        SELECT bench.id(place, {size}), bench.id((place + step + {tied}) % {tied}, {size}),
            now() - bench.unit(place, step) * interval '2 years'
        FROM generate_series(0::bigint, {tied} - 1) AS place, ({ends}) AS ends (step)
    """  # noqa: S608


def _spaces_and_tags(size: int) -> str:
    return f"""
        INSERT INTO space (id, slug, name, access)
        SELECT id, 's' || id, 'S' || id, CASE WHEN id = {SPACES} THEN 'PRIVATE' ELSE 'PUBLIC' END
        FROM generate_series(1::bigint, {SPACES}) AS id;
        INSERT INTO tag (id, name) SELECT id, CASE id WHEN 1 THEN '绿茶' ELSE 't' || id END
        FROM generate_series(1::bigint, {TAGS}) AS id;
        INSERT INTO space_member (space_id, member_id)
        SELECT space_id, id FROM generate_series(1::bigint, {SPACES}) AS space_id, generate_series(1, {size}) AS id
        WHERE bench.unit(id, 100 + space_id) < 0.4 / space_id
    """  # noqa: S608


def _run(town: Town) -> str:
    return f"""
        INSERT INTO score_run (id, state, finished_at, as_of, model, parameters, members, ties, interactions)
        VALUES (1, 'DONE', now(), now(), 1, '{{"dimensions": {{"participation": 1}}}}', {town.members}, 0, 0)
    """  # noqa: S608


def _tribes(size: int) -> str:
    return f"""
        INSERT INTO tribe (id, since_run_id, run_id, size, cohesion)
        SELECT tribe_id, 1, 1, count(*), 0.7 FROM bench.place GROUP BY tribe_id;
        INSERT INTO tribe_tag (tribe_id, tag_id, position, lift)
        SELECT id, 1 + (id * 7 + place) % {TAGS}, place, 10.0 / place FROM tribe, generate_series(1::bigint, 10) AS place;
        INSERT INTO tribe_bridge (tribe_id, other_id, weight, ties)
        SELECT tribe.id, other.id, 100.0 / step, 50 FROM tribe, generate_series(1::bigint, 20) AS step
        JOIN LATERAL (SELECT id FROM tribe AS near WHERE near.id > tribe.id + step ORDER BY id LIMIT 1) AS other ON true
        ON CONFLICT DO NOTHING;
        -- {size} members
    """  # noqa: S608


def _capital() -> str:
    names, columns = [], []
    for seed, name in enumerate(VALUES, 10):
        names += [name, f"{name}_percentile", f"{name}_change"]
        share = {"composite": "percentile", "trust": "trust_percentile"}.get(name, f"100 * bench.unit(id, {seed})")
        columns += [share, share, f"10 * (bench.unit(id, {seed + 20}) - 0.5)"]
    return f"""
        INSERT INTO social_capital (member_id, run_id, level, core, tribe_id, {", ".join(names)})
        SELECT id, 1, {_LEVEL}, 12, tribe_id, {", ".join(columns)} FROM bench.place ORDER BY id
    """  # noqa: S608


_LEVEL = "CASE WHEN percentile >= 95 THEN 4 WHEN percentile >= 80 THEN 3 WHEN percentile >= 50 THEN 2 ELSE 1 END"


def _past() -> str:
    return """
        INSERT INTO social_capital_point (member_id, as_of, composite, trust_and_support, strong_ties, participation,
            brand_support)
        SELECT id, now() - month * interval '30 days', 50, 50, 50, 50, 50
        FROM bench.place, generate_series(1::bigint, 12) AS month WHERE place % 10 = 0
    """


def _ties(size: int, tied: int) -> str:
    ends = [f"place + {sign * step}" for step in NEIGHBOURS for sign in (1, -1)]
    ends += [f"{end} - place" for end in FAR_ENDS]
    # Distances grow along the list, so that who is near is tied most.
    others = ", ".join(f"bench.id((({end}) % {tied} + {tied}) % {tied}, {size})" for end in ends)
    amounts = [
        ", ".join(f"{(len(ends) - step) / 8} * bench.unit(place, {seed + step})" for step in range(len(ends)))
        for seed in (200, 300)
    ]
    return f"""
        INSERT INTO strongest_ties (member_id, others, given, received)
        SELECT bench.id(place, {size}), ARRAY[{others}], ARRAY[{amounts[0]}]::real[], ARRAY[{amounts[1]}]::real[]
        FROM generate_series(0::bigint, {tied} - 1) AS place
    """  # noqa: S608


_RANKED = """
    INSERT INTO influence (scope_id, member_id, position, score, score_percentile, score_change, reach, reach_low,
        reach_high, level, joined_at, tribe_id, trust, trust_percentile, trust_change, bridging, bridging_percentile, bridging_change)
    SELECT scope_id, id, position, 100 / power(position, 0.8), 100.0 * (1 - (position - 1.0) / size),
        CASE WHEN bench.unit(id, 40) > 0.05 THEN round((20 * (bench.unit(id, 41 + scope_id) - 0.5))::numeric, 3) END,
        1 + reach, 1 + 0.9 * reach, 1 + 1.1 * reach, {level}, joined_at, tribe_id,
        trust_percentile, trust_percentile, 0, 20 * bench.unit(id, 42), 100 * bench.unit(id, 42), 0
    FROM (
        SELECT *, 5000 * (0.5 + bench.unit(id, 43)) / power(position, 0.6) AS reach, count(*) OVER () AS size FROM (
            SELECT {scope} AS scope_id, place.*,
                row_number() OVER (ORDER BY 0.8 * quality + 0.2 * bench.unit(id, 50 + {scope}) DESC, id) AS position
            FROM bench.place WHERE {among}
        ) AS placed
    ) AS sized
    ORDER BY position
"""


def _ranked(scope: int, among: str) -> str:
    return f"{_RANKED.format(scope=scope, among=among, level=_LEVEL)};\n"


def _everywhere(size: int) -> str:
    made = [
        f"INSERT INTO graph_scope (id, since, run_id, members) VALUES ({scope}, '{window}', 1, {int(size * share)});\n"  # noqa: S608
        + _ranked(scope, f"bench.unit(id, {60 + scope}) < {share}")
        for scope, (window, share) in enumerate(WINDOWS.items(), 1)
    ]
    return "".join(made)


def _places_ranked(size: int) -> str:
    made = []
    first = len(WINDOWS) + 1
    for column, number, most in (("space_id", SPACES, 3 * size // 10), ("tag_id", TAGS, size // 5)):
        for place in range(1, number + 1):
            amount, scope = most // place, first + place
            begin = 0 if place == 1 else (size - 4 * amount) * place // (number + 1)
            among = f"place BETWEEN {begin} AND {begin + 4 * amount} AND bench.unit(id, {70 + scope}) < 0.25"
            made.append(
                f"INSERT INTO graph_scope (id, {column}, since, run_id, members) "  # noqa: S608
                f"VALUES ({scope}, {place}, 'ALL', 1, {amount});\n" + _ranked(scope, among)
            )
        first += number
    return "".join(made)


def _posts(town: Town) -> str:
    columns = "id, space_id, author_id, title, body, body_html, body_text, official, created_at"
    return f"""
        INSERT INTO post ({columns})
        SELECT id, 1 + id % {SPACES - 1}, bench.id({tied_of(town.members)} * id / {POSTS}, {town.members}), 'T', 'B', 'B', 'B',
            id % 200 = 0, now() - bench.unit(id, 80) * interval '2 years'
        FROM generate_series(1::bigint, {POSTS}) AS id;
        INSERT INTO post ({columns})
        SELECT {POSTS} + id, 1 + id % {SPACES - 1}, {town.prolific}, 'T', 'B', 'B', 'B', false,
            now() - bench.unit(id, 81) * interval '2 years'
        FROM generate_series(1::bigint, {PROLIFIC_POSTS}) AS id
    """  # noqa: S608


def _comments(town: Town) -> str:
    columns = "id, post_id, author_id, parent_id, body, body_html, body_text, created_at"
    size = town.members
    # A third answers a comment under the same post; every tenth is under a post of the prolific member, or by them.
    return f"""
        INSERT INTO comment ({columns})
        SELECT id, CASE WHEN id % 10 = 0 THEN {POSTS} + 1 + (id / 10) % {PROLIFIC_POSTS} ELSE 1 + id % {POSTS} END,
            CASE WHEN id % 40 = 1 THEN {town.prolific} WHEN id % 20000 = 5 THEN {town.ordinary}
                ELSE bench.id(id * 7919, {size}) END,
            CASE WHEN id > {POSTS} AND id % 30 = 3 THEN id - {POSTS} END, 'B', 'B', 'B',
            now() - bench.unit(id, 82) * interval '2 years'
        FROM generate_series(1::bigint, {COMMENTS}) AS id
    """  # noqa: S608


def _reactions(town: Town) -> str:
    size = town.members
    return f"""
        INSERT INTO post_reaction (post_id, member_id, kind_id, created_at)
        SELECT {POSTS} + 1 + number % {PROLIFIC_POSTS}, bench.id(number * 104729, {size}),
            (SELECT min(id) FROM reaction_kind), now() - bench.unit(number, 83) * interval '2 years'
        FROM generate_series(1::bigint, {PROLIFIC_REACTIONS}) AS number ON CONFLICT DO NOTHING;
        INSERT INTO post_reaction (post_id, member_id, kind_id, created_at)
        SELECT 1 + number % {POSTS}, CASE WHEN number % 10 = 0 THEN {town.prolific} ELSE bench.id(number * 7, {size}) END,
            (SELECT min(id) FROM reaction_kind), now() - bench.unit(number, 84) * interval '2 years'
        FROM generate_series(1::bigint, 200000) AS number ON CONFLICT DO NOTHING
    """  # noqa: S608


def _log(town: Town) -> str:
    size = town.members
    # Of a transaction that the one reader of the log which has effects has passed.
    return f"""
        INSERT INTO event_cursor (reader, transaction_id, event_id) VALUES ('notifications', 1, 1000000)
        ON CONFLICT (reader) DO UPDATE SET transaction_id = 1, event_id = 1000000;
        INSERT INTO event (transaction_id, kind, actor_id, member_id, post_id, space_id, occurred_at)
        SELECT 1, CASE WHEN number % 20 = 0 THEN 'MemberMentioned' ELSE 'PostReacted' END, bench.id(number * 31, {size}),
            CASE WHEN number % 400 = 0 THEN {town.prolific} ELSE bench.id(number * 37, {size}) END,
            1 + number % {POSTS}, 1 + number % {SPACES - 1}, now()
        FROM generate_series(1::bigint, 500000) AS number
    """  # noqa: S608
