"""People: created, changed, signed in and out, deactivated and reactivated."""

from coverage_app.services.accounts.addresses import account_key
from coverage_app.services.accounts.lookup import find
from coverage_app.services.accounts.passwords import change_password, make_password, reset_password
from coverage_app.services.accounts.people import create_user, deactivate, reactivate, save
from coverage_app.services.accounts.sign_ins import sign_in, sign_out, sign_out_others, signed_in

__all__ = [
    "account_key",
    "change_password",
    "create_user",
    "deactivate",
    "find",
    "make_password",
    "reactivate",
    "reset_password",
    "save",
    "sign_in",
    "sign_out",
    "sign_out_others",
    "signed_in",
]
