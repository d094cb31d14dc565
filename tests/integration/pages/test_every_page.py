"""Each page renders, escapes, obeys the content security policy and works without scripts; figures are for people."""

from html.parser import HTMLParser
from pathlib import Path

from flask.testing import FlaskClient

from ledger.work.states import State
from tests.web_ledger import HOSTILE, Sample, empty
from webui import create_app
from webui.guard import CONTENT_SECURITY_POLICY
from webui.pages.parts.figures import bar, duration, size


def every_path(sample: Sample) -> list[str]:
    fixed = [
        "/",
        "/jobs",
        "/jobs?status=failed&task=sentiment",
        "/jobs/new",
        "/models",
        "/jobs?flagged=true",
        "/flags",
        "/corpora",
        "/none",
        "/jobs/job_x",
    ]
    per_job = [
        f"/jobs/{job}{rest}" for job in sample.jobs.values() for rest in ("", "?status=completed", "/documents/0")
    ]
    return fixed + per_job + [f"/models/{model}" for model in sample.models.values()]


class Inline(HTMLParser):
    """Collects what a strict content security policy refuses."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.found: list[str] = []
        self.headings = 0
        self._in_script = False
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._in_script = tag == "script"
        self.headings += tag == "h1"
        names = {name for name, _ in attrs}
        self.found += [f"{tag} {name}" for name in names if name == "style" or name.startswith("on")]
        self.found += [f"{tag} {value}" for _, value in attrs if value and value.lower().startswith("javascript:")]
        if tag == "style" or (tag == "script" and "src" not in names):
            self.found.append(tag)

    def handle_data(self, data: str) -> None:
        if self._in_script and data.strip():
            self.found.append(data)

    def handle_endtag(self, tag: str) -> None:
        self._in_script = False


def test_every_page_renders_without_inline_script_or_style(client: FlaskClient, sample: Sample) -> None:
    for path in every_path(sample):
        answer = client.get(path)
        assert answer.status_code == (404 if path in {"/none", "/jobs/job_x"} else 200), path
        assert answer.headers["Content-Security-Policy"] == CONTENT_SECURITY_POLICY
        assert answer.mimetype == "text/html"
        parsed = Inline(answer.text)
        assert (parsed.found, parsed.headings) == ([], 1), path


def test_every_page_of_an_empty_ledger_renders(tmp_path: Path) -> None:
    bare = empty(tmp_path)
    client = create_app(bare.settings, bare.ledger, lambda queue: None).test_client()
    for path, words in {
        "/": "Nothing has run yet",
        "/jobs": "Nothing has run yet",
        "/jobs/new": "no model for it is admitted",
        "/models": "models install starter",
        "/corpora": "There is no corpus",
    }.items():
        assert words in client.get(path).text
    bare.ledger.close()


def test_names_and_texts_of_strangers_are_escaped(client: FlaskClient, sample: Sample) -> None:
    job = sample.jobs["translated"]
    for path in (f"/jobs/{job}", f"/jobs/{job}/documents/3", f"/models/{sample.models['someone/unknown']}"):
        page = client.get(path).text
        assert "<img" not in page
        assert "<script>alert" not in page
    assert "&lt;img src=x onerror=&#34;alert(1)&#34;&gt;&#39;&amp;.txt" in client.get(f"/jobs/{job}").text
    assert HOSTILE not in client.get(f"/jobs/{job}").text


def test_programs_get_problem_json_where_people_get_a_page(client: FlaskClient) -> None:
    assert client.get("/api/v1/jobs/job_x").mimetype == "application/problem+json"
    assert client.get("/api/none").mimetype == "application/problem+json"
    page = client.get("/jobs/job_x")
    assert (page.status_code, page.mimetype) == (404, "text/html")
    assert "job_x" in page.text
    wrong = client.delete("/jobs")
    assert (wrong.status_code, wrong.mimetype) == (405, "text/html")
    assert "GET" in wrong.headers["Allow"]


def test_a_failure_that_nobody_foresaw_is_a_page_without_its_message(sample: Sample) -> None:
    app = create_app(sample.settings, sample.ledger, lambda queue: None)
    app.view_functions["model.show_all"] = lambda: str(1 / 0)
    answer = app.test_client().get("/models")
    assert (answer.status_code, answer.mimetype) == (500, "text/html")
    assert "division" not in answer.text


def test_a_request_over_the_limit_is_a_page_with_413(sample: Sample) -> None:
    app = create_app(sample.settings, sample.ledger, lambda queue: None)
    app.config["MAX_CONTENT_LENGTH"] = 1_000
    answer = app.test_client().post("/jobs/new", data={"text": "x" * 2_000}, headers={"Sec-Fetch-Site": "same-origin"})
    assert (answer.status_code, answer.mimetype) == (413, "text/html")


def test_figures_are_written_for_people() -> None:
    assert [size(n) for n in (0, 999, 1_000, 12_345, 10**7, 5 * 10**12)] == [
        "0 B",
        "999 B",
        "1.0 kB",
        "12 kB",
        "10 MB",
        "5000 GB",
    ]
    assert [duration(s) for s in (None, 0.004, 1.25, 59.7, 80, 11_100, 90_000)] == [
        "–", "4 ms", "1.2 s", "1 m 0 s", "1 m 20 s", "3 h 5 m", "1 d 1 h"
    ]  # fmt: skip


def test_a_bar_is_filled_by_what_ended_or_runs() -> None:
    counts = dict.fromkeys(State, 0) | {State.COMPLETED: 2, State.DISCARDED: 1, State.AVAILABLE: 1}
    assert [(part.state, part.start, part.width) for part in bar(counts)] == [
        ("completed", 0.0, 50.0), ("discarded", 50.0, 25.0)
    ]  # fmt: skip
    assert bar(dict.fromkeys(State, 0)) == []
