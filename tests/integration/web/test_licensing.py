"""The licence gate over HTTP: what a refusal names, whose purpose counts, and the pages that show it."""

import hashlib

import pytest
from sqlalchemy import select

from corpusmill.settings import load
from ledger.catalog import models
from ledger.catalog.gate import decisions
from ledger.catalog.gate.policy import SHIPPED
from ledger.catalog.tables import Decision
from ledger.work.jobs import views as jobs
from ledger.work.leases import lease
from ledger.work.leases.finish import Completion, finish
from tests.web_ledger import filled
from webui import create_app

JOB = {"task": "translation", "parameters": {"from": "en", "to": "pt"}, "documents": [{"text": "x"}]}


def test_a_refusal_names_model_licence_clause_policy_and_who_may_instead(client, sqlite_desk):
    denied = sqlite_desk.admit("nc-en-pt", license_="cc-by-nc-4.0")
    answer = client.post("/api/v1/jobs", json=JOB | {"purpose": "commercial", "model": "nc-en-pt"})
    assert (answer.status_code, answer.json["code"]) == (409, "license_denied")
    assert answer.json["model"] == f"nc-en-pt@{denied.revision}"
    assert answer.json["license"] == "CC-BY-NC-4.0"
    assert "Section 2(a)(1)" in answer.json["clause"]
    assert answer.json["policy"] == "2026-11"
    assert answer.json["permitted"] == f"marian-en-pt@{sqlite_desk.model.revision}"
    assert answer.json["errors"][0]["pointer"] == "/purpose"


def test_where_no_model_may_none_is_named(client, sqlite_desk):
    sqlite_desk.admit("only", license_=None, tasks=["sentiment"], language_pairs=[])
    body = {"task": "sentiment", "documents": [{"text": "x"}], "purpose": "research"}
    assert client.post("/api/v1/jobs", json=body).json["permitted"] is None


def test_the_permitted_model_is_chosen_where_none_is_asked_for(client, sqlite_desk):
    sqlite_desk.later(60)
    preferred = sqlite_desk.admit("newer-nc", license_="cc-by-nc-4.0").id
    assert client.post(f"/api/v1/models/{preferred}/preference", json={"by": "Ada"}).status_code == 200
    answer = client.post("/api/v1/jobs", json=JOB | {"purpose": "commercial"})
    assert answer.json["model"]["name"] == "marian-en-pt"
    assert client.post("/api/v1/jobs", json=JOB).json["model"]["name"] == "newer-nc"


def test_a_job_that_does_not_say_what_it_is_for_has_the_policy_s_purpose(sqlite_desk, tmp_path):
    mine = tmp_path / "mine.toml"
    mine.write_text(SHIPPED.read_text().replace('default_purpose = "evaluation"', 'default_purpose = "commercial"'))
    settings = load(data_dir=tmp_path, database_url=sqlite_desk.ledger.url, policy_file=mine)
    client = create_app(settings, sqlite_desk.ledger, lambda _: None).test_client()
    answer = client.post("/api/v1/jobs", json=JOB)
    assert answer.json["purpose"] == "commercial"
    with sqlite_desk.ledger.read() as session:
        (kept,) = decisions.of_job(session, answer.json["id"])
    assert (kept.moment, kept.purpose, kept.allowed, kept.license_id) == ("submit", "commercial", True, "MIT")
    assert '<option value="commercial" selected>' in client.get("/jobs/new").text


HUNYUAN = "LicenseRef-Tencent-Hunyuan-Community"


def declaring(sqlite_desk, tmp_path, **said):
    settings = load(data_dir=tmp_path, database_url=sqlite_desk.ledger.url, **said)
    return create_app(settings, sqlite_desk.ledger, lambda _: None).test_client()


def test_who_uses_the_installation_decides_and_the_decision_keeps_what_was_declared(sqlite_desk, tmp_path):
    sqlite_desk.admit("hunyuan", license_=HUNYUAN)
    body = JOB | {"purpose": "commercial", "model": "hunyuan"}
    undeclared = declaring(sqlite_desk, tmp_path)
    asked = undeclared.post("/api/v1/jobs", json=body)
    assert (asked.status_code, asked.json["installation"]) == (409, None)
    assert "set country and organization_monthly_users and sector" in asked.json["detail"]
    told = undeclared.post("/api/v1/jobs", json=body | {"purpose": "internal"})
    page = undeclared.get(f"/jobs/{told.json['id']}/licenses").text
    assert "the country of this installation is not declared" in page
    german = declaring(sqlite_desk, tmp_path, country="DE", organization_monthly_users=5, sector="other")
    refused = german.post("/api/v1/jobs", json=body | {"purpose": "evaluation"})
    assert (refused.status_code, refused.json["code"]) == (409, "license_denied")
    assert refused.json["installation"] == {"country": "DE", "organization_monthly_users": 5, "sector": "other"}
    brazilian = declaring(sqlite_desk, tmp_path, country="BR", organization_monthly_users=5, sector="other")
    made = brazilian.post("/api/v1/jobs", json=body)
    assert made.status_code == 202
    with sqlite_desk.ledger.read() as session:
        (kept,) = decisions.of_job(session, made.json["id"])
        assert kept.declared == {"country": "BR", "organization_monthly_users": 5, "sector": "other"}
        declared = session.scalars(select(Decision.declared).where(Decision.job_id.is_(None)).order_by(Decision.id))
        assert [said and said["country"] for said in declared] == [None, "DE"]
    assert "country BR" in brazilian.get(f"/jobs/{made.json['id']}/licenses").text


def test_what_a_licence_depends_on_is_shown_with_the_model_and_in_the_list(sqlite_desk, tmp_path):
    model = sqlite_desk.admit("hunyuan", license_=HUNYUAN)
    client = declaring(sqlite_desk, tmp_path, country="KR")
    limit = "It grants nothing in the territory EU or GB or KR (Sections 1(l)"
    assert limit in client.get(f"/models/{model.id}").text
    assert limit in client.get("/licenses").text
    shown = client.get(f"/api/v1/models/{model.id}").json
    assert limit in shown["license"]["limits"][0]
    assert "this installation declares KR" in shown["verdicts"]["evaluation"]["reason"]
    (row,) = [one for one in client.get("/api/v1/licenses").json["licenses"] if one["id"] == HUNYUAN]
    assert {one["kind"] for one in row["conditions"]} == {
        "territory", "monthly_users", "outputs", "acceptable_use", "sector", "notice",
    }  # fmt: skip


def test_a_retry_is_judged_by_the_licence_of_now(client, sqlite_desk):
    made = client.post("/api/v1/jobs", json=JOB | {"purpose": "commercial"}).json["id"]
    client.post(f"/api/v1/jobs/{made}/cancel")
    with sqlite_desk.ledger.write() as session:
        models.decide(session, "marian-en-pt", "cc-by-nc-4.0", by="Ada", reason="It says so.", now=sqlite_desk.now)
    answer = client.post(f"/api/v1/jobs/{made}/retry")
    assert (answer.status_code, answer.json["code"]) == (409, "license_denied")


def test_a_replayed_request_gets_its_job_whatever_became_of_the_licence(client, sqlite_desk):
    headers = {"Idempotency-Key": "once"}
    first = client.post("/api/v1/jobs", json=JOB | {"purpose": "commercial"}, headers=headers)
    with sqlite_desk.ledger.write() as session:
        models.decide(session, "marian-en-pt", "cc-by-nc-4.0", by="Ada", reason="It says so.", now=sqlite_desk.now)
    again = client.post("/api/v1/jobs", json=JOB | {"purpose": "commercial"}, headers=headers)
    assert (again.status_code, again.json["id"]) == (202, first.json["id"])


@pytest.fixture
def site(tmp_path):
    sample = filled(tmp_path)
    yield sample, create_app(sample.settings, sample.ledger, lambda _: None).test_client()
    sample.ledger.close()


def test_the_table_of_licences_can_be_kept_to_those_that_permit_commercial_use(site):
    _, client = site
    every, commercial = client.get("/licenses").text, client.get("/licenses?commercial=yes").text
    for name in ("CC-BY-NC-4.0", "Apache-2.0", "LicenseRef-Meta-Llama-3.1"):
        assert name in every
    assert "CC-BY-NC-4.0" not in commercial
    assert "Apache-2.0" in commercial
    assert "nc/translator-large" in every
    assert "nc/translator-large" not in commercial


def test_a_job_shows_the_terms_of_its_results_and_what_was_decided(site):
    sample, client = site
    page = client.get(f"/jobs/{sample.jobs['translated']}/licenses").text
    assert "starter-translation" in page
    assert "MIT" in page
    assert f"/api/v1/jobs/{sample.jobs['translated']}/notice" in page
    assert client.get("/jobs/job_nowhere/licenses").status_code == 404


def test_a_model_shows_duties_its_jobs_and_a_licence_that_changed(site):
    sample, client = site
    page = client.get(f"/models/{sample.models['starter-translation']}").text
    assert "Name the model, its makers and the licence." in page
    assert f"/jobs/{sample.jobs['translated']}" in page
    with sample.ledger.write() as session:
        row, _ = models.get(session, sample.models["starter-translation"])
        row.revision, row.declared_license, row.concluded_license_id = "f" * 40, "cc-by-nc-4.0", "CC-BY-NC-4.0"
        kept = {"name": row.name, "admitted_at": row.admitted_at}
    assert "changed between revisions" not in client.get(f"/models/{sample.models['starter-translation']}").text
    with sample.ledger.write() as session:
        other, _ = models.get(session, sample.models["nc/translator-large"])
        other.name, other.admitted_at, other.declared_license = kept["name"], kept["admitted_at"], "mit"
    pages = [
        client.get(f"/models/{sample.models[name]}").text for name in ("starter-translation", "nc/translator-large")
    ]
    assert sum("changed between revisions" in page for page in pages) == 1


def test_a_receipt_names_the_document_the_attempt_and_the_times(client, sqlite_desk):
    job_id = sqlite_desk.submit("one")
    with sqlite_desk.ledger.write() as session:
        held = lease.take(
            session, worker_id="w", queue=sqlite_desk.queue, now=sqlite_desk.now, lease_seconds=60,
            max_items=9, max_bytes=9_000,
        )  # fmt: skip
    from ledger.work.leases.finish import Provenance

    receipt = Provenance(
        sqlite_desk.model.id,
        {
            "model": {"name": "m", "revision": "r", "weights_sha256": "w"},
            "license": {"declared": "mit", "concluded": "MIT"},
        },
    )
    with sqlite_desk.ledger.write() as session:
        done = [Completion(held.items[0].id, {"text": "um"}, receipt, 0.1, 0.2)]
        finish(session, held.id, done, [], now=sqlite_desk.now)
        assert jobs.view(session, job_id, now=sqlite_desk.now).ended
    shown = client.get(f"/api/v1/jobs/{job_id}/documents/0").json
    assert shown["receipt"]["document_sha256"] == shown["sha256"]
    assert shown["receipt"]["output_sha256"] == hashlib.sha256(b'{"text":"um"}').hexdigest()
    assert shown["receipt"]["stamp"] is None
    assert shown["receipt"]["attempt"] == 1
    assert shown["receipt"]["timings"]["infer_seconds"] == 0.2
    assert shown["receipt"]["digest"] == receipt.digest


def test_a_person_s_word_is_recorded_over_http_and_by_the_page(client, sqlite_desk):
    model_id = sqlite_desk.admit("silent", license_=None).id
    word = {"license": "apache-2.0", "reason": "The author wrote so.", "by": "Ada"}
    answer = client.post(f"/api/v1/models/{model_id}/conclusion", json=word)
    assert answer.json["license"]["concluded"] == "Apache-2.0"
    assert (answer.json["license"]["evidence"], answer.json["license"]["concluded_by"]) == ("person", "Ada")
    assert answer.json["verdicts"]["commercial"]["allowed"] is True
    shown = client.post(f"/models/{model_id}/conclusion", data=word | {"license": "MIT OR"})
    assert shown.status_code == 422
    assert "MIT OR" in shown.text
    assert "The author wrote so." in shown.text
    assert client.post(f"/models/{model_id}/conclusion", data=word | {"reason": " "}).status_code == 422
    assert client.post(f"/models/{model_id}/conclusion", data=word | {"license": "cc-by-4.0"}).status_code == 303
    with sqlite_desk.ledger.read() as session:
        assert models.get(session, model_id)[1].id == "CC-BY-4.0"


def test_a_model_is_preferred_over_http_and_by_the_page(client, sqlite_desk):
    sqlite_desk.later(60)
    newer = sqlite_desk.admit("newer").id
    body = {"task": "translation", "parameters": {"from": "en", "to": "pt"}, "documents": [{"text": "One"}]}

    def served() -> str:
        return client.post("/api/v1/jobs", json=body).json["model"]["name"]

    assert served() == "marian-en-pt"
    assert "Prefer this model" in client.get(f"/models/{newer}").text
    assert client.post(f"/models/{newer}/preference", data={"by": "Ada"}).status_code == 303
    assert served() == "newer"
    assert "Prefer this model" not in client.get(f"/models/{newer}").text
    answer = client.post(f"/api/v1/models/{sqlite_desk.model.id}/preference", json={"by": "Bo"})
    assert (answer.status_code, answer.json["preferred_by"]) == (200, "Bo")
    assert served() == "marian-en-pt"
    assert client.post(f"/models/{newer}/preference", data={"by": " "}).status_code == 422
    gone = sqlite_desk.admit("gone").id
    assert client.post(f"/api/v1/models/{gone}/retirement").status_code == 200
    assert client.post(f"/api/v1/models/{gone}/preference", json={"by": "Bo"}).json["code"] == "no_model"


@pytest.mark.parametrize("body", [{}, {"license": "mit"}, {"license": "mit", "reason": "", "by": "Ada"}])
def test_a_word_without_a_reason_or_a_name_is_refused(client, sqlite_desk, body):
    assert client.post(f"/api/v1/models/{sqlite_desk.model.id}/conclusion", json=body).status_code == 422


def test_a_model_is_taken_out_of_use_unless_documents_wait_for_it(client, sqlite_desk):
    model_id = sqlite_desk.model.id
    job_id = client.post("/api/v1/jobs", json=JOB).json["id"]
    assert client.post(f"/api/v1/models/{model_id}/retirement").status_code == 409
    client.post(f"/api/v1/jobs/{job_id}/cancel")
    assert client.post(f"/models/{model_id}/retirement").status_code == 303
    assert client.post("/api/v1/jobs", json=JOB).json["code"] == "no_model"
    assert "retired" in client.get(f"/models/{model_id}").text
    assert client.get(f"/jobs/{job_id}").status_code == 200
