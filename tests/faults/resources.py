"""What the fleet uses while it runs, as the history's `resources`. Imports the fleet and psutil."""

import psutil
import redis

from tests.faults.fleet import Fleet


def usage(fleet: Fleet) -> dict[str, object]:
    """Resident set and open files of each process, memory of the broker, length of SQLite's write-ahead log."""
    rss_bytes: dict[str, int] = {}
    open_files: dict[str, int] = {}
    for slot in fleet.slots.values():
        for process in slot.processes():
            try:
                role = slot.name if process.pid == slot.pid else f"{slot.name}-child"
                rss_bytes[f"{role}:{process.pid}"] = process.memory_info().rss
                open_files[f"{role}:{process.pid}"] = process.num_fds()
            except psutil.Error:
                continue
    wal = fleet.installation.data_dir / "ledger.db-wal"
    return {
        "rss_bytes": rss_bytes,
        "open_files": open_files,
        "redis_bytes": _broker_bytes(fleet),
        "wal_bytes": wal.stat().st_size if wal.exists() else 0,
    }


def _broker_bytes(fleet: Fleet) -> int | None:
    if fleet.matrix.redis == "absent" or not fleet.broker.alive:
        return None
    try:
        with fleet.redis() as client:
            return int(client.info("memory")["used_memory"])
    except redis.RedisError:
        return None
