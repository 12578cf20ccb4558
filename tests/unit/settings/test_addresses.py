"""Addresses in the environment: what is taken, and that a refusal is one line without a piece of the password."""

import pytest
from redis.connection import ConnectionPool
from sqlalchemy.engine import make_url

from coverage_app.settings import SettingsError, load
from tests.environment import variables

PRODUCTION = variables("postgres://user@db.example.com/name", redis_port=6379, smtp_port=25)
PASSWORD = "Zj7Kq"  # what no sentence of ours contains three letters of
BAD_REDIS = [
    "redis://:Zj7/Kq@h",
    "redis://:Zj7#Kq@h",
    "redis://:Zj7?Kq@h",
    "redis://:Zj7?Kq=1@h",
    "redis://:Zj7@Kq@h",
    "redis://:Zj7 Kq@h",
    "redis://:Zj7%Kq@h",
    "redis://:Zj7%zzKq@h",
    "redis://:Zj7Kqñ@h",
    "redis://user:Zj7[Kq@h:6379/0/1",
    "redis://:Zj7Kq",
    "redis://:Zj7Kq@",
    "redis://:Zj7Kq@:6379",
    "redis://:6379",
    "redis://",
    "redis:///0",
    "redis://h:0",
    "redis://h:99999",
    "redis://h:port",
    "redis://h:63 79",
    "redis://::1/0",
    "redis://[::1/0",
    "redis://[::zz]/0",
    "redis://h/name",
    "redis://h/-1",
    "redis://h/0?nosuch=1",
    "redis://h/0?Zj7Kq=1",
    "redis://h/0?db=one",
    "redis://h/0?socket_timeout=long",
    "redis://h/0?decode_responses=1",
    "redis://h/0?ssl_cert_reqs=none",
    "rediss://h/0?ssl_cert_reqs=perhaps",
    "unix://",
    "https://h",
    "h:6379",
]
GOOD_REDIS = {
    "redis://h": None,
    "redis://h/": None,
    "redis://127.0.0.1:6379/0": None,
    "redis://[::1]:6379/15": None,
    "redis://:Zj7%2FKq@h": "Zj7/Kq",
    "redis://:Zj7%40Kq%3F%23@h:6379/1": "Zj7@Kq?#",
    "redis://user:Zj7%25Kq@h.example.com.:6379": "Zj7%Kq",
    "redis://:Zj7%C3%B1Kq@h": "Zj7ñKq",
    "redis://:Zj7:Kq@my_cache:6379": "Zj7:Kq",
    "redis://h/0?health_check_interval=30&client_name=office": None,
    "rediss://:Zj7Kq@h:6380/0?ssl_cert_reqs=required": "Zj7Kq",
    "unix:///run/redis.sock?db=1": None,
    "unix://:Zj7Kq@/run/redis.sock": "Zj7Kq",
}
BAD_DATABASES = [
    "postgres://u:Zj7/Kq@h/d",
    "postgres://u:Zj7@Kq@h/d",
    "postgres://u:Zj7#Kq@h/d",
    "postgres://u:Zj7?Kq@h/d",
    "postgres://u:Zj7?Kq=@h/d",
    "postgres://u:Zj7 Kq@h/d",
    "postgres://u:Zj7%Kq@h/d",
    "postgres://u:Zj7Kqé@h/d",
    "postgres://u:Zj7Kq@h/d/e",
    "postgres://:5432/d",
    "postgres:///d",
    "postgres://",
    "postgres://h:port/d",
    "postgres://h:0/d",
    "postgres://h:65536/d",
    "postgres://u:Zj7Kq@::1/d",
    "postgres://u:Zj7Kq@h..example/d",
    "postgres://u:Zj7Kq@%2Frun%2Fpostgresql/d",
    "postgres://h/d?nosuch=1",
    "postgres://h/d?Zj7Kq=1",
    "postgres://h/d?sslmode=perhaps",
    "postgres://h/d?connect_timeout=soon",
    "postgres://h/d?sslmode=require&sslmode=disable",
    "sqlite://",
    "sqlite:///:memory:",
    "sqlite:///coverage.db",
    "sqlite:////srv/",
    "sqlite:////srv/coverage.db?nosuch=1",
    "mysql://u:Zj7Kq@h/d",
    "u:Zj7Kq@h/d",
]
GOOD_DATABASES = {
    "postgres://u@h": None,
    "postgres://u:Zj7Kq@h/d": "Zj7Kq",
    "postgresql://u:Zj7%2FKq@h:5432/d": "Zj7/Kq",
    "postgresql+psycopg://u:Zj7%40Kq@h/d": "Zj7@Kq",
    "postgres://u:Zj7%25%23%3FKq@h/d?sslmode=verify-full": "Zj7%#?Kq",
    "postgres://u:Zj7:Kq@h/d": "Zj7:Kq",
    "postgres://u:Zj7Kq@[2001:db8::1]:5432/d": "Zj7Kq",
    "postgres://u:Zj7Kq@10.0.0.1/d?connect_timeout=5&application_name=office": "Zj7Kq",
    "postgres://u@/d?host=/run/postgresql": None,
    "postgres:///d?host=one:5432&host=two:5432&target_session_attrs=read-write": None,
    "sqlite:////srv/coverage.db": None,
    "sqlite:////srv/with%20blank/coverage.db": None,
}
BAD_OTHERS = [
    ("APP_URL", "https://cobertura.example.com/crm", "must have no path"),
    ("APP_URL", "https://u:Zj7Kq@cobertura.example.com", "must be an http(s) address"),
    ("APP_URL", "https://cobertura.example.com:0", "must be an http(s) address"),
    ("APP_URL", "https://cobertura.example.com:", "must be an http(s) address"),
    ("APP_URL", "https://cobertura example.com", "must be an http(s) address"),
    ("APP_URL", "http://cobertura.example.com", "must be https"),
    ("APP_URL", "http://8.8.8.8", "must be https"),
    ("SMTP_SERVER", "smtp://smtp.example.com", "must be the name of the server alone"),
    ("SMTP_SERVER", "u:Zj7Kq@smtp.example.com", "must be the name of the server alone"),
    ("SMTP_SERVER", "smtp.example.com:587", "must be the name of the server alone; its port goes into SMTP_PORT"),
    ("SMTP_SERVER", "[::1]:25", "must be the name of the server alone; its port goes into SMTP_PORT"),
    ("SMTP_SERVER", "smtp example", "is not the name of a server"),
    ("MAIL_FROM", "Oficina <info@example.com>", "must be an e-mail address alone"),
    ("SENTRY_DSN", "https://sentry.example.com/1", "is not an address of Sentry"),
    ("SENTRY_DSN", "https://Zj7Kq@sentry.example.com/name", "is not an address of Sentry"),
    ("SENTRY_DSN", "https://Zj7Kq@sentry.example.com:port/1", "is not an address of Sentry"),
    ("TRUSTED_HOSTS", "https://a.example.com", "must be names"),
]
GOOD_OTHERS = [
    ("APP_URL", "https://cobertura.example.com/"),
    ("APP_URL", "https://cobertura.example.com:8443"),
    ("APP_URL", "http://127.0.0.1:5000"),
    ("APP_URL", "http://[::1]:5000"),
    ("APP_URL", "http://192.168.1.20"),
    ("APP_URL", "http://oficina"),
    ("APP_URL", "http://cobertura.lan"),
    ("SMTP_SERVER", "::1"),
    ("SENTRY_DSN", "https://Zj7Kq@o1.ingest.sentry.io/4505"),
    ("TRUSTED_HOSTS", ".example.com, 10.0.0.1"),
]


def refusal(name: str, value: str, tmp_path) -> str:
    with pytest.raises(SettingsError) as refused:
        load(PRODUCTION | {name: value}, tmp_path)
    return str(refused.value)


def holds_no_secret(line: str) -> bool:
    pieces = {PASSWORD[place : place + 3] for place in range(len(PASSWORD) - 2)}
    return "\n" not in line and not any(piece in line for piece in pieces)


@pytest.mark.parametrize("value", BAD_REDIS)
def test_bad_redis_address_is_refused_without_its_password(value, tmp_path):
    line = refusal("REDIS_URL", value, tmp_path)
    assert line.startswith("REDIS_URL: ") and holds_no_secret(line)
    assert ("@" not in value.partition("://")[2]) or "write / as %2F" in line


@pytest.mark.parametrize("value", BAD_DATABASES)
def test_bad_database_address_is_refused_without_its_password(value, tmp_path):
    line = refusal("DATABASE_URL", value, tmp_path)
    assert line.startswith("DATABASE_URL: ") and holds_no_secret(line)
    assert not value.startswith("postgres://u:") or "write / as %2F" in line


@pytest.mark.parametrize(("name", "value", "fault"), BAD_OTHERS)
def test_bad_address_of_another_kind_is_refused_with_advice(name, value, fault, tmp_path):
    line = refusal(name, value, tmp_path)
    assert line.startswith(f"{name}: {fault}") and holds_no_secret(line)


@pytest.mark.parametrize(("value", "password"), GOOD_REDIS.items())
def test_good_redis_address_means_what_was_escaped(value, password, tmp_path):
    settings = load(PRODUCTION | {"REDIS_URL": value}, tmp_path)
    assert ConnectionPool.from_url(settings.redis_url).connection_kwargs.get("password") == password


@pytest.mark.parametrize(("value", "password"), GOOD_DATABASES.items())
def test_good_database_address_means_what_was_escaped(value, password, tmp_path):
    settings = load(PRODUCTION | {"DATABASE_URL": value}, tmp_path)
    assert make_url(settings.database_url).password == password


@pytest.mark.parametrize(("name", "value"), GOOD_OTHERS)
def test_good_address_of_another_kind_is_taken(name, value, tmp_path):
    assert load(PRODUCTION | {name: value}, tmp_path)
