"""What Celery includes in a worker's child: the product's `worker.child` on the campaign's model."""

import worker.child
from tests.faults.entry import patches
from tests.faults.entry.resident import FaultyResident

patches.install()
worker.child.Resident = FaultyResident  # type: ignore[misc,assignment]
