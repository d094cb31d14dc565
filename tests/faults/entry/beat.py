"""`python -m tests.faults.entry.beat`: schedules and sweep."""

import structlog

from tests.faults.entry import patches, threads

log = structlog.get_logger()

if __name__ == "__main__":
    settings = patches.begin()
    threads.install(threads.SERVER)
    from worker.rounds import ticks
    from worker.rounds.relay import Relay

    class Told(Relay):
        """Says when it begins: Celery's own word of that never comes while there is no broker."""

        def start(self) -> None:
            super().start()
            log.info("beat_serves")

    ticks.Relay = Told  # type: ignore[misc]
    ticks.run(settings)
