"""When a failed item may be tried again. Pure; imports the standard library only."""

import random

MAX_ATTEMPTS = 5
MAX_LONELY_DEATHS = 3
MAX_LONELY_TIMEOUTS = 2
BASE_SECONDS = 2.0
CAP_SECONDS = 600.0


def retry_seconds(attempt: int, *, attempts: int = MAX_ATTEMPTS, chance: random.Random | None = None) -> float | None:
    """Seconds to wait after failed `attempt` (1 for the first), or None when all `attempts` are spent.

    Exponential back-off with full jitter: uniform between 0 and min(cap, base * 2^attempt)
    (M. Brooker, "Exponential Backoff And Jitter", AWS Architecture Blog, 2015).
    """
    if attempt >= attempts:
        return None
    ceiling = min(CAP_SECONDS, BASE_SECONDS * 2**attempt)
    return (chance or random.SystemRandom()).uniform(0, ceiling)
