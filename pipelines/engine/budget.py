"""How many tokens one micro-batch may hold on a device, learnt when memory runs out. Standard library only."""

import threading

# More brings a CPU nothing in a second, and a stop is obeyed later; an accelerator wants far more work in one call.
ON_CPU_TOKENS = 8192
ON_DEVICE_TOKENS = 131_072
# Scores of all beams over a vocabulary are made anew at each step, whatever the tokens of the rows.
ON_CPU_SCORES_BYTES = 256 << 20
ON_DEVICE_SCORES_BYTES = 4 << 30
COPIES = 4
"""As logits, as probabilities, after the rules and summed with what came before."""
FLOAT32_BYTES = 4
MOST_ROWS = 1 << 20
# Keys and values grow with every token, of each beam: those of a large model take more than all else that is computed.
ON_CPU_CACHE_BYTES = 1 << 30
ON_DEVICE_CACHE_BYTES = 8 << 30
CACHE_COPIES = 2
"""A cache that grows, or whose beams change places, is there twice for a moment."""


class Budget:
    """The most tokens of one micro-batch, padding counted. It only ever shrinks: what did not fit is not tried again.

    `rows` is the most rows of one, whose scores have a limit of their own; keys and values have one as well, by which a
    row may count as more tokens than it has (`cost`). `learnt` says that memory ran out once, here
    or in an earlier process that remembered it.
    """

    def __init__(self, device: str, learnt_tokens: int | None = None) -> None:
        usual = ON_CPU_TOKENS if device.startswith("cpu") else ON_DEVICE_TOKENS
        self.tokens = usual if learnt_tokens is None else min(usual, learnt_tokens)
        self.learnt = learnt_tokens is not None
        self._scores_bytes = ON_CPU_SCORES_BYTES if device.startswith("cpu") else ON_DEVICE_SCORES_BYTES
        self.rows = MOST_ROWS
        cache_bytes = ON_CPU_CACHE_BYTES if device.startswith("cpu") else ON_DEVICE_CACHE_BYTES
        self._token_share_bytes = cache_bytes // usual
        self._cached_bytes, self._beams = 0, 1
        self._lock = threading.Lock()

    def shrink(self, computed_tokens: int) -> None:
        """A micro-batch of so many tokens did not fit: the next hold at most half of it."""
        with self._lock:
            self.tokens = max(1, min(self.tokens, computed_tokens // 2))
            self.learnt = True

    def note_scores(self, beams: int, vocabulary: int) -> None:
        """Each row has so many beams, each of which scores so many tokens at every step."""
        self.rows = max(1, self._scores_bytes // (beams * vocabulary * COPIES * FLOAT32_BYTES))

    def note_cache(self, token_bytes: int, beams: int) -> None:
        """Each token of a source, and each token of each beam, has keys and values of so many bytes in all layers."""
        self._cached_bytes, self._beams = token_bytes, beams

    def cost(self, source: int, own: int) -> int:
        """As how many tokens a row counts that has `source` tokens and will likely produce `own`."""
        cached_bytes = self._cached_bytes * (source + CACHE_COPIES * self._beams * own)
        return max(source + own, cached_bytes // self._token_share_bytes)

    def held(self, tokens: int) -> int:
        """As how many tokens keys and values of so many count that stay from step to step."""
        return max(1, self._cached_bytes * CACHE_COPIES * tokens // self._token_share_bytes)
