"""Growth of this process's memory since its models were loaded. Imports the standard library only.

A limit on the resident set itself would have to know how large the models are; one below them ends the process after
every batch.
"""


class Growth:
    """Measured between batches. The first measure after models changed, with a batch behind it, is the base."""

    def __init__(self, limit_bytes: int) -> None:
        self._limit_bytes = limit_bytes
        self._changes = 0
        self._base_bytes = 0
        self.exceeded = False

    def measure(self, rss_bytes: int, *, changes: int) -> None:
        """Note the resident set; `changes` says how often models came or went, 0 when there was none yet."""
        if changes != self._changes:
            self._changes, self._base_bytes = changes, rss_bytes
        elif self._limit_bytes and changes and rss_bytes - self._base_bytes > self._limit_bytes:
            self.exceeded = True
