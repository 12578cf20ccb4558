"""A firm in which one contact has left traces everywhere that the program keeps a text."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import select, update

from coverage_app.clock import utcnow
from coverage_app.extensions import db
from coverage_app.models import Contact
from coverage_app.models import Reminder as Row
from coverage_app.services import contacts, erasure, idempotency, imports, records, saved_filters
from coverage_app.services.entities import CALL, OPPORTUNITY, PIPELINE_ACTION, TASK
from tests.fixtures.files import TakeIn, csv_of
from tests.fixtures.people import People

NOW = utcnow().replace(microsecond=0)
NAME, FORMER = "Zoé Ibáñez Quílez", "Zoé Íñiguez Oñate"
PHONE, DIGITS, EMAIL = "+34 699 123 987", "699123987", "zoe.ibanez@ejemplo-unico.es"
NOTE, SAID = "Alérgica al ñandú", "Prefiere que la llamen después de la siesta"
SECRETS = (NAME, FORMER, PHONE, DIGITS, "699.123.987", EMAIL, NOTE, SAID, "Ibáñez", "Íñiguez")
NEEDED: dict[Any, dict[str, Any]] = {
    CALL: {"called_at": NOW, "note": SAID},
    TASK: {"text": f"Llamar a {NAME}"},
    OPPORTUNITY: {"name": f"Arraigo de {NAME}"},
    PIPELINE_ACTION: {"next_action_description": SAID},
}


class Firm:
    """The contact Zoé, whom another name was given since, beside María, who has a life of her own."""

    def __init__(self, people: People, maria: Contact):
        self.people, self.maria = people, maria
        given = {"name": FORMER, "phone": PHONE, "email": EMAIL, "note": NOTE}
        self.zoe = contacts.create(uuid4(), given, by=people.responsible, now=NOW).id
        contacts.save(self.zoe, {"name": NAME}, by=people.responsible, now=NOW)

    def make(self, entity: Any, contact_id: UUID | None, **changes: Any) -> Any:
        """A record that Bea covers, two days ahead."""
        given = {entity.contact: contact_id, entity.cover: self.people.cover.id}
        given[entity.events[0].due] = NOW + timedelta(hours=48)
        given |= NEEDED[entity] | changes
        return records.create(entity, uuid4(), given, by=self.people.responsible, now=NOW).record

    def save(self, entity: Any, record: Any, **changes: Any) -> None:
        records.save(entity, record.id, changes, by=self.people.responsible, now=NOW)

    def delete(self, entity: Any, record: Any) -> None:
        records.delete(entity, record.id, by=self.people.responsible, now=NOW)

    def erase(self, typed: str = NAME) -> None:
        erasure.erase(self.zoe, typed, by=self.people.admin, now=NOW)

    def live(self, take_in: TakeIn, work: Callable[[], None]) -> None:
        """Leave traces in every table."""
        self._keep_records()
        self._correct_records()
        self._end_reminders()
        self._import_files(take_in, work)
        answer = {"id": str(self.zoe), "name": NAME, "phone": PHONE, "note": NOTE}
        post = idempotency.KeyedRequest(self.people.cover.id, "k", "POST /api/crm/contacts", {}, NOW)
        idempotency.remember(post, answer)
        saved_filters.save("La de siempre", {"view": "all", "q": "zoe ibañez quilez"}, by=self.people.cover)

    def _keep_records(self) -> None:
        for entity in (CALL, TASK, PIPELINE_ACTION):
            self.make(entity, self.zoe)
        opportunity = self.make(OPPORTUNITY, self.zoe)
        self.make(PIPELINE_ACTION, None, opportunity_id=opportunity.id)
        deleted = self.make(OPPORTUNITY, self.zoe)
        self.make(PIPELINE_ACTION, None, opportunity_id=deleted.id)
        self.delete(OPPORTUNITY, deleted)
        self.delete(CALL, self.make(CALL, self.zoe))

    def _correct_records(self) -> None:
        """One was hers by mistake; one, and one that was deleted, named her without being hers."""
        mistaken = self.make(CALL, self.zoe, phone=DIGITS)
        self.save(CALL, mistaken, entity_id=self.maria.id, phone=None, note="Corregida")
        corrected = self.make(TASK, None, text=f"Pedir a {NAME.upper()} (699.123.987) la nómina")
        self.save(TASK, corrected, text="Pedir la nómina")
        self.delete(TASK, self.make(TASK, None, text=f"Escribir a {EMAIL.upper()}"))

    def _end_reminders(self) -> None:
        """Some of each kind ended, with and without a mail; in one the server says whom it is about."""
        ids = db.session.scalars(select(Row.id).order_by(Row.scheduled_send_at, Row.id)).all()
        ends = [
            {"status": "sent", "sent": True, "sent_at": NOW},
            {"status": "failed", "last_error": f"554 refused: Recordatorio: Próxima llamada - {NAME}"},
            {"status": "skipped", "last_error": "superseded"},
            {"status": "sending", "claim_token": uuid4(), "claimed_at": NOW},
        ]
        for number, row_id in enumerate(ids):
            if number % 5 < len(ends):
                db.session.execute(update(Row).where(Row.id == row_id).values(ends[number % 5]))
        db.session.commit()

    def _import_files(self, take_in: TakeIn, work: Callable[[], None]) -> None:
        """One is checked, one has a refused line, one was discarded, one nobody has looked at."""
        for line in (f"{NAME};2027-12-02 10:00;;", f"No existe {NAME};;;"):
            take_in(csv_of(line), by=self.people.outsider)
        work()
        imports.discard(take_in(csv_of(f"{EMAIL};;;")), by=self.people.responsible)
        take_in(csv_of(f"{NAME};;;{NOTE}").decode().encode("cp1252"), by=self.people.cover)
