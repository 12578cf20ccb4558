"""Pages, thin: one module per entry of the menu."""

from flask import Flask
from werkzeug.middleware.proxy_fix import ProxyFix

from coverage_app import i18n
from coverage_app.extensions import csrf


def init_app(app: Flask) -> None:
    """Register the middleware, in the order of a request, and every page."""
    _init_middleware(app)
    _register_pages(app)


def _init_middleware(app: Flask) -> None:
    """Register what runs between a request and a page, and what every template uses."""
    # Inside: at the top, a module of this folder would be imported while the folder is still being imported.
    from coverage_app.web.middleware import auth, error_pages, headers, locale, proxy_notice
    from coverage_app.web.monitoring import routes
    from coverage_app.web.pages import imports
    from coverage_app.web.present import assets, back_link, banner, filters

    settings = app.extensions["settings"]
    if settings.trusted_proxies:
        hops = settings.trusted_proxies
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=hops, x_proto=hops, x_host=hops)  # type: ignore[method-assign]
    i18n.init_app(app, settings, locale.locale, locale.timezone)
    # In the order in which a request meets them. The CSRF check comes after the sender is known, whose language its
    # refusal speaks, and after files are let in, as it reads the whole form.
    auth.init_app(app)
    imports.init_app(app)
    csrf.init_app(app)
    proxy_notice.init_app(app)
    auth.init_guard(app)
    headers.init_app(app, settings)
    error_pages.init_app(app)
    filters.init_app(app)
    assets.init_app(app)
    back_link.init_app(app)
    banner.init_app(app)
    routes.init_app(app)


def _register_pages(app: Flask) -> None:
    """Register every blueprint, and the limits that apply to single pages."""
    from coverage_app.web.middleware import rate_limits
    from coverage_app.web.monitoring import routes
    from coverage_app.web.pages import (
        calendar,
        calls,
        contacts,
        dashboard,
        deliveries,
        erasure,
        history,
        imports,
        opportunities,
        people,
        person_tokens,
        pipeline,
        profile,
        sign_in,
        system,
        tasks,
        tokens,
    )

    for module in (sign_in, dashboard, calendar, calls, tasks, pipeline, opportunities, contacts, deliveries):
        app.register_blueprint(module.pages)
    for module in (profile, tokens, routes, imports):
        app.register_blueprint(module.pages)
    for module in (people, person_tokens, history, system, erasure):  # for administrators alone
        app.register_blueprint(module.pages)
    rate_limits.init_app(app)
