"""What `corpusmill doctor` looks at. Imports its parts: services, storage and messages; never torch."""

from corpusmill.diagnosis import messages, services, storage
from corpusmill.diagnosis.finding import Finding
from corpusmill.settings import Settings

CHECKS = (
    services.database,
    storage.durability,
    storage.place,
    storage.disk,
    storage.clock,
    services.broker,
    messages.celery,
    services.models_admitted,
    services.workers_alive,
    services.queues,
)


def diagnose(settings: Settings) -> list[Finding]:
    """Look at everything; a part that cannot be reached is a finding, never an exception."""
    return [check(settings) for check in CHECKS]
