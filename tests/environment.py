"""The environment in which the application is tested: a production one whose servers are the tests' own."""

import secrets

SECRET_KEY = secrets.token_hex(32)
# The engine's times, in seconds: short, so that what takes minutes in an office takes seconds here.
TIMING = {
    "TEST_LEASE": "3",
    "TEST_SWEEP": "1",
    "TEST_HEARTBEAT": "0.5",
    "TEST_CIRCUIT_BACKOFF": "1,1,2",
    "TEST_ROW_BACKOFF": "1,1,2",
}


def production(database_url: str, redis_port: int, smtp_port: int) -> dict[str, str]:
    """A production environment whose servers are all on this machine, with the times of an office."""
    return {
        "DATABASE_URL": database_url,
        "REDIS_URL": f"redis://127.0.0.1:{redis_port}/0",
        "SMTP_SERVER": "127.0.0.1",
        "SMTP_PORT": str(smtp_port),
        "SMTP_SECURITY": "none",
        "MAIL_FROM": "recordatorios@example.com",
        "SECRET_KEY": SECRET_KEY,
        "APP_URL": "http://localhost:5000",
        "LOG_FORMAT": "json",
    }


def variables(database_url: str, redis_port: int, smtp_port: int) -> dict[str, str]:
    """The same with the short times of the tests."""
    return production(database_url, redis_port, smtp_port) | TIMING
