"""The one normal form of the address with which a person signs in: stored, looked up and counted in this form."""

import re
import unicodedata

from coverage_app.errors import FieldError
from coverage_app.services.contacts import email_address

MAX_ADDRESS = 320  # 64 before the @ and 255 behind it; in characters
# Never seen on a screen, so never meant: controls, soft hyphens, zero-width and joining characters, fillers,
# variation selectors, tags (Unicode's default ignorable code points), and lone surrogates.
INVISIBLE = re.compile(
    "[\x00-\x08\x0e-\x1f\x7f-\x84\x86-\x9f\xad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f"
    "\u202a-\u202e\u2060-\u206f\u3164\ud800-\udfff\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufffb\U000e0000-\U000e0fff]"
)
NO_ACCOUNT = ""  # the key of all that cannot be an address; no account has it
DOTTED_I = "i\u0307"  # what the lower case of a Turkish capital I with its dot comes to


def normal_form(address: str) -> str:
    """Return the address that ``address`` means: lower case, composed, its domain in ASCII. Raises FieldError.

    Lower case rather than case folding, which would make another domain of ``straße.example``.
    """
    text = INVISIBLE.sub("", address).strip()
    if len(text) > MAX_ADDRESS:
        text = ""  # refused like nothing, without the work: normalising takes time by the square of the length
    text = INVISIBLE.sub("", unicodedata.normalize("NFKC", text)).strip().lower().replace(DOTTED_I, "i")
    return email_address("email", text)


def account_key(address: str) -> str:
    """Return what an account is looked up and counted by: its normal form, or NO_ACCOUNT for what cannot be one."""
    try:
        return normal_form(address)
    except FieldError:
        return NO_ACCOUNT
