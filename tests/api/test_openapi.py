"""The document says what there is, and Schemathesis finds nothing that it does not say."""

import re
import subprocess
import sys
from pathlib import Path

from flask import Flask

from coverage_app.services import tokens
from tests.fixtures.databases import ON_SQLITE
from tests.fixtures.people import People
from tests.xdist_order import LONG

pytestmark = ON_SQLITE
# Every check is on. A schema cannot say which colleagues there are (422), nor which version is the present one (412).
CHECKS = """\
[checks.positive_data_acceptance]
expected-statuses = ["2xx", "401", "403", "404", "409", "412", "422"]
[checks.negative_data_rejection]
expected-statuses = ["400", "401", "404", "409", "412", "413", "414", "415", "422", "431"]
"""
SEED, EXAMPLES = "1", "4"


def test_no_route_is_missing_from_the_document_or_from_the_url_map(app: Flask) -> None:
    document = app.test_client().get("/api/openapi.json").get_json()
    documented = {
        (method.upper(), path) for path, methods in document["paths"].items() for method in methods if method in METHODS
    }
    served = {
        (method, re.sub(r"<uuid:(\w+)>", r"{\1}", rule.rule))
        for rule in app.url_map.iter_rules()
        if rule.rule.startswith("/api/") and not rule.endpoint.startswith("document.")
        for method in rule.methods - {"HEAD", "OPTIONS"}
    }
    assert documented == served
    assert (document["openapi"], len(served)) == ("3.1.0", 35)


METHODS = {"get", "post", "put", "patch", "delete"}


@LONG
def test_schemathesis_finds_no_answer_that_the_document_does_not_allow(
    served: str, people: People, tmp_path: Path
) -> None:
    secret = tokens.make(people.responsible, "schemathesis")[1]
    (tmp_path / "checks.toml").write_text(CHECKS)
    run = subprocess.run(
        [
            *(sys.executable, "-m", "schemathesis.cli", "--config-file", str(tmp_path / "checks.toml")),
            *("run", f"{served}/api/openapi.json", "--checks", "all", "-H", f"Authorization: Bearer {secret}"),
            *("--max-examples", EXAMPLES, "--seed", SEED, "--workers", "1", "--no-color"),
        ],
        cwd=tmp_path,
        capture_output=True,
        text=True,
    )
    assert run.returncode == 0, run.stdout[-20_000:] + run.stderr[-2_000:]
