"""The 36 kinds of faults, as a table. Imports its parts, which register what they hold."""

from tests.faults.kinds import broker, database, disk_time, load, messages, pauses, processes
from tests.faults.kinds.table import KINDS, Kind

__all__ = ["KINDS", "Kind", "broker", "database", "disk_time", "load", "messages", "pauses", "processes"]
