"""Render one mail from the templates of its kind, in one language: subject, text and HTML."""

from dataclasses import dataclass
from functools import cache

from flask import current_app
from jinja2 import Environment

from coverage_app import i18n
from coverage_app.services.sanitize import one_line

MAX_SUBJECT = 400
Variables = dict[str, object]


@dataclass(frozen=True)
class RenderedEmail:
    """A mail as it is sent."""

    subject: str
    text: str
    html: str


def render(kind: str, locale: str, variables: Variables) -> RenderedEmail:
    """Render the mail whose templates are in ``emails/<kind>/``. They are given ``name``, of whom the mail greets."""
    subject, text = render_text(kind, locale, variables)
    return RenderedEmail(subject, text, _render(f"{kind}/body.html", locale, variables | {"subject": subject}))


def render_text(kind: str, locale: str, variables: Variables) -> tuple[str, str]:
    """Subject and text of a mail, as ``render`` writes them, at half the cost."""
    subject = one_line(_render(f"{kind}/subject.txt", locale, variables))[:MAX_SUBJECT]
    return subject, _render(f"{kind}/body.txt", locale, variables).strip() + "\n"


def _render(template: str, locale: str, variables: Variables) -> str:
    # Not flask.render_template: a page's context processors have no business in a mail.
    return _environment(current_app.jinja_env, locale).get_template(f"emails/{template}").render(variables)


@cache
def _environment(pages: Environment, locale: str) -> Environment:
    """Bind one language to the templates: found once, not anew for each sentence, it halves their cost."""
    environment = Environment(
        loader=pages.loader,
        autoescape=pages.autoescape,  # noqa: S701 - Flask's own: HTML is escaped, text is not
        extensions=["jinja2.ext.i18n"],
        auto_reload=pages.auto_reload,
        bytecode_cache=pages.bytecode_cache,
    )
    environment.filters = pages.filters
    environment.install_gettext_translations(i18n.translations(locale), newstyle=True)  # type: ignore[attr-defined]
    environment.globals["_"] = environment.globals["gettext"]  # Jinja's own looks gettext up for each sentence
    environment.globals |= {"locale": locale, "app_name": current_app.extensions["settings"].app_name}
    return environment
