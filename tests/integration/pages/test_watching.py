"""Pages that many people watch: rendered once a second for all of them, and never from before one's own change."""

import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import pytest
from flask.testing import FlaskClient
from sqlalchemy import Engine, event

from tests.web_ledger import Sample
from webui.pages.parts import watching
from webui.pages.parts.watching import KEPT_BYTES, PAGES_AT_ONCE, Rendered

POLL = {"HX-Request": "true"}


@pytest.fixture
def long_second(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two requests are within the second, however slow the machine is."""
    monkeypatch.setattr(watching, "RENDERED_EVERY_SECONDS", 600.0)


@contextmanager
def statements() -> Iterator[list[str]]:
    asked: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_more: object) -> None:
        asked.append(statement)

    event.listen(Engine, "before_cursor_execute", note)
    try:
        yield asked
    finally:
        event.remove(Engine, "before_cursor_execute", note)


@pytest.mark.usefixtures("long_second")
@pytest.mark.parametrize("path", ["/", "/jobs", "/jobs/{running}", "/jobs/{running}?status=pending"])
def test_polls_of_one_second_ask_the_ledger_once(client: FlaskClient, sample: Sample, path: str) -> None:
    path = path.format(**sample.jobs)
    with statements() as once:
        first = client.get(path, headers=POLL)
    with statements() as asked:
        second = client.get(path, headers=POLL)
    assert first.status_code == second.status_code == 200
    assert second.data == first.data
    assert second.headers["Content-Security-Policy"] == first.headers["Content-Security-Policy"]
    assert once
    assert asked == []


def test_a_poll_after_a_second_asks_again(client: FlaskClient, sample: Sample) -> None:
    path = f"/jobs/{sample.jobs['running']}"
    client.get(path, headers=POLL)
    limit = time.monotonic() + 10
    with statements() as asked:
        while not asked and time.monotonic() < limit:
            client.get(path, headers=POLL)
    assert asked


def test_what_a_person_changed_is_on_the_page_that_answers(client: FlaskClient, sample: Sample) -> None:
    path = f"/jobs/{sample.jobs['running']}"
    before = client.get(path, headers=POLL).text
    after = client.post(f"{path}/cancel", follow_redirects=True).text
    assert "Cancel …" in before
    assert "Cancel …" not in after


def test_a_poll_after_a_change_never_shows_what_was_before_it(client: FlaskClient, sample: Sample) -> None:
    path = f"/jobs/{sample.jobs['running']}"
    assert "Cancel …" in client.get(path, headers=POLL).text
    client.post(f"/api/v1{path}/cancel")
    assert "Cancel …" not in client.get(path, headers=POLL).text


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


PAGE = ("http://here/jobs/x", "system")


def test_what_was_rendered_while_a_change_was_made_is_not_kept() -> None:
    rendered = Rendered()

    def render() -> bytes:
        rendered.forget()
        return b"from before"

    assert rendered.page(PAGE, render) == b"from before"
    assert rendered.page(PAGE, lambda: b"now") == b"now"
    assert rendered.page(PAGE, lambda: b"later") == b"now"


def test_the_second_counts_from_the_moment_of_asking() -> None:
    clock = Clock()
    rendered = Rendered(clock)

    def slowly() -> bytes:
        clock.now += 0.7
        return b"slow"

    rendered.page(PAGE, slowly)
    assert rendered.page(PAGE, lambda: b"next") == b"slow"
    clock.now += 0.4
    assert rendered.page(PAGE, lambda: b"next") == b"next"


def test_many_who_ask_at_once_have_the_page_rendered_once() -> None:
    rendered, asked, begun = Rendered(), [], threading.Event()

    def render() -> bytes:
        asked.append(1)
        begun.wait(10)
        return b"once"

    with ThreadPoolExecutor(8) as pool:
        answers = [pool.submit(rendered.page, PAGE, render) for _ in range(8)]
        begun.set()
        assert {answer.result(10) for answer in answers} == {b"once"}
    assert asked == [1]


def test_what_is_kept_is_bounded_in_bytes() -> None:
    rendered, large = Rendered(), b"x" * (KEPT_BYTES // PAGES_AT_ONCE)
    for place in range(100):
        rendered.page((f"/{place}", ""), lambda: large)
    assert rendered._pages.currsize <= KEPT_BYTES
    assert rendered.page(("/large", ""), lambda: large + b"x") == large + b"x"
    assert rendered.page(("/large", ""), lambda: b"anew") == b"anew"


@pytest.mark.usefixtures("long_second")
@pytest.mark.parametrize(
    ("path", "headers"),
    [("/theme", {"Sec-Fetch-Site": "cross-site"}), ("/theme", {"Host": "evil.example"}), ("/nowhere", {})],
)
def test_what_is_refused_at_the_door_empties_nothing(
    client: FlaskClient, sample: Sample, path: str, headers: dict[str, str]
) -> None:
    watched = f"/jobs/{sample.jobs['running']}"
    client.get(watched, headers=POLL)
    assert client.post(path, headers=headers).status_code >= 400
    with statements() as asked:
        client.get(watched, headers=POLL)
    assert asked == []


def test_only_pages_that_ask_for_themselves_again_are_shared(client: FlaskClient) -> None:
    first, second = (client.get("/jobs/new", headers=POLL).text for _ in range(2))
    assert first != second


@pytest.mark.usefixtures("long_second")
def test_a_strange_theme_is_none(client: FlaskClient, sample: Sample) -> None:
    path = f"/jobs/{sample.jobs['running']}"
    client.get(path, headers=POLL)
    client.set_cookie("theme", "z1")
    with statements() as asked:
        client.get(path, headers=POLL)
    assert asked == []


@pytest.mark.parametrize("path", ["/jobs/{broken}", "/jobs/{broken}/documents/0", "/jobs"])
@pytest.mark.parametrize("headers", [{}, POLL], ids=["a person", "a poll"])
def test_an_unchanged_page_is_answered_by_304(
    client: FlaskClient, sample: Sample, path: str, headers: dict[str, str]
) -> None:
    path = path.format(**sample.jobs)
    tag = client.get(path, headers=headers).headers["ETag"]
    answer = client.get(path, headers={**headers, "If-None-Match": tag})
    assert answer.status_code == 304
    assert answer.data == b""


@pytest.mark.usefixtures("long_second")
def test_a_page_that_is_as_it_was_is_rendered_once_for_all_who_have_it(client: FlaskClient, sample: Sample) -> None:
    path = f"/jobs/{sample.jobs['queued']}"
    asking = {**POLL, "If-None-Match": client.get(path).headers["ETag"]}
    with statements() as once:
        first = client.get(path, headers=asking)
    with statements() as asked:
        second = client.get(path, headers=asking)
    assert (first.status_code, second.status_code) == (304, 304)
    assert once
    assert asked == []


def test_pages_of_different_themes_and_filters_are_not_mixed(client: FlaskClient, sample: Sample) -> None:
    path = f"/jobs/{sample.jobs['running']}"
    plain = client.get(path, headers=POLL).text
    client.set_cookie("theme", "dark")
    assert 'data-theme="dark"' not in plain
    assert 'data-theme="dark"' in client.get(path, headers=POLL).text
    assert client.get(f"{path}?status=completed", headers=POLL).text != client.get(path, headers=POLL).text


def test_refusals_and_other_answers_are_not_kept(client: FlaskClient) -> None:
    assert client.get("/jobs/job_none", headers=POLL).status_code == 404
    assert client.get("/api/v1/jobs", headers=POLL).mimetype == "application/json"
