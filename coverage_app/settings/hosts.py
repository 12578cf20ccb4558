"""Check hosts and the addresses of the web: the site's own, the mail server's name, Sentry's."""

import ipaddress
import re
from urllib.parse import urlsplit

from coverage_app.settings.errors import SettingsError

APP_URL_EXAMPLE = "https://cobertura.example.com"
HOST_NAME = re.compile(r"[A-Za-z0-9_]([A-Za-z0-9._-]*[A-Za-z0-9_.])?", re.ASCII)
# Names that no public name server knows: what stands behind them is on this machine or in the office.
PRIVATE_SUFFIXES = (".localhost", ".local", ".internal", ".lan", ".home.arpa", ".test")


def app_url(value: str, production: bool) -> str:
    """Return the public address without a slash at its end. Raises SettingsError where links would not work."""
    fault = _app_url_fault(value, production)
    if fault:
        raise SettingsError("APP_URL", fault, APP_URL_EXAMPLE)
    return value.rstrip("/")


def host_name(name: str, value: str, example: str) -> str:
    """Return a host: a name or an IP address, and nothing else. Raises SettingsError."""
    if "://" in value or "/" in value or "@" in value:
        raise SettingsError(name, "must be the name of the server alone, without scheme, user or path", example)
    if is_host(value):
        return value
    if re.fullmatch(r"[^:]+:\d+|\[.*\](:\d+)?", value):
        raise SettingsError(name, "must be the name of the server alone; its port goes into SMTP_PORT", example)
    raise SettingsError(name, "is not the name of a server", example)


def sentry_dsn(value: str) -> str:
    """Return the address. Raises SettingsError for one that Sentry's client would refuse."""
    try:
        parts = urlsplit(value)
        named = parts.scheme in ("http", "https") and parts.username and is_host(parts.hostname or "")
        usable = named and parts.port != 0 and re.search(r"/\d+/?$", parts.path, re.ASCII) is not None
    except ValueError:
        usable = False
    if not usable:
        raise SettingsError("SENTRY_DSN", "is not an address of Sentry", "https://key@host/1")
    return value


def is_host(value: str) -> bool:
    """Whether this is a host name, an IPv4 address or an IPv6 address without brackets."""
    return is_ip(value) or (bool(HOST_NAME.fullmatch(value)) and ".." not in value)


def is_private(host: str) -> bool:
    """Whether this host is this machine or one of a private network, as far as its name says so."""
    if is_ip(host):
        return ipaddress.ip_address(host.partition("%")[0]).is_private
    return "." not in host.rstrip(".") or host.rstrip(".").lower().endswith(PRIVATE_SUFFIXES)


def is_ip(value: str) -> bool:
    try:
        ipaddress.ip_address(value.partition("%")[0])
    except ValueError:
        return False
    return True


def _app_url_fault(value: str, production: bool) -> str | None:
    usual = "must be an http(s) address without a query"
    try:
        parts = urlsplit(value)
        _ = parts.port
    except ValueError:
        return usual
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.port == 0:
        return usual
    if "?" in value or "#" in value or "@" in parts.netloc or parts.netloc.endswith(":") or not is_host(parts.hostname):
        return usual
    if parts.path.strip("/"):
        return "must have no path: the site needs a name of its own"
    if production and parts.scheme == "http" and not is_private(parts.hostname):
        return (
            "must be https, or passwords travel in clear (http is for this machine, private addresses and names"
            " without a dot or in .local, .internal or .lan)"
        )
    return None
