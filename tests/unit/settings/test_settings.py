"""The environment: what is accepted, what is refused, and that every refusal names variable, fault and example."""

import secrets
from pathlib import Path

import pytest

from coverage_app.settings import Settings, SettingsError, Smtp, load
from coverage_app.settings.keys import MIN_BITS, estimated_bits
from tests.environment import SECRET_KEY, variables

PRODUCTION = variables("postgres://user:hidden@db.example.com/name", redis_port=6379, smtp_port=25)


def refusal(tmp_path: Path, **changes: str) -> str:
    with pytest.raises(SettingsError) as refused:
        load(PRODUCTION | changes, tmp_path)
    return str(refused.value)


@pytest.mark.parametrize(
    ("name", "value", "fault"),
    [
        ("DATABASE_URL", "mysql://db/name", "must be PostgreSQL or SQLite"),
        ("REDIS_URL", "", "is required outside the embedded mode"),
        ("REDIS_URL", "http://cache", "must begin with redis:// or rediss://"),
        ("REDIS_TLS_VERIFY", "yes", "must be one of 0, 1"),
        ("SECRET_KEY", "", "is required, at least 32 bytes"),
        ("SECRET_KEY", "short", "is too short, at least 32 bytes"),
        ("APP_URL", "", "is required: the public address, put in every mail"),
        ("APP_URL", "cobertura.example.com", "must be an http(s) address without a query"),
        ("APP_URL", "https://cobertura.example.com/?x=1", "must be an http(s) address without a query"),
        ("APP_URL", "https://cobertura.example.com:port", "must be an http(s) address without a query"),
        ("SMTP_PORT", "twenty-five", "must be a whole number from 1 to 65535"),
        ("SMTP_PORT", "70000", "must be a whole number from 1 to 65535"),
        ("SMTP_SECURITY", "ssl", "must be one of starttls, tls, none"),
        ("SMTP_TIMEOUT", "0", "must be a whole number from 1 to 60"),
        ("SMTP_RATE", "fast", "must be a number per s, min, h or d"),
        ("SMTP_RATE", "0/s", "must be a number per s, min, h or d"),
        ("MAIL_FROM", "nobody", "must be an e-mail address"),
        ("MAIL_FROM", "", "must be an e-mail address"),
        ("APP_NAME", "two\nlines", "has a control character or a line break"),
        ("APP_TIMEZONE", "Madrid", "'Madrid' is not an IANA time zone"),
        ("APP_LOCALE", "fr", "must be one of es, en"),
        ("REMINDER_OFFSETS", "soon", "'soon' is not a lead time of at most 30 days in d, h, min or s"),
        ("REMINDER_OFFSETS", "0h", "'0h' is not a lead time of at most 30 days in d, h, min or s"),
        ("REMINDER_OFFSETS", "31d", "'31d' is not a lead time of at most 30 days in d, h, min or s"),
        ("REMINDER_OFFSETS", "1h,60min", "names the same lead time twice"),
        ("REMINDER_OFFSETS", "1h,2h,3h,4h,5h,6h,7h,8h,9h", "has more than 8 lead times"),
        ("WORKER_CONCURRENCY", "-1", "must be a whole number from 1 to 200"),
        ("RETAIN_DAYS", "1.5", "must be a whole number from 1 to 36500"),
        ("TRUSTED_PROXIES", "all", "must be a whole number from 0 to 10"),
        ("PORT", "99999", "must be a whole number from 1 to 65535"),
        ("LOG_FORMAT", "xml", "must be one of text, json"),
    ],
)
def test_a_value_that_cannot_be_used_is_refused_in_one_line(tmp_path, name, value, fault):
    line = refusal(tmp_path, **{name: value})
    assert line.startswith(f"{name}: {fault}; for example {name}=")
    assert len(line.splitlines()) == 1


def test_every_example_that_a_refusal_gives_would_be_accepted(tmp_path):
    example = refusal(tmp_path, SMTP_RATE="fast").rpartition("SMTP_RATE=")[2]
    assert load(PRODUCTION | {"SMTP_RATE": example}, tmp_path).smtp.rate == (5, 1)


def test_a_password_never_goes_out_in_clear_but_to_this_machine(tmp_path):
    account = {"SMTP_USER": "info@example.com", "SMTP_PASSWORD": "hidden", "SMTP_SECURITY": "none"}
    fault = refusal(tmp_path, SMTP_SERVER="mail.example.com", **account)
    assert fault.startswith("SMTP_SECURITY: none would send the password in clear")
    assert load(PRODUCTION | account, tmp_path).smtp.password == "hidden"


def test_a_password_without_its_user_is_refused(tmp_path):
    assert refusal(tmp_path, SMTP_PASSWORD="hidden").startswith("SMTP_USER: is missing although SMTP_PASSWORD is set")


def test_no_secret_is_in_a_refusal_or_in_the_settings_as_text(tmp_path):
    private = {"SMTP_USER": "u", "SMTP_PASSWORD": "hidden-smtp", "SENTRY_DSN": "https://hidden-sentry@example.com/1"}
    settings = load(PRODUCTION | private | {"REDIS_URL": "rediss://:hidden-redis@cache:6380"}, tmp_path)
    shown = repr(settings) + refusal(tmp_path, **private, SECRET_KEY="hidden-key")
    assert [word for word in ("hidden", SECRET_KEY) if word in shown] == []


@pytest.mark.parametrize("scheme", ["postgres", "postgresql", "postgresql+psycopg"])
def test_every_spelling_of_postgresql_means_the_same_driver(tmp_path, scheme):
    settings = load(PRODUCTION | {"DATABASE_URL": f"{scheme}://u@host/name"}, tmp_path)
    assert settings.database_url == "postgresql+psycopg://u@host/name"


def test_lead_times_keep_the_label_that_was_typed_the_longest_first(tmp_path):
    settings = load(PRODUCTION | {"REMINDER_OFFSETS": "90min, 2d,24h"}, tmp_path)
    assert [offset.label for offset in settings.offsets] == ["2d_before", "24h_before", "90min_before"]


def test_cookies_are_secure_exactly_when_people_come_over_https(tmp_path):
    def secure(url: str) -> bool:
        return load(PRODUCTION | {"APP_URL": url}, tmp_path).https

    assert (secure("https://cobertura.example.com"), secure("http://localhost:5000")) == (True, False)


def test_trusted_hosts_default_to_the_host_of_the_public_address(tmp_path):
    def trusted(**changes: str) -> tuple[str, ...]:
        return load(PRODUCTION | changes, tmp_path).trusted_hosts

    assert trusted(APP_URL="https://cobertura.example.com:8443") == ("cobertura.example.com",)
    assert trusted(APP_URL="http://localhost:5000") == ("127.0.0.1", "localhost")
    assert trusted(TRUSTED_HOSTS="a.example.com, b.example.com") == ("a.example.com", "b.example.com")


def test_without_a_mail_server_production_starts_and_reminders_wait(tmp_path):
    assert load(PRODUCTION | {"SMTP_SERVER": ""}, tmp_path).smtp is None


class TestEmbedded:
    """Nothing is set: the servers are those of ``make run``."""

    def test_it_needs_no_variable_at_all(self, tmp_path):
        settings = load({}, tmp_path)
        assert (settings.embedded, settings.app_url) == (True, "http://127.0.0.1:5000")
        assert settings.database_url == f"sqlite:///{tmp_path}/instance/coverage.db"

    def test_it_finds_the_servers_where_make_run_wrote_them_down(self, tmp_path):
        (tmp_path / "instance").mkdir()
        noted = (
            '{"redis_port": 7001, "redis_password": "random", "smtp_port": 7002, "app_url": "http://127.0.0.1:7003"}'
        )
        (tmp_path / "instance" / "embedded.json").write_text(noted)
        settings = load({}, tmp_path)
        assert settings.redis_url == "redis://:random@127.0.0.1:7001/0"
        assert settings.smtp == Smtp("127.0.0.1", 7002, None, None, "none", 10, None)
        assert settings.app_url == "http://127.0.0.1:7003"

    @pytest.mark.parametrize("name", ["DATABASE_URL", "REDIS_URL", "SMTP_SERVER"])
    def test_one_server_of_ones_own_makes_it_production(self, tmp_path, name):
        with pytest.raises(SettingsError):
            load({name: PRODUCTION[name]}, tmp_path)

    def test_its_secret_is_made_once_and_for_its_owner_only(self, tmp_path):
        first, second = load({}, tmp_path), load({}, tmp_path)
        kept = tmp_path / "instance" / "secret-key"
        assert first.secret_key == second.secret_key == kept.read_text()
        assert (len(first.secret_key), oct(kept.stat().st_mode & 0o777)) == (64, "0o600")


def test_settings_cannot_be_changed_once_read(tmp_path):
    settings: Settings = load(PRODUCTION, tmp_path)
    with pytest.raises(AttributeError):
        settings.port = 1  # type: ignore[misc]


@pytest.mark.parametrize("value", ["1", "true", "on", "YES"])
def test_debug_is_refused_in_production_and_allowed_embedded(tmp_path, value):
    assert refusal(tmp_path, FLASK_DEBUG=value).startswith("FLASK_DEBUG: debug is refused in production")
    assert load({"FLASK_DEBUG": value}, tmp_path).embedded
    assert load(PRODUCTION | {"FLASK_DEBUG": "0"}, tmp_path)


@pytest.mark.parametrize(
    "key",
    [
        "x" * 32,
        "ab" * 20,
        "0123456789abcdef" * 2,
        "12345678901234567890123456789012",
        "secretsecretsecretsecretsecret12",
        "change-me-change-me-change-me-change-me",
        "please-change-this-secret-key-in-production",
        "django-insecure-secret-key-1234567890",
        "Passw0rdPassw0rdPassw0rdPassw0rd",
        "correct horse battery staple horse",
        "cobertura-produccion-clave-secreta-2026",
        "qwertyuiopasdfghjklzxcvbnm1234567890",
        "00000000-0000-0000-0000-000000000001",
    ],
)
def test_key_that_can_be_guessed_is_refused_with_the_command(tmp_path, key):
    for name, value in (("SECRET_KEY", key), ("SECRET_KEY_FALLBACKS", key.replace(" ", "-"))):
        line = refusal(tmp_path, **{name: value})
        assert line.startswith(f"{name}: can be guessed") and "secrets.token_hex(32)" in line
        assert key not in line


@pytest.mark.parametrize("make", [lambda: secrets.token_hex(16), lambda: secrets.token_urlsafe(32)])
def test_random_key_is_never_called_weak(make):
    assert min(estimated_bits(make()) for _ in range(300)) >= MIN_BITS


def test_earlier_keys_are_listed_by_commas_or_blanks(tmp_path):
    old, older = secrets.token_hex(32), secrets.token_hex(32)
    settings = load(PRODUCTION | {"SECRET_KEY_FALLBACKS": f"{old}, {older}"}, tmp_path)
    assert settings.signing_keys == [older, old, SECRET_KEY]
    assert refusal(tmp_path, SECRET_KEY_FALLBACKS="short").startswith("SECRET_KEY_FALLBACKS: is too short")
