"""What `corpusmill doctor` looks at. Imports its parts: place, services, stamps, storage, messages; never torch."""

from collections.abc import Callable

from corpusmill.boundary import explain
from corpusmill.diagnosis import messages, place, services, stamps, storage
from corpusmill.diagnosis.finding import Finding
from corpusmill.settings import Settings

Check = Callable[[Settings], Finding]

OF_THE_MACHINE: tuple[Check, ...] = (storage.disk, services.broker, messages.celery)
OF_AN_INSTALLATION: tuple[Check, ...] = (
    place.privacy,
    stamps.stamps,
    services.database,
    storage.durability,
    storage.place,
    storage.clock,
    services.models_admitted,
    services.workers_alive,
    services.queues,
    services.counts,
)
"""Where there is none they would make one, or say the same thing seven times."""


def diagnose(settings: Settings) -> list[Finding]:
    """Look at everything; a part that cannot be reached is a finding, never an exception."""
    there = _looked(place.installation, settings)
    checks = (*(OF_AN_INSTALLATION if there.ok else ()), *OF_THE_MACHINE)
    return [there, *(_looked(check, settings) for check in checks)]


def _looked(check: Check, settings: Settings) -> Finding:
    try:
        return check(settings)
    except Exception as error:  # whatever the installation is like, the others are looked at
        sentence, _ = explain(error)
        return Finding(check.__name__, False, sentence)
