"""An account has one normal form, however its address is typed."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as some

from coverage_app.errors import FieldError
from coverage_app.services.accounts.addresses import NO_ACCOUNT, account_key, normal_form

# Of alicia@example.com, as a mail program, a telephone, another alphabet or an attacker writes it.
SPELLINGS = {
    "upper case": "ALICIA@EXAMPLE.COM",
    "blanks around": " \t\u00a0alicia@example.com\u3000\r\n",
    "byte order mark": "ali\ufeffcia@example.com",
    "soft hyphen": "ali\u00adcia@exam\u00adple.com",
    "zero width": "a\u200bl\u200ci\u200dcia\u2060@example.com",
    "direction marks": "\u202aalicia@example.com\u202c\u200f\u2066\u2069",
    "trailing NUL": "alicia@example.com\x00",
    "escape inside": "ali\x1bcia@example.com",
    "variation selector": "alicia\ufe0f@example.com",
    "combining joiner": "ali\u034fcia@example.com",
    "hangul filler": "ali\u3164cia@example.com",
    "tag characters": "alicia\U000e0041@example.com",
    "lone surrogate": "alicia\ud800@example.com",
    "full width": "ａｌｉｃｉａ＠ｅｘａｍｐｌｅ．ｃｏｍ",
    "ideographic stop": "alicia@example。com",
    "turkish capitals": "ALİCİA@EXAMPLE.COM",
    "mathematical": "𝐚𝐥𝐢𝐜𝐢𝐚@example.com",
    "five thousand unseen": "alicia" + "\u200b\ufeff" * 2500 + "@example.com",
}
NO_ADDRESSES = [
    "",
    " ",
    "\ufeff",
    "alicia",
    "alicia@",
    "ali cia@example.com",
    "alicia@example.com,bea@example.com",
    "Alicia <alicia@example.com>",
    '"alicia"@example.com',
    "alicia@[127.0.0.1]",
    "alícia@example.com",
    "x" * 5000 + "@example.com",
    "e" + "\u0301" * 50_000 + "@example.com",
]


@pytest.mark.parametrize("spelling", SPELLINGS)
def test_account_key_is_one_for_every_spelling(spelling: str) -> None:
    assert account_key(SPELLINGS[spelling]) == "alicia@example.com"


def test_account_key_of_a_domain_is_its_ascii_form() -> None:
    typed = "Ana@Ñandú.example.org"
    spellings = [typed, unicodedata.normalize("NFD", typed), typed.upper(), "ana@xn--and-6ma2c.example.org"]
    assert {account_key(one) for one in spellings} == {"ana@xn--and-6ma2c.example.org"}
    assert account_key("ana@straße.example.org") != account_key("ana@strasse.example.org")


@pytest.mark.parametrize("typed", NO_ADDRESSES, ids=lambda typed: ascii(typed[:20]))
def test_account_key_of_no_address_matches_no_account(typed: str) -> None:
    assert account_key(typed) == NO_ACCOUNT
    with pytest.raises(FieldError):
        normal_form(typed)


@given(some.text(max_size=60), some.sampled_from(["", "@", "@example.com", "@ñandú.es", "\ufeff@exa\u0301mple.com"]))
def test_account_key_of_any_text_is_stable_and_lower_case(text: str, ending: str) -> None:
    key = account_key(text + ending)
    assert (account_key(key), key.lower()) == (key, key)
    assert key.isascii()
