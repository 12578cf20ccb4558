"""Demo data: a small immigration-law firm in the middle of its working week. Everybody in it is made up."""

from datetime import datetime
from uuid import uuid4

from sqlalchemy import select

from coverage_app.extensions import db
from coverage_app.models import User
from coverage_app.services import accounts, contacts
from coverage_app.services.seed.calls import CALLS
from coverage_app.services.seed.loader import Loader
from coverage_app.services.seed.people import CLIENTS, COLLEAGUES, LogIn
from coverage_app.services.seed.tasks_and_opportunities import OPPORTUNITIES, TASKS


def anybody() -> bool:
    """True when the database has people: then it is somebody's, and no place for a demo."""
    return db.session.scalar(select(User.id).limit(1)) is not None


def log_ins() -> list[LogIn]:
    """The colleagues, each with a password made now. Write them down first: ``load`` keeps no copy."""
    return [LogIn(accounts.make_password(), *colleague) for colleague in COLLEAGUES]


def load(people: list[LogIn], now: datetime) -> None:
    """Make the firm. Colleagues whose address is already taken stay as they are, with the password they have."""
    staff = {person.first_name: _colleague(person, now) for person in people}
    first = next(iter(staff.values()))
    clients = {
        name: contacts.create(uuid4(), {"name": name, **rest}, by=first, now=now).id for name, rest in CLIENTS.items()
    }
    loader = Loader(staff, clients, now)
    for call in CALLS:
        loader.add_call(call)
    for task in TASKS:
        loader.add_task(task)
    for opportunity in OPPORTUNITIES:
        loader.add_opportunity(opportunity)
    db.session.commit()


def _colleague(person: LogIn, now: datetime) -> User:
    existing = db.session.scalar(select(User).where(User.email == person.email))
    columns = {name: value for name, value in person._asdict().items() if name != "password"}
    return existing or accounts.create_user(person.password, columns, by=None, now=now)
