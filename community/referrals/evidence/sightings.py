"""Where members were seen: on which network and device they asked to join, and as referrers were seen since.

Nothing is kept but keyed hashes, under a key that is used for nothing else (`SigningKeys.sighting`), so that two sightings can
be told to be of one network or device, and no address be found. Of who refers nobody, nothing is kept after the sign-up: of
who does, the last few sightings, since a referrer may have joined years before, on a device that is long gone, and it is the
one that they have now on which they would make a friend up.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from typing import TYPE_CHECKING, Any, NamedTuple

from community.foundation.errors import Invalid
from community.foundation.networks import is_public
from community.referrals.visitors import device_hash, network_hash

if TYPE_CHECKING:
    from community.foundation.database import Connection

LONGEST_DEVICE = 200
"""Characters of what an app knows a device by."""
KEPT_DAYS = 180
"""After so many days a sighting is thrown away, and what a purchase was paid with, unless a reward still waits."""
MOST_KEPT = 5
"""Sightings of a referrer, besides the sign-up."""

_NOTE_SIGN_UP = """
    INSERT INTO referral_sighting (member_id, network, device, sign_up) VALUES ($1, $2, $3, true) ON CONFLICT DO NOTHING
"""
# Who comes by a sign-in provider joins and signs in at once.
_NOTE_NEW = """
    INSERT INTO referral_sighting (member_id, network, device, sign_up)
    SELECT id, $2, $3, true FROM member WHERE id = $1 AND joined_at > now() - interval '10 minutes'
    ON CONFLICT DO NOTHING
"""
_NOTE_REFERRER = """
    INSERT INTO referral_sighting (member_id, network, device, sign_up)
    SELECT id, $2, $3, false FROM member WHERE id = $1
        AND EXISTS (SELECT FROM referral_code WHERE referral_code.member_id = $1 AND revoked_at IS NULL)
    ON CONFLICT (member_id, network, device) DO UPDATE SET seen_at = now()
    RETURNING sign_up
"""
_KEEP_LATEST = """
    DELETE FROM referral_sighting WHERE member_id = $1 AND NOT sign_up AND (network, device) IN (
        SELECT network, device FROM referral_sighting WHERE member_id = $1 AND NOT sign_up
        ORDER BY seen_at DESC, network, device OFFSET $2
    )
"""
# What somebody's referral earned, theirs or that of whom they brought, and is not settled yet.
_WAITS = """
    EXISTS (
        SELECT FROM referral JOIN reward ON cause_kind = 'referral' AND cause_id = referral.id
        WHERE referral.{side} = {member} AND reward.state IN ('PENDING', 'HELD')
    )
"""
_NOT_WAITING = " AND ".join(
    f"NOT {_WAITS.format(side=side, member='kept.member_id')}" for side in ("member_id", "referrer_id")
)
_FORGET_SIGHTINGS = f"""
    DELETE FROM referral_sighting AS kept WHERE seen_at < now() - $1 * interval '1 day' AND {_NOT_WAITING}
"""  # noqa: S608 - made of conditions of ours
_FORGET_INSTRUMENTS = f"""
    UPDATE referral_purchase AS kept SET instrument = NULL
    WHERE instrument IS NOT NULL AND recorded_at < now() - $1 * interval '1 day' AND {_NOT_WAITING}
"""  # noqa: S608 - as above


class Sighting(NamedTuple):
    """A network and a device, as keyed hashes; 0 is not known."""

    network: int = 0
    device: int = 0

    @property
    def known(self) -> bool:
        """Whether it tells anything."""
        return self != (0, 0)

    def kept(self) -> dict[str, int] | None:
        """Return it as it is kept with somebody's wish to join."""
        return self._asdict() if self.known else None

    @classmethod
    def of_kept(cls, kept: Mapping[str, Any] | None) -> Sighting:
        """Return what :meth:`kept` has kept."""
        return cls(**kept) if kept else cls()


def sighting(secret: bytes, address: str, device: str) -> Sighting:
    """Return what is kept of an address and a device.

    An address that is not of the open network is that of a proxy, and tells no two people apart: it is not known.

    Raises:
        Invalid: for a device with a longer name than they have.
    """
    if len(device) > LONGEST_DEVICE:
        raise Invalid(field="deviceToken", reason=f"{LONGEST_DEVICE} characters at most.")
    network = 0
    if is_public(address):
        with suppress(ValueError):
            network = network_hash(secret, address)
    return Sighting(network, device_hash(secret, device))


async def note_sign_up(connection: Connection, member_id: int, seen: Sighting) -> None:
    """Keep where somebody was seen who asked to join, now that they have."""
    if seen.known:
        await connection.raw.execute(_NOTE_SIGN_UP, member_id, *seen)


async def note_sign_in(connection: Connection, member_id: int, seen: Sighting) -> None:
    """Keep where a member was seen who signs in: as where they joined if they are new, else if they refer others."""
    if seen.known:
        await connection.raw.execute(_NOTE_NEW, member_id, *seen)
        await note_referrer(connection, member_id, seen)


async def note_referrer(connection: Connection, member_id: int, seen: Sighting) -> None:
    """Keep where a member was seen who refers others, if they do."""
    if seen.known and await connection.raw.fetchval(_NOTE_REFERRER, member_id, *seen) is False:
        await connection.raw.execute(_KEEP_LATEST, member_id, MOST_KEPT)


async def forget_sightings(connection: Connection) -> None:
    """Throw away what is old and not waited for. Of who is erased, a trigger throws all away at once."""
    await connection.raw.execute(_FORGET_SIGHTINGS, KEPT_DAYS)
    await connection.raw.execute(_FORGET_INSTRUMENTS, KEPT_DAYS)
