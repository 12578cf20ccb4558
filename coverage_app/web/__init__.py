"""Pages, thin: one module per entry of the menu."""

from flask import Flask

from coverage_app import i18n


def init_app(app: Flask) -> None:
    i18n.init_app(app, app.extensions["settings"], lambda: None, lambda: None)
