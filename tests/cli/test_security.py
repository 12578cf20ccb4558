"""``doctor --security``: what strangers could make use of, one line each."""

from dataclasses import replace

import pytest

from coverage_app.settings import Smtp
from tests.cli.test_doctor import alive  # noqa: F401
from tests.fixtures.application import running
from tests.fixtures.databases import ON_SQLITE

pytestmark = ON_SQLITE


def report(settings) -> tuple[int, dict[str, str]]:
    """Exit code and part → its level and words."""
    with running(settings) as app:
        result = app.test_cli_runner().invoke(args=["doctor", "--security"])
    lines = (line.split(None, 2) for line in result.stdout.splitlines())
    return result.exit_code, {part: f"{level} {words}" for level, part, words in lines}


def test_security_of_a_good_installation_is_well(settings, alive):  # noqa: F811
    code, lines = report(replace(settings, app_url="https://localhost"))
    assert code == 0
    found = [lines[f"{part}:"].split()[0] for part in ("debug", "https", "hosts", "files", "encryption")]
    assert found == ["ok"] * 5


def test_security_names_what_is_not_encrypted(settings, alive):  # noqa: F811
    mail = Smtp("mail.example.com", 25, None, None, "none", 1, None)
    changed = replace(settings, redis_url="redis://cache.example.com", smtp=mail, app_url="http://oficina")
    changed = replace(changed, trusted_hosts=("oficina",))
    _, lines = report(changed)
    assert lines["encryption:"].endswith("REDIS_URL (rediss://), SMTP_SECURITY")
    assert lines["https:"].startswith("WARN http://oficina is not encrypted")


@pytest.mark.parametrize(("hosts", "level"), [(("b.example.com",), "FAIL"), ((".localhost", "localhost"), "ok")])
def test_security_fails_where_the_site_refuses_its_own_name(settings, hosts, level):
    _, lines = report(replace(settings, trusted_hosts=hosts))
    assert lines["hosts:"].split()[0] == level


def test_security_fails_for_a_file_that_others_may_read(app, flask, settings):
    exposed = settings.instance / "demo-logins.txt"
    exposed.parent.mkdir(mode=0o700, exist_ok=True)
    exposed.write_text("x")
    exposed.chmod(0o644)
    result = flask("doctor", "--security")
    exposed.unlink()
    assert f"FAIL  files: others may read {exposed}; run: chmod go= on each" in result.stdout.splitlines()


def test_security_is_silent_unless_it_is_wanted(flask):
    assert "files:" not in flask("doctor").stdout
