"""The kinds of faults, as a table. Imports its parts, which register what they hold."""

from tests.faults.kinds import (  # noqa: F401 -- each enters its kinds
    broker,
    clients,
    corpora,
    database,
    disk_time,
    hosts,
    load,
    messages,
    models,
    pauses,
    processes,
    scarcity,
    threads,
)
from tests.faults.kinds.table import KINDS, Kind

__all__ = ["KINDS", "Kind"]
