"""A page as its reader has it: words, links, forms with what is in their fields, and the error beside each field."""

from dataclasses import dataclass, field
from html.parser import HTMLParser

from flask.testing import FlaskClient
from werkzeug.test import TestResponse

SILENT = {"script", "style", "head"}
VOID = {"input", "link", "meta", "img", "br", "hr"}


@dataclass
class Form:
    """``fields`` is what would be sent; ``offered`` are the labels of each select's options by their value."""

    action: str
    method: str
    fields: dict[str, str] = field(default_factory=dict)
    offered: dict[str, dict[str, str]] = field(default_factory=dict)


class Page(HTMLParser):
    """What a TestResponse shows."""

    def __init__(self, answer: TestResponse):
        super().__init__()
        self.status, self.path = answer.status_code, answer.request.path
        self.words, self.links, self.forms = "", [], []
        self.errors: dict[str, str] = {}
        self.rel: dict[str, str] = {}
        self.crumb = ""
        self._open: list[tuple[str, dict[str, str]]] = []
        self._text = ""
        self._select: tuple[str, str | None] = ("", None)
        self.feed(answer.text)
        self.words = " ".join(self.words.split())

    def form(self, action: str) -> Form:
        return next(form for form in self.forms if form.action == action)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag not in VOID:
            self._open.append((tag, given))
        if tag == "a" and "href" in given:
            self.links.append(given["href"])
            if any(one.get("class") == "crumb" for _tag, one in self._open):
                self.crumb = given["href"]
            if "rel" in given:
                self.rel[given["rel"]] = given["href"]
        elif tag == "form":
            self.forms.append(Form(given.get("action", self.path), given.get("method", "get")))
        elif tag == "input" and given.get("type") == "checkbox" and "checked" not in given:
            pass  # a browser sends nothing of it
        elif tag == "input" and self.forms and "name" in given:
            self.forms[-1].fields[given["name"]] = given.get("value", "")
        elif tag == "select":
            self._select = (given["name"], None)
            self.forms[-1].offered[given["name"]] = {}
        elif tag == "option":
            name = self._select[0]
            self._select = (name, given["value"])
            if "selected" in given or name not in self.forms[-1].fields:
                self.forms[-1].fields[name] = given["value"]
        self._text = "" if tag in ("textarea", "option", "p") else self._text

    def handle_endtag(self, tag: str) -> None:
        given = next((given for name, given in reversed(self._open) if name == tag), {})
        while self._open and self._open.pop()[0] != tag:
            pass
        if tag == "textarea":
            self.forms[-1].fields[given["name"]] = self._text.removeprefix("\r\n").removeprefix("\n")
        elif tag == "option" and self._select[1] is not None:
            self.forms[-1].offered[self._select[0]][self._select[1]] = self._text
        elif tag == "p" and given.get("class") == "error":
            self.errors[given["id"].removesuffix("-error")] = " ".join(self._text.split())

    def handle_data(self, data: str) -> None:
        self._text += data
        if not any(tag in SILENT for tag, _ in self._open):
            self.words += data + " "


def get(browser: FlaskClient, path: str) -> Page:
    return Page(browser.get(path))


def send(browser: FlaskClient, path: str, *, action: str | None = None, follow: bool = True, **typed: str) -> Page:
    """Open the page at ``path``, type over the fields of one of its forms, send it."""
    form = get(browser, path).form(action or path)
    return Page(browser.post(form.action, data=form.fields | typed, follow_redirects=follow))
