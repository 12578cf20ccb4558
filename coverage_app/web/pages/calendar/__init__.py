"""The calendar: the dashboard's follow-ups by month, week or as an agenda, drawn by the server."""

from coverage_app.web.pages.calendar.views import pages

__all__ = ["pages"]
