"""`python -m tests.faults.entry.worker`: the worker, whose children hold the campaign's model."""

from corpusmill import logs
from corpusmill.settings import load
from tests.faults.entry import patches

if __name__ == "__main__":
    patches.begin()
    from worker import parent

    settings = load()
    logs.configure(settings.log_format)
    parent.run(settings, include=("tests.faults.entry.child",))
