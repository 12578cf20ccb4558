"""Pages, thin: one module per entry of the menu."""

from flask import Flask
from werkzeug.middleware.proxy_fix import ProxyFix

from coverage_app import i18n


def init_app(app: Flask) -> None:
    """Mount every page, and what stands between a request and a page: reader, guard, headers, errors."""
    # Inside: at the top, a module of this folder would be asked for while the folder is still being imported.
    from coverage_app.web import (
        access,
        assets,
        banner,
        calendar,
        calls,
        contacts,
        crumbs,
        dashboard,
        deliveries,
        erasure,
        errors,
        filters,
        headers,
        history,
        imports,
        monitoring,
        opportunities,
        people,
        person_tokens,
        pipeline,
        profile,
        proxy_notice,
        reader,
        session,
        system,
        tasks,
        throttle,
        tokens,
    )

    settings = app.extensions["settings"]
    if settings.trusted_proxies:
        hops = settings.trusted_proxies
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=hops, x_proto=hops, x_host=hops)  # type: ignore[method-assign]
    i18n.init_app(app, settings, reader.locale, reader.timezone)
    proxy_notice.init_app(app)
    access.init_app(app)
    headers.init_app(app, settings)
    errors.init_app(app)
    filters.init_app(app)
    assets.init_app(app)
    crumbs.init_app(app)
    banner.init_app(app)
    monitoring.init_app(app)
    for module in (session, dashboard, calendar, calls, tasks, pipeline, opportunities, contacts, deliveries):
        app.register_blueprint(module.pages)
    for module in (profile, tokens, monitoring, imports):
        app.register_blueprint(module.pages)
    for module in (people, person_tokens, history, system, erasure):  # for administrators alone
        app.register_blueprint(module.pages)
    imports.init_app(app)
    throttle.init_app(app)
