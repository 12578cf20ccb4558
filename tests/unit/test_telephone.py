"""What of a typed telephone number is dialled, in pages and in mails."""

import pytest

from coverage_app.i18n import tel_uri
from coverage_app.web.present.filters import dialled


@pytest.mark.parametrize(
    ("typed", "uri"),
    [
        ("+34 600 000 000", "tel:+34600000000"),
        (" +34 (91) 123-45-67", "tel:+34911234567"),
        ("600.000.000", "tel:600000000"),
        ("112", "tel:112"),
        ("*21#", "tel:*21%23"),
        ("91 123 45 67, pide por Ana +", "tel:911234567"),
        ('" onclick="x" 600', "tel:600"),
        ("\u0661\u0661\u0662 600", "tel:600"),
        ("", None),
        ("no tiene", None),
        ("12", None),
        ("600 000 000 / 611 000 000", None),
    ],
)
def test_tel_uri_of_typed_number_is_one_number_or_none(typed: str, uri: str | None) -> None:
    assert tel_uri(typed) == uri
    assert str(dialled(typed)).startswith("<a href=") == (uri is not None)


def test_number_in_a_page_is_shown_as_typed() -> None:
    assert dialled("<b> 600") == '<a href="tel:600" class="tel">&lt;b&gt; 600</a>'
    assert dialled("<b>") == "<b>"
