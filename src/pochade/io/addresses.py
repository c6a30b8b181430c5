"""Which internet addresses a download may go to: public ones, in whatever disguise.

Sources: the IANA IPv4 and IPv6 special-purpose address registries; RFC 4291 (mapped and
compatible), RFC 3056 (6to4), RFC 4380 (Teredo), RFC 6052 (NAT64), RFC 5214 (ISATAP).
"""

from __future__ import annotations

from ipaddress import (
    IPv4Address,
    IPv4Network,
    IPv6Address,
    IPv6Network,
    ip_address,
)

# Beyond `is_global`, whose tables grew with Python's patch releases.
_REFUSED_V4 = tuple(
    IPv4Network(network)
    for network in (
        "0.0.0.0/8",
        "100.64.0.0/10",  # carrier-grade NAT
        "192.0.0.0/24",
        "192.88.99.0/24",  # 6to4 relays
        "198.18.0.0/15",
        "240.0.0.0/4",
    )
)
_UNICAST = IPv6Network("2000::/3")
_NAT64 = IPv6Network("64:ff9b::/96")
_REFUSED_V6 = tuple(
    IPv6Network(network)
    for network in (
        "2001::/23",  # Teredo, ORCHID, benchmarking
        "2001:db8::/32",
        "2002::/16",  # 6to4
        "3fff::/20",
    )
)
_ISATAP = (0x00005EFE, 0x02005EFE)


def is_public(address: str) -> bool:
    """Whether an address (not a name) belongs to the public internet.

    An IPv6 address that carries an IPv4 one (mapped, NAT64, ISATAP) is judged by that one; 6to4,
    Teredo and IPv4-compatible addresses are refused whatever they carry, as are multicast,
    reserved and scoped ones, and anything that is no address.

    >>> [is_public(a) for a in ("93.184.216.34", "10.0.0.1", "::ffff:127.0.0.1", "2130706433")]
    [True, False, False, False]
    """
    try:
        parsed = ip_address(address)
    except ValueError:
        return False
    if isinstance(parsed, IPv4Address):
        return _is_public_v4(parsed)
    return _is_public_v6(parsed)


def _is_public_v4(address: IPv4Address) -> bool:
    if not address.is_global or address.is_multicast or address.is_reserved:
        return False
    return not any(address in network for network in _REFUSED_V4)


def _is_public_v6(address: IPv6Address) -> bool:
    if address.scope_id is not None:
        return False
    if address.ipv4_mapped is not None:
        return _is_public_v4(address.ipv4_mapped)
    embedded = IPv4Address(int(address) & 0xFFFFFFFF)
    if address in _NAT64:
        return _is_public_v4(embedded)
    if (int(address) >> 32 & 0xFFFFFFFF) in _ISATAP and not _is_public_v4(embedded):
        return False
    if address not in _UNICAST or not address.is_global:
        return False
    return not any(address in network for network in _REFUSED_V6)
