"""What requests are counted by, of the address that they come from: one customer's line, not one of its addresses."""

from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address

UNKNOWN = "unknown"  # all that is no address is counted together


def client_network(address: str | None) -> str:
    """Return an IPv4 address as it is, also one mapped into IPv6, and of an IPv6 address its /64, which any line has.

    A port behind it, which some proxies send along, does not count.
    """
    parsed = _read(address or "") or _read(_without_port(address or ""))
    if parsed is None:
        return UNKNOWN
    if isinstance(parsed, IPv6Address):
        if parsed.ipv4_mapped is not None:
            return str(parsed.ipv4_mapped)
        return str(IPv6Network((int(parsed), 64), strict=False))
    return str(parsed)


def _read(text: str) -> IPv4Address | IPv6Address | None:
    try:
        return ip_address(text.strip())
    except ValueError:
        return None


def _without_port(text: str) -> str:
    return text.strip().rpartition(":")[0].removeprefix("[").removesuffix("]")
