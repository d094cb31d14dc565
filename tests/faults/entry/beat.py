"""`python -m tests.faults.entry.beat`: schedules and sweep."""

from corpusmill import logs
from corpusmill.settings import load
from tests.faults.entry import patches

if __name__ == "__main__":
    patches.begin()
    from worker.rounds import ticks

    settings = load()
    logs.configure(settings.log_format)
    ticks.run(settings)
