"""Everything that a database holds, as somebody who got hold of it would read it."""

import base64
import html
import json
import quopri
import subprocess
import unicodedata
from pathlib import Path
from urllib.parse import quote, quote_plus

from sqlalchemy.engine import make_url

from tests.servers.postgres import binaries


def dump(url: str) -> bytes:
    """What ``pg_dump`` writes; of SQLite every byte of its file and of those beside it."""
    parsed = make_url(url)
    if parsed.get_backend_name() == "sqlite":
        return files_of(Path(parsed.database or ""))
    program = binaries()
    command = [str(program / "pg_dump") if program else "pg_dump", "--inserts"]  # the texts as they are stored
    libpq = parsed.set(drivername="postgresql").render_as_string(hide_password=False)
    return subprocess.run([*command, libpq], check=True, capture_output=True).stdout


def files_of(path: Path) -> bytes:
    return b"".join(file.read_bytes() for file in sorted(path.parent.glob(f"{path.name}*")))


def found_in(dumped: bytes, *secrets: str) -> dict[str, list[str]]:
    """In which spellings each of ``secrets`` is in there; only those that are."""
    lower = dumped.lower()
    found = {secret: [name for name, form in _spellings(secret).items() if form.lower() in lower] for secret in secrets}
    return {secret: forms for secret, forms in found.items() if forms}


def _spellings(secret: str) -> dict[str, bytes]:
    plain = "".join(char for char in unicodedata.normalize("NFD", secret) if not unicodedata.combining(char))
    encoded = {
        "utf-8": secret.encode(),
        "decomposed": unicodedata.normalize("NFD", secret).encode(),
        "capitals": secret.upper().encode(),
        "without accents": plain.encode(),
        "cp1252": secret.encode("cp1252"),
        "utf-16": secret.encode("utf-16-le"),
    }
    written = {
        "json": json.dumps(secret)[1:-1].encode(),
        "percent": quote(secret).encode(),
        "form": quote_plus(secret).encode(),
        "html": html.escape(secret).encode("ascii", "xmlcharrefreplace"),
        "quoted-printable": quopri.encodestring(secret.encode()).strip(),
        "base64": base64.b64encode(secret.encode())[:-4],
    }
    return encoded | written | {f"{name} as hex": form.hex().encode() for name, form in encoded.items()}
