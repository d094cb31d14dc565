"""Whether there is an installation, and who may look into it. Imports the installation."""

from corpusmill.diagnosis.finding import Finding
from corpusmill.place import installation as installed
from corpusmill.settings import Settings


def installation(settings: Settings) -> Finding:
    """Whether the data directory holds one, or its database is elsewhere."""
    fault = installed.absence(settings)
    return Finding("installation", fault is None, fault or f"in {settings.data_dir}")


def privacy(settings: Settings) -> Finding:
    """Whether documents can be read by other users of this machine."""
    if not settings.data_dir.exists():
        return Finding("privacy", True, "nothing is kept on this machine")
    fault = installed.openness(settings)
    if fault is not None:
        return Finding("privacy", False, f"{fault}; corpusmill up closes it, and so does chmod 700")
    return Finding("privacy", True, "closed to other users of this machine")
