"""Growth of this process's memory since its models were loaded. Imports the standard library only.

A limit on the resident set itself would have to know how large the models are; one below them ends the process after
every batch.
"""

from collections.abc import Collection


class Growth:
    """Measured between batches, for each set of models that is held.

    The first measure with a set, with a batch behind it, is its base and stays it: when models come and go by turns,
    what each round leaves behind adds up.
    """

    def __init__(self, limit_bytes: int) -> None:
        self._limit_bytes = limit_bytes
        self._bases: dict[frozenset[str], int] = {}
        self.exceeded = False

    def measure(self, rss_bytes: int, *, held: Collection[str]) -> None:
        """Note the resident set while the models of these names are held; with none there is nothing to compare."""
        if held:
            base_bytes = self._bases.setdefault(frozenset(held), rss_bytes)
            if self._limit_bytes and rss_bytes - base_bytes > self._limit_bytes:
                self.exceeded = True
