"""`python -m tests.faults.entry.worker`: the worker, whose children hold the campaign's model."""

from tests.faults.entry import patches, threads

if __name__ == "__main__":
    settings = patches.begin()
    threads.install(threads.PARENT)
    from worker import parent

    parent.run(settings, include=("tests.faults.entry.child",))
