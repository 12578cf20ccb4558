"""The servers of the tests do what the tests rely on."""

import smtplib

import psycopg
import pytest
from redis.exceptions import ConnectionError as Unreachable
from redis.exceptions import TimeoutError as Unanswered

from tests.servers.smtp import DROP

MAIL = "Message-ID: <1@example.com>\r\n\r\nhello"


def send(port: int) -> None:
    with smtplib.SMTP("127.0.0.1", port, timeout=5) as line:
        line.sendmail("a@example.com", ["b@example.com"], MAIL)


def test_sink_stores_each_mail_with_its_envelope_and_notes_every_step(smtp):
    send(smtp.port)
    assert [(mail.sender, mail.recipients, mail.message_id) for mail in smtp.wait_for(1)] == [
        ("a@example.com", ("b@example.com",), "<1@example.com>")
    ]
    assert smtp.said == ["CONNECT", "EHLO", "MAIL", "RCPT", "DATA", "DOT", "QUIT"]


@pytest.mark.parametrize(
    ("step", "refusal"),
    [
        ("CONNECT", smtplib.SMTPConnectError),
        ("MAIL", smtplib.SMTPSenderRefused),
        ("RCPT", smtplib.SMTPRecipientsRefused),
        ("DATA", smtplib.SMTPDataError),
        ("DOT", smtplib.SMTPDataError),
    ],
)
def test_sink_can_refuse_each_step_and_stores_nothing(smtp, step, refusal):
    smtp.replies[step] = lambda _given: "451 not now"
    with pytest.raises(refusal, match="not now"):
        send(smtp.port)
    assert smtp.messages == []


@pytest.mark.parametrize("step", ["CONNECT", "EHLO", "MAIL", "RCPT", "DATA", "DOT"])
def test_the_line_can_break_at_each_step(smtp, step):
    smtp.replies[step] = lambda _given: DROP
    with pytest.raises((smtplib.SMTPServerDisconnected, ConnectionError)):
        send(smtp.port)
    assert smtp.messages == []


def test_a_mail_server_comes_back_on_its_port(smtp):
    smtp.stop()
    with pytest.raises(ConnectionRefusedError):
        send(smtp.port)
    smtp.start()
    send(smtp.port)
    assert len(smtp.messages) == 1


def test_a_redis_can_hang_and_go_and_come_back_empty(start_redis):
    redis = start_redis()
    with redis.client(patience=0.2) as client:
        client.set("key", "value")
        redis.pause()
        with pytest.raises(Unanswered):
            client.get("key")
        redis.resume()
        assert client.get("key") == b"value"
        redis.stop()
        with pytest.raises(Unreachable):
            client.get("key")
        redis.start()
        assert client.get("key") is None


def test_a_postgresql_comes_back_with_what_was_committed(own_postgres):
    url = own_postgres.fresh().replace("+psycopg", "")
    with psycopg.connect(url) as connection:
        connection.execute("CREATE TABLE kept (word text)")
    own_postgres.stop()
    with pytest.raises(psycopg.OperationalError):
        psycopg.connect(url)
    own_postgres.start()
    with psycopg.connect(url) as connection:
        assert connection.execute("SELECT count(*) FROM kept").fetchone() == (0,)
