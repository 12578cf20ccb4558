"""What the README tells people to type does what it says."""

import re
import shutil
import subprocess
from pathlib import Path

from coverage_app.services import tokens
from tests.fixtures.databases import ON_SQLITE
from tests.fixtures.people import People
from tests.servers import missing

pytestmark = ON_SQLITE
README = Path(__file__).resolve().parents[2] / "README.md"
NEEDED = ("bash", "curl", "python3")


def test_the_three_verifications_of_the_original(served: str, people: People) -> None:
    if not all(map(shutil.which, NEEDED)):
        missing(f"the example of the README needs {', '.join(NEEDED)}")
    (lines,) = re.findall(r"^```sh\n(.*?)^```$", README.read_text(), re.DOTALL | re.MULTILINE)
    secret = tokens.make(people.responsible, "README")[1]
    given = f"set -euo pipefail\nAPI={served}/api\nTOKEN={secret}\n{lines}"
    run = subprocess.run(["bash", "-c", given], capture_output=True, text=True)
    assert run.returncode == 0, run.stdout + run.stderr
    answered = run.stdout.splitlines()
    assert [line.split()[-1] for line in answered[:3]] == ["15min_before", "1h_before", "24h_before"]
    # Alicia, Ana, Bea in the order of their names: the first covers, then the second does.
    assert answered[3:] == ["3 wait", "2", str({str(people.responsible.id)})]
