"""The WSGI entrance, for ``flask --app wsgi`` and for any other server than our own."""

import sys

from coverage_app import create_app
from coverage_app.settings import SettingsError

try:
    app = create_app()
except SettingsError as error:
    sys.exit(str(error))
