"""A place where no server can listen is told before anything is started."""

import socket

import pytest

from corpusmill.output import Refusal
from corpusmill.stack.port import require_free


def test_a_taken_port_is_told_by_its_number():
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        for host in ("127.0.0.1", "localhost", "0.0.0.0"):
            with pytest.raises(Refusal, match=f"port {port} of {host} is taken; stop what listens there, or choose"):
                require_free(host, port)


def test_a_free_one_may_be_used_and_stays_free():
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    require_free("127.0.0.1", port)
    require_free("127.0.0.1", port)
    require_free("127.0.0.1", 0)


def test_an_address_of_ipv6_may_be_used():
    if not socket.has_ipv6:
        pytest.skip("this machine has no IPv6")
    require_free("::1", 0)


@pytest.mark.parametrize("host", ["192.0.2.1", "no-such-host.invalid", "a\udcff", "x" * 300])
def test_a_host_of_another_machine_is_told(host):
    with pytest.raises(Refusal, match="is no address of this machine; choose another --host"):
        require_free(host, 0)
