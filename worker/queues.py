"""Which queues a worker serves. Imports the standard library only."""

from fnmatch import fnmatchcase


def matches(queue: str, patterns: tuple[str, ...]) -> bool:
    """Whether a worker that was given these shell patterns serves `queue`."""
    return any(fnmatchcase(queue, pattern) for pattern in patterns)
