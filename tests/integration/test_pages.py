"""The pages without a browser: each renders, escapes, obeys the content security policy and works without scripts."""

import io
import re
from collections.abc import Callable, Iterator
from html.parser import HTMLParser
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select, update

from ledger.base import utc_now
from ledger.work.jobs import views as jobs
from ledger.work.jobs.views import Status
from ledger.work.standings import queue_of
from ledger.work.states import State
from ledger.work.tables import Job, Worker
from pipelines.text.flags import FlagCode
from tests.web_ledger import HOSTILE, QUOTED, Sample, empty, filled
from webui import create_app
from webui.guard import CONTENT_SECURITY_POLICY
from webui.pages.parts.figures import bar, duration, size
from webui.pages.parts.marks import pieces, places

POSTED = {"Sec-Fetch-Site": "same-origin"}


@pytest.fixture
def notified() -> list[str]:
    return []


@pytest.fixture
def sample(tmp_path: Path) -> Iterator[Sample]:
    made = filled(tmp_path)
    yield made
    made.ledger.close()


@pytest.fixture
def client(sample: Sample, notified: list[str]) -> FlaskClient:
    return create_app(sample.settings, sample.ledger, notified.append).test_client()


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
    answer = app.test_client().post("/jobs/new", data={"text": "x" * 2_000}, headers=POSTED)
    assert (answer.status_code, answer.mimetype) == (413, "text/html")


def test_an_unchanged_job_page_is_answered_by_304(client: FlaskClient, sample: Sample) -> None:
    path = f"/jobs/{sample.jobs['broken']}"
    tag = client.get(path).headers["ETag"]
    assert client.get(path, headers={"If-None-Match": tag}).status_code == 304


def test_a_job_page_polls_until_the_job_has_ended(client: FlaskClient, sample: Sample) -> None:
    assert "data-live" in client.get(f"/jobs/{sample.jobs['running']}").text
    assert "data-live" not in client.get(f"/jobs/{sample.jobs['broken']}").text


def rows(page: str) -> int:
    return page.count('<tr id="document-')


def test_every_count_leads_to_exactly_the_documents_that_it_counts(client: FlaskClient, sample: Sample) -> None:
    for job in sample.jobs.values():
        with sample.ledger.read() as session:
            counts = jobs.view(session, job, now=utc_now()).counts
        for state, count in counts.items():
            seen, after = 0, ""
            while True:
                page = client.get(f"/jobs/{job}?status={state}&after={after}").text
                seen += rows(page)
                more = re.search(r'after=(\d+)">Next', page)
                if more is None:
                    break
                after = more.group(1)
            assert seen == count


def test_errors_stand_in_the_row_of_their_document(client: FlaskClient, sample: Sample) -> None:
    page = client.get(f"/jobs/{sample.jobs['broken']}?status=discarded").text
    assert page.count("The document holds no letter and no digit.") == 2
    assert page.count("Memory ran out, also for this document alone.") == 1


def test_the_overview_groups_failures_by_cause(client: FlaskClient, sample: Sample) -> None:
    page = client.get("/").text
    assert re.search(r'empty document</span>\s*<a href="/jobs/[^"]+\?status=discarded">3 documents</a>', page)
    assert "nightly" in page
    assert "The archive, first part" in page


def test_jobs_are_filtered_by_status_and_task(client: FlaskClient, sample: Sample) -> None:
    def listed(query: str) -> set[str]:
        return set(re.findall(r'<tr id="row-([^"]+)"', client.get(f"/jobs?{query}").text))

    assert listed("") == set(sample.jobs.values())
    assert listed("status=running") == {sample.jobs["running"]}
    assert listed("status=completed&task=sentiment") == {sample.jobs["judged"]}
    assert listed("status=nonsense") == set(sample.jobs.values())


def test_jobs_beyond_a_page_are_reached_by_the_older_link(
    client: FlaskClient, sample: Sample, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("webui.pages.job_list.PAGE_JOBS", 3)
    seen: list[str] = []
    path = "/jobs"
    while True:
        page = client.get(path).text
        seen += re.findall(r'<tr id="row-([^"]+)"', page)
        older = re.search(r'<a href="([^"]+)">Older', page)
        if older is None:
            break
        path = older.group(1).replace("&amp;", "&")
    assert sorted(seen) == sorted(sample.jobs.values())


def test_the_passages_that_a_summary_quotes_are_marked_in_the_source(client: FlaskClient, sample: Sample) -> None:
    page = client.get(f"/jobs/{sample.jobs['summarized']}/documents/0").text
    assert [page.count(f"<mark>{quote}</mark>") for quote in QUOTED] == [1, 1]


@pytest.mark.parametrize(
    ("spans", "marked"),
    [
        ([], ""),
        ([{"start": 0, "end": 3}], "abc"),
        ([{"start": 1, "end": 3}, {"start": 2, "end": 5}], "bcde"),
        ([{"start": 4, "end": 99}], "ef"),
        ([{"start": 50, "end": 99}], ""),
        ([{"start": 3, "end": 3}, {"start": -5, "end": 1}], "a"),
    ],
)
def test_marking_keeps_every_character_of_the_source(spans: list[dict[str, int]], marked: str) -> None:
    made = pieces("abcdef", spans)
    assert "".join(piece.text for piece in made) == "abcdef"
    assert "".join(piece.text for piece in made if piece.quoted) == marked


@pytest.mark.parametrize("text", ["abcdef", "", "a😀é\u0301f"])
@pytest.mark.parametrize(
    "flags",
    [
        [],
        [(0, 3), (2, 5)],
        [(0, 6), (2, 3), (2, 3)],
        [(4, 99), (-5, 1)],
        [(50, 99), (-9, -3), (5, 2)],
        [(3, 3), (0, 0), (6, 6)],
        [(None, 3), ("1", "2")],
    ],
)
def test_flagged_places_may_lie_anywhere_and_the_text_stays_whole(
    text: str, flags: list[tuple[object, object]]
) -> None:
    found = places([{"start": start, "end": end} for start, end in flags], text)
    made = pieces(text, [{"start": 1, "end": 4}] if text else [], found)
    assert "".join(piece.text for piece in made) == text
    assert sorted(number for piece in made for number in piece.begins) == [place.number for place in found]
    for place in found:
        marked = "".join(piece.text for piece in made if place.number in piece.flags)
        assert marked == text[place.start : place.end]
        assert 0 <= place.start <= place.end <= len(text)


def test_a_flag_beyond_its_text_or_without_offsets_has_no_place_in_it() -> None:
    flags = [
        {"start": 50, "end": 60},
        {"start": 1, "end": 2},
        {"start": 0, "end": 4, "output_start": 2, "output_end": 3},
    ]
    assert [place.number for place in places(flags, "abcdef")] == [2, 3]
    assert [tuple(place) for place in places(flags, "xyz", "output_")] == [(3, 2, 3)]


def test_flagged_places_are_marked_on_both_sides_and_listed_beneath(client: FlaskClient, sample: Sample) -> None:
    page = client.get(f"/jobs/{sample.jobs['translated']}/documents/0").text
    source, _, rest = page.partition('<h2 id="result">')
    output, _, beneath = rest.partition('<h2 id="flags">')
    assert re.findall(r'id="source-flag-(\d)" href="#flag-\1"', source) == ["1", "4", "2", "3"]
    assert re.findall(r'id="output-flag-(\d)" href="#flag-\1"', output) == ["1", "3", "2"]
    assert "number changed: 7 became 17." in source
    assert "5 flags" in beneath
    for number, code in enumerate(("length_unusual", "number_changed", "added_text", "element_lost", "cut_short"), 1):
        assert re.search(rf'<li id="flag-{number}"><a class="badge warn" href="/flags#{code}">', beneath)
    assert 'href="#output-flag-4"' not in beneath
    assert "beyond what is shown" in beneath
    targets = set(re.findall(r'href="#([^"]+)"', page)) - set(re.findall(r'href="#(i-[^"]+)"', page))
    assert targets <= set(re.findall(r'id="([^"]+)"', page))


def test_a_result_without_a_text_has_its_flags_marked_in_the_source(client: FlaskClient, sample: Sample) -> None:
    page = client.get(f"/jobs/{sample.jobs['judged']}/documents/0").text
    assert 'id="source-flag-1"' in page
    assert "output-flag" not in page


def test_what_a_flag_says_and_marks_is_escaped(client: FlaskClient, sample: Sample) -> None:
    page = client.get(f"/jobs/{sample.jobs['translated']}/documents/3").text
    assert "<script>alert" not in page
    assert "<b title" not in page
    assert page.count("&lt;script&gt;alert(1)&lt;/script&gt;</mark>") == 2


def test_every_code_is_explained_where_its_flags_lead(client: FlaskClient) -> None:
    page = client.get("/flags").text
    assert re.findall(r'class="panel explanation" id="(\w+)"', page) == [str(code) for code in FlagCode]


def test_flagged_documents_are_counted_and_shown_by_themselves(client: FlaskClient, sample: Sample) -> None:
    translated, broken = sample.jobs["translated"], sample.jobs["broken"]
    page = client.get(f"/jobs/{translated}").text
    assert re.search(rf'href="/jobs/{translated}\?flagged=true">.*<strong>2</strong> flagged', page)
    assert "5 flags</a>" in page
    assert rows(client.get(f"/jobs/{translated}?flagged=true").text) == 2
    assert "flagged" not in client.get(f"/jobs/{broken}").text
    assert "No document has flags here" in client.get(f"/jobs/{broken}?flagged=true").text


def test_jobs_with_flags_are_listed_by_themselves(client: FlaskClient, sample: Sample) -> None:
    page = client.get("/jobs?flagged=true").text
    assert set(re.findall(r'<tr id="row-([^"]+)"', page)) == {sample.jobs["translated"], sample.jobs["judged"]}
    assert f'/jobs/{sample.jobs["translated"]}?flagged=true">2 flagged' in page


def test_sentiment_is_shown_as_numbers_and_bars(client: FlaskClient, sample: Sample) -> None:
    page = client.get(f"/jobs/{sample.jobs['judged']}/documents/0").text
    assert '<rect class="positive" width="92.0"' in page
    assert "92.0 %" in page


def test_a_waiting_job_says_which_worker_to_start(client: FlaskClient, sample: Sample) -> None:
    path = f"/jobs/{sample.jobs['queued']}"
    assert "corpusmill worker" not in client.get(path).text
    with sample.ledger.write() as session:
        session.execute(update(Worker).values(queues=["translation.*"]))
    assert "No worker serves the queue sentiment.someone/unknown" in client.get(path).text
    with sample.ledger.write() as session:
        session.execute(update(Worker).values(stopped_at=utc_now()))
    page = client.get(path).text
    assert "No worker is running" in page
    assert f"corpusmill worker --data-dir {sample.settings.data_dir}" in page


def test_a_workers_trouble_with_a_queue_is_told(client: FlaskClient, sample: Sample) -> None:
    with sample.ledger.write() as session:
        queue = queue_of(session, sample.jobs["queued"])
        session.execute(update(Worker).values(trouble={queue: "The weights changed since admission."}))
    for path in ("/", f"/jobs/{sample.jobs['queued']}"):
        assert "The weights changed since admission." in client.get(path).text


def job_of(client: FlaskClient, answer_location: str) -> str:
    assert client.get(answer_location).status_code == 200
    return answer_location.rsplit("/", 1)[1]


@pytest.fixture
def status(sample: Sample) -> Callable[[str], Status]:
    def read(job_id: str) -> Status:
        with sample.ledger.read() as session:
            return jobs.view(session, job_id, now=utc_now()).status

    return read


def test_cancel_and_retry_are_plain_forms(
    client: FlaskClient, sample: Sample, status: Callable[[str], Status], notified: list[str]
) -> None:
    running = sample.jobs["running"]
    assert client.post(f"/jobs/{running}/cancel", headers=POSTED).location == f"/jobs/{running}"
    assert status(running) is Status.CANCELLED
    answer = client.post(f"/jobs/{running}/retry", headers=POSTED)
    fresh = job_of(client, answer.location)
    assert fresh != running
    assert status(fresh) is Status.QUEUED
    assert len(notified) == 1
    nothing_failed = client.post(f"/jobs/{sample.jobs['judged']}/retry", headers=POSTED)
    assert (nothing_failed.status_code, nothing_failed.mimetype) == (409, "text/html")


@pytest.mark.parametrize("headers", [{"Sec-Fetch-Site": "cross-site"}, {"Origin": "http://elsewhere.example"}])
def test_forms_of_other_sites_are_refused(
    headers: dict[str, str], client: FlaskClient, sample: Sample, status: Callable[[str], Status]
) -> None:
    running = sample.jobs["running"]
    for path in (f"/jobs/{running}/cancel", f"/jobs/{running}/retry", "/jobs/new", "/theme"):
        assert client.post(path, headers=headers).status_code == 403
    assert status(running) is Status.RUNNING


def test_schedules_run_pause_and_resume_by_plain_forms(client: FlaskClient, sample: Sample) -> None:
    nightly, hourly = sample.schedules["nightly"], sample.schedules["hourly"]
    ran = client.post(f"/schedules/{nightly}/run", headers=POSTED)
    with sample.ledger.read() as session:
        job = session.get_one(Job, job_of(client, ran.location))
        assert (job.schedule_id, job.item_count) == (nightly, 1)
    nothing_new = client.post(f"/schedules/{nightly}/run", headers=POSTED)
    assert nothing_new.location == "/corpora"
    client.post(f"/schedules/{nightly}/pause", headers=POSTED)
    client.post(f"/schedules/{hourly}/resume", headers=POSTED)
    page = client.get("/corpora").text
    assert f"/schedules/{nightly}/resume" in page
    assert f"/schedules/{hourly}/pause" in page


def test_the_form_makes_a_job_without_scripts(client: FlaskClient, sample: Sample, notified: list[str]) -> None:
    data = {
        "task": "summarization", "sentences": "2", "purpose": "internal", "model": "", "name": "By hand",
        "text": "Pasted.", "files": [(io.BytesIO(b"One."), "one.txt"), (io.BytesIO(b""), "")],
    }  # fmt: skip
    answer = client.post("/jobs/new", data=data, headers=POSTED)
    assert answer.status_code == 303
    with sample.ledger.read() as session:
        job = session.get_one(Job, job_of(client, answer.location))
        assert (job.name, job.parameters, job.purpose, job.item_count) == ("By hand", {"sentences": 2}, "internal", 2)
    assert len(notified) == 1


def test_the_form_asks_what_becomes_of_a_part_that_fails(client: FlaskClient, sample: Sample) -> None:
    data = {"task": "translation", "from": "en", "to": "pt", "on_fault": "fail", "purpose": "evaluation", "text": "x"}
    answer = client.post("/jobs/new", data=data, headers=POSTED)
    with sample.ledger.read() as session:
        job = session.get_one(Job, job_of(client, answer.location))
        assert job.parameters == {"from": "en", "to": "pt", "on_fault": "fail"}
    refused = client.post("/jobs/new", data=data | {"text": ""}, headers=POSTED)
    assert '<option value="fail" selected>' in refused.text


@pytest.mark.parametrize(
    ("changes", "code", "words"),
    [
        ({}, 422, "no document"),
        ({"files": [(io.BytesIO(b"x"), "a.exe")]}, 422, "a.exe: Files of this type are not read"),
        ({"text": "x", "from": "pt", "to": "de"}, 422, "No admitted model translates pt→de"),
        ({"text": "x", "from": "en", "to": "en"}, 422, "must differ"),
        ({"text": "x", "purpose": "theft"}, 422, "evaluation"),
        ({"text": "x", "task": "summarization", "sentences": "many"}, 422, "1 to 50 sentences"),
        ({"text": "x", "from": "en", "to": "de", "purpose": "commercial"}, 409, "permits no commercial use"),
    ],
)
def test_a_refused_form_comes_back_as_it_was(
    changes: dict[str, object], code: int, words: str, client: FlaskClient, sample: Sample
) -> None:
    before = len(sample.jobs)
    data = {"task": "translation", "from": "en", "to": "pt", "purpose": "evaluation", "name": "Kept name"} | changes
    answer = client.post("/jobs/new", data=data, headers=POSTED)
    assert answer.status_code == code
    assert words in answer.text
    assert 'value="Kept name"' in answer.text
    with sample.ledger.read() as session:
        assert len(session.scalars(select(Job.id)).all()) == before


def test_the_theme_is_a_cookie_and_goes_back_on_this_site_only(client: FlaskClient) -> None:
    here = client.post(
        "/theme", data={"theme": "dark"}, headers=POSTED | {"Referer": "http://localhost/jobs?task=sentiment"}
    )
    assert here.location == "/jobs?task=sentiment"
    assert 'data-theme="dark"' in client.get("/").text
    for referrer in (
        "http://elsewhere.example/x",
        "http://localhost//elsewhere.example",
        "http://localhost/\\elsewhere",
    ):
        away = client.post("/theme", data={"theme": "light"}, headers=POSTED | {"Referer": referrer})
        assert re.match(r"/(?![/\\])", away.location)
    client.post("/theme", data={"theme": '"><script>'}, headers=POSTED)
    assert 'data-theme="light"' in client.get("/").text


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
