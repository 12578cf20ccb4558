"""Reads a page as its user sees it: words, links, forms with the values of their fields, and the error beside each."""

from dataclasses import dataclass, field

from flask.testing import FlaskClient
from selectolax.lexbor import LexborHTMLParser, LexborNode
from werkzeug.test import TestResponse


@dataclass
class Form:
    """``fields`` is what would be sent; ``offered`` are the labels of each select's options by their value."""

    action: str
    method: str
    fields: dict[str, str] = field(default_factory=dict)
    offered: dict[str, dict[str, str]] = field(default_factory=dict)


class Page:
    """What a TestResponse shows, parsed as a browser does."""

    def __init__(self, answer: TestResponse):
        self.status, self.path = answer.status_code, answer.request.path
        self._tree = LexborHTMLParser(answer.text)
        links = self._tree.css("a[href]")
        self.links = [_attribute(link, "href") for link in links]
        self.rel = {_attribute(link, "rel"): _attribute(link, "href") for link in links if link.attributes.get("rel")}
        self.crumb = next((_attribute(link, "href") for link in self._tree.css('[class="crumb"] a[href]')), "")
        self.forms = [_form(form, self.path) for form in self._tree.css("form")]
        errors = self._tree.css('p[class="error"]')
        self.errors = {_attribute(error, "id").removesuffix("-error"): _words(error) for error in errors}
        self._tree.strip_tags(["head", "script", "style"])
        self.words = _words(self._tree.root)

    def form(self, action: str) -> Form:
        return next(form for form in self.forms if form.action == action)

    def texts(self, selector: str) -> list[str]:
        """The text of each element that the CSS selector finds, blanks at its ends removed."""
        return [found.text().strip() for found in self._tree.css(selector)]


def _form(form: LexborNode, path: str) -> Form:
    read = Form(_attribute(form, "action", path), _attribute(form, "method", "get"))
    for control in form.css("input[name], textarea, select"):
        name, kind = _attribute(control, "name"), _attribute(control, "type")
        if control.tag == "textarea":
            # A browser reads every end of line as LF, and sends it as CRLF.
            read.fields[name] = control.text().replace("\n", "\r\n")
        elif control.tag == "select":
            options = {_attribute(option, "value"): option for option in control.css("option")}
            read.offered[name] = {value: option.text() for value, option in options.items()}
            selected = [value for value, option in options.items() if "selected" in option.attributes]
            if options:
                read.fields[name] = (selected[-1:] or list(options))[0]
        elif kind not in ("checkbox", "radio") or "checked" in control.attributes:
            read.fields[name] = _attribute(control, "value")
    return read


def _attribute(element: LexborNode, name: str, otherwise: str = "") -> str:
    """The attribute's value, empty where it has none; ``otherwise`` where the element has no such attribute."""
    return element.attributes[name] or "" if name in element.attributes else otherwise


def _words(element: LexborNode | None) -> str:
    """All text under the element, each run of blanks as one."""
    return " ".join(element.text(separator=" ").split()) if element else ""


def get(browser: FlaskClient, path: str) -> Page:
    return Page(browser.get(path))


def send(browser: FlaskClient, path: str, *, action: str | None = None, follow: bool = True, **typed: str) -> Page:
    """Open the page at ``path``, type over the fields of one of its forms, send it."""
    form = get(browser, path).form(action or path)
    return Page(browser.post(form.action, data=form.fields | typed, follow_redirects=follow))
