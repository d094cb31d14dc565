"""The times of a cron line in its zone, gaps and folds of the clock included, are those computed by hand."""

from datetime import UTC, datetime

import pytest

from ledger.corpora import schedule

TIMES = [
    ("0 2 * * *", "Europe/Lisbon", "2026-03-28T12:00", ["2026-03-29T01:00", "2026-03-30T01:00"]),  # 02:00 is 01:00 UTC
    ("30 1 * * *", "Europe/Lisbon", "2026-03-28T12:00", ["2026-03-29T01:00", "2026-03-30T00:30"]),  # a gap: at its end
    ("30 1 * * *", "Europe/Lisbon", "2026-10-24T12:00", ["2026-10-25T00:30", "2026-10-26T01:30"]),  # a fold: once
    ("*/30 * * * *", "Asia/Kolkata", "2026-11-23T12:05", ["2026-11-23T12:30", "2026-11-23T13:00"]),  # +05:30
    ("0 9 * * MON", "America/New_York", "2026-11-23T14:00", ["2026-11-30T14:00", "2026-12-07T14:00"]),
    ("0 0 31 * *", "UTC", "2026-01-31T00:00", ["2026-03-31T00:00", "2026-05-31T00:00"]),
    ("0 0 29 2 *", "UTC", "2026-01-01T00:00", ["2028-02-29T00:00", "2032-02-29T00:00"]),
    ("15 10 1 * FRI", "UTC", "2026-11-24T00:00", ["2026-11-27T10:15", "2026-12-01T10:15"]),  # either day
]


@pytest.mark.parametrize(("cron", "zone", "after", "expected"), TIMES)
def test_times_are_those_computed_by_hand(cron, zone, after, expected):
    found = schedule.next_ticks(cron, zone, datetime.fromisoformat(after).replace(tzinfo=UTC), len(expected))
    assert [f"{tick:%Y-%m-%dT%H:%M}" for tick in found] == expected
