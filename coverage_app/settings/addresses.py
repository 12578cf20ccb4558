"""Check the addresses in the environment with the parsers that use them later.

No fault quotes the address, not even the name of an unknown option: where a character of a password was not
escaped, any part of the address may be a part of the password.
"""

import re
from urllib.parse import parse_qsl

from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError

from coverage_app.settings.errors import SettingsError
from coverage_app.settings.hosts import is_host, is_ip

DATABASE_EXAMPLE = "postgres://user:password@host:5432/name"
REDIS_EXAMPLE = "redis://:password@host:6379/0"
ESCAPE = "in a user or password write / as %2F, ? as %3F, # as %23, @ as %40, : as %3A and % as %25"
HOST_AND_PORT = re.compile(r"(?P<host>\[[^\[\]]*\]|[^:\[\]]*)(:(?P<port>\d{1,9}))?", re.ASCII)
SSL_MODES = {"disable", "allow", "prefer", "require", "verify-ca", "verify-full"}
# Options of an address that are plain values and change nothing of what our code gets back.
REDIS_OPTIONS = {
    "client_name",
    "db",
    "health_check_interval",
    "max_connections",
    "password",
    "protocol",
    "socket_connect_timeout",
    "socket_keepalive",
    "socket_timeout",
    "ssl_ca_certs",
    "ssl_ca_path",
    "ssl_cert_reqs",
    "ssl_certfile",
    "ssl_check_hostname",
    "ssl_keyfile",
    "username",
}
WHOLE_NUMBERS = {"connect_timeout", "keepalives", "keepalives_idle", "keepalives_interval", "keepalives_count", "port"}


def database_url(value: str) -> str:
    """Return the address as SQLAlchemy takes it. Raises SettingsError for one that would fail later."""
    # Heroku still hands out the scheme that SQLAlchemy dropped; both mean psycopg 3 here.
    value = re.sub(r"^postgres(ql)?://", "postgresql+psycopg://", value)
    if value.startswith("sqlite:"):
        _check_sqlite(value)
        return value
    if not value.startswith("postgresql+psycopg://"):
        raise SettingsError("DATABASE_URL", "must be PostgreSQL or SQLite", DATABASE_EXAMPLE)
    fault = _network_fault(value, host_needed="host=" not in value) or _postgresql_fault(value)
    if fault:
        raise SettingsError("DATABASE_URL", fault, DATABASE_EXAMPLE)
    return value


def redis_url(value: str) -> str:
    """Return the address unchanged. Raises SettingsError for one that redis-py refuses or misreads."""
    if not value.startswith(("redis://", "rediss://", "unix://")):
        raise SettingsError("REDIS_URL", "must begin with redis:// or rediss://", REDIS_EXAMPLE)
    socket = value.startswith("unix://")
    fault = _network_fault(value, host_needed=not socket) or _redis_fault(value, socket)
    if fault:
        raise SettingsError("REDIS_URL", fault, REDIS_EXAMPLE)
    return value


def _network_fault(value: str, host_needed: bool) -> str | None:
    """What is wrong with ``scheme://user:password@host:port/…``, in words that quote nothing of it."""
    if not re.fullmatch(r"[\x21-\x7e]+", value):
        return f"has a blank or a letter that must be percent-escaped; {ESCAPE}"
    if re.search(r"%(?![0-9A-Fa-f]{2})", value):
        return f"has a % that begins no escape; {ESCAPE}"
    authority, _, rest = value.partition("://")[2].partition("/")
    authority, _, query = authority.partition("?")
    if "#" in value or "@" in rest + query or authority.count("@") > 1:
        return f"has an unescaped character in its user or password; {ESCAPE}"
    match = HOST_AND_PORT.fullmatch(authority.rpartition("@")[2])
    if not match or (match["port"] and not 1 <= int(match["port"]) <= 65535):
        return f"has no port from 1 to 65535 after its host, or an IPv6 address without brackets; {ESCAPE}"
    host = match["host"]
    if not host and (host_needed or match["port"]):
        return f"names no host; {ESCAPE}"
    if host and not (is_ip(host[1:-1]) if host.startswith("[") else is_host(host)):
        return f"has a host that is no name; {ESCAPE}"
    return None


def _postgresql_fault(value: str) -> str | None:
    import psycopg  # here: where SQLite is used the driver need not be loaded
    from psycopg.conninfo import make_conninfo

    try:
        url = make_url(value)
        [_, options] = url.get_dialect()().create_connect_args(url)
        make_conninfo("", **{name: str(option) for name, option in options.items()})
    except (ArgumentError, ValueError, TypeError, psycopg.Error):
        return f"has an option after the ? that PostgreSQL does not know; {ESCAPE}"
    if "/" in (url.database or ""):
        return f"has a / in the name of the database; {ESCAPE}"
    if not url.host and not url.query.get("host"):
        return f"names no host; {ESCAPE}"
    if any(isinstance(option, tuple) for name, option in url.query.items() if name not in ("host", "port")):
        return "names an option twice after the ?"
    numbers = [str(url.query[name]) for name in WHOLE_NUMBERS & set(url.query) if isinstance(url.query[name], str)]
    if url.query.get("sslmode", "require") not in SSL_MODES or not all(re.fullmatch(r"\d{1,9}", n) for n in numbers):
        return "has an option after the ? with a value that PostgreSQL does not take"
    return None


def _redis_fault(value: str, socket: bool) -> str | None:
    from redis.connection import ConnectionPool

    path = value.partition("://")[2].partition("/")[2].partition("?")[0]
    if socket and not path:
        return "names no socket, as in unix:///run/redis.sock"
    if not socket and not re.fullmatch(r"(\d{1,5})?", path, re.ASCII):
        return f"must end with the number of a database, such as /0; {ESCAPE}"
    options = {name for name, _ in parse_qsl(value.partition("?")[2], keep_blank_values=True)}
    try:
        ConnectionPool.from_url(value).make_connection()  # does not connect
    except Exception:  # redis-py checks options by using them: what a wrong one raises depends on the option
        options.add("")
    if not options <= REDIS_OPTIONS:
        return f"has an option after the ? that Redis does not take, or not with this value; {ESCAPE}"
    return None


def _check_sqlite(value: str) -> None:
    # Flask and the heartbeat would look for a relative one in different folders.
    if not re.fullmatch(r"sqlite:////[^?#]*[^?#/]", value) or make_url(value).database is None:
        fault = "must name a file of SQLite by its whole path, after four slashes and without options"
        raise SettingsError("DATABASE_URL", fault, "sqlite:////srv/cobertura/coverage.db")
