"""What counts as one network address, where clients are limited by theirs."""

import ipaddress
from functools import lru_cache


@lru_cache(maxsize=4_096)
def is_public(address: str) -> bool:
    """Say whether an address is one of the open network. Others tell no two people apart: a proxy, an office, a test."""
    try:
        return ipaddress.ip_address(address).is_global
    except ValueError:
        return False


@lru_cache(maxsize=4_096)
def network_of(address: str) -> str:
    """Return what one household has: an IPv4 address, or the 64-bit network of an IPv6 one.

    Whoever has one IPv6 address has the 2^64 of its network to choose from. What is no address stands for itself.
    """
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return address
    if isinstance(parsed, ipaddress.IPv6Address):
        if parsed.ipv4_mapped is not None:
            return str(parsed.ipv4_mapped)
        return str(ipaddress.ip_network((parsed, 64), strict=False))
    return str(parsed)
