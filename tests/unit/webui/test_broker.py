"""Whether something listens at the broker's address."""

import socket
from pathlib import Path

from corpusmill.settings import Settings
from webui.pages.parts.broker import reachable


def test_a_unix_socket_that_listens_is_reachable(tmp_path: Path) -> None:
    path = tmp_path / "v.sock"
    settings = Settings(data_dir=tmp_path, redis_url=f"redis+socket://{path}")
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(path))
        listener.listen()
        assert reachable(settings)


def test_nothing_at_the_socket_is_not_reachable(tmp_path: Path) -> None:
    assert not reachable(Settings(data_dir=tmp_path, redis_url=f"redis+socket://{tmp_path / 'none.sock'}"))


def test_a_port_is_reachable_while_something_listens_there() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
        assert reachable(Settings(redis_url=f"redis://127.0.0.1:{port}/0"))
    assert not reachable(Settings(redis_url=f"redis://127.0.0.1:{port}/1"))
