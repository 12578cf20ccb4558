"""The OpenAPI document, generated from the schemas that validate, and the page to read and try it."""

from functools import cache
from http import HTTPStatus
from threading import Lock

from flask import Blueprint, Flask, Response, json, render_template
from flask_smorest import Api
from flask_smorest.utils import prepare_response

from coverage_app.api.blueprint import PREFIX, api
from coverage_app.api.problems import MEDIA_TYPE
from coverage_app.api.schemas import ProblemSchema

# Open without a token, and so apart from the blueprint that asks for one.
pages = Blueprint("document", __name__, url_prefix=PREFIX)
# In the order in which people meet them.
TAGS = ("calls", "tasks", "stages", "opportunities", "contacts", "users", "coverages", "notifications", "imports")
ABOUT = """\
Calls, tasks, pipeline and opportunities, and the colleagues who cover them; the same rules as the pages.

- `Authorization: Bearer TOKEN`; a token is made on the profile page or with `flask create-token`, and may expire.
- Times are ISO 8601 with an offset; they are answered in UTC.
- In a `PATCH` an absent field is left alone and `null` clears it.
- `ETag` is a record's version. With `If-Match`, a change to a record that has moved on is refused (412).
- `Idempotency-Key` on a `POST` that makes a record, takes in a file or sends a reminder again: sent again within 24
  hours, it gets the first answer again.
- Lists come in pages: `next` is the `cursor` of the next one, `null` on the last.
- Errors are `application/problem+json`. 600 requests a minute for each token.
"""


class _Document(Api):
    """Documents our problems as errors, and leaves answering them to ``problems``, and only under ``/api``."""

    ERROR_SCHEMA = ProblemSchema
    DEFAULT_ERROR_RESPONSE_NAME = None

    def _register_error_handlers(self) -> None:
        pass

    def _register_responses(self) -> None:
        for status in HTTPStatus:
            if status >= 400:
                response = {"description": status.phrase, "schema": ProblemSchema}
                prepare_response(response, self.spec, MEDIA_TYPE)
                self.spec.components.response(status.name, response, lazy=True)


def init_app(app: Flask) -> None:
    app.config["API_TITLE"] = app.extensions["settings"].app_name
    app.config["API_VERSION"] = "1"
    app.config["OPENAPI_VERSION"] = "3.1.0"
    document = _Document(app, spec_kwargs={"info": {"description": ABOUT}, "security": [{"token": []}]})
    document.spec.components.security_scheme("token", {"type": "http", "scheme": "bearer"})
    # What Api.register_blueprint does, but for the documentation, which waits.
    app.extensions["flask-smorest"]["blp_name_to_api"][api.name] = document
    app.register_blueprint(api)

    @cache
    def written() -> str:
        # At the first request: it takes longer than all the rest of a start, and a worker never needs it.
        api.register_views_in_doc(document, app, document.spec, name=api.name, parameters=None)
        spec = document.spec.to_dict() | {"tags": [{"name": name} for name in TAGS]}
        return json.dumps(spec, indent=1, sort_keys=False)

    def openapi() -> Response:
        with writing:
            return Response(written(), content_type="application/json")

    writing = Lock()
    app.register_blueprint(pages)
    app.add_url_rule(f"{PREFIX}/openapi.json", "document.openapi", openapi)


@pages.get("/docs")
def docs() -> str:
    return render_template("api/docs.html")
