"""A broker without memory is waited out, not died of."""

from redis.exceptions import OutOfMemoryError

from corpusmill.settings import load
from worker.app import make_app


def test_a_full_broker_is_an_error_of_the_connection(tmp_path):
    app = make_app(load(data_dir=tmp_path, redis_url="redis://127.0.0.1:1/0"))
    assert OutOfMemoryError in app.connection_for_read().connection_errors


def test_so_it_is_on_the_embedded_broker(tmp_path):
    app = make_app(load(data_dir=tmp_path))
    assert OutOfMemoryError in app.connection_for_read().connection_errors
