"""Pages for people, one a module: server-made HTML that works without scripts. Imports what webui imports."""

from flask import Flask

from webui.pages import (
    corpora,
    document,
    failures,
    figures,
    job,
    job_licenses,
    job_list,
    license_list,
    model,
    new_job,
    overview,
    theme,
)


def register(app: Flask) -> None:
    """Add the pages, what their templates need, and pages for what goes wrong outside the API."""
    figures.register(app)
    theme.register(app)
    failures.register(app)
    for part in (overview, job_list, new_job, job, job_licenses, document, model, license_list, corpora, theme):
        app.register_blueprint(part.blueprint)
