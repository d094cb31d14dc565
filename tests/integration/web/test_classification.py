"""A classification gets a model that does it as the job asks: by its own labels, or by those of the job."""

import pytest

OWN, GIVEN = {"classification": [""]}, {"classification": ["labels"]}


def admit(desk, name, ways):
    return desk.admit(name, tasks=["classification"], language_pairs=[], languages=["en"], profile={"ways": ways})


def asked(client, **parameters):
    body = {"task": "classification", "parameters": parameters, "documents": [{"text": "hey"}]}
    model = parameters.pop("model", None)
    return client.post("/api/v1/jobs", json=body | ({"model": model} if model else {}))


def test_labels_of_the_job_choose_the_model(client, sqlite_desk):
    admit(sqlite_desk, "topics", OWN)
    admit(sqlite_desk, "anything", GIVEN)
    by_own, by_given = asked(client), asked(client, labels=["a", "b"])
    assert (by_own.json["model"]["name"], by_given.json["model"]["name"]) == ("topics", "anything")


@pytest.mark.parametrize(
    ("name", "ways", "parameters", "said"),
    [
        ("topics", OWN, {"labels": ["a", "b"]}, "No admitted model does classification by labels that come with"),
        ("topics", OWN, {"labels": ["a", "b"], "model": "topics"}, "topics cannot do classification by labels"),
        ("anything", GIVEN, {}, "No admitted model does classification"),
        ("anything", GIVEN, {"model": "anything"}, "anything cannot do classification by labels of its own"),
    ],
)
def test_a_model_that_does_it_otherwise_is_refused_with_the_way(client, sqlite_desk, name, ways, parameters, said):
    admit(sqlite_desk, name, ways)
    refused = asked(client, **parameters)
    assert refused.status_code == 422
    assert said in refused.json["detail"]


def test_a_schedule_keeps_to_a_model_that_takes_its_labels(client, sqlite_desk, tmp_path):
    admit(sqlite_desk, "topics", OWN)
    admit(sqlite_desk, "anything", GIVEN)
    (tmp_path / "open").mkdir()
    client.post("/api/v1/corpora", json={"name": "letters", "directory": str(tmp_path / "open")})
    body = {"name": "nightly", "corpus": "letters", "cron": "0 2 * * *", "task": "classification"}
    made = client.post("/api/v1/schedules", json=body | {"parameters": {"labels": ["a", "b"]}})
    assert made.status_code == 201
    assert made.json["model"].startswith("anything@")
