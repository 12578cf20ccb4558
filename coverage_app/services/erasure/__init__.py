"""Erasing a contact for ever, for administrators."""

from coverage_app.services.erasure.database_file import rewrite_if_wanted
from coverage_app.services.erasure.erase import Preview, erase, preview

__all__ = ["Preview", "erase", "preview", "rewrite_if_wanted"]
