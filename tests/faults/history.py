"""What happened in a campaign, one JSON line each, on disk before anybody goes on. Standard library only.

Kinds: seed, acknowledged, refused, server_error, cancelled, fault, heal, drained, tick_expected, resources,
complaint, thread_ended, health.
"""

import json
import os
import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any


class History:
    """An append-only file; any thread may write to it."""

    def __init__(self, path: Path) -> None:
        self.path = path
        path.parent.mkdir(parents=True, exist_ok=True)
        self._file = path.open("ab")
        self._lock = threading.Lock()

    def close(self) -> None:
        """Write no more."""
        self._file.close()

    def append(self, kind: str, **facts: Any) -> None:
        """Write one line, and return when the disk has it."""
        line = json.dumps({"at": datetime.now(UTC).isoformat(), "kind": kind, **facts})
        with self._lock:
            self._file.write(line.encode() + b"\n")
            self._file.flush()
            os.fsync(self._file.fileno())


def read(path: Path, *kinds: str) -> Iterator[dict[str, Any]]:
    """The lines of these kinds, in the order in which they were written."""
    with path.open(encoding="utf-8") as lines:
        for line in lines:
            entry = json.loads(line)
            if entry["kind"] in kinds:
                yield entry
