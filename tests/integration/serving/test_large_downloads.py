"""A result of 100 MB costs the server little memory, however fast or slowly a client takes it."""

from pathlib import Path

import pytest

from tests.long_job import long_job
from tests.serving import Server
from tests.web_ledger import filled

DOCUMENTS, CHARACTERS = 500, 100_000
GROWTH_BYTES = 30_000_000


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    folder = tmp_path_factory.mktemp("large")
    sample = filled(folder)
    jobs = long_job(sample, DOCUMENTS, CHARACTERS), sample.jobs["translated"]
    sample.ledger.close()
    return folder, *jobs


@pytest.fixture
def server(place):
    """One that has served a small result of each kind, and so holds all that it needs for any."""
    folder, _, small = place
    with Server(folder, accept_free_share=0) as running:
        for form in ("jsonl", "csv", "zip"):
            assert running.ask("GET", f"/api/v1/jobs/{small}/results?format={form}")[0] == 200
        Path(f"/proc/{running.process.pid}/clear_refs").write_text("5")  # the peak begins anew (proc(5))
        yield running


@pytest.mark.parametrize("piece_bytes", [1 << 20, 1 << 12], ids=["fast", "slow"])
@pytest.mark.parametrize("form", ["jsonl", "csv", "zip"])
def test_a_large_result_takes_the_server_little_memory(form, piece_bytes, server, place):
    before = server.rss_bytes()
    request = (
        f"GET /api/v1/jobs/{place[1]}/results?format={form} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
    )
    total = 0
    with server.send(request.encode()) as client:
        while piece := client.recv(piece_bytes):
            total += len(piece)
    if form != "zip":
        assert total > 100_000_000
    growth = server.peak_bytes() - before

    assert growth < GROWTH_BYTES, f"{growth / 1e6:.0f} MB"
