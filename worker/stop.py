"""How a worker's parent tells its children to stop: a file named after the parent. Imports the standard library only.

Celery runs `worker_shutting_down` in the parent alone and then waits for its children's messages to end.
"""

from pathlib import Path


class StopFile:
    """Set by a worker's parent process, seen by its children."""

    def __init__(self, data_dir: Path, parent_pid: int) -> None:
        self._path = data_dir / "run" / f"stop-{parent_pid}"
        self._set_here = False

    def is_set(self) -> bool:
        """Whether the children shall stop."""
        return self._set_here or self._path.exists()

    def set_here(self) -> None:
        """Stop this process only."""
        self._set_here = True

    def set(self) -> None:
        """Stop every child of the parent."""
        self._path.parent.mkdir(parents=True, exist_ok=True)
        self._path.touch()

    def clear(self) -> None:
        """Forget a stop of an earlier process with the same number."""
        self._path.unlink(missing_ok=True)
