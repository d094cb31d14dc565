"""Pages for people, one a module: server-made HTML that works without scripts. Imports what webui imports."""

from flask import Flask

from webui.pages import (
    corpora,
    document,
    failures,
    figures,
    job,
    job_list,
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
    for part in (overview, job_list, new_job, job, document, model, corpora, theme):
        app.register_blueprint(part.blueprint)
