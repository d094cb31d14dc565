"""A generation is refused before it is accepted where its documents lack what its prompt asks for."""

import pytest


@pytest.fixture
def asked(client, sqlite_desk):
    """`asked(prompt, language)`: a job of one document."""
    sqlite_desk.admit("writer", tasks=["generation"], language_pairs=[], languages=["en"])

    def ask(prompt, *languages, **parameters):
        documents = [{"text": "hey"} | ({"language": one} if one else {}) for one in languages]
        body = {"task": "generation", "parameters": {"prompt": prompt, **parameters}, "documents": documents}
        return client.post("/api/v1/jobs", json=body)

    return ask


def test_a_document_without_the_language_that_its_prompt_asks_for_is_refused_with_its_job(asked, rows):
    refused = asked("In {language}: {text}", "en", None)
    assert (refused.status_code, refused.json["errors"][0]["pointer"]) == (422, "/parameters/prompt")
    assert set(rows().values()) == {0}
    assert asked("In {language}: {text}", "en", "pt").status_code == 202
    assert asked("Say: {text}", None).status_code == 202


@pytest.mark.parametrize(
    "parameters", [{"stop": ["\ud800"]}, {"temperature": 1e-300}, {"n": 10**400}, {"seed": 2**54}, {"system": "\x00"}]
)
def test_odd_wishes_are_refused_under_their_field(asked, parameters):
    refused = asked("{text}", None, **parameters)
    assert refused.status_code == 422
    assert refused.json["errors"][0]["pointer"] == f"/parameters/{next(iter(parameters))}"


def test_who_has_no_model_is_told_which_collection_brings_one(client, rows):
    body = {"task": "generation", "documents": [{"text": "hey"}]}
    assert "models install starter-generation brings" in client.post("/api/v1/jobs", json=body).json["detail"]
    page = client.get("/jobs/new").text
    assert page.count("<code>corpusmill models install starter-generation</code>") == 1
