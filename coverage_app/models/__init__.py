"""What is remembered: one file per noun."""

from coverage_app.models.call import Call
from coverage_app.models.contact import Contact
from coverage_app.models.follow_up import FollowUp
from coverage_app.models.heartbeat import Heartbeat
from coverage_app.models.notification import NotificationSchedule
from coverage_app.models.sign_in import SignIn
from coverage_app.models.user import User

__all__ = ["Call", "Contact", "FollowUp", "Heartbeat", "NotificationSchedule", "SignIn", "User"]
