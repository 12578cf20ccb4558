"""One pass of the engine in this process: what is sent, what is not, and what becomes of each row."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from flask import Flask
from sqlalchemy import select, text, update

from coverage_app.clock import utcnow
from coverage_app.enums import SkipReason
from coverage_app.extensions import db
from coverage_app.models import Contact, User
from coverage_app.models import Reminder as Row
from coverage_app.services import accounts, delivery, records
from coverage_app.services.delivery import claims, outcomes, recheck
from coverage_app.services.entities import CALL
from tests.fixtures.databases import BOTH_DATABASES, ON_POSTGRESQL
from tests.fixtures.engine import wait_until
from tests.fixtures.people import People
from tests.servers.smtp import DROP, Sink
from tests.time_shift import move

pytestmark = BOTH_DATABASES

H, MIN = timedelta(hours=1), timedelta(minutes=1)
DueNow = Callable[..., list[Row]]
Statuses = Callable[[], list[str]]
NO_MOMENT = {"sqlite": "'whenever'", "postgresql": "'infinity'"}  # what a row can hold and no reader expects


def deliver() -> dict[str, int]:
    """One foreground pass; what it counted."""
    db.session.commit()
    counts = delivery.deliver_and_wait(utcnow())
    return {name: getattr(counts, name) for name in ("sent", "retried", "skipped", "failed")}


def counted(**expected: int) -> dict[str, int]:
    return {"sent": 0, "retried": 0, "skipped": 0, "failed": 0} | expected


def test_it_sends_what_is_due_and_keeps_what_was_sent(due_now: DueNow, smtp: Sink, people: People, stored: Any) -> None:
    row = due_now()[0]
    assert deliver() == counted(sent=1)
    [mail] = smtp.messages
    assert (mail.recipients, mail.message_id) == ((people.cover.email,), f"<{row.id}@example.com>")
    [after] = stored(select(Row))
    assert (after.status, after.sent, after.attempts, after.claims, after.claim_token) == ("sent", True, 0, 0, None)
    assert abs(after.sent_at - mail.at) < timedelta(seconds=2)
    assert after.subject == mail.parsed["Subject"]
    text = mail.parsed.get_body(("plain",))
    assert text is not None and text.get_content().replace("\r\n", "\n").strip() == after.message_body.strip()


def test_nothing_is_sent_before_its_time(call: Any, smtp: Sink, statuses: Statuses) -> None:
    call(25 * H)
    assert deliver() == counted()
    assert statuses() == ["pending"] * 3


def test_a_second_pass_sends_nothing_again(due_now: DueNow, smtp: Sink) -> None:
    due_now(3)
    assert (deliver(), deliver()) == (counted(sent=3), counted())
    assert len(smtp.messages) == 3


def test_a_moved_done_or_deleted_call_is_not_spoken_of(
    due_now: DueNow, smtp: Sink, people: People, statuses: Statuses
) -> None:
    moved, done, gone, _ = (row.entity_id for row in due_now(4))
    claimed = claims.claim(10, utcnow())
    records.save(CALL, moved, {"proxima_llamada_fecha": utcnow() + 9 * MIN}, by=people.responsible, now=utcnow())
    records.complete(CALL, done, "next_call", done=True, by=people.cover, now=utcnow())
    records.delete(CALL, gone, by=people.responsible, now=utcnow())
    claims.release(claimed)
    assert deliver() == counted(sent=1, skipped=3)
    assert statuses() == ["sent"] + ["skipped: changed"] * 3


def test_reassigned_call_reminds_the_new_colleague_only(call: Any, smtp: Sink, people: People, stored: Any) -> None:
    entity = call(16 * MIN)
    records.save(CALL, entity, {"coverage_user_id": people.outsider.id}, by=people.responsible, now=utcnow())
    move(-1 * MIN)
    assert deliver() == counted(sent=1)
    assert [mail.recipients for mail in smtp.messages] == [(people.outsider.email,)]


def test_deactivated_colleague_gets_no_mail(due_now: DueNow, people: People, statuses: Statuses) -> None:
    due_now()
    accounts.deactivate(people.cover.id, by=people.admin, now=utcnow())
    assert deliver() == counted(skipped=1)
    assert statuses() == ["skipped: user_inactive"]


def test_only_the_newest_of_several_overdue_reminders_goes_out(call: Any, smtp: Sink, statuses: Statuses) -> None:
    call(25 * H)
    move(-24 * H - 50 * MIN)
    assert deliver() == counted(sent=1, skipped=2)
    assert statuses() == ["sent", "skipped: superseded", "skipped: superseded"]


def test_a_late_mail_says_the_time_that_really_remains(due_now: DueNow, smtp: Sink) -> None:
    due_now()
    move(-5 * MIN)
    deliver()
    assert smtp.messages[0].parsed["Subject"] == "Recordatorio: Próxima llamada - María Pérez en 10 minutos"


def test_up_to_two_minutes_late_the_lead_times_own_words_stand(due_now: DueNow, smtp: Sink) -> None:
    due_now()
    move(timedelta(seconds=-110))
    deliver()
    assert smtp.messages[0].parsed["Subject"] == "Recordatorio: Próxima llamada - María Pérez en 15 minutos"


def test_after_the_event_the_newest_goes_out_once_and_says_so(due_now: DueNow, smtp: Sink) -> None:
    due_now()
    move(-2 * H)
    assert deliver() == counted(sent=1)
    assert "venció hace 1 hora y 45 minutos" in smtp.messages[0].parsed["Subject"]


def test_a_day_after_the_event_it_is_too_late(due_now: DueNow, smtp: Sink, statuses: Statuses) -> None:
    due_now()
    move(-25 * H)
    assert deliver() == counted(skipped=1)
    assert statuses() == ["skipped: event_passed"]


def test_the_mail_is_written_as_things_stand_now(
    due_now: DueNow, smtp: Sink, app: Flask, contact: Contact, people: People
) -> None:
    [row] = due_now()
    db.session.execute(update(Contact).values(phone="+34 611 111 111"))
    db.session.execute(update(User).where(User.id == people.cover.id).values(locale="en", timezone="Atlantic/Canary"))
    db.session.commit()
    records.save(CALL, row.entity_id, {"note": "Trae <b>el</b> pasaporte"}, by=people.responsible, now=utcnow())
    deliver()
    mail = smtp.messages[0].parsed
    text, html = mail.get_body(("plain",)).get_content(), mail.get_body(("html",)).get_content()
    assert mail["Subject"] == "Reminder: Next call - María Pérez in 15 minutes"
    assert "+34 611 111 111" in text and "Canary" in text and "Trae <b>el</b> pasaporte" in text
    assert "Trae &lt;b&gt;el&lt;/b&gt; pasaporte" in html and "<b>el</b>" not in html


@pytest.mark.parametrize("step", ["MAIL", "RCPT", "DATA", "DOT"])
def test_a_passing_refusal_delays_only_its_own_row(step: str, due_now: DueNow, smtp: Sink, statuses: Statuses) -> None:
    due_now(4)
    refused: list[Any] = []

    def first_only(_given: Any) -> str | None:
        refused.append(_given)
        return "450 4.2.1 Try later" if len(refused) == 1 else None

    smtp.replies[step] = first_only
    assert deliver() == counted(sent=3, retried=1)
    assert sorted(statuses())[0].startswith("pending: 450 4.2.1")
    assert sorted(statuses())[1:] == ["sent"] * 3


@pytest.mark.parametrize("step", ["MAIL", "RCPT", "DATA", "DOT"])
def test_a_final_refusal_fails_only_its_own_row_at_once(
    step: str, due_now: DueNow, smtp: Sink, statuses: Statuses
) -> None:
    due_now(4)
    refused: list[Any] = []

    def first_only(_given: Any) -> str | None:
        refused.append(_given)
        return "550 5.1.1 No such user" if len(refused) == 1 else None

    smtp.replies[step] = first_only
    assert deliver() == counted(sent=3, failed=1)
    assert statuses() == ["failed: 550 5.1.1 No such user"] + ["sent"] * 3


def test_a_row_still_refused_at_its_events_time_has_failed(due_now: DueNow, smtp: Sink, statuses: Statuses) -> None:
    due_now()
    move(-20 * MIN)
    smtp.replies["RCPT"] = lambda _given: "450 4.2.2 Mailbox full"
    assert deliver() == counted(failed=1)
    assert [status.split(":")[0] for status in statuses()] == ["failed"]


@pytest.mark.parametrize("step", ["CONNECT", "EHLO", "MAIL", "RCPT", "DATA", "DOT"])
def test_421_opens_the_circuit_and_counts_no_attempt(step: str, due_now: DueNow, smtp: Sink, stored: Any) -> None:
    due_now(2)
    smtp.replies[step] = lambda _given: "421 4.3.2 Closing"
    assert deliver() == counted()
    dispatcher = delivery.get_dispatcher()
    assert not dispatcher.breaker.is_closed and "421 4.3.2" in (dispatcher.breaker.last_error or "")
    assert [(row.status, row.attempts, row.claims) for row in stored(select(Row))] == [("pending", 0, 0)] * 2


def test_circuit_closes_again_and_everything_is_sent(due_now: DueNow, smtp: Sink) -> None:
    due_now(2)
    smtp.stop()
    assert deliver() == counted()
    smtp.start()
    dispatcher = delivery.get_dispatcher()
    wait_until(lambda: dispatcher.breaker.is_closed)
    assert deliver() == counted(sent=2)
    assert dispatcher.breaker.last_error is None


def test_a_connection_that_died_while_idle_is_replaced_unseen(due_now: DueNow, smtp: Sink) -> None:
    due_now()
    deliver()
    due_now()
    dropped: list[Any] = []
    smtp.replies["MAIL"] = lambda given: DROP if not dropped and not dropped.append(given) else None  # type: ignore[func-returns-value]
    assert deliver() == counted(sent=1)
    assert len(smtp.messages) == 2


def test_a_lost_answer_is_charged_and_tried_again_under_the_same_id(due_now: DueNow, smtp: Sink, stored: Any) -> None:
    [row] = due_now()
    smtp.replies["DOT"] = lambda _given: DROP
    breaker = delivery.get_dispatcher().breaker
    breaker.last_error = "421 4.3.2 Going"
    assert deliver() == counted(retried=1)
    assert breaker.last_error is not None  # nothing has passed yet
    smtp.replies.clear()
    wait_until(lambda: stored(select(Row.next_attempt_at))[0] <= utcnow())
    assert deliver() == counted(sent=1) and breaker.last_error is None
    assert [mail.message_id for mail in smtp.messages] == [f"<{row.id}@example.com>"]


def test_a_row_that_five_workers_did_not_survive_has_failed(due_now: DueNow, statuses: Statuses) -> None:
    due_now()
    for _ in range(5):
        assert len(claims.claim(10, utcnow())) == 1
        claims.expire(utcnow() + timedelta(minutes=3), timedelta(minutes=2))
    assert statuses() == ["failed: no_outcome"]


@ON_POSTGRESQL
def test_claim_locked_by_a_frozen_worker_does_not_block_other_releases(due_now: DueNow, stored: Any) -> None:
    locked = due_now(2)[0].id
    claims.claim(2, utcnow())
    with db.engine.connect() as frozen:
        frozen.execute(select(Row.id).where(Row.id == locked).with_for_update())
        db.session.execute(text("SET LOCAL statement_timeout = 1000"))
        assert claims.expire(utcnow() + timedelta(minutes=3), timedelta(minutes=2)) == 1
    assert stored(select(Row.status).where(Row.id == locked)) == ["sending"]


def test_a_claim_that_was_lost_sends_nothing(due_now: DueNow, smtp: Sink, statuses: Statuses) -> None:
    due_now()
    [lost] = claims.claim(10, utcnow())
    claims.expire(utcnow() + timedelta(minutes=3), timedelta(minutes=2))
    [ours] = claims.claim(10, utcnow())
    assert ours.token != lost.token
    with db.engine.begin() as connection:
        assert outcomes.write(connection, [outcomes.skipped(lost, SkipReason.CHANGED)], utcnow()) == set()
        assert recheck.read(connection, [lost], utcnow()) == {}
    assert statuses() == ["sending"]


def test_the_earliest_due_are_claimed_first(call: Callable[..., UUID], app: Flask, stored: Any) -> None:
    for ahead in (20, 18, 19):
        call(ahead * MIN)
    move(-30 * MIN)
    first = claims.claim(2, utcnow())
    order = stored(select(Row.id).order_by(Row.next_attempt_at))
    assert [claim.row_id for claim in first] == order[:2]


def test_without_a_mail_server_reminders_wait(due_now: DueNow, app: Flask, statuses: Statuses) -> None:
    due_now()
    app.extensions["settings"] = replace(app.extensions["settings"], smtp=None)
    assert deliver() == counted()
    assert statuses() == ["pending"]


def test_what_is_over_the_providers_rate_waits_uncharged(due_now: DueNow, app: Flask, smtp: Sink, stored: Any) -> None:
    due_now(5)
    settings = app.extensions["settings"]
    app.extensions["settings"] = replace(settings, smtp=replace(settings.smtp, rate=(2, 3600)))
    assert deliver() == counted(sent=2)
    assert deliver() == counted()
    waiting = [row for row in stored(select(Row)) if row.status == "pending"]
    assert [(row.attempts, row.claims) for row in waiting] == [(0, 0)] * 3


def test_rate_per_second_is_respected_by_waiting(due_now: DueNow, app: Flask, smtp: Sink) -> None:
    due_now(5)
    settings = app.extensions["settings"]
    app.extensions["settings"] = replace(settings, smtp=replace(settings.smtp, rate=(2, 1)))
    assert deliver() == counted(sent=5)
    seconds = sorted(mail.at.replace(microsecond=0) for mail in smtp.messages)
    assert max(seconds.count(second) for second in seconds) <= 2


def test_one_recipient_refused_like_a_relay_opens_no_circuit(due_now: DueNow, smtp: Sink, statuses: Statuses) -> None:
    due_now(3)
    refused: list[Any] = []
    smtp.replies["RCPT"] = lambda given: (
        "454 4.7.1 Relay access denied" if not refused and not refused.append(given) else None  # type: ignore[func-returns-value]
    )
    assert deliver() == counted(sent=2, retried=1)


def test_a_row_that_cannot_be_read_takes_no_mark_from_the_one_before_it(
    app: Flask, due_now: DueNow, smtp: Sink, stored: Any
) -> None:
    app.extensions["settings"] = replace(app.extensions["settings"], worker_concurrency=1)
    before, broken, after = (row.id for row in due_now(3))
    for place, row_id in enumerate((before, broken, after)):
        values = {"next_attempt_at": utcnow() - timedelta(seconds=9 - place)}
        db.session.execute(update(Row).where(Row.id == row_id).values(values))
    never = text(NO_MOMENT[db.engine.dialect.name])
    db.session.execute(update(Row).where(Row.id == broken).values(event_due_date=never))
    db.session.commit()
    delivery.deliver_and_wait(utcnow())
    assert stored(select(Row.status).where(Row.id.in_([before, after]))) == ["sent", "sent"]
    assert stored(select(Row.status).where(Row.id == broken)) == ["sending"]
    assert len(smtp.messages) == 2


def test_a_dead_workers_claims_do_not_use_up_the_rate_for_ever(due_now: DueNow, app: Flask, smtp: Sink) -> None:
    due_now(2)
    settings = app.extensions["settings"]
    app.extensions["settings"] = replace(settings, smtp=replace(settings.smtp, rate=(1, 3600)))
    [gone, _] = db.session.scalars(select(Row.id)).all()
    long_ago = utcnow() - timedelta(minutes=3)
    db.session.execute(update(Row).where(Row.id == gone).values(status="sending", claimed_at=long_ago))
    db.session.commit()
    assert deliver() == counted(sent=1)
