"""`python -m tests.faults.entry.beat`: schedules and sweep."""

from tests.faults.entry import patches, threads

if __name__ == "__main__":
    settings = patches.begin()
    threads.install(threads.SERVER)
    from worker.rounds import ticks

    ticks.run(settings)
