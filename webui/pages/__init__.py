"""Pages for people, one a module: server-made HTML that works without scripts. Imports what webui imports."""

from flask import Flask

from webui.pages import (
    corpora,
    document,
    failures,
    flag_list,
    job,
    job_licenses,
    job_list,
    license_list,
    model,
    new_job,
    overview,
)
from webui.pages.parts import figures, tasks, theme, watching


def register(app: Flask) -> None:
    """Add the pages, what their templates need, and pages for what goes wrong outside the API."""
    figures.register(app)
    tasks.register(app)
    theme.register(app)
    watching.register(app)
    failures.register(app)
    shown = (overview, job_list, new_job, job, job_licenses, document, flag_list, model, license_list, corpora, theme)
    for part in shown:
        app.register_blueprint(part.blueprint)
