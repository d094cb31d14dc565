"""Random numbers that can be had again whatever else was drawn. Imports numpy."""

from functools import lru_cache

import numpy as np

BLOCK = 64
BLOCKS_KEPT = 4096
WORDS_A_COUNT = 4
"""What Philox makes of one value of its counter."""


def uniform(seed: int, number: int, step: int) -> float:
    """The number in [0, 1) of one `step` of the `number`-th sequence of a `seed`.

    Philox 4x64 (Salmon et al. 2011, "Parallel random numbers: as easy as 1, 2, 3"), keyed by seed and sequence, counts
    steps: no draw depends on another. numpy keeps the raw stream of a bit generator the same in all versions (NEP 19).
    """
    return _block(seed, number, step // BLOCK)[step % BLOCK]


@lru_cache(BLOCKS_KEPT)
def _block(seed: int, number: int, block: int) -> tuple[float, ...]:
    key = np.array([seed % 2**64, number], dtype=np.uint64)
    generator = np.random.Philox(key=key, counter=block * BLOCK // WORDS_A_COUNT)
    words = generator.random_raw(BLOCK)
    return tuple(((words >> 11) * 2.0**-53).tolist())
