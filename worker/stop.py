"""How a worker's parent tells its children to stop: a file of its own. Imports the standard library only.

Celery runs `worker_shutting_down` in the parent alone and then waits for its children's messages to end. The file lies
in a directory that one parent makes for itself and names to its children in their environment: on a volume that two
containers share, two parents may have the same process id.
"""

import os
import shutil
import tempfile
import uuid
from collections.abc import Callable
from pathlib import Path
from typing import Self

VARIABLE = "WORKER_STOP_FILE"


class StopFile:
    """Set by a worker's parent process, seen by its children."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._set_here = False
        self._also: Callable[[], None] = lambda: None

    @classmethod
    def fresh(cls) -> Self:
        """One that nobody else has; the children that this process starts inherit it."""
        folder = tempfile.mkdtemp(prefix="corpusmill-worker-", suffix=f"-{uuid.uuid4().hex}")
        stop = cls(Path(folder) / "stop")
        os.environ[VARIABLE] = str(stop._path)
        return stop

    @classmethod
    def inherited(cls) -> Self:
        """The one of the process that started this one; one of its own where there is none."""
        path = os.environ.get(VARIABLE)
        return cls(Path(path)) if path else cls.fresh()

    @property
    def worker(self) -> str:
        """A name of the parent and its children that no other worker has."""
        return self._path.parent.name

    def is_set(self) -> bool:
        """Whether the children shall stop. A file system that does not answer says nothing."""
        return self._set_here or os.path.exists(self._path)  # noqa: PTH110 - of Path.exists some errors get out

    def set_here(self) -> None:
        """Stop this process only."""
        self._set_here = True

    def when_set(self, action: Callable[[], None]) -> None:
        """Have `action` done as well when this process sets it."""
        self._also = action

    def set(self) -> None:
        """Stop every child of the parent."""
        self._path.parent.mkdir(parents=True, exist_ok=True)
        self._path.touch()
        self._also()

    def discard(self) -> None:
        """Remove it, when the children are gone."""
        shutil.rmtree(self._path.parent, ignore_errors=True)
