"""Whose address a request comes from, where proxies stand before the server."""

from __future__ import annotations

from functools import lru_cache
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network


@lru_cache(maxsize=16)
def _networks(trusted: tuple[str, ...]) -> tuple[IPv4Network | IPv6Network, ...]:
    return tuple(ip_network(written, strict=False) for written in trusted)


def client_address(peer: str, forwarded_for: str, trusted: tuple[str, ...]) -> str:
    """Return the nearest address that is not a trusted proxy's.

    `X-Forwarded-For` is read from its end: only what trusted proxies have added can be believed.
    """
    address = peer
    for written in reversed([*forwarded_for.split(","), peer] if forwarded_for else [peer]):
        candidate = written.strip()
        try:
            parsed = ip_address(candidate)
        except ValueError:
            return address
        address = candidate
        if not any(parsed in network for network in _networks(trusted)):
            return address
    return address
