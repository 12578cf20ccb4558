"""``create-user``, ``deactivate-user`` and ``create-token``."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from coverage_app import pseudonyms
from coverage_app.clock import utcnow
from coverage_app.models import User
from coverage_app.services import accounts, tokens
from tests.fixtures.databases import ON_SQLITE

pytestmark = ON_SQLITE
MAKE = ("create-user", "Eva@Example.com", "--name", "Eva Gil")


def test_it_prints_the_id_and_a_password_with_which_the_person_can_sign_in(flask, stored):
    result = flask(*MAKE)
    user = stored(select(User))[0]
    user_id, password = result.stdout.splitlines()
    assert (result.exit_code, user_id) == (0, str(user.id))
    assert (user.name, user.email, user.role, user.locale, user.timezone, user.is_active) == (
        "Eva Gil",
        "eva@example.com",
        "staff",
        "es",
        "Europe/Madrid",
        True,
    )
    assert accounts.sign_in("eva@example.com", password.removeprefix("password="))


def test_a_password_from_standard_input_is_used_and_not_printed(flask, stored):
    result = flask(*MAKE, "--password-stdin", "--role", "admin", "--locale", "en", typed="correct horse\nbattery\n")
    user = stored(select(User))[0]
    assert result.stdout == f"{user.id}\n"
    assert (user.role, user.locale) == ("admin", "en")
    assert accounts.sign_in("eva@example.com", "correct horse")


@pytest.mark.parametrize(
    ("arguments", "typed", "line"),
    [
        (("create-user", "eva"), "", "Error: Missing option '--name'."),
        (("create-user",), "", "Error: Missing argument 'EMAIL'."),
        (
            ("create-user", "eva", "--name", "Eva"),
            "",
            "Error: email: Write one e-mail address, like",
        ),
        (
            ("create-user", "a@example.com, b@example.org", "--name", "Eva"),
            "",
            "Error: email: Write one e-mail address",
        ),
        (("create-user", "eva@example.com", "--name", " "), "", "Error: name: Write a name."),
        ((*MAKE, "--role", "boss"), "", "Error: Invalid value for '--role': 'boss' is not one of 'admin', 'staff'."),
        ((*MAKE, "--locale", "fr"), "", "Error: Invalid value for '--locale': 'fr' is not one of 'es', 'en'."),
        ((*MAKE, "--timezone", "Madrid"), "", "Error: timezone: Choose a time zone from the list, like Europe/Madrid."),
        ((*MAKE, "--password-stdin"), "short\n", "Error: password: A password has from 10 to 128 characters."),
        ((*MAKE, "--password-stdin"), "", "Error: password: A password has from 10 to 128 characters."),
        ((*MAKE, "--password-stdin"), "qwertyuiop\n", "Error: password: That password is too easy to guess."),
        ((*MAKE, "--colour", "red"), "", "Error: No such option '--colour'."),
        (("deactivate-user", "eva@example.com"), "", "Error: email: nobody has the address eva@example.com"),
        (("create-token", "eva@example.com"), "", "Error: email: nobody has the address eva@example.com"),
        (("create-token",), "", "Error: Missing argument 'EMAIL'."),
        (("pseudonym", "bea"), "", "Error: address: bea is neither an e-mail address nor an IP address"),
    ],
)
def test_bad_input_is_one_line_and_exit_2_and_makes_nobody(flask, stored, arguments, typed, line):
    result = flask(*arguments, typed=typed)
    shown = result.stderr.splitlines()
    assert (result.exit_code, result.stdout, len(shown)) == (2, "", 1)
    assert shown[0].startswith(line)
    assert stored(select(User)) == []


def test_an_address_is_given_once(flask, people):
    result = flask("create-user", "BEA@example.com", "--name", "Otra Bea")
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr.splitlines()[-1] == "Error: email: Somebody already has that e-mail address."


def test_somebody_deactivated_is_out_at_once(app, flask, people, password):
    with app.app_context():
        signed_in = accounts.sign_in("bea@example.com", password).sign_in_id
    result = flask("deactivate-user", "Bea@example.com")
    assert (result.exit_code, result.stdout) == (0, "bea@example.com can no longer sign in\n")
    with app.app_context():
        assert accounts.signed_in(signed_in) is None
        assert accounts.sign_in("bea@example.com", password) is None


def test_a_token_is_printed_alone_and_speaks_for_that_person(app, flask, people):
    result = flask("create-token", "Bea@example.com", "--name", "CRM")
    (secret,) = result.stdout.splitlines()
    assert result.exit_code == 0
    with app.app_context():
        caller = tokens.recognise(secret, utcnow())
        assert (caller.user.email, caller.token.name) == ("bea@example.com", "CRM")


def test_a_token_of_a_command_expires_after_the_days_it_names(app, flask, people):
    (secret,) = flask("create-token", "bea@example.com", "--expires-in-days", "30").stdout.splitlines()
    refused = flask("create-token", "bea@example.com", "--expires-in-days", "0")
    assert (refused.exit_code, refused.stdout) == (2, "")
    with app.app_context():
        later = [utcnow() + timedelta(days=days) for days in (29, 31)]
        assert [bool(tokens.recognise(secret, moment)) for moment in later] == [True, False]


def test_a_pseudonym_is_printed_as_it_stands_in_the_log(app, flask):
    typed = ("bea@example.com", " BEA@example.com", "ana@example.com")
    accounts_of = [flask("pseudonym", one).stdout for one in typed]
    clients = [flask("pseudonym", typed).stdout for typed in ("2001:db8::1", "2001:db8::2", "192.0.2.1")]
    assert accounts_of[0] == accounts_of[1] == pseudonyms.of_account("bea@example.com") + "\n" != accounts_of[2]
    assert clients[0] == clients[1] == pseudonyms.of_client("2001:db8::9") + "\n" != clients[2]


def test_nobody_inactive_gets_a_token(app, flask, people):
    flask("deactivate-user", "bea@example.com")
    result = flask("create-token", "bea@example.com")
    assert (result.exit_code, result.stdout) == (2, "")
    with app.app_context():
        assert tokens.of(people.cover.id) == []
