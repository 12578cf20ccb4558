"""System, for administrators: how every part is, how punctual the mails were, what failed, and a test mail."""

from coverage_app.web.pages.system.views import pages

__all__ = ["pages"]
