"""What Celery includes in a worker's child: the product's `worker.child` on the campaign's model."""

import worker.child
from corpusmill.settings import load
from tests.faults.entry import leases, patches, threads
from tests.faults.entry.resident import FaultyResident

patches.install(load())
threads.install(threads.CHILD)
leases.install()
worker.child.Resident = FaultyResident  # type: ignore[misc,assignment]
