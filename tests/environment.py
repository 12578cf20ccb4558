"""The environment in which the application is tested: a production one whose servers are the tests' own."""

import secrets

SECRET_KEY = secrets.token_hex(32)
# The engine's patience, in seconds: short, so that what takes minutes in an office takes seconds here.
TEMPO = {
    "TEST_LEASE": "3",
    "TEST_SWEEP": "1",
    "TEST_HEARTBEAT": "0.5",
    "TEST_ROAD_BACKOFF": "1,1,2",
    "TEST_ROW_BACKOFF": "1,1,2",
}


def variables(database_url: str, redis_port: int, smtp_port: int) -> dict[str, str]:
    """A production environment whose servers are all on this machine."""
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
        **TEMPO,
    }
