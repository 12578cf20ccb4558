"""Line 29: whatever a form is sent, it answers beside the field, or takes it; never with an error of ours."""

from collections.abc import Callable
from typing import Any

import pytest
from flask.testing import FlaskClient

from coverage_app.models import Contact, User
from tests.fixtures.databases import BOTH_DATABASES
from tests.fixtures.people import People
from tests.web.page_reader import get

pytestmark = BOTH_DATABASES

WRONG = ["0001-01-01T00:00", "9999-12-31T23:59", str(10**20), "\x00", "[]", "ñ" * 25_000, ""]
FORMS = ["/calls/new", "/tasks/new", "/opportunities/new", "/pipeline/new", "/contacts/new"]


@pytest.mark.parametrize("path", FORMS)
def test_29_every_wrong_value_in_every_field_is_answered(
    people: People, contact: Contact, sign_in: Callable[[User], FlaskClient], path: str
) -> None:
    browser = sign_in(people.responsible)
    form = get(browser, path).form(path)
    token = {"csrf_token": form.fields["csrf_token"]}
    answered: dict[tuple[str, Any], int] = {("", "an empty body"): browser.post(path, data=token).status_code}
    answered["", "no body at all"] = browser.post(path).status_code
    fields = set(form.fields) | set(form.offered)
    assert len(fields) > 2
    for field in fields - {"csrf_token"}:
        for value in WRONG:
            answered[field, value[:30]] = browser.post(path, data=form.fields | {field: value}).status_code
    assert {key: status for key, status in answered.items() if status not in (200, 302, 303, 400, 422)} == {}
    assert answered["", "an empty body"] == 422
