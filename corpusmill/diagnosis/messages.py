"""Whether Celery's settings are those that the promise needs. Imports the Celery app; never torch."""

from corpusmill.diagnosis.finding import Finding
from corpusmill.settings import Settings
from worker.app import make_app
from worker.conventions import CONVENTIONS


def celery(settings: Settings) -> Finding:
    """Compare the settings in effect with the table of conventions."""
    conf = make_app(settings).conf
    wrong = [
        f"{convention.name} is {conf[convention.name]!r}, not {convention.value!r}: {convention.why}"
        for convention in CONVENTIONS
        if conf[convention.name] != convention.value
    ]
    return Finding("celery", not wrong, "; ".join(wrong) or f"{len(CONVENTIONS)} settings as the promise needs them")
