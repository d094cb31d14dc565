"""When a failed item is tried again."""

import random

from ledger.work.leases.backoff import BASE_SECONDS, CAP_SECONDS, MAX_ATTEMPTS, retry_seconds


def test_waits_grow_but_never_past_the_cap():
    for attempt in range(1, MAX_ATTEMPTS):
        waits = [retry_seconds(attempt, chance=random.Random(seed)) for seed in range(200)]
        ceiling = min(CAP_SECONDS, BASE_SECONDS * 2**attempt)
        assert all(wait is not None and 0 <= wait <= ceiling for wait in waits)
        assert max(wait for wait in waits if wait is not None) > ceiling / 2


def test_the_last_attempt_is_not_followed_by_another():
    assert retry_seconds(MAX_ATTEMPTS) is None
