"""When a client is given up, and when it is waited for at the end."""

import socket
import time
from types import SimpleNamespace
from typing import Any

import pytest

from corpusmill.serving.channel import BYTES_A_SECOND, HEAD_SECONDS, LINGER_SECONDS, STALLED_SECONDS, Channel
from corpusmill.serving.remainder import Remainder

NOW = 1_000_000.0


@pytest.fixture
def channel():
    """A channel of a client that connected at NOW."""
    ours, theirs = socket.socketpair()
    adjustments = SimpleNamespace(outbuf_overflow=1000)
    server = SimpleNamespace(active_channels={}, room=None)
    made: Any = Channel(server, ours, None, adjustments, map={})
    made.began = made.active_at = NOW
    yield made
    made.handle_close()
    theirs.close()


def reading(received: int, *, headers: bool = True) -> SimpleNamespace:
    return SimpleNamespace(body_bytes_received=received, headers_finished=headers)


def test_a_client_that_does_nothing_is_given_up_after_its_time(channel):
    assert not channel.overdue(NOW + STALLED_SECONDS - 1)
    assert channel.overdue(NOW + STALLED_SECONDS + 1)


@pytest.mark.parametrize("hours", [-1, 1])
def test_a_clock_that_is_set_makes_nobody_late_and_nobody_early(hours, channel, monkeypatch):
    """Waitress itself notes when something came, by the clock that is set."""
    wall = time.time()
    monkeypatch.setattr(time, "time", lambda: wall + hours * 3600)
    channel.parser_class(SimpleNamespace())
    channel.last_activity = time.time()
    assert channel.began == pytest.approx(time.monotonic(), abs=60)
    assert not channel.overdue(time.monotonic() + STALLED_SECONDS - 1)
    assert channel.overdue(time.monotonic() + STALLED_SECONDS + 1)


def test_a_client_that_waits_for_its_answer_is_never_given_up(channel):
    channel.requests = [object()]
    assert not channel.overdue(NOW + 10 * STALLED_SECONDS)
    channel.requests = []
    channel.remainder = Remainder(SimpleNamespace(), [], iter([]))  # type: ignore[arg-type]
    channel.remainder.queued = True
    assert not channel.overdue(NOW + 10 * STALLED_SECONDS)
    channel.remainder.queued = False
    assert channel.overdue(NOW + 10 * STALLED_SECONDS)


def test_a_client_that_takes_no_answers_is_given_up_though_it_asked_for_more(channel):
    channel.requests, channel.parked = [object()], True
    channel.server.add_task = lambda task: None
    assert not channel.overdue(NOW + STALLED_SECONDS - 1)
    assert channel.overdue(NOW + STALLED_SECONDS + 1)
    assert not channel.under_way(NOW + 100)


@pytest.mark.parametrize("seconds", [1, 100, 10_000])
def test_a_body_that_drips_is_given_up_and_one_that_flows_is_not(channel, seconds):
    now = channel.active_at = NOW + HEAD_SECONDS + seconds
    channel.request = reading((seconds - 1) * BYTES_A_SECOND)
    assert channel.overdue(now)
    channel.request = reading((seconds + 1) * BYTES_A_SECOND)
    assert not channel.overdue(now)


def test_headers_that_drip_are_given_up(channel):
    channel.request = reading(0, headers=False)
    channel.active_at = NOW + HEAD_SECONDS
    assert not channel.overdue(NOW + HEAD_SECONDS - 1)
    assert channel.overdue(NOW + HEAD_SECONDS + 1)


def test_a_refused_body_is_seen_off_for_a_while(channel):
    channel.lingers_until = NOW + LINGER_SECONDS
    assert not channel.overdue(NOW + LINGER_SECONDS - 1)
    assert channel.overdue(NOW + LINGER_SECONDS + 1)


def test_the_end_waits_for_requests_and_for_clients_that_do_their_part(channel):
    assert not channel.under_way(NOW)
    channel.requests = [object()]
    assert channel.under_way(NOW + 100)
    channel.requests = []
    channel.request = reading(10)
    assert channel.under_way(NOW + 1)
    assert not channel.under_way(NOW + 100)
    channel.request = None
    channel.total_outbufs_len = 10
    assert channel.under_way(NOW + 1)
    assert not channel.under_way(NOW + 100)


def test_only_a_client_that_idles_makes_way_for_others(channel):
    assert not channel.idle(NOW + 1)
    assert channel.idle(NOW + 3)
    channel.requests = [object()]
    assert not channel.idle(NOW + 3)


@pytest.mark.parametrize("before", ["requests", "remainder", "answer"])
def test_a_request_that_waits_behind_answers_has_its_time_when_it_is_read_on(before, channel):
    """Its client takes them slowly, and meanwhile nothing is read of what it sent."""
    late = HEAD_SECONDS + 10
    channel.request = reading(0, headers=False)
    channel.parked = before == "requests"
    channel.requests = [SimpleNamespace(path="/", error=None, body_bytes_received=0)] if channel.parked else []
    channel.remainder = Remainder(SimpleNamespace(), [], iter([])) if before == "remainder" else None  # type: ignore[arg-type]
    channel.total_outbufs_len = 1 if before == "answer" else 0
    channel.active_at = NOW + late
    assert not channel.overdue(NOW + late)
    channel.parked, channel.requests, channel.remainder, channel.total_outbufs_len = False, [], None, 0
    assert not channel.overdue(NOW + late + HEAD_SECONDS - 1)
    assert channel.overdue(NOW + late + HEAD_SECONDS + 1)
