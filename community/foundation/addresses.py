"""Addresses that may be called from here: those of the open network, asked for once and then called by number.

A name that led to the open network when it was looked at can lead home when it is called. So it is looked up here, every
address that it has is looked at, and the call goes to the number.

The ranges that are not of the open network: IANA, Special-Purpose Address Registries (RFC 6890), as `ipaddress` has
them; and addresses within addresses: IPv4-mapped (RFC 4291), 6to4 (RFC 3056), Teredo (RFC 4380), NAT64 (RFC 6052).
"""

from __future__ import annotations

import asyncio
import ipaddress
import socket

_TRANSLATED = ipaddress.ip_network("64:ff9b::/96")

Address = ipaddress.IPv4Address | ipaddress.IPv6Address


class AddressRefused(Exception):  # noqa: N818 - says what is the matter
    """A name that leads nowhere, or to an address that is not of the open network."""


def is_open(address: Address, *, loopback: bool) -> bool:
    """Say whether an address may be called; this machine's own only where `loopback` says so."""
    if isinstance(address, ipaddress.IPv6Address):
        inner = address.ipv4_mapped or address.sixtofour or (address.teredo and address.teredo[1])
        if inner is None and address in _TRANSLATED:
            inner = ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
        if inner is not None:
            return is_open(inner, loopback=False)
    if address.is_loopback:
        return loopback
    return address.is_global and not address.is_multicast and not address.is_reserved


async def address_of(host: str, port: int, *, loopback: bool) -> str:
    """Return an address to call for a host, all of whose addresses may be called.

    Raises:
        AddressRefused: if it has none, or one that may not.
    """
    try:
        found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise AddressRefused(f"{host} has no address") from error
    addresses = [ipaddress.ip_address(str(each[4][0]).partition("%")[0]) for each in found]
    if not addresses or not all(is_open(address, loopback=loopback) for address in addresses):
        raise AddressRefused(f"{host} does not lead to the open network alone")
    return str(addresses[0])
