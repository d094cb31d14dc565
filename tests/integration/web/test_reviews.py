"""Reviews over HTTP and by the job's page."""

import pytest

from tests.jobs import body, work

POSTED = {"Sec-Fetch-Site": "same-origin"}


@pytest.fixture
def job_id(client, sqlite_desk) -> str:
    made = client.post("/api/v1/jobs", json=body("one", "two")).json["id"]
    work(sqlite_desk)
    return made


def test_a_review_is_added_listed_and_shown(client, job_id):
    address = f"/api/v1/jobs/{job_id}/reviews"
    assert client.get(f"/api/v1/jobs/{job_id}").json["links"]["reviews"] == address
    answer = client.post(address, json={"by": "Ada", "approved": True, "note": "Fine.", "position": 1})
    assert answer.status_code == 201
    assert {name: answer.json[name] for name in ("by", "approved", "note", "position")} == {
        "by": "Ada", "approved": True, "note": "Fine.", "position": 1,
    }  # fmt: skip
    assert client.get(address).json == {"reviews": [answer.json]}
    page = client.get(f"/jobs/{job_id}").text
    assert "approved</span> by Ada" in page
    assert f'href="/jobs/{job_id}/documents/1">document 2</a>: Fine.' in page


def test_the_page_takes_a_review(client, job_id):
    assert "Nobody has said yet" in client.get(f"/jobs/{job_id}").text
    answer = client.post(f"/jobs/{job_id}/reviews", data={"by": "Bo", "approved": "false", "note": ""}, headers=POSTED)
    assert (answer.status_code, answer.location) == (303, f"/jobs/{job_id}#reviews")
    assert "rejected</span> by Bo" in client.get(f"/jobs/{job_id}").text


@pytest.mark.parametrize(
    ("said", "status", "pointer"),
    [
        ({"approved": True}, 422, "/by"),
        ({"by": "Ada"}, 422, "/approved"),
        ({"by": "Ada", "approved": "perhaps"}, 422, "/approved"),
        ({"by": "Ada", "approved": True, "position": -1}, 422, "/position"),
        ({"by": "A\u0000da", "approved": True}, 422, "/by"),
        ({"by": "Ada", "approved": True, "position": 10**30}, 422, "/position"),
        ({"by": "Ada", "approved": True, "position": 2}, 404, None),
    ],
)
def test_what_is_no_review_is_refused_by_name(client, job_id, said, status, pointer):
    answer = client.post(f"/api/v1/jobs/{job_id}/reviews", json=said)
    assert answer.status_code == status
    assert pointer is None or answer.json["errors"][0]["pointer"] == pointer
    assert client.get(f"/api/v1/jobs/{job_id}/reviews").json == {"reviews": []}


def test_a_job_without_results_has_nothing_to_review(client):
    made = client.post("/api/v1/jobs", json=body("one")).json["id"]
    answer = client.post(f"/api/v1/jobs/{made}/reviews", json={"by": "Ada", "approved": True})
    assert (answer.status_code, answer.json["code"]) == (409, "conflict")
    assert 'id="review"' not in client.get(f"/jobs/{made}").text
    assert client.get("/api/v1/jobs/job_nowhere/reviews").status_code == 404
