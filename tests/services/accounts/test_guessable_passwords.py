"""A password made of its own person's name or address, or of the site's name, is refused."""

import pytest

from coverage_app.clock import utcnow
from coverage_app.errors import FieldError
from coverage_app.models import User
from coverage_app.services import accounts
from tests.fixtures.databases import ON_SQLITE
from tests.fixtures.people import People

OWN = [
    "Ana María Ruiz",
    "anamariaruiz",
    "Ruiz.Ana.1985",
    "4n4M4r14Ru1z!",
    "a.ruiz@despacho-ruiz.es",
    "despachoruiz",
    "Despacho-Ruiz_24",
    "zuirzuirzuir",
    "SistemaMigro26",
    "m1gr0.c0b3rtur4",
    "Cobertura2026!",
    "aruizmadrid",
]


@ON_SQLITE
@pytest.mark.parametrize("typed", OWN)
def test_ones_own_name_and_address_and_the_site_are_refused(people: People, typed: str) -> None:
    columns = {"name": "Ana María Ruiz", "email": "a.ruiz@despacho-ruiz.es", "role": "staff", "locale": "es"}
    with pytest.raises(FieldError) as refusal:
        accounts.create_user(typed, columns | {"timezone": "UTC"}, by=None, now=utcnow())
    assert refusal.value.field == "password"


@ON_SQLITE
def test_a_changed_password_is_measured_against_its_own_person(people: People, password: str) -> None:
    ana: User = people.responsible
    with pytest.raises(FieldError) as refusal:
        accounts.change_password(password, "Ana.Ruiz.2026", by=ana, now=utcnow())
    assert refusal.value.field == "password"
    accounts.change_password(password, "Beatriz y el viento", by=ana, now=utcnow())
