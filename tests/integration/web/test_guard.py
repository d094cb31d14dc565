"""Who may ask, and the headers that every answer carries."""

import pytest

JOB = {"task": "translation", "parameters": {"from": "en", "to": "pt"}, "documents": [{"text": "x"}]}
PATHS = ["/", "/jobs", "/api/v1/jobs", "/api/v1/none", "/none", "/healthz", "/static/app.css"]


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 202),
        ({"Sec-Fetch-Site": "same-origin"}, 202),
        ({"Sec-Fetch-Site": "none"}, 202),
        ({"Sec-Fetch-Site": "same-site"}, 403),
        ({"Sec-Fetch-Site": "cross-site"}, 403),
        ({"Sec-Fetch-Site": "cross-site", "Origin": "http://localhost"}, 403),
        ({"Origin": "http://localhost"}, 202),
        ({"Origin": "http://LOCALHOST"}, 202),
        ({"Origin": "http://localhost:81"}, 403),
        ({"Origin": "http://localhost.evil"}, 403),
        ({"Origin": "null"}, 403),
        ({"Origin": "http://["}, 403),
        ({"Host": "evil"}, 421),
        ({"Host": "127.0.0.1:9"}, 202),
        ({"Host": "[::1]"}, 202),
        ({"Host": "localhost.evil"}, 421),
    ],
)
def test_unsafe_requests_come_from_our_own_pages_or_no_page(headers, status, client):
    assert client.post("/api/v1/jobs", json=JOB, headers=headers).status_code == status


def test_another_site_may_link_to_pages(client):
    assert client.get("/jobs", headers={"Sec-Fetch-Site": "cross-site"}).status_code == 200


@pytest.mark.parametrize("path", PATHS)
def test_every_answer_tells_browsers_what_it_may_do(path, client):
    with client.get(path) as answer:
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert answer.headers["Referrer-Policy"] == "same-origin"
        assert answer.headers["Cross-Origin-Opener-Policy"] == "same-origin"
        assert "default-src 'none'" in answer.headers["Content-Security-Policy"]


@pytest.mark.parametrize("limit", [1, 2, 3, 7, 8])
def test_pages_of_documents_leave_none_out(limit, client, sqlite_desk):
    job_id = sqlite_desk.submit(*[f"text {number}" for number in range(7)])
    found, cursor = [], ""
    while True:
        page = client.get(f"/api/v1/jobs/{job_id}/documents?limit={limit}{cursor}").json
        found += [document["position"] for document in page["documents"]]
        if page["next_cursor"] is None:
            break
        cursor = f"&cursor={page['next_cursor']}"
    assert found == list(range(7))
