"""How many mails one person may have sent to one colleague in a minute, by saves of single records.

Saves of the very same moment do not see each other: a few more may go, as many as there are threads.
"""

from collections import Counter
from collections.abc import Sequence
from datetime import datetime, timedelta

from flask_babel import lazy_gettext as _l
from sqlalchemy import and_, or_, select

from coverage_app import i18n
from coverage_app.errors import FieldError
from coverage_app.extensions import db
from coverage_app.models import Reminder, User

MOST = 30  # what a file brings is not counted: it was checked, accepted, and has quotas of its own
MINUTE = timedelta(minutes=1)


def check(made: Sequence[Reminder], field: str, *, by: User) -> None:
    """Note that these reminders, new in the session, are ``by``'s; undo the transaction when they are too many.

    Raises FieldError for ``field`` then. What was sent, or failed, in the same minute counts too.
    """
    for row in made:
        row.created_by_user_id = by.id
    for colleague_id in {row.coverage_user_id for row in made}:
        minutes = {_minute(row.scheduled_send_at) for row in made if row.coverage_user_id == colleague_id}
        full = [minute for minute, number in _numbers(by, colleague_id, minutes).items() if number > MOST]
        if full:
            refusal = _refusal(field, db.session.get_one(User, colleague_id), min(full), by)
            db.session.rollback()
            raise refusal


def _numbers(by: User, colleague_id: object, minutes: set[datetime]) -> Counter[datetime]:
    """How many of ``by``'s reminders to a colleague leave in each of these minutes, the new ones included."""
    at = Reminder.scheduled_send_at
    leaving = select(at).where(
        or_(*(and_(at >= minute, at < minute + MINUTE) for minute in minutes)),
        Reminder.coverage_user_id == colleague_id,
        Reminder.created_by_user_id == by.id,
    )
    return Counter(map(_minute, db.session.scalars(leaving)))


def _minute(at: datetime) -> datetime:
    return at.replace(second=0, microsecond=0)


def _refusal(field: str, colleague: User, minute: datetime, by: User) -> FieldError:
    sentence = _l(
        "%(name)s would get more than %(most)d reminders from you in one minute: %(when)s. Choose another time, or"
        " another cover.",
        name=colleague.name,
        most=MOST,
        when=i18n.moment(minute, by.timezone),
    )
    return FieldError(field, sentence)
