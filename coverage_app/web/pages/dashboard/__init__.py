"""The dashboard: what is promised, day by day, who keeps it, and how its reminders stand."""

from coverage_app.web.pages.dashboard.views import pages

__all__ = ["pages"]
