"""The WSGI entrance: ``gunicorn wsgi:app`` and ``flask --app wsgi``."""

import sys

from coverage_app import create_app
from coverage_app.settings import SettingsError

try:
    app = create_app()
except SettingsError as error:
    sys.exit(str(error))
