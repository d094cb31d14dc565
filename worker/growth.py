"""Growth of this process's memory since its models were loaded. Imports the standard library only.

A limit on the resident set itself would have to know how large the models are; one below them ends the process after
every batch.
"""


class Growth:
    """Measured between batches. The first measure after a model was loaded, with a batch behind it, is the base."""

    def __init__(self, limit_bytes: int) -> None:
        self._limit_bytes = limit_bytes
        self._loaded = 0
        self._base_bytes = 0
        self.exceeded = False

    def measure(self, rss_bytes: int, *, loaded: int) -> None:
        """Note the resident set, with `loaded` models in it."""
        if loaded != self._loaded:
            self._loaded, self._base_bytes = loaded, rss_bytes
        elif self._limit_bytes and loaded and rss_bytes - self._base_bytes > self._limit_bytes:
            self.exceeded = True
