"""Whatever a client sends, it hears what was wrong with it: never a 500, never half a change."""

import json
from io import BytesIO
from typing import Any
from uuid import uuid4

import pytest
from flask import Flask

from tests.api.conftest import Program, Values, problem
from tests.web.middleware.test_guards import snapshot

CALLS = "/api/crm/calls"
DEEP = "[" * 100_000


def raw(ana: Program, body: bytes, content_type: str | None = "application/json", method: str = "POST") -> Any:
    headers = {"Authorization": f"Bearer {ana.secret}"}
    return ana.client.open(CALLS, method=method, data=body, headers=headers, content_type=content_type)


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"", 400),
        (b"{", 400),
        (b"nope", 400),
        (b'{"note": NaN}', 400),
        (b'{"duration": Infinity}', 400),
        (b'{"duration": ' + b"9" * 5000 + b"}", 400),
        (b'{"note": "a", "note": "b"}', 400),
        (b'{"note": "\xff"}', 400),
        ('{"note": "a"}'.encode("utf-16"), 400),
        ("\ufeff{}".encode(), 400),
        (DEEP.encode(), 400),
        (b'{"note": ' + DEEP.encode(), 400),
        (b"[]", 422),
        (b"null", 422),
        (b'"call"', 422),
        (b"7", 422),
        (b'{"note": "' + b"x" * 1_048_576 + b'"}', 413),
    ],
)
def test_a_body_that_is_no_object_in_json_is_refused(ana: Program, body: bytes, status: int) -> None:
    assert problem(raw(ana, body))[0] == status


@pytest.mark.parametrize(("length", "status"), [(2**20, 201), (2**20 + 1, 413)])
def test_a_body_that_comes_in_pieces_is_no_larger_than_another(
    ana: Program, example: Values, length: int, status: int
) -> None:
    body = json.dumps(example).encode().ljust(length)
    in_pieces = {"wsgi.input_terminated": True, "wsgi.input": BytesIO(body), "CONTENT_TYPE": "application/json"}
    headers = {"Authorization": f"Bearer {ana.secret}"}
    assert ana.client.post(CALLS, environ_overrides=in_pieces, headers=headers).status_code == status


@pytest.mark.parametrize(
    "content_type",
    [
        None,
        "text/plain",
        "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=x",
        "application/json; charset=latin-1",
        "application/jsonp",
        "x" * 200,
    ],
)
def test_another_type_of_content_is_refused(ana: Program, content_type: str | None) -> None:
    assert problem(raw(ana, b"{}", content_type))[0] == 415


def test_json_may_name_its_charset(ana: Program, example: Values) -> None:
    assert raw(ana, json.dumps(example).encode(), "application/json; charset=UTF-8").status_code == 201


@pytest.mark.parametrize(
    ("field", "values"),
    [
        ("entity_id", [None, 7, True, [], {}, "", "x", "urn:uuid:" + str(uuid4()), uuid4().hex, "\ud800"]),
        ("coverage_user_id", [7, "", "nobody", {"id": "x"}]),
        (
            "proxima_llamada_fecha",
            [
                "2026-12-03T10:00:00",  # naive
                "2026-12-03",
                "mañana",
                "",
                1764756000,
                True,
                "2026-13-03T10:00:00Z",
                "2026-02-30T10:00:00Z",
                "2026-12-03T25:00:00Z",
                "2026-12-03T10:00:00+25:00",
                "1999-12-31T23:59:59Z",
                "2101-01-01T00:00:00Z",
                "0001-01-01T00:00:00+14:00",
                "9999-12-31T23:59:59-14:00",
                "2026-12-03T10:00:00Z\n",
                "２０２６-12-03T10:00:00Z",
            ],
        ),
        ("duration", [-1, 2**31, 2**63, 2**64, -(2**63), 10**400, 1.5, 1.0, True, "90", [], 1e300]),
        ("direction", ["sideways", "", None, 1, "IN"]),
        ("note", [7, True, [], {}, "a\x00b", "a\ud800b", "x" * 20_001]),
        ("result", ["x" * 201, "\x00"]),
        ("phone", ["1" * 41, 600000000]),
        ("called_at", [None, "yesterday"]),
        ("status", ["sent"]),
        ("id", [str(uuid4())]),
        ("version", [7]),
        ("created_at", ["2026-12-03T10:00:00Z"]),
        ("proxima_llamada_done_at", ["2026-12-03T10:00:00Z", None]),
        ("", ["x"]),
        ("\ud800", ["x"]),
        ("_schema", ["x"]),
    ],
)
def test_a_value_of_the_wrong_kind_and_a_field_that_is_not_there_are_named(
    app: Flask, ana: Program, example: Values, field: str, values: list[Any]
) -> None:
    path = ana.post(CALLS, example).headers["Location"]
    before = snapshot(app)
    named = "body" if field == "_schema" else field
    for value in values:
        for answer in (ana.post(CALLS, example | {field: value}), ana.patch(path, {field: value})):
            status, errors = problem(answer)
            assert (status, list(errors)) == (422, [named]), (field, value)
            assert all(sentence for sentences in errors.values() for sentence in sentences)
    assert snapshot(app) == before


def test_all_errors_of_a_body_are_answered_together(ana: Program) -> None:
    status, errors = problem(ana.post(CALLS, {"duration": "x", "direction": "y", "colour": "red"}))
    assert (status, sorted(errors)) == (422, ["colour", "direction", "duration", "entity_id"])


def test_unusual_and_right(ana: Program, example: Values) -> None:
    odd = {"proxima_llamada_fecha": "2026-12-03t10:00+01:00", "called_at": "2026-03-29T02:30:00.999+01:00"}
    odd |= {"note": "😀 <script>{{7*7}}\u2028", "phone": "", "result": None, "duration": 0}
    made = ana.post(CALLS, example | odd).get_json()
    assert {name: made[name] for name in odd} == {
        "proxima_llamada_fecha": "2026-12-03T09:00:00Z",
        "called_at": "2026-03-29T01:30:00Z",
        "note": "😀 <script>{{7*7}}",
        "phone": None,
        "result": None,
        "duration": 0,
    }


def test_addresses_that_lead_nowhere_are_problems_too(ana: Program) -> None:
    nowhere = [f"{CALLS}/{some}" for some in ("1", "%00", "x" * 300, uuid4().hex, "..")]
    nowhere += ["/api", "/api/", "/api/nothing", f"{CALLS}/", f"{CALLS}/{uuid4()}", f"{CALLS}/{uuid4()}/next-action"]
    assert {path: problem(ana.get(path))[0] for path in nowhere} == dict.fromkeys(nowhere, 404)
    answer = ana.ask("PUT", CALLS)
    assert problem(answer)[0] == 405
    assert set(answer.headers["Allow"].split(", ")) == {"GET", "HEAD", "OPTIONS", "POST"}


def test_pages_keep_their_own_errors(ana: Program) -> None:
    answer = ana.get("/nothing")
    assert (answer.status_code, answer.content_type) == (404, "text/html; charset=utf-8")


@pytest.mark.parametrize(
    "query",
    [
        "limit=0",
        "limit=201",
        "limit=-1",
        "limit=x",
        "limit=1.0",
        "limit=",
        "limit=" + "9" * 400,
        "limit=%D9%A1",
        "cursor=x",
        "cursor=",
        "cursor=" + "x" * 5000,
        "cursor=%00",
        "page=2",
    ],
)
def test_a_query_that_makes_no_sense_is_refused(ana: Program, query: str) -> None:
    status, errors = problem(ana.get(f"{CALLS}?{query}"))
    assert (status, list(errors)) == (422, [query.partition("=")[0]])


def test_problem_detail_is_in_the_accepted_language(ana: Program) -> None:
    path = f"{CALLS}/{uuid4()}"
    said = {problem(ana.get(path, Accept_Language=language))[1] for language in ("es", "en", "fr, en;q=0.5")}
    assert said == {
        "Esa ficha no existe o alguien la ha borrado.",
        "That record does not exist, or somebody has deleted it.",
    }


@pytest.mark.parametrize(
    "body",
    [
        b"{" + b", ".join(b'"n%d": 1' % n for n in range(201)) + b"}",
        b"[" * 201 + b"]" * 201,
        b'{"note": [' + b"{}, " * 200 + b"{}]}",
        b'{"note": "' + b'\\"' * 10 + b'", "x": [' + b"0, " * 200 + b"0]}",
    ],
    ids=range(4),
)
def test_a_body_of_too_many_values_is_refused_unread(ana: Program, body: bytes) -> None:
    status, detail = problem(raw(ana, body))
    assert (status, "como m\u00e1ximo 200" in detail) == (400, True)


def test_a_text_may_hold_any_number_of_commas_and_brackets(ana: Program, example: Values) -> None:
    note = '{"a": [1, 2]}, \\", ' * 900
    made = ana.post(CALLS, example | {"note": note})
    assert (made.status_code, made.get_json()["note"]) == (201, note.strip())


def test_long_unknown_field_name_is_shortened_in_the_answer(ana: Program) -> None:
    status, errors = problem(ana.post(CALLS, {"n" * 1_000_000: 1}))
    assert (status, sorted(errors)) == (422, ["entity_id", "n" * 100])


def test_an_address_or_a_header_that_is_too_long_is_a_problem(ana: Program) -> None:
    assert problem(ana.get(f"{CALLS}?cursor=" + "x" * 1_000_000))[0] == 414
    assert problem(ana.get(f"{CALLS}?" + "&" * 300))[0] == 414
    assert problem(ana.get(CALLS, If_Match="x" * 65_536))[0] == 431
