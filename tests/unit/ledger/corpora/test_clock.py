"""Times of a schedule in its own zone."""

from datetime import UTC, datetime

import pytest

from ledger.corpora.clock import local


@pytest.mark.parametrize(
    ("moment", "zone", "shown"),
    [
        (datetime(2026, 11, 24, 2, 30, tzinfo=UTC), "UTC", "2026-11-24 02:30 UTC"),
        (datetime(2026, 11, 24, 2, 30, tzinfo=UTC), "Europe/Lisbon", "2026-11-24 02:30 WET (UTC+00:00)"),
        (datetime(2026, 7, 24, 1, 30, tzinfo=UTC), "Europe/Lisbon", "2026-07-24 02:30 WEST (UTC+01:00)"),
        (datetime(2026, 10, 25, 0, 30, tzinfo=UTC), "Europe/Lisbon", "2026-10-25 01:30 WEST (UTC+01:00)"),
        (datetime(2026, 10, 25, 1, 30, tzinfo=UTC), "Europe/Lisbon", "2026-10-25 01:30 WET (UTC+00:00)"),
        (datetime(2026, 11, 24, 2, 30, tzinfo=UTC), "America/Sao_Paulo", "2026-11-23 23:30 UTC-03:00"),
        (datetime(2026, 11, 24, 2, 30, 15, tzinfo=UTC), "Asia/Kolkata", "2026-11-24 08:00:15 IST (UTC+05:30)"),
        (datetime(2026, 11, 24, 2, 30, tzinfo=UTC), "No/Such", "2026-11-24 02:30 UTC"),
    ],
)
def test_a_moment_is_shown_as_the_clocks_of_its_zone_have_it(moment, zone, shown):
    assert local(moment, zone) == shown
