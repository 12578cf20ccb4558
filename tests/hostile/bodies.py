"""Hostile requests: as large as they may be, or larger, and built to be slow or costly to read."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from uuid import uuid4

MB = 2**20
FILE, BODY = 20 * MB, MB  # bytes that an import and any other request may have
FORM, JSON, CSV = "application/x-www-form-urlencoded", "application/json", "text/csv"
BOUNDARY = b"b0undary"
MULTIPART = f"multipart/form-data; boundary={BOUNDARY.decode()}"
CALLS = b"Contacto;Nota\r\n"
# Texts that are long once they are normalised, stripped, unfolded or matched.
TEXTS = {
    "letters": "x",
    "blanks": " ",
    "accents": "a\u0301",
    "ligatures": "\ufdfa",  # eighteen characters once normalised
    "digits": "1",
    "addresses": "a@a.",
    "line breaks": "\r\n",
    "quotes": "\"'<&",
}


@dataclass(frozen=True)
class Request:
    """What a request has beside its method and address. ``make`` builds the body: the largest are made one by one."""

    name: str
    content_type: str = ""
    make: Callable[[], bytes] = bytes
    headers: dict[str, str] = field(default_factory=dict)
    query: str = ""


def forms(names: list[str]) -> Iterator[Request]:
    """Bodies for a form with fields of these ``names``."""
    yield Request("300,000 empty fields", FORM, lambda: b"a=&" * 300_000)
    yield Request("150,000 fields without a value", FORM, lambda: b"a&" * 150_000)
    yield Request("100,000 different fields", FORM, lambda: b"".join(b"a%d&" % n for n in range(100_000)))
    yield Request("percent signs", FORM, lambda: b"a=" + b"%" * (BODY - 2))
    yield Request("escapes that are no UTF-8", FORM, lambda: b"a=" + b"%ff" * (BODY // 3 - 1))
    for kind, text in TEXTS.items():
        yield Request(f"long {kind} in every field", MULTIPART, lambda text=text: _long_fields(names, text))
    yield from wrapped(BODY)


def wrapped(most: int) -> Iterator[Request]:
    """Multipart bodies of up to ``most`` bytes."""
    part = b'--%b\r\nContent-Disposition: form-data; name="a"\r\n\r\n\r\n' % BOUNDARY
    head = b'--%b\r\nContent-Disposition: form-data; name="a"' % BOUNDARY
    yield Request("thousands of parts", MULTIPART, lambda: part * (most // len(part)))
    yield Request("a part with a long header", MULTIPART, lambda: head.ljust(most, b"x"))
    yield Request("a part with many parameters", MULTIPART, lambda: head + b"; x=y" * ((most - 60) // 5))
    yield Request("a part with many headers", MULTIPART, lambda: head + b"\r\na: b" * ((most - 60) // 6))
    yield Request("line breaks before the first part", MULTIPART, lambda: b"\r\n" * (most // 2))
    yield Request("line breaks in a field", MULTIPART, lambda: (head + b"\r\n\r\n").ljust(most, b"\r"))


def objects(names: list[str]) -> Iterator[Request]:
    """JSON for an object with fields of these ``names``."""
    yield Request("80,000 unknown names", JSON, lambda: _object(f'"n{n}": 1' for n in range(80_000)))
    yield Request("80,000 times one name", JSON, lambda: _object('"name": 1' for _ in range(80_000)))
    yield Request("a name of a megabyte", JSON, lambda: b'{"%b": 1}' % (b"n" * (BODY - 10)))
    yield Request("500,000 items", JSON, lambda: b"[" + b"0," * 500_000 + b"0]")
    yield Request("300,000 empty lists", JSON, lambda: b"[" + b"[]," * 300_000 + b"0]")
    yield Request("130,000 objects", JSON, lambda: b"[" + b'{"":0},' * 130_000 + b"0]")
    yield Request("200,000 texts", JSON, lambda: b"[" + b'"aa",' * 200_000 + b"0]")
    yield Request("900 lists in one another", JSON, lambda: b"[" * 900 + b"]" * 900)
    yield Request("500,000 lists in one another", JSON, lambda: b"[" * 500_000 + b"]" * 500_000)
    yield Request("100,000 objects in one another", JSON, lambda: b'{"a":' * 100_000)
    yield Request("a number of a million digits", JSON, lambda: b'{"duration": %b}' % (b"9" * 1_000_000))
    yield Request("numbers of 4,000 digits", JSON, lambda: b"[" + (b"9" * 4000 + b",") * 250 + b"0]")
    yield Request("1e999999999", JSON, lambda: b"[" + b"1e999999999," * 80_000 + b"0]")
    yield Request("escaped quotes without an end", JSON, lambda: b'"' + b'\\"' * 500_000)
    yield Request("quotes", JSON, lambda: b'"' * BODY)
    yield Request("blanks", JSON, lambda: b" " * BODY)
    for kind, text in TEXTS.items():
        yield Request(f"long {kind} in every field", JSON, lambda text=text: _long_object(names, text))


def files() -> Iterator[Request]:
    """CSV files of 20 MiB. What is wrong with most of them is not in their first lines."""
    long = FILE - len(CALLS)
    accents, emoji = "á;".encode(), ("a;" + "😀" * 20_000 + "\n").encode()
    yield Request("a heading of 400,000 cells", CSV, lambda: b";".join(b"c%d" % n for n in range(400_000)))
    yield Request("a heading of as many cells as fit", CSV, lambda: b"a;" * (FILE // 2))
    yield Request("a heading of known names", CSV, lambda: b"Nota;" * (FILE // 5))
    yield Request("a heading of ligatures", CSV, lambda: "\ufdfa;".encode() * (FILE // 4))
    yield Request("a heading without an end", CSV, lambda: b"x" * FILE)
    yield Request("a quoted heading without an end", CSV, lambda: b'"' + b"x\n" * (FILE // 2 - 1))
    yield Request("empty lines before a heading", CSV, lambda: b"\n" * FILE)
    yield Request("blanks before a heading", CSV, lambda: b" " * FILE)
    yield Request("one line of cells", CSV, lambda: CALLS + b";" * long)
    yield Request("one cell without an end", CSV, lambda: CALLS + b'"' + b"x" * (long - 1))
    yield Request("one quoted cell of line breaks", CSV, lambda: CALLS + b'"' + b"\n" * (long - 1))
    yield Request("one line of quoted line breaks", CSV, lambda: CALLS + b'"\n";' * (long // 4))
    yield Request("lines of nothing", CSV, lambda: CALLS + b"\n" * long)
    yield Request("lines of one letter", CSV, lambda: CALLS + b"a\n" * (long // 2))
    yield Request("lines of 20,000 emoji", CSV, lambda: CALLS + emoji * (long // len(emoji)))
    yield Request("lines of ligatures", CSV, lambda: CALLS + ("\ufdfa" * 20_000 + ";\n").encode() * (long // 60_002))
    yield Request("not UTF-8 at its end", CSV, lambda: (CALLS + accents * (long // 3 - 1)) + b"\xe1")


def heads() -> Iterator[Request]:
    """Headers and queries that are too long, or hold too much."""
    for name, value in {
        "Accept-Language": ",".join(f"a{n};q=0.{n % 10}" for n in range(10_000)),
        "Cookie": "; ".join(f"c{n}={n}" for n in range(10_000)),
        "Authorization": "Bearer " + "x" * 65_536,
        "If-Match": '"1"' + " " * 65_536 + "x",
        "If-None-Match": "," * 65_536,
        "Idempotency-Key": "k" * 65_536,
        "Content-Type": "multipart/form-data; " + "a=b; " * 13_000,
        "Range": "bytes=" + "0-1," * 16_000,
        "X-Forwarded-For": "10.0.0.1, " * 6_000,
        "Referer": "http://localhost/" + "x" * 65_536,
    }.items():
        yield Request(f"a long {name}", headers={name: value})
        # As long as one may be lets a header be.
        yield Request(f"the longest {name}", headers={name: value[:8_000]})
    yield Request("a hundred headers", headers={f"X-{n}": "y" * 8_000 for n in range(100)})
    for name in ("q", "cursor", "at", "next", "limit"):
        yield Request(f"a long {name}", query=f"{name}={'x' * 1_000_000}")
        yield Request(f"the longest {name}", query=f"{name}={'x' * 65_000}")
    yield Request("10,000 times one filter", query="user=1&" * 10_000)
    yield Request("300,000 parameters", query="a=&" * 300_000)
    yield Request("2,000 different parameters", query="&".join(f"a{n}" for n in range(1_400)))


def _long_fields(names: list[str], text: str) -> bytes:
    each = (BODY // len(names) - 100) // len(text.encode())
    parts = (
        f'--{BOUNDARY.decode()}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{text * each}\r\n'
        for name in names
    )
    return "".join(parts).encode() + b"--%b--\r\n" % BOUNDARY


def _long_object(names: list[str], text: str) -> bytes:
    each = (BODY // len(names) - 60) // len(text.encode())
    written = (text * each).replace('"', "'").replace("\r\n", "\\r\\n"[: 2 * len(text)])
    return _object(f'"{name}": "{written}"' for name in names)[:BODY]


def _object(fields: Iterator[str]) -> bytes:
    return ("{" + ", ".join(fields) + "}").encode()


def as_upload(file: Request) -> Request:
    """The same in the form of a page."""
    head = b'--%b\r\nContent-Disposition: form-data; name="record_id"\r\n\r\n%b\r\n' % (BOUNDARY, str(uuid4()).encode())
    head += b'--%b\r\nContent-Disposition: form-data; name="file"; filename="a.csv"\r\n\r\n' % BOUNDARY
    return Request(file.name, MULTIPART, lambda: head + file.make() + b"\r\n--%b--\r\n" % BOUNDARY)
