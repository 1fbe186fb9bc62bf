"""A made-up programme put into the tables, and what the database can know of it: for judging it by the way it is judged live.

The generator knows some things of a member twice, as a referee and as a referrer, and does not make them agree; a database
has one address, one trust and one set of devices of each. `planted` returns claims of what is left once they agree, beside
which what is read from the tables can be laid.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from community.foundation.database import Connection, Database
from community.referrals.fraud.claims import Claims
from community.referrals.mails import Domain, mail_signs
from tests.community.referrals.generator import NOW, World

MOST_ACTS = 240
KINDS = 6
"""Of reactions that there are; each act is one of them to one of some posts."""
_programs = count(1)

_MEMBERS = """
    INSERT INTO member (handle, handle_skeleton, display_name, joined_at)
    SELECT handle, handle, handle, joined_at FROM unnest($1::text[], $2::timestamptz[]) WITH ORDINALITY
        AS given (handle, joined_at, place) ORDER BY place RETURNING id
"""
_ACCOUNTS = """
    INSERT INTO account (member_id, email, email_key, email_verified_at)
    SELECT id, email, email, verified_at FROM unnest($1::bigint[], $2::text[], $3::timestamptz[]) AS given (id, email, verified_at)
"""
_TRUST = "INSERT INTO reputation (member_id, level, trust) SELECT id, 1, trust FROM unnest($1::bigint[], $2::int[]) AS given (id, trust)"
_SIGHTINGS = """
    INSERT INTO referral_sighting (member_id, network, device, sign_up, seen_at)
    SELECT * FROM unnest($1::bigint[], $2::bigint[], $3::bigint[], $4::boolean[], $5::timestamptz[])
"""
_PURCHASES = """
    INSERT INTO referral_purchase (external_id, member_id, amount, currency, purchased_at, instrument)
    SELECT 'planted ' || $4 || ' ' || place, id, 5000, 'CNY', at, nullif(instrument, 0)
    FROM unnest($1::bigint[], $2::timestamptz[], $3::bigint[]) WITH ORDINALITY AS given (id, at, instrument, place)
"""
_PROGRAM = """
    WITH program AS (INSERT INTO referral_program (name) VALUES ('种的 planted') RETURNING id), terms AS (
        INSERT INTO referral_terms (program_id, version, window_days, model) SELECT id, 1, 30, 'LAST_TOUCH' FROM program
        RETURNING id, program_id
    ), code AS (
        INSERT INTO referral_code (program_id, code, kind) SELECT program_id, 'planted' || $1, 'CAMPAIGN' FROM terms RETURNING id
    )
    SELECT terms.program_id, terms.id AS terms_id, code.id AS code_id FROM terms, code
"""
_REFERRALS = """
    INSERT INTO referral (member_id, referrer_id, program_id, terms_id, code_id, source, channel, campaign, clicked_at, claimed_at)
    SELECT referee, referrer, $1, $2, $3, 'LINK', '', '', clicked_at, claimed_at
    FROM unnest($4::bigint[], $5::bigint[], $6::timestamptz[], $7::timestamptz[]) WITH ORDINALITY
        AS given (referee, referrer, clicked_at, claimed_at, place)
    ORDER BY place RETURNING id
"""
_POSTS = """
    WITH author AS (
        INSERT INTO member (handle, handle_skeleton, display_name) VALUES ('host' || $1, 'host' || $1, 'host') RETURNING id
    ), space AS (
        INSERT INTO space (slug, name, created_by) SELECT 'planted' || $1, '茶', id FROM author RETURNING id, created_by
    )
    INSERT INTO post (space_id, author_id, title, body, body_html, body_text)
    SELECT id, created_by, '茶', '茶', '茶', '茶' FROM space, generate_series(1, $2::int) RETURNING id
"""
_ACTS = """
    INSERT INTO post_reaction (post_id, member_id, kind_id, created_at)
    SELECT ($1::bigint[])[1 + number / $5], id, (SELECT array_agg(kind.id ORDER BY kind.id) FROM reaction_kind AS kind)[1 + number % $5], at
    FROM unnest($2::bigint[], $3::int[], $4::timestamptz[]) AS given (id, number, at)
"""


class Planted(NamedTuple):
    """A programme in the tables: its id, its referrals in the order of the claims, and what can be known of these."""

    program_id: int
    referral_ids: NDArray[np.int64]
    claims: Claims


@dataclass
class Known:
    """What the database is to know of each member, by the generator's number."""

    joined_at: dict[int, float] = field(default_factory=dict)
    emails: dict[int, str] = field(default_factory=dict)
    verified_at: dict[int, float] = field(default_factory=dict)
    trust: dict[int, int] = field(default_factory=dict)
    sightings: dict[int, dict[tuple[int, int], tuple[bool, float]]] = field(default_factory=lambda: defaultdict(dict))
    purchases: dict[int, list[tuple[float, int]]] = field(default_factory=lambda: defaultdict(list))
    acts: dict[int, list[float]] = field(default_factory=dict)


async def plant(database: Database, made: World) -> Planted:
    """Put a made-up programme into the tables, as if it had come to be by now."""
    async with database.writing() as connection:
        await connection.raw.execute("SET LOCAL statement_timeout = 0")
        now: float = await connection.raw.fetchval("SELECT extract(epoch FROM now())::float8")
        known = known_of(made.claims, now - NOW)
        program_id, referral_ids = await _write(connection, made.claims, known, now - NOW)
    async with database.reading() as connection:
        await connection.raw.execute("ANALYZE")
    return Planted(program_id, np.array(referral_ids), claims_known(made.claims, known, now))


def known_of(claims: Claims, shift: float) -> Known:
    """Return what the database is to know of members, all times moved by so many seconds."""
    known = Known()
    now = NOW + shift
    referees = set(claims.referee.tolist())
    assert len(referees) == len(claims), "who was brought was brought once"
    for place, number in enumerate(claims.referee.tolist()):
        known.joined_at[number] = claims.signed_up_at[place] + shift
        known.emails[number] = _email(claims, place)
        known.verified_at[number] = claims.verified_at[place] + shift
        if np.isfinite(claims.trust[place]):
            known.trust[number] = round(100 * claims.trust[place])
        _see(known, number, claims.network[place], claims.device[place], (True, known.joined_at[number]))
        if np.isfinite(claims.purchased_at[place]):
            known.purchases[number].append((claims.purchased_at[place] + shift, int(claims.payment[place])))
        if np.isfinite(claims.active_at[place]):
            known.acts[number] = _acts(claims, place, shift)
    for place, number in enumerate(claims.referrer.tolist()):
        _see(known, number, claims.referrer_network[place], claims.referrer_device[place], (False, now - 60 - place))
        if number in referees:
            continue
        known.joined_at[number] = now - 400 * 86_400
        # Another account of who brought others by this one as well may have the mailbox: then it is spelled otherwise.
        known.emails[number] = f"m{claims.referrer_mailbox[place]}+{number}@outlook.com"
        known.verified_at[number] = known.joined_at[number]
        if np.isfinite(claims.referrer_trust[place]):
            known.trust[number] = round(100 * claims.referrer_trust[place])
        if claims.referrer_payment[place]:
            known.purchases[number].append((now - 86_400 + place, int(claims.referrer_payment[place])))
    return known


def claims_known(claims: Claims, known: Known, now: float) -> Claims:
    """Return claims as they are once members are known by one thing of each kind."""
    shift = now - NOW
    signs = {number: mail_signs(email) for number, email in known.emails.items()}
    hashes: dict[str, int] = {}

    def hashed(text: str) -> int:
        return hashes.setdefault(text, len(hashes) + 1)

    columns: dict[str, list[Any]] = defaultdict(list)
    for place, (referrer, referee) in enumerate(zip(claims.referrer.tolist(), claims.referee.tolist(), strict=True)):
        own, above = signs[referee], signs[referrer]
        assert own is not None
        assert above is not None
        columns["mailbox"].append(hashed(own.key))
        columns["referrer_mailbox"].append(hashed(above.key))
        columns["domain"].append(hashed(own.domain) if own.kind is Domain.OWN else 0)
        columns["disposable"].append(own.kind is Domain.DISPOSABLE)
        columns["aliased"].append(own.aliased)
        columns["trust"].append(known.trust.get(referee, np.nan) / 100)
        columns["referrer_trust"].append(known.trust.get(referrer, np.nan) / 100)
        acts = known.acts.get(referee, [])
        columns["active_at"].append(min(acts, default=np.nan))
        columns["acts"].append(len(acts))
        columns["active_days"].append(len({datetime.fromtimestamp(at, UTC).date() for at in acts}))
        seen = known.sightings[referrer].items()
        for name, part in (("network", 0), ("device", 1)):
            hers = [(at, key[part]) for key, (_, at) in seen if key[part]]
            columns[f"referrer_{name}"].append(_shared(int(getattr(claims, name)[place]), sorted(hers, reverse=True)))
        paid = sorted(known.purchases[referee])
        columns["purchased_at"].append(paid[0][0] if paid else np.nan)
        columns["payment"].append(paid[0][1] if paid else 0)
        hers = [each for each in sorted(known.purchases[referrer]) if each[1]]
        columns["referrer_payment"].append(_shared(columns["payment"][-1], hers))
    return Claims.made(
        now=now,
        referrer=claims.referrer,
        referee=claims.referee,
        network=claims.network,
        device=claims.device,
        **{name: getattr(claims, name) + shift for name in ("clicked_at", "signed_up_at", "verified_at")},
        **columns,
    )


def _shared(own: int, others: list[tuple[float, int]]) -> int:
    """Return which of a referrer's is compared: the one that is the referee's as well, else the first."""
    keys = [key for _, key in others]
    return own if own in keys else next(iter(keys), 0)


def _see(known: Known, number: int, network: Any, device: Any, how: tuple[bool, float]) -> None:
    if network or device:
        known.sightings[number].setdefault((int(network), int(device)), how)


def _email(claims: Claims, place: int) -> str:
    name = f"m{claims.mailbox[place]}" + (f"+{place}" if claims.aliased[place] else "")
    if claims.disposable[place]:
        return f"{name}@mailinator.com"
    return f"{name}@d{claims.domain[place]}.example" if claims.domain[place] else f"{name}@outlook.com"


def _acts(claims: Claims, place: int, shift: float) -> list[float]:
    """Return when a member did something: first when they did, then on as many days as there are."""
    first, now = claims.active_at[place] + shift, NOW + shift
    begun = datetime.fromtimestamp(first, UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    acts = int(np.clip(claims.acts[place], 1, MOST_ACTS))
    there_are = (datetime.fromtimestamp(now, UTC) - begun).days + 1
    days = int(np.clip(claims.active_days[place], 1, min(acts, there_are)))
    later = [(begun + timedelta(days=day)).timestamp() for day in range(1, days)]
    return [first] * (acts - len(later)) + later


async def _write(connection: Connection, claims: Claims, known: Known, shift: float) -> tuple[int, list[int]]:
    raw, run = connection.raw, next(_programs)
    numbers = sorted(known.joined_at)
    handles = [f"p{run}x{number}" for number in numbers]
    rows = await raw.fetch(_MEMBERS, handles, _times(known.joined_at[number] for number in numbers))
    ids = {number: row["id"] for number, row in zip(numbers, rows, strict=True)}
    emails = [f"r{run}{known.emails[number]}" for number in numbers]
    await raw.execute(
        _ACCOUNTS, [ids[number] for number in numbers], emails, _times(known.verified_at[number] for number in numbers)
    )
    await raw.execute(_TRUST, [ids[number] for number in known.trust], list(known.trust.values()))
    seen = [(ids[who], *key, *how) for who, keys in known.sightings.items() for key, how in keys.items()]
    columns = [list(column) for column in zip(*seen, strict=True)]
    await raw.execute(_SIGHTINGS, *columns[:4], _times(columns[4]))
    bought = [(ids[who], *each) for who, all_ in known.purchases.items() for each in all_]
    columns = [list(column) for column in zip(*bought, strict=True)] or [[], [], []]
    await raw.execute(_PURCHASES, columns[0], _times(columns[1]), columns[2], str(run))
    posts = [row["id"] for row in await raw.fetch(_POSTS, str(run), MOST_ACTS // KINDS)]
    acts = [(ids[who], place, at) for who, all_ in known.acts.items() for place, at in enumerate(all_)]
    columns = [list(column) for column in zip(*acts, strict=True)]
    await raw.execute(_ACTS, posts, columns[0], columns[1], _times(columns[2]), KINDS)
    program = await raw.fetchrow(_PROGRAM, str(run))
    assert program is not None
    referrals = await raw.fetch(
        _REFERRALS,
        *(program["program_id"], program["terms_id"], program["code_id"]),
        *([ids[number] for number in members.tolist()] for members in (claims.referee, claims.referrer)),
        *(_times(column + shift) for column in (claims.clicked_at, claims.signed_up_at)),
    )
    return program["program_id"], [row["id"] for row in referrals]


def _times(seconds: Iterable[float]) -> list[datetime | None]:
    return [datetime.fromtimestamp(each, UTC) if np.isfinite(each) else None for each in seconds]
