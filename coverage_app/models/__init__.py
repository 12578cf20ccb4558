"""What is remembered: one file per noun."""

from coverage_app.models.api_token import ApiToken
from coverage_app.models.audit_entry import AuditEntry
from coverage_app.models.call import Call
from coverage_app.models.contact import Contact
from coverage_app.models.covered import Covered
from coverage_app.models.follow_up import FollowUp
from coverage_app.models.heartbeat import Heartbeat
from coverage_app.models.idempotency_key import IdempotencyKey
from coverage_app.models.imports import Import, ImportChunk, ImportPart
from coverage_app.models.installation import InstallationNote
from coverage_app.models.opportunity import LeadOpportunity
from coverage_app.models.pipeline import PipelineStage
from coverage_app.models.reminder import Reminder
from coverage_app.models.saved_filter import SavedFilter
from coverage_app.models.sign_in import SignIn
from coverage_app.models.task import Task
from coverage_app.models.user import User

__all__ = [
    "ApiToken",
    "AuditEntry",
    "Call",
    "Contact",
    "Covered",
    "FollowUp",
    "Heartbeat",
    "IdempotencyKey",
    "Import",
    "ImportChunk",
    "ImportPart",
    "InstallationNote",
    "LeadOpportunity",
    "PipelineStage",
    "Reminder",
    "SavedFilter",
    "SignIn",
    "Task",
    "User",
]
