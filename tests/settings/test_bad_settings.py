"""What every process does that is started with a setting that it cannot use."""

import subprocess
import sys

from coverage_app.settings import ROOT
from tests.fixtures.databases import ON_SQLITE
from tests.unit.settings.test_addresses import holds_no_secret


@ON_SQLITE
def test_every_process_ends_with_one_line_at_a_bad_setting(environ: dict[str, str]) -> None:
    """All at once: each is a Python that starts."""
    flask = ["-m", "flask", "--app", "wsgi"]
    starts = [
        (["-c", "import wsgi"], "DATABASE_URL", "postgres://u:Zj7/Kq@h/d"),
        (["-m", "coverage_app.worker"], "REDIS_URL", "redis://:Zj7#Kq@h"),
        (["-m", "coverage_app.scheduler"], "REDIS_URL", "redis://:Zj7/Kq@h"),
        ([*flask, "db", "upgrade"], "DATABASE_URL", "postgres://u:Zj7Kq@h/d?nosuch=1"),
        ([*flask, "--debug", "run"], "FLASK_DEBUG", "1"),
        ([*flask, "run", "--debugger", "--port", "1"], "FLASK_DEBUG", "0"),
        (["-m", "coverage_app.scheduler"], "FLASK_DEBUG", "true"),
        ([*flask, "doctor"], "SECRET_KEY", "x" * 32),
    ]
    processes = [
        subprocess.Popen(
            [sys.executable, *command],
            cwd=ROOT,
            env=environ | {name: value},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        for command, name, value in starts
    ]
    for process, (command, name, _value) in zip(processes, starts, strict=True):
        output, _ = process.communicate(timeout=60)
        [line] = output.splitlines()
        assert process.returncode != 0 and line.startswith(f"{name}: ") and holds_no_secret(line), command
