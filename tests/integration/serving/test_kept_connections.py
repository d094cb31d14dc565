"""A connection is kept for the next request, also after an answer that has no body."""

import http.client

import pytest

from tests.serving import Server
from tests.web_ledger import filled


@pytest.fixture
def asked(tmp_path):
    """`asked(*headers…)`: the answers to one path on one connection, and whether it stands afterwards."""
    sample = filled(tmp_path)
    sample.ledger.close()
    with Server(tmp_path, accept_free_share=0) as running:
        connection = http.client.HTTPConnection("127.0.0.1", running.port, timeout=30)

        def ask(**headers: str) -> tuple[int, str | None, object]:
            connection.request("GET", f"/jobs/{sample.jobs['broken']}", headers=headers)
            answer = connection.getresponse()
            answer.read()
            return answer.status, answer.headers["ETag"], connection.sock

        yield ask
        connection.close()


def test_an_answer_that_nothing_changed_keeps_the_connection(asked):
    status, tag, first = asked()
    assert (status, first is not None) == (200, True)
    for _ in range(3):
        status, _, now = asked(**{"If-None-Match": tag})
        assert (status, now is first) == (304, True)


def test_a_client_that_wants_it_closed_has_it_closed(asked):
    _, tag, _ = asked()
    status, _, left = asked(**{"If-None-Match": tag, "Connection": "close"})
    assert (status, left) == (304, None)
